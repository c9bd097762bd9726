// What is left of each earlier token in the state after one token.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"

namespace ms {

/// What one layer did with the tokens at positions [first, first + tokens); the last of them is the token t whose state
/// is taken apart. Spans must outlive the call.
struct MemoryInputs {
    std::int64_t first = 0;
    std::int64_t tokens = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::span<const float> A;                ///< [d_inner, d_state], negative: −exp(A_log)
    RowReader dt;                            ///< [tokens, d_inner], after softplus
    RowReader u;                             ///< [tokens, d_inner]
    RowReader B;                             ///< [tokens, d_state]
    std::span<const std::int64_t> channels;  ///< those looked at; empty: all of d_inner
    std::span<const float> initialState;     ///< [d_inner, d_state] before `first`; empty: zero
    std::span<const float> state;            ///< h_t [d_inner, d_state] as captured; empty: computed from the rest
};

/// The state is a sum of decayed writes, h_t = exp(A (S_t − S_{first−1})) h_initial + Σ_s c_s with
/// c_s = exp(A (S_t − S_s)) dt_s B_s u_s and S the running sum of dt: the recurrence
/// h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t (Gu, Dao 2023, "Mamba", algorithm 2) unrolled. Norms and products run over
/// the chosen channels and all their states.
struct MemoryRuler {
    /// [tokens] ‖c_s‖ / ‖dt_s B_s u_s‖: how much of its own write is still there, 0 to 1. NaN if the token wrote
    /// nothing.
    std::vector<float> retained;
    /// [tokens] ⟨c_s, h_t⟩ / ‖h_t‖²: the token's part of the state. Negative where a write opposes it. All 0 if h_t is.
    std::vector<float> share;
    /// The same of what was there before `first`; shares and residual sum to one.
    float residual = 0;
};

/// O(tokens · channels · d_state). NaN (values nobody captured) makes NaN of every earlier token.
/// Errors: InvalidArgument for sizes that do not match or channels that are not there; Cancelled; the readers' own.
/// `progress` counts tokens, on the calling thread; `threads` share the channels, the caller's included.
Result<MemoryRuler> memoryRuler(const MemoryInputs& in, std::stop_token stop = {},
                                const ProgressCallback& progress = {}, unsigned threads = 2);

}  // namespace ms
