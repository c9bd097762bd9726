// Order statistics of many values without sorting or copying them.
#pragma once

#include <optional>
#include <span>
#include <utility>

namespace ms {

/// The finite values (positive ones only, if wanted) that have shares `low` and `high` of the others below them, exactly:
/// those at index ⌊share·(n − 1) + ½⌋ in ascending order. Two passes over the values. Nothing when there are none.
[[nodiscard]] std::optional<std::pair<float, float>> quantiles(std::span<const float> values, bool positiveOnly, double low, double high);

}  // namespace ms
