// In which order the channels of a layer stand below each other.
#pragma once

#include <QString>
#include <array>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"

namespace ms {

enum class ChannelSort {
    Index,       ///< as stored
    Mean,        ///< greatest mean over the range first
    Value,       ///< greatest value at one token first
    HalfLife,    ///< longest memory first: at the mean Δ over the range
    Similarity,  ///< like beside like over the range
};
inline constexpr std::array kChannelSorts{ChannelSort::Index, ChannelSort::Mean, ChannelSort::Value,
                                          ChannelSort::HalfLife, ChannelSort::Similarity};

[[nodiscard]] QString settingsKey(ChannelSort sort);

struct OrderQuery {
    ChannelSort sort = ChannelSort::Index;
    SeriesSource source;      ///< channels of the layer, as stored
    SeriesSource steps;       ///< their Δ; of HalfLife only
    std::vector<float> A;     ///< [d_inner, d_state], negative; of HalfLife only
    qint64 d_state = 0;
    TokenRange range;
    qint64 token = -1;        ///< of Value
};

/// order[i] is the channel at place i. Needs only what it is given: for a pool thread.
/// Errors: NotFound when nothing was captured there; Cancelled.
[[nodiscard]] Result<std::vector<int>> channelOrder(const OrderQuery& query, const std::stop_token& stop);

}  // namespace ms
