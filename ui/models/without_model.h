// A session that is shown from its file alone.
#pragma once

#include <QString>

#include "ui/models/values.h"

namespace ms {

/// The sizes come from a session's file and no weights are open: nothing can be computed.
[[nodiscard]] inline bool isWithoutWeights(const ModelSummaryPtr& model) { return model && model->tensors.empty(); }

/// Why something cannot be done with such a session.
[[nodiscard]] QString withoutModelText();

}  // namespace ms
