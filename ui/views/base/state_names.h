// What the values of a channel's state are called.
#pragma once

#include <QString>

#include "ui/models/values.h"

namespace ms {

/// How many complex numbers the state of a channel is, of S4, S4D and complex Mamba-1 layers: their real parts come first, then
/// the imaginary ones. 0: it is of real numbers, or no model is open.
[[nodiscard]] qint64 complexStateCount(const ModelSummaryPtr& model, LayerIndex layer);

/// "state 3"; where there are complex ones "Re of state 3" or "Im of state 3".
[[nodiscard]] QString stateName(qint64 complexStates, qint64 column);

/// A sentence with a space before it that tells the order, for a view's definition; empty where there are none.
[[nodiscard]] QString complexStatesText(const ModelSummaryPtr& model, LayerIndex layer);

}  // namespace ms
