#include "app/cli/trace.h"

#include <charconv>

#include "engine/formats/npz_writer.h"

namespace ms::cli {

namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == ',') words.emplace_back();
        else if (c != ' ') words.back() += c;
    }
    return words;
}

std::string knownPoints() {
    std::string all;
    for (const ProbeInfo& p : probeTable()) all += (all.empty() ? "" : ", ") + std::string(p.key);
    return all;
}

Result<CaptureRequest> parsePoint(const std::string& word) {
    const std::size_t dot = word.find('.');
    const std::string suffix = dot == std::string::npos ? "raw" : word.substr(dot + 1);
    const auto point = probePointByKey(word.substr(0, dot));
    if (!point) return Error{ErrorCode::InvalidArgument, "--capture: there is no probe point \"" + word + "\"; known: " + knownPoints()};
    for (const Reduction r : {Reduction::None, Reduction::MeanChannels, Reduction::MaxChannels, Reduction::L2})
        if (key(r) == suffix) return CaptureRequest{*point, {}, r, 1, 0, 0, 1};
    return Error{ErrorCode::InvalidArgument, "--capture: \"" + word + "\" ends in an unknown reduction; known: .mean, .max, .l2"};
}

Result<std::vector<LayerIndex>> parseLayers(const std::string& text, const ModelDims& dims) {
    std::vector<LayerIndex> layers;
    if (text.empty()) return layers;
    for (const std::string& word : split(text)) {
        std::int64_t first = -1, last = -1;
        const char* end = word.data() + word.size();
        auto parsed = std::from_chars(word.data(), end, first);
        last = first;
        if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '-') parsed = std::from_chars(parsed.ptr + 1, end, last);
        if (parsed.ec != std::errc() || parsed.ptr != end || first < 0 || last < first || last >= dims.n_layer)
            return Error{ErrorCode::InvalidArgument, "--layers: \"" + word + "\" is not a layer or range within 0-" + std::to_string(dims.n_layer - 1)};
        for (std::int64_t k = first; k <= last; ++k) layers.emplace_back(k);
    }
    return layers;
}

Result<void> writeSeries(NpzWriter& npz, const CaptureStore& store, const SeriesInfo& series) {
    const std::int64_t rows = (series.end.value + series.stride - 1) / series.stride;
    MS_CHECK(npz.begin(series.key.path(), DType::F32, {rows, series.width}));
    const std::int64_t portion = std::max<std::int64_t>(1, (1 << 18) / series.width);
    std::vector<float> values;
    for (std::int64_t r = 0; r < rows; r += portion) {
        const std::int64_t count = std::min(portion, rows - r);
        values.resize(static_cast<std::size_t>(count * series.width));
        store.read(series.key, TokenPos(r * series.stride), count, 0, series.width, values);
        MS_CHECK(npz.append(std::as_bytes(std::span(values))));
    }
    return {};
}

}  // namespace

Result<std::vector<CaptureRequest>> parseCapture(const std::string& points, const std::string& layers, const ModelDims& dims) {
    std::vector<CaptureRequest> requests;
    MS_TRY(const std::vector<LayerIndex> chosen, parseLayers(layers, dims));
    for (const std::string& word : split(points)) {
        MS_TRY(CaptureRequest request, parsePoint(word));
        request.layers = chosen;
        requests.push_back(std::move(request));
    }
    return requests;
}

Result<void> writeTrace(const std::string& file, const CaptureStore& store, std::span<const TokenEvent> tokens,
                        const std::string& metaJson) {
    MS_TRY(NpzWriter npz, NpzWriter::create(file));
    std::vector<TokenId> ids;
    std::vector<float> surprisal;
    for (const TokenEvent& t : tokens) {
        ids.push_back(t.id);
        surprisal.push_back(t.surprisalBits);
    }
    const auto count = static_cast<std::int64_t>(ids.size());
    MS_CHECK(npz.add("ids", DType::I32, {count}, std::as_bytes(std::span(ids))));
    MS_CHECK(npz.add("surprisal_bits", DType::F32, {count}, std::as_bytes(std::span(surprisal))));
    for (const SeriesInfo& series : store.series()) MS_CHECK(writeSeries(npz, store, series));
    MS_CHECK(npz.addText("meta", metaJson));
    return npz.finish();
}

}  // namespace ms::cli
