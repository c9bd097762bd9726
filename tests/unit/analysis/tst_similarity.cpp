#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "analysis_support.h"
#include "engine/analysis/similarity.h"

namespace ms {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Similarity, CosinesAreThoseOfFloat64) {
    const Layer layer = randomLayer(57, 1, 13, 1);
    const std::span<const float> query = std::span(layer.C).subspan(13 * 20, 13);
    const std::vector<float> out = cosines(query, layer.B);
    ASSERT_EQ(out.size(), 57u);
    for (std::size_t t = 0; t < out.size(); ++t) {
        double dot = 0, a = 0, b = 0;
        for (std::size_t n = 0; n < 13; ++n) {
            dot += static_cast<double>(query[n]) * layer.B[t * 13 + n];
            a += static_cast<double>(query[n]) * query[n];
            b += static_cast<double>(layer.B[t * 13 + n]) * layer.B[t * 13 + n];
        }
        EXPECT_NEAR(out[t], dot / std::sqrt(a * b), 1e-6);
    }
    EXPECT_EQ(cosines(std::vector<float>{0, 2}, std::vector<float>{0, 0.1f, 3, 0, 0, -7, 0, 0}),
              (std::vector<float>{1, 0, -1, 0}));
    EXPECT_TRUE(cosines(query, std::span(layer.B).first(14)).empty());
}

/// Channels of three kinds, shuffled, each a kind's course with its own size, offset and a little noise.
struct Kinds {
    std::vector<float> values;
    std::vector<int> kind;
};
Kinds kindsOf(std::int64_t channels, std::int64_t tokens) {
    Kinds kinds;
    const Layer noise = randomLayer(tokens, channels, 1, 2);
    for (std::int64_t c = 0; c < channels; ++c) {
        const int kind = static_cast<int>((c * 7 + c / 5) % 3);
        kinds.kind.push_back(kind);
        for (std::int64_t t = 0; t < tokens; ++t) {
            const double phase = static_cast<double>(t) / static_cast<double>(tokens) * 20 * (kind + 1) + kind;
            kinds.values.push_back(
                static_cast<float>(static_cast<double>(c + 1) * std::sin(phase) + 10.0 * static_cast<double>(c)) +
                0.1f * noise.u[at(t * channels + c)]);
        }
    }
    return kinds;
}

TEST(Similarity, OrderPutsLikeBesideLike) {
    for (const std::int64_t tokens : {100, 5000}) {
        const Kinds kinds = kindsOf(60, tokens);
        const std::vector<std::int64_t> order = similarityOrder(kinds.values, 60);
        std::vector<std::int64_t> sorted = order, all(60);
        std::sort(sorted.begin(), sorted.end());
        std::iota(all.begin(), all.end(), 0);
        ASSERT_EQ(sorted, all);
        int changes = 0;
        for (std::size_t i = 1; i < order.size(); ++i)
            changes += kinds.kind[at(order[i])] != kinds.kind[at(order[i - 1])];
        EXPECT_EQ(changes, 2) << tokens;
    }
}

TEST(Similarity, ChannelsWithoutVariationComeLast) {
    const std::vector<float> values{5, 5, 5, 5, 1,    2,    3,    4,    kNaN, kNaN, kNaN, kNaN,
                                    4, 3, 2, 1, 0.1f, 0.1f, 0.1f, 0.1f, 2,    kNaN, 6,    8};
    const std::vector<std::int64_t> order = similarityOrder(values, 6);
    EXPECT_EQ(order,
              (std::vector<std::int64_t>{
                  3, 5, 1, 0, 2, 4}));  // least like the others: the falling one; least unlike it: the one with a gap
    EXPECT_TRUE(similarityOrder({}, 0).empty());
    EXPECT_EQ(similarityOrder({}, 2), (std::vector<std::int64_t>{0, 1}));
}

TEST(Similarity, OtherOrdersAreDescendingAndStable) {
    const std::vector<float> values{1, 1, 3, kNaN, kNaN, kNaN, 2, 4, -1, 0};
    EXPECT_EQ(orderByMean(values, 5), (std::vector<std::int64_t>{1, 3, 0, 4, 2}));
    EXPECT_EQ(orderByValue(std::vector<float>{2, kNaN, 7, 2, -1}), (std::vector<std::int64_t>{2, 0, 3, 4, 1}));
}

}  // namespace
}  // namespace ms
