// Derived measures: one definition each, computed from captured values.
#pragma once

#include <span>

namespace ms {

/// Retention of one state over one token, exp(dt·A), averaged over a channel's states: 1 keeps all, 0 forgets all.
/// dt: the token's step size of the channel; A [d_state]: the channel's row, negative. Mamba-2: dt and A of a head, A has one
/// value; Mamba-3: as Mamba-2, with the A that the head makes of the token.
[[nodiscard]] float retention(float dt, std::span<const float> A);

/// Tokens until half of a state is gone at a constant step size: ln 2 / (dt·|A|). Infinite at dt = 0. Mamba-2 and Mamba-3: the
/// same for all states of a head.
[[nodiscard]] float halfLife(float dt, float A);

/// Write strength of one token into one channel: ‖dt·B·u‖₂ over d_state. Mamba-2: dt of the channel's head, B of its group.
/// Mamba-3: dt·λ for dt and the turned K of the head for B, the share that is written at once; 1 - λ follows with the next token.
[[nodiscard]] float writeStrength(float dt, float u, std::span<const float> B);

/// Selectivity of one channel over a window of tokens: population standard deviation of dt over its mean.
/// 0 for fewer than two tokens.
[[nodiscard]] float selectivity(std::span<const float> dt);

/// -log2 p(token) under softmax(logits) restricted to the ids below `tokens` (padding masked). logits [vocab].
[[nodiscard]] float surprisalBits(std::span<const float> logits, std::size_t tokens, std::size_t token);

}  // namespace ms
