#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "engine/runtime/sampler.h"

namespace ms {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
const std::vector<float> kLogits{std::log(0.5f), std::log(0.3f), std::log(0.15f), std::log(0.05f), 50.0f /* padding */};

std::map<TokenId, int> draw(const SamplerOptions& options, int count) {
    auto sampler = Sampler::create(options);
    std::map<TokenId, int> seen;
    for (int i = 0; i < count; ++i) ++seen[*sampler->sample(kLogits, 4)];
    return seen;
}

TEST(Sampler, GreedyTakesTheLargestAndNeverPadding) {
    EXPECT_EQ(draw({.temperature = 0}, 10), (std::map<TokenId, int>{{0, 10}}));
}

TEST(Sampler, FollowsTheDistribution) {
    constexpr int kDraws = 20000;
    auto seen = draw({.temperature = 1, .topK = 0, .topP = 1}, kDraws);
    EXPECT_NEAR(seen[0], 0.5 * kDraws, 300);
    EXPECT_NEAR(seen[3], 0.05 * kDraws, 120);
    EXPECT_EQ(seen.count(4), 0u);
}

TEST(Sampler, CutsByRankAndByMass) {
    EXPECT_EQ(draw({.temperature = 1, .topK = 2, .topP = 1}, 500).size(), 2u);
    EXPECT_EQ(draw({.temperature = 1, .topK = 0, .topP = 0.79f}, 500).size(), 2u);  // 0.5 + 0.3 reach it
    EXPECT_EQ(draw({.temperature = 1, .topK = 0, .topP = 0.01f}, 500).size(), 1u);
}

TEST(Sampler, RepeatsItselfForASeed) {
    const auto sequence = [](std::uint64_t seed) {
        auto sampler = Sampler::create({.temperature = 1, .topK = 0, .topP = 0.95f, .seed = seed});
        std::vector<TokenId> ids;
        for (int i = 0; i < 50; ++i) ids.push_back(*sampler->sample(kLogits, 4));
        return ids;
    };
    EXPECT_EQ(sequence(7), sequence(7));
    EXPECT_NE(sequence(7), sequence(8));
}

TEST(Sampler, RefusesOptionsOutOfRange) {
    EXPECT_FALSE(Sampler::create({.temperature = -1}));
    EXPECT_FALSE(Sampler::create({.temperature = kNaN}));
    EXPECT_FALSE(Sampler::create({.topP = 0}));
    EXPECT_FALSE(Sampler::create({.topP = 1.5f}));
    EXPECT_FALSE(Sampler::create({.topK = -1}));
}

TEST(Sampler, SurvivesBrokenLogits) {
    auto sampler = Sampler::create({.temperature = 1, .topK = 0, .topP = 1});
    const std::vector<float> some{kNaN, 1, kNaN}, none{kNaN, kNaN};
    EXPECT_EQ(*sampler->sample(some, 3), 1);
    EXPECT_FALSE(sampler->sample(none, 2));
}

TEST(Alternatives, AreTheMostProbableInOrder) {
    const std::vector<Alternative> top = topAlternatives(kLogits, 4, 3);
    ASSERT_EQ(top.size(), 3u);
    EXPECT_EQ(top[0].id, 0);
    EXPECT_EQ(top[1].id, 1);
    EXPECT_EQ(top[2].id, 2);
    EXPECT_NEAR(top[1].probability, 0.3f, 1e-6);
}

}  // namespace
}  // namespace ms
