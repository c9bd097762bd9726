#include "engine/export/capture_numbers.h"

#include <algorithm>
#include <vector>

namespace ms {

namespace {

NumberAxis axis(const char* name, std::int64_t size) { return {name, size}; }

/// Dimensions of a token's row.
std::vector<NumberAxis> rowAxes(const SeriesInfo& series, const ModelDims& dims) {
    const ProbePoint point = series.key.point;
    const LayerIndex index = series.key.layer;
    const LayerDims layer = index.value >= 0 && index.value < dims.n_layer ? dims.layer(index) : LayerDims{};
    switch (series.key.reduction) {
        case Reduction::None:
            break;
        case Reduction::MeanChannels:
        case Reduction::MaxChannels:
            return {};
        case Reduction::L2:
            if (series.width == 1) return {};
            return {axis("channel", series.width)};  // of the state: over d_state
        case Reduction::Histogram:
            return {axis("bin", series.width)};
        case Reduction::TopK:  // the k values, then where they are
            return {axis("part", 2), axis("rank", series.width / 2)};
    }
    switch (point) {
        case ProbePoint::B:
        case ProbePoint::C:
            return {axis("state", series.width)};
        case ProbePoint::State:
            if (layer.d_state < 1 || series.width % layer.d_state != 0) break;
            return {axis("channel", series.width / layer.d_state), axis("state", layer.d_state)};
        case ProbePoint::ConvState:
            if (layer.d_conv < 2 || series.width % (layer.d_conv - 1) != 0) break;
            return {axis("channel", series.width / (layer.d_conv - 1)), axis("column", layer.d_conv - 1)};
        case ProbePoint::Dt:
        case ProbePoint::Selectivity:
        case ProbePoint::Retention:
            if (layer.dtWidth() == layer.d_inner) break;
            return {axis("head", series.width)};
        case ProbePoint::InputGate:
            if (layer.kind != LayerKind::Mamba3) break;
            return {axis("head", series.width)};
        case ProbePoint::AttentionEntropy:
        case ProbePoint::AttentionPeak:
            return {axis("head", series.width)};
        case ProbePoint::AttentionQuery:
        case ProbePoint::AttentionKey:
            if (layer.kind == LayerKind::Mamba3) return {axis("head", layer.n_heads), axis("state", layer.d_state)};
            if (layer.head_dim < 1 || series.width % layer.head_dim != 0) break;
            return {axis("head", series.width / layer.head_dim), axis("column", layer.head_dim)};
        case ProbePoint::ExpertChoice:
        case ProbePoint::ExpertWeight:
            return {axis("rank", series.width)};
        case ProbePoint::Logits:
            return {axis("id", series.width)};
        case ProbePoint::Features:
            return {axis("band", series.width)};
        default:
            break;
    }
    return {axis("channel", series.width)};
}

}  // namespace

NumberArray captureArray(const CaptureStore& store, const SeriesInfo& series, const ModelDims& dims, const TokenTextAt& text,
                         std::int64_t first, std::int64_t end) {
    const std::int64_t stride = series.stride, width = series.width;
    const std::int64_t firstRow = (std::max<std::int64_t>(first, 0) + stride - 1) / stride;
    const std::int64_t endRow = (std::min(end, series.end.value) + stride - 1) / stride;

    NumberArray array;
    array.name = series.key.path();
    array.probe = SeriesKey{series.key.point, LayerIndex(-1), series.key.reduction}.path();
    array.unit = info(series.key.point).unit;
    array.layer = series.key.layer.value;
    array.axes = {{"token", std::max<std::int64_t>(endRow - firstRow, 0), firstRow * stride, stride, {}, text}};
    for (NumberAxis& axis : rowAxes(series, dims)) array.axes.push_back(std::move(axis));
    array.read = [&store, key = series.key, stride, width, firstRow](std::int64_t row, std::int64_t rows,
                                                                     std::span<std::byte> out) -> Result<void> {
        // The bytes come from an allocation of the writer's, so they are aligned for any number.
        auto* values = reinterpret_cast<float*>(out.data());
        const auto count = static_cast<std::size_t>(rows * width);
        if (count * sizeof(float) != out.size())
            return Error{ErrorCode::Internal, "series " + key.path() + ": the rows do not fill the portion"};
        store.read(key, TokenPos((firstRow + row) * stride), rows, 0, width, {values, count});
        return {};
    };
    return array;
}

NumberSource captureNumbers(const CaptureStore& store, const ModelDims& dims, const TokenTextAt& text) {
    NumberSource source;
    for (const SeriesInfo& series : store.series()) source.arrays.push_back(captureArray(store, series, dims, text));
    return source;
}

}  // namespace ms
