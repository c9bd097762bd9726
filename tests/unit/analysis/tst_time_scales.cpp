#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <numbers>
#include <numeric>

#include "analysis_support.h"
#include "engine/analysis/time_scales.h"

namespace ms {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(TimeScales, AStateHalvesInItsHalfLife) {
    const std::vector<float> meanDt{0.02f, 0.5f, 0.0f}, A{-1, -16, -2, -0.25f, -1, 0};
    const std::vector<float> tokens = halfLives(meanDt, A, 2);
    ASSERT_EQ(tokens.size(), 6u);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(std::exp(static_cast<double>(meanDt[i / 2]) * A[i] * tokens[i]), 0.5, 1e-6) << i;
    EXPECT_EQ(tokens[4], kInf);
    EXPECT_EQ(tokens[5], kInf);

    const std::vector<float> channels = channelHalfLives(meanDt, A, 2);
    ASSERT_EQ(channels.size(), 3u);
    EXPECT_NEAR(channels[0], std::numbers::ln2 / (0.02 * 8.5), 1e-5);
    EXPECT_NEAR(channels[1], std::numbers::ln2 / (0.5 * 1.125), 1e-6);
    EXPECT_EQ(channels[2], kInf);
    EXPECT_TRUE(halfLives(meanDt, A, 3).empty());
    EXPECT_TRUE(channelHalfLives(meanDt, A, 0).empty());
    EXPECT_EQ(timeConstants(A), (std::vector<float>{1, 1.0f / 16, 0.5f, 4, 1, kInf}));
}

TEST(TimeScales, DecayRatesAreTheModels) {
    const std::vector<double> logs{0, 0.5, -3, 2.75, 1, -0.125};
    TensorInfo info{"A_log", DType::F64, {2, 3}, std::as_bytes(std::span(logs)), "file"};
    const auto wide = decayRates(info);
    ASSERT_TRUE(wide) << wide.error().message;
    for (std::size_t i = 0; i < logs.size(); ++i) EXPECT_FLOAT_EQ((*wide)[i], static_cast<float>(-std::exp(logs[i])));

    std::vector<std::uint16_t> narrow;
    for (const double log : logs) narrow.push_back(floatToBfloat(static_cast<float>(log)));
    info.dtype = DType::BF16;
    info.bytes = std::as_bytes(std::span(narrow));
    EXPECT_EQ(*decayRates(info), *wide);  // these have few bits

    info.bytes = info.bytes.first(7);
    EXPECT_EQ(decayRates(info).error().code, ErrorCode::Format);
    info.dtype = DType::I16;
    EXPECT_EQ(decayRates(info).error().code, ErrorCode::Unsupported);
}

TEST(LogHistogram, CountsEveryValueOnce) {
    std::vector<float> values{0, 0, -1, kInf, -kInf, std::numeric_limits<float>::quiet_NaN()};
    for (int i = 0; i <= 400; ++i) values.push_back(std::pow(10.0f, static_cast<float>(i) / 100));  // 1 to 10,000
    const LogHistogram histogram = logHistogram(values, 4);
    ASSERT_EQ(histogram.edges.size(), 5u);
    for (int i = 0; i <= 4; ++i) EXPECT_NEAR(std::log10(histogram.edges[static_cast<std::size_t>(i)]), i, 1e-6);
    EXPECT_EQ(histogram.zeros, 2u);
    EXPECT_EQ(histogram.negative, 1u);
    EXPECT_EQ(histogram.infinite, 2u);
    EXPECT_EQ(histogram.nan, 1u);
    std::vector<std::uint64_t> expected(4);
    for (const float value : values)
        for (std::size_t i = 0; i < 4; ++i) {
            const bool last = i == 3 && value == 10000.0f;
            if (std::isfinite(value) && value >= histogram.edges[i] && (value < histogram.edges[i + 1] || last))
                ++expected[i];
        }
    EXPECT_EQ(histogram.counts, expected);
    EXPECT_EQ(std::accumulate(expected.begin(), expected.end(), std::uint64_t{0}), 401u);
}

TEST(LogHistogram, HasNoAxisWithoutValuesAndOneForASingleValue) {
    EXPECT_TRUE(logHistogram(std::vector<float>{0, -2, kInf}, 8).edges.empty());
    const LogHistogram one = logHistogram(std::vector<float>{3, 3, 3}, 5);
    EXPECT_NEAR(one.edges.back() / one.edges.front(), 2, 1e-9);
    EXPECT_EQ(one.counts, (std::vector<std::uint64_t>{0, 0, 3, 0, 0}));
    EXPECT_EQ(logHistogram(std::vector<float>{1, 2}, 0).counts, (std::vector<std::uint64_t>{2}));
}

TEST(LogHistogram, CountsOverGivenEdges) {
    const std::vector<double> edges{1, 10, 100};
    const LogHistogram histogram = logHistogram(std::vector<float>{0.5f, 1, 9.9f, 10, 100, 4000, 0, -1, kInf, std::numeric_limits<float>::quiet_NaN()}, edges);
    EXPECT_EQ(histogram.edges, edges);
    EXPECT_EQ(histogram.counts, (std::vector<std::uint64_t>{3, 3}));  // what lies beyond an end is in the bin there
    EXPECT_EQ(histogram.zeros, 1u);
    EXPECT_EQ(histogram.negative, 1u);
    EXPECT_EQ(histogram.infinite, 1u);
    EXPECT_EQ(histogram.nan, 1u);
    const LogHistogram none = logHistogram(std::vector<float>{1, 2}, std::vector<double>{});
    EXPECT_TRUE(none.edges.empty() && none.counts.empty());
}

}  // namespace
}  // namespace ms
