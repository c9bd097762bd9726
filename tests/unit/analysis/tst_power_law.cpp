#include <gtest/gtest.h>

#include <cmath>

#include "engine/analysis/power_law.h"

namespace ms {
namespace {

TEST(PowerLaw, FindsTheExponent) {
    const std::vector<double> lengths{64, 100, 1000, 40000};
    for (const double power : {0.0, 1.0, 2.0, -0.5}) {
        std::vector<double> values;
        for (const double l : lengths) values.push_back(3e-5 * std::pow(l, power));
        EXPECT_NEAR(fittedSlope(lengths, values), power, 1e-12);
    }
    EXPECT_TRUE(std::isnan(fittedSlope(std::vector<double>{5}, std::vector<double>{1})));
}

}  // namespace
}  // namespace ms
