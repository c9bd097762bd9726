// What views say alike where there is nothing to show, of text or of speech.
#pragma once

#include <QString>

#include "ui/models/values.h"

namespace ms {

/// Why a view of speech is empty, and what to do about it: one sentence.
[[nodiscard]] QString nothingHeardText(const ModelSummaryPtr& model);
/// Why a view of what any model read is empty: no model, no prompt, or no sound.
[[nodiscard]] QString nothingReadText(const ModelSummaryPtr& model);
/// Seconds of a frame; 0 for a model that reads text, and without one.
[[nodiscard]] double frameSecondsOf(const ModelSummaryPtr& model);

}  // namespace ms
