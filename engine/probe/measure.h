// What an overview of layers × tokens can show. A measure is a row of one table, like a probe point.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "engine/base/typed_index.h"
#include "engine/probe/capture.h"
#include "engine/probe/probe_point.h"

namespace ms {

struct MeasureInfo {
    std::string_view key;         ///< "dt_max", what settings and the command line call it
    std::string_view title;       ///< "Largest step size"
    std::string_view symbol;      ///< "max Δ"
    std::string_view unit = {};   ///< "" for pure numbers
    std::string_view definition;  ///< one sentence for a tooltip
    ProbePoint point = ProbePoint::Dt;
    Reduction layerReduction = Reduction::MeanChannels;  ///< of a token's row to the layer's one value
    bool difference = false;                             ///< shown is the change of the series from the token before
    bool isSigned = false;                               ///< the layer's value can be negative
    bool perChannel = false;      ///< has a form of channels × tokens: the point's rows as they are
    bool channelsSigned = false;  ///< a channel's value can be negative
};

[[nodiscard]] std::span<const MeasureInfo> measureTable();
[[nodiscard]] const MeasureInfo* measureByKey(std::string_view key);  ///< null if there is none

/// What must be captured for the measure's layers × tokens: of one layer, or of all.
[[nodiscard]] CaptureRequest seriesRequest(const MeasureInfo& measure, std::optional<LayerIndex> layer = std::nullopt);
/// What must be captured for its channels × tokens in one layer. Only for measures that are perChannel.
[[nodiscard]] CaptureRequest channelsRequest(const MeasureInfo& measure, LayerIndex layer);

}  // namespace ms
