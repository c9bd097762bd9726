// Derived measures: one definition each, computed from captured values.
#pragma once

#include <span>

namespace ms {

/// Retention of one state over one token, exp(dt·A), averaged over a channel's states: 1 keeps all, 0 forgets all.
/// dt: the token's step size of the channel; A [d_state]: the channel's row, negative.
[[nodiscard]] float retention(float dt, std::span<const float> A);

/// Tokens until half of a state is gone at a constant step size: ln 2 / (dt·|A|). Infinite at dt = 0.
[[nodiscard]] float halfLife(float dt, float A);

/// Write strength of one token into one channel: ‖dt·B·u‖₂ over d_state.
[[nodiscard]] float writeStrength(float dt, float u, std::span<const float> B);

/// Selectivity of one channel over a window of tokens: population standard deviation of dt over its mean.
/// 0 for fewer than two tokens.
[[nodiscard]] float selectivity(std::span<const float> dt);

/// -log2 p(token) under softmax(logits) restricted to the ids below `tokens` (padding masked). logits [vocab].
[[nodiscard]] float surprisalBits(std::span<const float> logits, std::size_t tokens, std::size_t token);

}  // namespace ms
