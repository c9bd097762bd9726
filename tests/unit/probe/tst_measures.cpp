#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/probe/measures.h"

namespace ms {
namespace {

TEST(Measures, RetentionIsTheMeanOfExp) {
    const std::vector<float> A{-1, -2, -16};
    EXPECT_NEAR(retention(0.25f, A), (std::exp(-0.25) + std::exp(-0.5) + std::exp(-4.0)) / 3, 1e-7);
    EXPECT_EQ(retention(0.0f, A), 1.0f);
}

TEST(Measures, HalfLifeHalvesTheState) {
    const float tokens = halfLife(0.01f, -3.0f);
    EXPECT_NEAR(std::exp(-0.01 * 3.0 * tokens), 0.5, 1e-6);
    EXPECT_TRUE(std::isinf(halfLife(0.0f, -3.0f)));
}

TEST(Measures, WriteStrengthIsANorm) {
    const std::vector<float> B{3, 4};
    EXPECT_NEAR(writeStrength(0.5f, -2.0f, B), 5.0f, 1e-6);
}

TEST(Measures, SelectivityIsTheCoefficientOfVariation) {
    EXPECT_NEAR(selectivity(std::vector<float>{1, 3}), 0.5f, 1e-7);
    EXPECT_EQ(selectivity(std::vector<float>{2, 2, 2}), 0.0f);
    EXPECT_EQ(selectivity(std::vector<float>{7}), 0.0f);
}

TEST(Measures, SurprisalMasksPadding) {
    const std::vector<float> logits{0, 0, 0, 0, 100};  // the last id stands for no token
    EXPECT_NEAR(surprisalBits(logits, 4, 2), 2.0f, 1e-6);
    EXPECT_TRUE(std::isinf(surprisalBits(logits, 4, 4)));
    std::vector<float> many(50280, -3.0f);
    EXPECT_NEAR(surprisalBits(many, many.size(), 17), std::log2(50280.0), 1e-5);
}

}  // namespace
}  // namespace ms
