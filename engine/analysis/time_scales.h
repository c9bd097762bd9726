// How long channels remember: step size and decay rate turned into tokens.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// A = −exp(A_log) [d_inner, d_state] from a checkpoint's A_log (F32, F16, BF16 or F64), as the Mamba repository's
/// selective_scan_interface has it. Errors: Unsupported for another type or a rank other than two.
Result<std::vector<float>> decayRates(const TensorInfo& A_log);

/// ln 2 / (dt |A|) of each state at its channel's mean step size, in tokens: [d_inner, d_state].
/// meanDt [d_inner]; A [d_inner, d_state]. Infinite where dt or A is 0; empty if the sizes do not match.
[[nodiscard]] std::vector<float> halfLives(std::span<const float> meanDt, std::span<const float> A,
                                           std::int64_t d_state);

/// One half-life per channel, ln 2 / (mean dt · mean |A| over its states), in tokens: [d_inner].
[[nodiscard]] std::vector<float> channelHalfLives(std::span<const float> meanDt, std::span<const float> A,
                                                  std::int64_t d_state);

/// 1 / |A|, the time constants in units of dt; infinite where A is 0. Same shape as A.
[[nodiscard]] std::vector<float> timeConstants(std::span<const float> A);

struct LogHistogram {
    std::vector<double> edges;  ///< [bins + 1], evenly spaced in the logarithm; empty if nothing is positive and finite
    std::vector<std::uint64_t> counts;  ///< [bins], of edges[i] <= value < edges[i + 1]; the last bin takes the maximum
    std::uint64_t zeros = 0, negative = 0, infinite = 0, nan = 0;  ///< what has no place on the axis; −∞ is infinite
};

/// Histogram of the positive finite values between their minimum and maximum. One value alone gets an axis of a factor
/// two around it. `bins` below 1 counts as 1.
[[nodiscard]] LogHistogram logHistogram(std::span<const float> values, std::int64_t bins);

/// The same over edges that are given, ascending, so that two can be compared bin by bin. What lies beyond an end is
/// counted in the bin there. Without edges nothing is binned.
[[nodiscard]] LogHistogram logHistogram(std::span<const float> values, std::vector<double> edges);

}  // namespace ms
