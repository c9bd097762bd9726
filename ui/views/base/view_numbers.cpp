#include "ui/views/base/view_numbers.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "engine/export/capture_numbers.h"
#include "engine/probe/probe_point.h"

namespace ms {

namespace {

std::span<float> floatsIn(std::span<std::byte> bytes, std::vector<float>& scratch) {
    scratch.resize(bytes.size() / sizeof(float));
    return scratch;
}

/// `source` is copied: its scratch is used by one thread alone.
NumberReader rowsReader(const SeriesSource& source, std::vector<qint64> rows, qint64 firstToken) {
    return [source, rows = std::move(rows), firstToken](std::int64_t first, std::int64_t count, std::span<std::byte> out) -> Result<void> {
        std::vector<float> all, column(static_cast<std::size_t>(count));
        const std::span<float> values = floatsIn(out, all);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            source.readRow(rows[r], firstToken + first, count, column);
            for (std::size_t t = 0; t < column.size(); ++t) values[t * rows.size() + r] = column[t];
        }
        std::memcpy(out.data(), all.data(), out.size());
        return {};
    };
}

std::vector<SeriesKey> keysOf(const CaptureRequest& request, const ModelDims& dims) {
    std::vector<SeriesKey> keys;
    if (!info(request.point).perLayer) return {{request.point, LayerIndex(-1), request.reduction}};
    if (request.layers.empty())
        for (qint64 layer = 0; layer < dims.n_layer; ++layer) keys.push_back({request.point, LayerIndex(layer), request.reduction});
    for (const LayerIndex layer : request.layers) keys.push_back({request.point, layer, request.reduction});
    return keys;
}

void addCaptured(NumberSource& numbers, const std::shared_ptr<const CaptureStore>& store, const CaptureRequest& request, const ModelDims& dims,
                 const TokenTextAt& text, TokenRange range, const std::string& prefix) {
    for (const SeriesKey& key : keysOf(request, dims)) {
        const auto series = store->find(key);
        if (!series) continue;
        NumberArray array = captureArray(*store, *series, dims, text, range.first, range.end);
        array.name = prefix + array.name;
        array.probe = prefix + array.probe;
        array.read = [store, read = std::move(array.read)](std::int64_t first, std::int64_t rows, std::span<std::byte> out) { return read(first, rows, out); };
        if (array.rows() > 0) numbers.arrays.push_back(std::move(array));
    }
}

std::function<std::string(std::int64_t)> textsOf(const TokenLog& tokens, TokenRange range) {
    auto texts = std::make_shared<std::vector<std::string>>();
    for (qint64 t = range.first; t < range.end; ++t) texts->push_back(tokens.textAt(t).toStdString());
    return [texts, first = range.first](std::int64_t token) {
        const std::int64_t at = token - first;
        return at >= 0 && at < std::ssize(*texts) ? (*texts)[static_cast<std::size_t>(at)] : std::string();
    };
}

}  // namespace

TokenRange within(TokenRange range, qint64 tokens) {
    if (range.empty()) return {0, tokens};
    return {std::clamp<qint64>(range.first, 0, tokens), std::clamp<qint64>(range.end, 0, tokens)};
}

NumberAxis plainAxis(const std::string& name, std::int64_t size) {
    NumberAxis axis;
    axis.name = name;
    axis.size = size;
    return axis;
}

NumberAxis plainAxis(const std::string& name, std::vector<std::int64_t> numbers) {
    NumberAxis axis = plainAxis(name, std::ssize(numbers));
    axis.numbers = std::move(numbers);
    return axis;
}

NumberAxis tokenAxis(const TokenLog& tokens, TokenRange range) {
    NumberAxis axis = plainAxis("token", range.end - range.first);
    axis.first = range.first;
    axis.text = textsOf(tokens, range);
    return axis;
}

std::string layerPath(LayerIndex layer, const std::string& what) { return "layer." + std::to_string(layer.value) + "." + what; }

void addSeries(NumberSource& numbers, const SeriesSource& source, const ViewContext& context, const ModelDims& dims, TokenRange range) {
    if (!source) return;
    range = within(range, context.tokens.size());
    const auto text = textsOf(context.tokens, range);
    const CaptureRequest request = source.request();
    if (source.compare() != Compare::Baseline) addCaptured(numbers, context.store, request, dims, text, range, {});
    if (source.compare() != Compare::Changed && context.baseline) addCaptured(numbers, context.baseline, request, dims, text, range, "baseline.");
    if (!source.isDifference() && !source.isSoftmax()) return;
    std::vector<qint64> rows;
    std::vector<std::int64_t> channels;
    for (qint64 row = 0; row < source.rows(); ++row) {
        rows.push_back(row);
        channels.push_back(source.channelOf(row));
    }
    const std::string point(info(source.point()).key);
    NumberArray array;
    array.probe = point + (source.isSoftmax() ? ".probability" : ".change");
    array.name = source.layer() && source.layer()->value >= 0 ? layerPath(*source.layer(), array.probe) : array.probe;
    array.layer = source.layer() ? source.layer()->value : -1;
    array.axes = {tokenAxis(context.tokens, range), plainAxis(source.layer() ? "channel" : "layer", channels)};
    array.read = rowsReader(source, rows, range.first);
    numbers.arrays.push_back(std::move(array));
}

void addRows(NumberSource& numbers, const std::string& name, const SeriesSource& source, const std::vector<qint64>& rows,
             const std::string& rowName, const ViewContext& context, TokenRange range) {
    if (!source || rows.empty()) return;
    range = within(range, context.tokens.size());
    NumberArray array;
    array.name = array.probe = name;
    array.axes = {tokenAxis(context.tokens, range), plainAxis(rowName, std::vector<std::int64_t>(rows.begin(), rows.end()))};
    array.read = rowsReader(source, rows, range.first);
    numbers.arrays.push_back(std::move(array));
}

}  // namespace ms
