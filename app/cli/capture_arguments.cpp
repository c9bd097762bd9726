#include "app/cli/capture_arguments.h"

#include <charconv>

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

}  // namespace

Result<std::vector<CaptureRequest>> parseCapture(const std::string& points, const std::string& layers, const ModelDims& dims) {
    std::vector<CaptureRequest> requests;
    MS_TRY(const std::vector<LayerIndex> chosen, parseLayers(layers, dims));
    for (const std::string& word : split(points)) {
        MS_TRY(CaptureRequest request, parsePoint(word));
        for (const LayerIndex layer : info(request.point).perLayer ? chosen : std::vector<LayerIndex>{})
            if (!dims.has(request.point, layer))
                return Error{ErrorCode::InvalidArgument, "--capture: layer " + std::to_string(layer.value) + " (" +
                                                             std::string(name(dims.layer(layer).kind)) + ") has no " +
                                                             std::string(info(request.point).key) + "; leave it out of --layers"};
        request.layers = chosen;
        requests.push_back(std::move(request));
    }
    return requests;
}

}  // namespace ms::cli
