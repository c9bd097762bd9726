// How a quantity grows with another.
#pragma once

#include <span>

namespace ms {

/// Exponent p of the power law x^p that fits the points best: least squares on logarithms. NaN for fewer than two points, or
/// values that are not positive.
[[nodiscard]] double fittedSlope(std::span<const double> x, std::span<const double> y);

}  // namespace ms
