// A tensor's statistics as text: for the view and for the clipboard.
#pragma once

#include <QString>

#include "engine/analysis/tensor_statistics.h"
#include "ui/models/values.h"

namespace ms {

/// "1.25 %" of `count` in `all`; what is there but hardly is "< 0.01 %".
[[nodiscard]] QString shareText(std::int64_t count, std::int64_t all);

/// A table of two columns for a rich-text label. NaN and Inf carry the warning colour when there are any.
[[nodiscard]] QString statisticsHtml(const TensorStatistics& statistics);

/// Name, shape and statistics, a line each, name and value separated by a tab: pastes into a spreadsheet.
[[nodiscard]] QString statisticsText(const TensorSummary& tensor, const TensorStatistics& statistics);

/// "[1536, 768] · BF16 · 2.36 MB".
[[nodiscard]] QString tensorText(const TensorSummary& tensor);

}  // namespace ms
