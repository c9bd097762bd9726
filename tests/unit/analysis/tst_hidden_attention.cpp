#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "analysis_support.h"
#include "engine/analysis/decay.h"
#include "engine/analysis/hidden_attention.h"

namespace ms {
namespace {

AttentionInputs inputsOf(const Layer& layer) {
    return {0,
            layer.tokens,
            layer.d_inner,
            layer.d_state,
            layer.A,
            readerOf(layer.dt, layer.d_inner),
            readerOf(layer.B, layer.d_state),
            readerOf(layer.C, layer.d_state)};
}

double meanAlpha(const Layer& layer, std::vector<std::int64_t> channels, std::int64_t t, std::int64_t s) {
    if (channels.empty()) {
        channels.resize(at(layer.d_inner));
        std::iota(channels.begin(), channels.end(), 0);
    }
    double sum = 0;
    for (const std::int64_t c : channels) sum += alphaOf(layer, c, t, s);
    return sum / static_cast<double>(channels.size());
}

/// Compares a tile with the definition: errors below 1e-5 of the tile's largest value, zeros above the diagonal exact.
void expectTile(const Layer& layer, const std::vector<std::int64_t>& channels, std::int64_t t0, std::int64_t t1,
                std::int64_t s0, std::int64_t s1) {
    SCOPED_TRACE(testing::Message() << "rows " << t0 << " to " << t1 << ", columns " << s0 << " to " << s1);
    AttentionOptions options;
    options.channels = channels;
    const auto tile = attentionTile(inputsOf(layer), t0, t1, s0, s1, options);
    ASSERT_TRUE(tile) << tile.error().message;
    ASSERT_EQ(tile->size(), at((t1 - t0) * (s1 - s0)));
    double largest = 0, worst = 0;
    for (std::int64_t t = t0; t < t1; ++t)
        for (std::int64_t s = s0; s < s1; ++s) {
            const double expected = meanAlpha(layer, channels, t, s);
            const float value = (*tile)[at((t - t0) * (s1 - s0) + s - s0)];
            if (s > t) {
                ASSERT_EQ(value, 0.0f) << t << ", " << s;
            }
            largest = std::max(largest, std::abs(expected));
            worst = std::max(worst, std::abs(value - expected));
        }
    EXPECT_LE(worst, 1e-5 * largest + 1e-25);  // what is below e⁻⁶⁰ may count as zero
}

TEST(HiddenAttention, RowsTimesInputsAreTheScansOutput) {
    const Layer layer = goldenLayer();
    double error = 0, scale = 0;
    for (std::int64_t c = 0; c < layer.d_inner; ++c) {
        AttentionOptions options;
        options.channels = std::span(&c, 1);
        const auto tile = attentionTile(inputsOf(layer), 0, layer.tokens, 0, layer.tokens, options);
        ASSERT_TRUE(tile) << tile.error().message;
        for (std::int64_t t = 0; t < layer.tokens; ++t) {
            const std::size_t i = at(t * layer.d_inner + c);
            double y = static_cast<double>(layer.D[at(c)]) * layer.u[i];
            const double read = layer.y[i] - y;
            for (std::int64_t s = 0; s < layer.tokens; ++s)
                y += static_cast<double>((*tile)[at(t * layer.tokens + s)]) * layer.u[at(s * layer.d_inner + c)];
            error += (y - layer.y[i]) * (y - layer.y[i]);
            scale += read * read;
        }
    }
    EXPECT_LE(std::sqrt(error), 1e-4 * std::sqrt(scale));
    EXPECT_GT(scale, 0);
}

TEST(HiddenAttention, TilesFollowTheDefinition) {
    const Layer layer = randomLayer(131, 67, 5, 1);
    const std::vector<std::int64_t> all, one{13}, some{66, 2, 3, 4, 40};
    for (const auto& channels : {all, one, some}) {
        expectTile(layer, channels, 0, 131, 0, 131);    // the whole matrix
        expectTile(layer, channels, 64, 117, 64, 117);  // on the diagonal
        expectTile(layer, channels, 90, 131, 3, 50);    // far below it
        expectTile(layer, channels, 50, 90, 11, 50);    // touching it
        expectTile(layer, channels, 50, 90, 11, 51);
        expectTile(layer, channels, 30, 77, 20, 61);  // across it: columns before, rows after
        expectTile(layer, channels, 21, 61, 20, 61);
        expectTile(layer, channels, 20, 61, 30, 77);   // across it: rows before, columns after
        expectTile(layer, channels, 40, 120, 60, 70);  // columns within the rows
        expectTile(layer, channels, 60, 70, 40, 120);  // rows within the columns
        expectTile(layer, channels, 10, 20, 50, 60);   // above it
        expectTile(layer, channels, 130, 131, 0, 131);
        expectTile(layer, channels, 0, 131, 7, 8);
    }
}

TEST(HiddenAttention, TakesManyStatesAndSeveralBlocksOfChannels) {
    expectTile(randomLayer(40, 130, 33, 2), {}, 0, 40, 0, 40);
    expectTile(randomLayer(40, 3, 2000, 3), {}, 5, 40, 0, 20);
}

TEST(HiddenAttention, SurvivesStepsThatForgetEverything) {
    Layer layer = randomLayer(60, 9, 16, 4);
    for (std::int64_t c = 0; c < layer.d_inner; ++c) layer.dt[at(30 * layer.d_inner + c)] = 500.0f;
    expectTile(layer, {}, 0, 60, 0, 60);
    expectTile(layer, {}, 31, 60, 0, 30);
}

TEST(HiddenAttention, DecayIsTheExponential) {
    for (float x = 0; x >= -60; x -= 0.00137f) {
        const double expected = std::exp(static_cast<double>(x));
        ASSERT_NEAR(decay(x), expected, 2e-7 * expected) << x;
    }
    EXPECT_EQ(decay(0), 1.0f);
    EXPECT_EQ(decay(-60.001f), 0.0f);
    EXPECT_EQ(decay(-std::numeric_limits<float>::infinity()), 0.0f);
    EXPECT_TRUE(std::isnan(decay(std::numeric_limits<float>::quiet_NaN())));
}

TEST(HiddenAttention, RowsAreRowsOfTheTile) {
    const Layer layer = randomLayer(301, 40, 7, 5);
    AttentionOptions options;
    for (const auto form : {AttentionForm::Signed, AttentionForm::Absolute, AttentionForm::RowNormalised})
        for (const std::int64_t t : {0, 17, 300}) {
            options.form = form;
            const auto row = attentionRow(inputsOf(layer), t, 10, 290, options);
            const auto tile = attentionTile(inputsOf(layer), t, t + 1, 10, 290, options);
            ASSERT_TRUE(row && tile);
            for (std::size_t i = 0; i < tile->size(); ++i)
                EXPECT_NEAR((*row)[i], (*tile)[i], 1e-6) << t << ", " << i + 10;
        }
    const auto end = attentionRow(inputsOf(layer), 17, 17, 20);
    ASSERT_TRUE(end);
    EXPECT_NEAR(end->front(), meanAlpha(layer, {}, 17, 17), 1e-6);
    EXPECT_EQ(end->back(), 0.0f);
}

TEST(HiddenAttention, NormalisedRowsShareOneSumAcrossTiles) {
    const Layer layer = randomLayer(1300, 6, 4, 6);
    AttentionOptions options;
    const auto sums = attentionRowSums(inputsOf(layer), 1100, 1150, options);
    ASSERT_TRUE(sums) << sums.error().message;
    options.form = AttentionForm::RowNormalised;
    const auto whole = attentionTile(inputsOf(layer), 1100, 1150, 0, 1300, options);
    const auto right = attentionTile(inputsOf(layer), 1100, 1150, 1000, 1120, options);
    options.rowSums = *sums;
    const auto given = attentionTile(inputsOf(layer), 1100, 1150, 1000, 1120, options);
    ASSERT_TRUE(whole && right && given);
    EXPECT_EQ(*right, *given);
    for (std::int64_t r = 0; r < 50; ++r) {
        const double sum = std::accumulate(whole->begin() + r * 1300, whole->begin() + (r + 1) * 1300, 0.0);
        EXPECT_NEAR(sum, 1, 1e-5);
        for (std::int64_t s = 1000; s < 1120; ++s)
            EXPECT_NEAR((*right)[at(r * 120 + s - 1000)], (*whole)[at(r * 1300 + s)], 1e-6);
    }
}

TEST(HiddenAttention, IsExactAtAHundredThousandTokens) {
    const Layer layer = randomLayer(100'000, 2, 16, 7, 1e-7f);
    Layer slow = layer;  // half of each state is gone after some ten thousand tokens
    for (float& dt : slow.dt) dt *= 1e-3f;
    for (const Layer* l : {&layer, static_cast<const Layer*>(&slow)}) {
        const std::int64_t corners[][2] = {{99'488, 99'488}, {99'488, 99'000}, {99'488, 60'000}, {70'000, 0}};
        for (const auto& [t0, s0] : corners) {
            const auto tile = attentionTile(inputsOf(*l), t0, t0 + 512, s0, s0 + 512);
            ASSERT_TRUE(tile) << tile.error().message;
            for (std::int64_t k = 0; k < 60; ++k) {
                const std::int64_t t = t0 + (k * 89 + 511) % 512, s = std::min(s0 + k * 57 % 512, t);
                const double expected = meanAlpha(*l, {}, t, s);
                EXPECT_NEAR((*tile)[at((t - t0) * 512 + s - s0)], expected, 2e-5 * std::abs(expected) + 1e-9)
                    << t << ", " << s;
            }
        }
        const auto row = attentionRow(inputsOf(*l), 99'999, 0, 100'000);
        ASSERT_TRUE(row);
        for (const std::int64_t s : {0, 1, 50'000, 90'001, 99'990, 99'999}) {
            const double expected = meanAlpha(*l, {}, 99'999, s);
            EXPECT_NEAR((*row)[at(s)], expected, 2e-5 * std::abs(expected) + 1e-9) << s;
        }
    }
}

TEST(HiddenAttention, StartsWhereTheCaptureStarts) {
    const Layer layer = randomLayer(50, 3, 4, 8);
    AttentionInputs late = inputsOf(layer);
    late.first = 700;
    late.dt = readerOf(layer.dt, 3, 700);
    late.B = readerOf(layer.B, 4, 700);
    late.C = readerOf(layer.C, 4, 700);
    EXPECT_EQ(*attentionTile(late, 720, 750, 700, 710), *attentionTile(inputsOf(layer), 20, 50, 0, 10));
    EXPECT_EQ(*attentionRow(late, 749, 700, 750), *attentionRow(inputsOf(layer), 49, 0, 50));
    EXPECT_EQ(*attentionRowSums(late, 720, 750), *attentionRowSums(inputsOf(layer), 20, 50));
}

TEST(HiddenAttention, MissingTokensReadAsNaNWhereTheyMatter) {
    Layer layer = randomLayer(40, 3, 4, 9);
    layer.dt[at(20 * 3 + 1)] = std::numeric_limits<float>::quiet_NaN();
    const auto tile = attentionTile(inputsOf(layer), 0, 40, 0, 40);
    ASSERT_TRUE(tile);
    const auto cell = [&](std::int64_t t, std::int64_t s) { return (*tile)[at(t * 40 + s)]; };
    EXPECT_TRUE(std::isnan(cell(30, 10)));
    EXPECT_TRUE(std::isnan(cell(20, 20)));
    EXPECT_EQ(cell(10, 30), 0.0f);
    EXPECT_FALSE(std::isnan(cell(19, 3)));
}

TEST(HiddenAttention, ReadsWhatASessionCaptured) {
    const Layer layer = randomLayer(30, 5, 4, 11);
    const auto key = [](ProbePoint point) { return SeriesKey{point, LayerIndex(2), Reduction::None}; };
    CaptureStore store;
    const auto append = [&](ProbePoint point, std::span<const float> values, std::int64_t width,
                            std::int64_t stride = 1) {
        const CaptureEntry entry{key(point), width, stride, 0, 0, 1};
        store.append({TokenPos(0), 30 * stride, {{&entry, TokenPos(0), 30, values}}});
    };
    append(ProbePoint::Dt, layer.dt, 5);
    append(ProbePoint::B, layer.B, 4);
    append(ProbePoint::C, layer.C, 4);
    AttentionInputs in = inputsOf(layer);
    in.dt = readerOf(store, key(ProbePoint::Dt));
    in.B = readerOf(store, key(ProbePoint::B));
    in.C = readerOf(store, key(ProbePoint::C));
    EXPECT_EQ(*attentionTile(in, 0, 30, 0, 30), *attentionTile(inputsOf(layer), 0, 30, 0, 30));

    in.tokens = 31;
    const auto beyond = attentionRow(in, 30, 0, 31);
    ASSERT_TRUE(beyond);
    EXPECT_TRUE(std::isnan(beyond->front()));
    in.C = readerOf(store, key(ProbePoint::U));
    EXPECT_EQ(attentionRow(in, 20, 0, 10).error().code, ErrorCode::NotFound);
    append(ProbePoint::U, layer.C, 4, 2);
    EXPECT_EQ(attentionRow(in, 20, 0, 10).error().code, ErrorCode::InvalidArgument);
}

TEST(HiddenAttention, RefusesWhatIsNotThereAndStops) {
    const Layer layer = randomLayer(20, 3, 4, 10);
    const AttentionInputs in = inputsOf(layer);
    const auto code = [](const auto& result) { return result ? ErrorCode::Internal : result.error().code; };
    EXPECT_EQ(code(attentionTile(in, 10, 21, 0, 5)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(attentionTile(in, 10, 10, 0, 5)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(attentionTile(in, 10, 15, -1, 5)), ErrorCode::InvalidArgument);
    AttentionOptions options;
    const std::int64_t missing = 3;
    options.channels = std::span(&missing, 1);
    EXPECT_EQ(code(attentionRow(in, 10, 0, 5, options)), ErrorCode::InvalidArgument);

    std::stop_source stop;
    stop.request_stop();
    options = {};
    options.stop = stop.get_token();
    EXPECT_EQ(code(attentionTile(in, 10, 15, 0, 5, options)), ErrorCode::Cancelled);
    EXPECT_EQ(code(attentionRow(in, 10, 0, 5, options)), ErrorCode::Cancelled);
    EXPECT_EQ(code(attentionRowSums(in, 10, 15, options)), ErrorCode::Cancelled);

    AttentionInputs broken = in;
    broken.dt = [](auto...) -> Result<void> { return Error{ErrorCode::Io, "gone"}; };
    EXPECT_EQ(code(attentionTile(broken, 10, 15, 0, 5)), ErrorCode::Io);
}

}  // namespace
}  // namespace ms
