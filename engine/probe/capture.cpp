#include "engine/probe/capture.h"

#include <algorithm>
#include <numeric>

namespace ms {

namespace {

std::int64_t reducedWidth(const CaptureRequest& request, const ModelDims& dims) {
    switch (request.reduction) {
        case Reduction::None: return rowWidth(request.point, dims);
        case Reduction::MeanChannels: case Reduction::MaxChannels: return 1;
        case Reduction::L2: return request.point == ProbePoint::State ? dims.d_inner : 1;
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
    if (r.reduction == Reduction::TopK && (r.bins < 1 || r.bins > std::min<std::int64_t>(32, rowWidth(r.point, dims))))
        return refuse("top-k needs k from 1 to 32, at most the number of channels");
    if (rowWidth(r.point, dims) == 0) return refuse("this model has none");
    for (const LayerIndex layer : r.layers)
        if (layer.value < 0 || layer.value >= dims.n_layer)
            return refuse("layer " + std::to_string(layer.value) + " does not exist, the model has layers 0 to " +
                          std::to_string(dims.n_layer - 1));
    return {};
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
        std::vector<LayerIndex> layers = request.layers;
        if (!info(request.point).perLayer) layers = {LayerIndex(-1)};
        else if (layers.empty())
            for (std::int64_t k = 0; k < dims.n_layer; ++k) layers.emplace_back(k);
        for (const LayerIndex layer : layers) {
            const SeriesKey key{request.point, layer, request.reduction};
            const auto same = std::find_if(plan.m_entries.begin(), plan.m_entries.end(),
                                           [&](const CaptureEntry& e) { return e.key == key; });
            if (same == plan.m_entries.end()) {
                plan.m_entries.push_back({key, reducedWidth(request, dims), request.stride, request.bins, request.low,
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
