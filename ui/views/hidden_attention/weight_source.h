// Where the weights of a layer's tokens on later ones come from.
#pragma once

#include <QString>
#include <vector>

#include "engine/probe/probe_point.h"
#include "ui/models/values.h"

namespace ms {

enum class WeightSource {
    None,       ///< no weights, or none that are worked out: whyNoWeights()
    Channels,   ///< a selective scan with an A for every state: the hidden attention of each channel, from Δ, B and C
    ScanHeads,  ///< Mamba-2's, with an A for every head: the hidden attention of each head, which is that of all its channels
    Attention,  ///< attention itself: the softmax of each head, from queries and keys
};

[[nodiscard]] WeightSource weightSourceOf(const ModelSummaryPtr& model, LayerIndex layer);

/// What must be captured of the layer.
[[nodiscard]] std::vector<ProbePoint> pointsOf(WeightSource source);

/// One line; empty of a layer that has weights, and without a model.
[[nodiscard]] QString whyNoWeights(const ModelSummaryPtr& model, LayerIndex layer);

}  // namespace ms
