#include "engine/probe/capture.h"

#include <algorithm>
#include <numeric>

namespace ms {

namespace {

std::int64_t reducedWidth(const CaptureRequest& request, LayerIndex layer, const ModelDims& dims) {
    switch (request.reduction) {
        case Reduction::None: return dims.width(request.point, layer);
        case Reduction::MeanChannels: case Reduction::MaxChannels: return 1;
        case Reduction::L2: return request.point == ProbePoint::State ? dims.layer(layer).d_inner : 1;
        case Reduction::Histogram: return request.bins;
        case Reduction::TopK: return 2 * request.bins;
    }
    return 0;
}

Result<void> checkRequest(const CaptureRequest& r, const ModelDims& dims) {
    const std::string what = "capture of " + std::string(info(r.point).key);
    const auto refuse = [&](const std::string& why) { return Error{ErrorCode::InvalidArgument, what + ": " + why}; };
    if (r.stride < 1) return refuse("the stride must be at least 1");
    if (r.reduction == Reduction::Histogram && (r.bins < 1 || r.bins > 256 || !(r.low < r.high)))
        return refuse("a histogram needs 1 to 256 bins and low < high");
    if (!dims.has(r.point)) return refuse("this model has none");
    for (const LayerIndex layer : r.layers)
        if (layer.value < 0 || layer.value >= dims.n_layer)
            return refuse("layer " + std::to_string(layer.value) + " does not exist, the model has layers 0 to " +
                          std::to_string(dims.n_layer - 1));
    return {};
}

/// The layers of a request that have its point; -1 for a point of the whole model.
std::vector<LayerIndex> layersOf(const CaptureRequest& request, const ModelDims& dims) {
    if (!info(request.point).perLayer) return {LayerIndex(-1)};
    std::vector<LayerIndex> layers = request.layers;
    for (LayerIndex k(0); request.layers.empty() && k.value < dims.n_layer; ++k) layers.push_back(k);
    std::erase_if(layers, [&](LayerIndex layer) { return !dims.has(request.point, layer); });
    return layers;
}

}  // namespace

std::string_view key(Reduction reduction) {
    switch (reduction) {
        case Reduction::None: return "raw";
        case Reduction::MeanChannels: return "mean";
        case Reduction::MaxChannels: return "max";
        case Reduction::L2: return "l2";
        case Reduction::Histogram: return "histogram";
        case Reduction::TopK: return "topk";
    }
    return "?";
}

std::string SeriesKey::path() const {
    std::string s = layer.value < 0 ? std::string() : "layer." + std::to_string(layer.value) + ".";
    s += info(point).key;
    if (reduction != Reduction::None) s += "." + std::string(ms::key(reduction));
    return s;
}

Result<CapturePlan> CapturePlan::create(std::span<const CaptureRequest> requests, const ModelDims& dims) {
    CapturePlan plan;
    for (const CaptureRequest& request : requests) {
        MS_CHECK(checkRequest(request, dims));
        for (const LayerIndex layer : layersOf(request, dims)) {
            if (request.reduction == Reduction::TopK &&
                (request.bins < 1 || request.bins > std::min<std::int64_t>(32, dims.width(request.point, layer))))
                return Error{ErrorCode::InvalidArgument, "capture of " + std::string(info(request.point).key) +
                                                             ": top-k needs k from 1 to 32, at most the number of channels"};
            const SeriesKey key{request.point, layer, request.reduction};
            const auto same = std::find_if(plan.m_entries.begin(), plan.m_entries.end(),
                                           [&](const CaptureEntry& e) { return e.key == key; });
            if (same == plan.m_entries.end()) {
                plan.m_entries.push_back({key, reducedWidth(request, layer, dims), request.stride, request.bins, request.low,
                                          request.high});
                continue;
            }
            if (same->bins != request.bins || same->low != request.low || same->high != request.high)
                return Error{ErrorCode::InvalidArgument, "capture of " + key.path() + ": asked for twice with different bins"};
            same->stride = std::gcd(same->stride, request.stride);
        }
    }
    for (const CaptureEntry& entry : plan.m_entries)
        if (info(entry.key.point).timing == ProbeTiming::ChunkEnd)
            plan.m_chunkStride = std::gcd(plan.m_chunkStride, entry.stride);
    return plan;
}

bool CapturePlan::wants(ProbePoint point, LayerIndex layer) const {
    return std::any_of(m_entries.begin(), m_entries.end(), [&](const CaptureEntry& e) {
        return e.key.point == point && (e.key.layer == layer || !info(point).perLayer);
    });
}

double CapturePlan::bytesPerToken() const {
    double bytes = 0;
    for (const CaptureEntry& e : m_entries)
        bytes += static_cast<double>(e.width) * sizeof(float) / static_cast<double>(e.stride);
    return bytes;
}

}  // namespace ms
