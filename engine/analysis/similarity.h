// Which vectors point the same way, and orders of channels that put like beside like.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ms {

/// Cosine of `query` [N] with each row of `rows` [T, N]: [T]. With C_t against B_s: how well token t's read direction
/// meets what token s wrote. 0 where either is all zero; empty if N does not divide `rows`.
[[nodiscard]] std::vector<float> cosines(std::span<const float> query, std::span<const float> rows);

/// Order of channels that puts those with correlated courses side by side: a chain that starts at the channel least
/// like the others and goes on to the most correlated (Pearson) one left. values [channels, T]; courses longer than 256
/// tokens are compared by their means over 256 spans of equal length, NaN left out. Channels without variation come
/// last, in their own order. O(channels² · min(T, 256)). All orders here are permutations: order[i] is the channel
/// shown at place i; of equals the lower index is first.
[[nodiscard]] std::vector<std::int64_t> similarityOrder(std::span<const float> values, std::int64_t channels);

/// Descending mean over the tokens, NaN left out; channels of NaN only come last. values [channels, T].
[[nodiscard]] std::vector<std::int64_t> orderByMean(std::span<const float> values, std::int64_t channels);

/// Descending value, NaN last. values [channels].
[[nodiscard]] std::vector<std::int64_t> orderByValue(std::span<const float> values);

}  // namespace ms
