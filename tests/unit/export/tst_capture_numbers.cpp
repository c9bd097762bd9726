// Captured series as arrays with axes.
#include "engine/export/capture_numbers.h"

#include <cmath>

#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr ModelDims kDims{.d_model = 6, .n_layer = 2, .d_inner = 8, .d_state = 4, .d_conv = 4, .dt_rank = 2, .vocab = 10};

SeriesInfo append(CaptureStore& store, SeriesKey key, std::int64_t width, std::int64_t stride, std::int64_t first, std::int64_t rows) {
    const CaptureEntry entry{key, width, stride, 0, 0, 1};
    std::vector<float> values;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) values.push_back(static_cast<float>((first + r * stride) * 100 + c));
    store.append({TokenPos(first), rows * stride, {{&entry, TokenPos(first), rows, values}}});
    return *store.find(key);
}

std::string axes(const NumberArray& array) {
    std::string text;
    for (const NumberAxis& axis : array.axes) text += axis.name + " " + std::to_string(axis.size) + ";";
    return text;
}

std::vector<float> read(const NumberArray& array, std::int64_t first, std::int64_t rows) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(rows) * array.rowBytes());
    EXPECT_TRUE(array.read(first, rows, bytes).ok());
    return valuesOf<float>(bytes);
}

}  // namespace

TEST(CaptureNumbers, AxesFollowThePointAndItsReduction) {
    CaptureStore store;
    const auto axesOf = [&](ProbePoint point, Reduction reduction, std::int64_t width) {
        return axes(captureArray(store, append(store, {point, LayerIndex(1), reduction}, width, 1, 0, 2), kDims));
    };
    EXPECT_EQ(axesOf(ProbePoint::Dt, Reduction::None, 8), "token 2;channel 8;");
    EXPECT_EQ(axesOf(ProbePoint::Dt, Reduction::MeanChannels, 1), "token 2;");
    EXPECT_EQ(axesOf(ProbePoint::Dt, Reduction::MaxChannels, 1), "token 2;");
    EXPECT_EQ(axesOf(ProbePoint::B, Reduction::None, 4), "token 2;state 4;");
    EXPECT_EQ(axesOf(ProbePoint::State, Reduction::None, 32), "token 2;channel 8;state 4;");
    EXPECT_EQ(axesOf(ProbePoint::State, Reduction::L2, 8), "token 2;channel 8;");
    EXPECT_EQ(axesOf(ProbePoint::ResidPre, Reduction::L2, 1), "token 2;");
    EXPECT_EQ(axesOf(ProbePoint::ConvState, Reduction::None, 24), "token 2;channel 8;column 3;");
    EXPECT_EQ(axesOf(ProbePoint::Y, Reduction::Histogram, 5), "token 2;bin 5;");
    EXPECT_EQ(axesOf(ProbePoint::Y, Reduction::TopK, 6), "token 2;part 2;rank 3;");
    EXPECT_EQ(axesOf(ProbePoint::Logits, Reduction::None, 10), "token 2;id 10;");
}

TEST(CaptureNumbers, AxesAreThoseOfTheLayersKind) {
    ModelDims dims{.d_model = 6};
    const LayerDims mamba2{.kind = LayerKind::Mamba2, .d_inner = 8, .d_state = 3, .d_conv = 3, .n_heads = 2, .head_dim = 4, .n_groups = 1};
    const LayerDims attention{.kind = LayerKind::Attention, .feedForward = FeedForward::Experts, .d_inner = 8, .n_heads = 2, .head_dim = 4, .n_kv_heads = 1,
                              .n_experts = 4, .n_chosen = 2};
    const LayerDims mamba3{.kind = LayerKind::Mamba3, .d_inner = 8, .d_state = 6, .n_heads = 2, .head_dim = 4, .n_groups = 1, .n_angles = 2};
    dims.setLayers({mamba2, attention, mamba3});
    CaptureStore store;
    const auto axesOf = [&](ProbePoint point, std::int64_t layer) {
        const SeriesKey key{point, LayerIndex(layer), Reduction::None};
        return axes(captureArray(store, append(store, key, dims.width(point, LayerIndex(layer)), 1, 0, 2), dims));
    };
    EXPECT_EQ(axesOf(ProbePoint::Dt, 0), "token 2;head 2;");
    EXPECT_EQ(axesOf(ProbePoint::State, 0), "token 2;channel 8;state 3;");
    EXPECT_EQ(axesOf(ProbePoint::ConvState, 0), "token 2;channel 14;column 2;");
    EXPECT_EQ(axesOf(ProbePoint::AttentionEntropy, 1), "token 2;head 2;");
    EXPECT_EQ(axesOf(ProbePoint::ExpertChoice, 1), "token 2;rank 2;");
    EXPECT_EQ(axesOf(ProbePoint::AttentionKey, 1), "token 2;head 1;column 4;");
    EXPECT_EQ(axesOf(ProbePoint::AttentionKey, 2), "token 2;head 2;state 6;");  // K of every head, of d_state
    EXPECT_EQ(axesOf(ProbePoint::InputGate, 2), "token 2;head 2;");
}

TEST(CaptureNumbers, NamesAndLayers) {
    CaptureStore store;
    append(store, {ProbePoint::Dt, LayerIndex(1), Reduction::MeanChannels}, 1, 1, 0, 3);
    append(store, {ProbePoint::Logits, LayerIndex(-1), Reduction::None}, 10, 1, 0, 3);
    const NumberSource source = captureNumbers(store, kDims, [](std::int64_t t) { return "t" + std::to_string(t); });
    ASSERT_EQ(source.arrays.size(), 2u);
    EXPECT_TRUE(source.check().ok());
    EXPECT_EQ(source.arrays[0].name, "layer.1.dt.mean");
    EXPECT_EQ(source.arrays[0].probe, "dt.mean");
    EXPECT_EQ(source.arrays[0].layer, 1);
    EXPECT_EQ(source.arrays[0].axes[0].text(2), "t2");
    EXPECT_EQ(source.arrays[1].name, "logits");
    EXPECT_EQ(source.arrays[1].layer, -1);
    EXPECT_EQ(source.arrays[1].unit, "nat");
}

TEST(CaptureNumbers, RangesKeepToTheStride) {
    CaptureStore store;
    const SeriesInfo series = append(store, {ProbePoint::State, LayerIndex(0), Reduction::L2}, 8, 4, 0, 10);  // 0, 4, …, 36
    const NumberArray array = captureArray(store, series, kDims, {}, 5, 17);
    ASSERT_EQ(axes(array), "token 3;channel 8;");
    EXPECT_EQ(array.axes[0].numberAt(0), 8);
    EXPECT_EQ(array.axes[0].numberAt(2), 16);
    EXPECT_EQ(read(array, 0, 3)[0], 800.0f);
    EXPECT_EQ(read(array, 2, 1)[7], 1607.0f);
    EXPECT_EQ(captureArray(store, series, kDims, {}, 30, 20).rows(), 0);
    EXPECT_EQ(captureArray(store, series, kDims).rows(), 10);
}

TEST(CaptureNumbers, RowsNobodyCapturedAreNaN) {
    CaptureStore store;
    const SeriesKey key{ProbePoint::Dt, LayerIndex(0), Reduction::None};
    append(store, key, 8, 1, 0, 2);
    const SeriesInfo series = append(store, key, 8, 1, 5, 1);
    const std::vector<float> values = read(captureArray(store, series, kDims), 1, 5);
    EXPECT_EQ(values[0], 100.0f);
    EXPECT_TRUE(std::isnan(values[8]));
    EXPECT_EQ(values[4 * 8 + 3], 503.0f);
}

TEST(CaptureNumbers, TruncatedWhileWrittenReadsNaN) {
    CaptureStore store;
    const SeriesInfo series = append(store, {ProbePoint::Dt, LayerIndex(0), Reduction::None}, 8, 1, 0, 4);
    const NumberArray array = captureArray(store, series, kDims);
    store.truncate(TokenPos(2));
    const std::vector<float> values = read(array, 0, 4);
    EXPECT_EQ(values[8], 100.0f);
    EXPECT_TRUE(std::isnan(values[16]));
}
