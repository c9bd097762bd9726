// How much each token so far has to do with what a layer puts out at token t, for every way of carrying something along.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/analysis/row_reader.h"
#include "engine/base/result.h"

namespace ms {

struct InfluenceOptions {
    unsigned threads = 2;    ///< that share the work, the caller's included
    std::stop_token stop{};  ///< looked at every few dozen tokens
};

// All of these give one value a token of [0, t]: |w[t,s]| summed over channels (heads, cells), not yet a share. Spans must
// outlive the call. What has decayed below e⁻⁶⁰ counts as zero; NaN, values nobody captured, makes NaN.
// Of attention it is the row t of head_attention.h.
// Errors: InvalidArgument for a negative t or sizes that do not match; Cancelled; the readers' own.

/// A layer of a selective state space: w = Σ_n C[t,n] exp(A[n] (S_t − S_s)) Δ_s B[s,n], S_t = Σ_{i≤t} Δ_i (Ali, Zimerman, Wolf 2024,
/// "The Hidden Attention of Mamba Models", section 3). Of Mamba-2 a channel here is a head: all of its channels have its w.
struct SelectiveInputs {
    std::int64_t channels = 0;  ///< Mamba-1: d_inner; Mamba-2: n_heads
    std::int64_t groups = 1;    ///< runs of channels that share B and C
    std::int64_t d_state = 0;
    std::span<const float> A;   ///< [channels, d_state], or [channels] of one value for all states; negative
    RowReader dt;               ///< [tokens, channels], after softplus
    RowReader B;                ///< [tokens, groups·d_state]
    RowReader C;                ///< [tokens, groups·d_state]
};
Result<std::vector<double>> selectiveInfluence(const SelectiveInputs& in, std::int64_t t, const InfluenceOptions& options = {});

/// A layer of gated cells: w = write_s · Π keep over (s, t].
struct GateInputs {
    std::int64_t cells = 0;
    RowReader keep;   ///< [tokens, cells], 0 to 1: f of an LSTM, z of a GRU
    RowReader write;  ///< [tokens, cells]: i of an LSTM; empty: 1 - keep, as a GRU has it
};
Result<std::vector<double>> gateInfluence(const GateInputs& in, std::int64_t t, const InfluenceOptions& options = {});

/// A layer of Mamba-3, one input and one output a head: y_t = Σ_{s≤t} w[t,s] v_s + D v_t from a zero state, exactly, with
///   w = Q_t·K_s · Π keep over (s, t] · (Δ_s λ_s + Δ_{s+1} (1 − λ_{s+1})),   the second term of s < t alone:
/// by the trapezoidal rule the token behind writes s again. Q and K are turned, so that their product has the rotation between s and t.
struct TrapezoidInputs {
    std::int64_t n_heads = 0, d_state = 0;
    RowReader q;       ///< [tokens, n_heads·d_state], C with its bias, turned
    RowReader k;       ///< [tokens, n_heads·d_state], B with its bias, turned
    RowReader keep;    ///< [tokens, n_heads], exp(Δ A)
    RowReader dt;      ///< [tokens, n_heads], Δ
    RowReader lambda;  ///< [tokens, n_heads], 0 to 1
};
Result<std::vector<double>> trapezoidInfluence(const TrapezoidInputs& in, std::int64_t t, const InfluenceOptions& options = {});

/// A layer of cells without gates, h_r = f(W h_{r-1} + x_r), which mixes its cells: of cell c
///   w = ‖row c of J_t W J_{t-1} W … J_{s+1} W J_s‖₂,   J_r = diag(f'(W h_{r-1} + x_r)): 1 − h_r² of tanh, h_r > 0 of relu,
/// the length of the gradient ∂h_t[c]/∂x_s. Of a diagonal W this is |write · Π keep| as gated cells have it, with J_s for the write
/// and J W for what is kept. Time: (t + 1) · cells³ until everything is forgotten.
struct RecurrenceInputs {
    std::int64_t cells = 0;
    std::span<const double> weight;  ///< W [cells, cells]
    bool relu = false;               ///< f; else tanh
    RowReader h;                     ///< [tokens, cells]
};
Result<std::vector<double>> recurrenceInfluence(const RecurrenceInputs& in, std::int64_t t, const InfluenceOptions& options = {});

/// A layer that is a convolution: w = K[t - s]. kernel [channels, length], channel by channel; length at least t + 1.
Result<std::vector<double>> kernelInfluence(std::span<const float> kernel, std::int64_t length, std::int64_t t);

}  // namespace ms
