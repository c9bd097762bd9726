// Attention worked out from queries and keys against the softmax as it is written, in double.
#include "engine/analysis/head_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ms {
namespace {

constexpr std::int64_t kHeads = 6, kKvHeads = 2, kWidth = 7;

struct Layer {
    std::int64_t first, tokens;
    std::vector<float> q, k;

    Layer(std::int64_t firstToken, std::int64_t count, float spread = 1.5f) : first(firstToken), tokens(count) {
        std::mt19937 random(7);
        std::normal_distribution<float> normal(0, spread);
        for (std::int64_t i = 0; i < count * kHeads * kWidth; ++i) q.push_back(normal(random));
        for (std::int64_t i = 0; i < count * kKvHeads * kWidth; ++i) k.push_back(normal(random));
    }
    [[nodiscard]] HeadAttentionInputs inputs() const {
        return {first, tokens, kHeads, kKvHeads, kWidth, readerOf(q, kHeads * kWidth, first), readerOf(k, kKvHeads * kWidth, first)};
    }
    /// Row t of one head over [first, t].
    [[nodiscard]] std::vector<double> row(std::int64_t head, std::int64_t t) const {
        std::vector<double> weights;
        double total = 0, top = -1e300;
        for (std::int64_t s = first; s <= t; ++s) {
            double dot = 0;
            for (std::int64_t i = 0; i < kWidth; ++i)
                dot += static_cast<double>(q[static_cast<std::size_t>(((t - first) * kHeads + head) * kWidth + i)]) *
                       k[static_cast<std::size_t>(((s - first) * kKvHeads + head / (kHeads / kKvHeads)) * kWidth + i)];
            weights.push_back(dot / std::sqrt(static_cast<double>(kWidth)));
            top = std::max(top, weights.back());
        }
        for (double& w : weights) total += w = std::exp(w - top);
        for (double& w : weights) w /= total;
        return weights;
    }
    [[nodiscard]] double weight(std::optional<std::int64_t> head, std::int64_t t, std::int64_t s) const {
        if (s > t) return 0;
        if (head) return row(*head, t)[static_cast<std::size_t>(s - first)];
        double sum = 0;
        for (std::int64_t h = 0; h < kHeads; ++h) sum += weight(h, t, s);
        return sum / kHeads;
    }
    void expectTile(std::int64_t t0, std::int64_t t1, std::int64_t s0, std::int64_t s1, const HeadAttentionOptions& options) const {
        const auto tile = headAttentionTile(inputs(), t0, t1, s0, s1, options);
        ASSERT_TRUE(tile) << tile.error().message;
        ASSERT_EQ(std::ssize(*tile), (t1 - t0) * (s1 - s0));
        for (std::int64_t t = t0; t < t1; ++t)
            for (std::int64_t s = s0; s < s1; ++s)
                EXPECT_NEAR((*tile)[static_cast<std::size_t>((t - t0) * (s1 - s0) + s - s0)], weight(options.head, t, s), 2e-6) << t << ' ' << s;
    }
};

TEST(HeadAttention, TilesAreTheSoftmax) {
    const Layer layer(0, 37);
    for (const std::optional<std::int64_t> head : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0), std::optional<std::int64_t>(5)})
        for (const unsigned threads : {1u, 4u}) {
            HeadAttentionOptions options;
            options.head = head;
            options.threads = threads;
            layer.expectTile(0, 37, 0, 37, options);
            layer.expectTile(11, 30, 3, 20, options);   // across the diagonal
            layer.expectTile(25, 26, 0, 26, options);   // one row
            layer.expectTile(5, 9, 20, 31, options);    // nothing but later keys
        }
}

TEST(HeadAttention, TakesManyStretchesOfKeysAndScoresThatWouldOverflow) {
    const Layer layer(100, 701, 40);  // scores of thousands
    HeadAttentionOptions options;
    options.head = 3;
    layer.expectTile(795, 801, 100, 801, options);
    layer.expectTile(360, 363, 350, 364, {});
}

TEST(HeadAttention, RowsSumToOneAndSumsServeManyTiles) {
    const Layer layer(0, 300);
    std::vector<std::int64_t> shown;
    HeadAttentionOptions options;
    options.progress = [&](const Progress& p) { shown.push_back(p.current * 100 / p.total); };
    const auto sums = headAttentionLogSums(layer.inputs(), 280, 300, options);
    ASSERT_TRUE(sums && sums->size() == 20u * kHeads);
    EXPECT_EQ(shown.back(), 100);
    EXPECT_TRUE(std::is_sorted(shown.begin(), shown.end()));
    options.logSums = *sums;
    std::vector<double> totals(20);
    for (std::int64_t s0 = 0; s0 < 300; s0 += 75) {
        const auto tile = headAttentionTile(layer.inputs(), 280, 300, s0, s0 + 75, options);
        ASSERT_TRUE(tile);
        for (std::size_t i = 0; i < tile->size(); ++i) totals[i / 75] += (*tile)[i];
    }
    for (const double total : totals) EXPECT_NEAR(total, 1, 1e-6);
}

TEST(HeadAttention, WhatNobodyCapturedIsNoWeight) {
    Layer layer(0, 20);
    for (std::int64_t i = 0; i < kWidth; ++i) layer.k[static_cast<std::size_t>(8 * kKvHeads * kWidth + i)] = std::nanf("");  // token 8, head 0 of the keys
    HeadAttentionOptions options;
    options.head = 0;
    const auto tile = headAttentionTile(layer.inputs(), 0, 20, 0, 20, options);
    ASSERT_TRUE(tile);
    EXPECT_NEAR((*tile)[7 * 20 + 3], layer.weight(0, 7, 3), 2e-6);
    EXPECT_TRUE(std::isnan((*tile)[8 * 20 + 3]) && std::isnan((*tile)[19 * 20]));
    options.head = 3;  // reads the other keys
    layer.expectTile(0, 20, 0, 20, options);
}

TEST(HeadAttention, RefusesWhatIsNotThereAndStops) {
    const Layer layer(10, 20);
    const auto codeOf = [&](std::int64_t t0, std::int64_t t1, std::int64_t s0, std::int64_t s1, const HeadAttentionOptions& options = {}) {
        const auto tile = headAttentionTile(layer.inputs(), t0, t1, s0, s1, options);
        return tile ? ErrorCode::Internal : tile.error().code;
    };
    for (const auto& [t0, t1, s0, s1] : {std::array<std::int64_t, 4>{9, 12, 10, 12}, {10, 31, 10, 12}, {12, 12, 10, 12}, {12, 14, 9, 12}, {12, 14, 12, 31}})
        EXPECT_EQ(codeOf(t0, t1, s0, s1), ErrorCode::InvalidArgument);
    HeadAttentionOptions options;
    options.head = kHeads;
    EXPECT_EQ(codeOf(12, 14, 10, 12, options), ErrorCode::InvalidArgument);
    options.head = 1;
    const std::vector<double> sums(3);
    options.logSums = sums;
    EXPECT_EQ(codeOf(12, 14, 10, 12, options), ErrorCode::InvalidArgument);
    HeadAttentionInputs odd = layer.inputs();
    odd.n_kv_heads = 4;
    EXPECT_EQ(headAttentionTile(odd, 12, 14, 10, 12).error().code, ErrorCode::InvalidArgument);
    std::stop_source stop;
    stop.request_stop();
    options = {};
    options.stop = stop.get_token();
    EXPECT_EQ(codeOf(12, 14, 10, 12, options), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace ms
