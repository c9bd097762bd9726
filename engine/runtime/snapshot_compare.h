// How far apart two states are, layer by layer.
#pragma once

#include <utility>
#include <vector>

#include "engine/runtime/session.h"

namespace ms {

struct LayerDistance {
    LayerIndex layer;
    double distance = 0;  ///< ‖b - a‖₂ over [d_inner, d_state]
    double relative = 0;  ///< distance / ‖a‖₂; 0 when both are zero, infinite when only a is
    double cosine = 0;    ///< of the angle between a and b; 1 when both are zero, 0 when one is
    std::vector<std::pair<ChannelIndex, double>> topChannels;  ///< largest ‖b - a‖₂ over d_state first, ties by index
};

/// Compares the State parts (no convolution states, no keys and values) in float64, first layer to last of those that have
/// one. At most `topChannels`
/// channels are listed per layer. InvalidArgument: snapshots of different models or of other sizes than `dims`, or a
/// negative `topChannels`.
Result<std::vector<LayerDistance>> compareSnapshots(const StateSnapshot& a, const StateSnapshot& b,
                                                    const ModelDims& dims, int topChannels);

}  // namespace ms
