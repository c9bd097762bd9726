// What a view asks for (CaptureRequest), what that means for a model (CapturePlan), and what comes of it (CaptureFrame).
#pragma once

#include <compare>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/typed_index.h"
#include "engine/probe/probe_point.h"

namespace ms {

enum class Reduction : std::uint8_t {
    None,          ///< the row as it is
    MeanChannels,  ///< one float
    MaxChannels,   ///< one float
    L2,            ///< one float; of State: one per channel (over d_state)
    Histogram,     ///< `bins` counts over [low, high)
    TopK,          ///< `bins` largest values, then their channel indices
};

[[nodiscard]] std::string_view key(Reduction reduction);  ///< "raw", "mean", "max", "l2", "histogram", "topk"

struct CaptureRequest {
    ProbePoint point = ProbePoint::Dt;
    std::vector<LayerIndex> layers;  ///< empty: all that have the point (ignored for points of the whole model)
    Reduction reduction = Reduction::MeanChannels;
    std::int64_t stride = 1;         ///< every stride-th token, those whose position divides
    std::int64_t bins = 0;           ///< Histogram: number of bins; TopK: k
    float low = 0, high = 1;         ///< Histogram only

    bool operator==(const CaptureRequest&) const = default;
};

/// Identity of one captured series.
struct SeriesKey {
    ProbePoint point = ProbePoint::Dt;
    LayerIndex layer{-1};            ///< -1 for points of the whole model
    Reduction reduction = Reduction::None;

    auto operator<=>(const SeriesKey&) const = default;
    [[nodiscard]] std::string path() const;  ///< "layer.12.dt.mean"
};

struct CaptureEntry {
    SeriesKey key;
    std::int64_t width = 0;   ///< floats per captured token
    std::int64_t stride = 1;
    std::int64_t bins = 0;
    float low = 0, high = 1;
};

/// The union of requests, checked against a model. Immutable.
class CapturePlan {
public:
    CapturePlan() = default;
    /// Layers without the point are left out. Fails with InvalidArgument on a point that no layer has, an unknown layer, a
    /// stride below 1, or a histogram or top-k without sensible bins. Requests that differ only in stride are merged to the finer stride; ones that differ in bins refused.
    static Result<CapturePlan> create(std::span<const CaptureRequest> requests, const ModelDims& dims);

    [[nodiscard]] const std::vector<CaptureEntry>& entries() const { return m_entries; }
    [[nodiscard]] bool empty() const { return m_entries.empty(); }
    [[nodiscard]] bool wants(ProbePoint point, LayerIndex layer) const;
    /// Average price of a token in the capture store.
    [[nodiscard]] double bytesPerToken() const;
    /// Every how many tokens a chunk must end (ChunkEnd points); 0: nowhere.
    [[nodiscard]] std::int64_t chunkStride() const { return m_chunkStride; }

private:
    std::vector<CaptureEntry> m_entries;
    std::int64_t m_chunkStride = 0;
};

/// Captured rows of one submission. The spans are valid during the sink's call only.
struct CaptureFrame {
    struct Block {
        const CaptureEntry* entry = nullptr;
        TokenPos first;                  ///< position of the first row; rows are entry->stride apart
        std::int64_t rows = 0;
        std::span<const float> values;   ///< [rows, entry->width]
    };
    TokenPos first;
    std::int64_t tokens = 0;
    std::vector<Block> blocks;
};

/// Called on the thread that drives the session, after each submission, in token order. Must not call the session.
using CaptureSink = std::function<void(const CaptureFrame&)>;

}  // namespace ms
