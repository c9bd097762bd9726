// What views say of a layer that lacks what they show.
#pragma once

#include <QString>
#include <optional>

#include "engine/probe/probe_point.h"
#include "ui/models/values.h"

namespace ms {

/// "Layer 2 is attention: it has no step size." Of the whole model without a layer. Empty: it has the point, or no model is open.
[[nodiscard]] QString missingPointText(const ModelSummaryPtr& model, ProbePoint point, std::optional<LayerIndex> layer);

/// The same of what is computed from A [d_inner, d_state], as Mamba-1 layers have it.
[[nodiscard]] QString missingDecayText(const ModelSummaryPtr& model, LayerIndex layer);

/// Why a view of the point is empty: the layer lacks it, or nothing was read.
[[nodiscard]] QString nothingToShowText(const ModelSummaryPtr& model, ProbePoint point, std::optional<LayerIndex> layer);

}  // namespace ms
