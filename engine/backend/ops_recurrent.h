// Ops of layers that carry a state from token to token, beyond Mamba-1's own. Part of the op interface, see ops.h.
#pragma once

#include <cstdint>

#include "engine/backend/tensor.h"

namespace ms {

/// Root-mean-square norm (Zhang & Sennrich 2019) of runs of columns, gated or not:
///   v = x silu(z), or x without z;   out = v / sqrt(mean(v² over the run) + eps) · weight
struct GatedRmsNormArgs {
    Tensor x;         // [L, d] F32
    Tensor z{};       // [L, d] F32, optional
    Tensor weight{};  // [d], or [d / groups] where all runs share it; F32, optional
    float eps = 1e-5f;
    std::int64_t groups = 1;  ///< runs of d / groups columns, each with a norm of its own
    bool norm = true;         ///< false: the gate alone, out = v · weight
    Tensor out;       // [L, d] F32; may be x
    Tensor gate{};    // [L, d] F32, optional probe: silu(z)
};

/// Mamba-1's scan with complex A, B and C (selective_scan_ref in selective_scan_interface.py): a state turns while it decays,
/// by exp(dt Im A). States stand for conjugate pairs, hence 2 Re:
///   h_t = exp(dt_t A)∘h_{t-1} + dt_t B_t u_t;   y_t = 2 Re(C_t·h_t) + D u_t;   out_t = y_t silu(z_t)
/// Complex rows hold d_state real parts, then d_state imaginary ones.
struct ComplexScanArgs {
    Tensor u;            // [L, d_inner] F32
    Tensor dt;           // [L, d_inner] F32, after bias and softplus
    Tensor A;            // [d_inner, 2·d_state] F32, real parts negative
    Tensor B;            // [L, 2·d_state] F32
    Tensor C;            // [L, 2·d_state] F32
    Tensor D;            // [d_inner] F32
    Tensor z;            // [L, d_inner] F32
    Tensor state;        // [d_inner, 2·d_state] F32, in and out
    Tensor out;          // [L, d_inner] F32
    Tensor y{};          // [L, d_inner] F32, optional probe: with the D skip, before the gate
    Tensor gate{};       // [L, d_inner] F32, optional probe: silu(z)
    Tensor stateNorm{};  // [L, d_inner] F32, optional probe: ‖h_t‖₂ over d_state, of magnitudes
};

/// Mamba-2's scan (Dao & Gu 2024, "Transformers are SSMs", as ssd_minimal.py and mamba2.py compute it): one decay a head.
///   h_t = exp(dt_t A) h_{t-1} + dt_t u_t Bᵀ_t;   out_t = h_t C_t + D u_t
/// d_inner = n_heads · head_dim, head by head; head i reads group i / (n_heads / n_groups) of B and C.
struct SsdScanArgs {
    Tensor u;            // [L, d_inner] F32
    Tensor dt;           // [L, n_heads] F32, after bias, softplus and limits
    Tensor A;            // [n_heads] F32, negative
    Tensor B;            // [L, n_groups · d_state] F32
    Tensor C;            // [L, n_groups · d_state] F32
    Tensor D;            // [n_heads] F32
    std::int64_t n_groups = 1;
    Tensor state;        // [d_inner, d_state] F32, in and out
    Tensor out;          // [L, d_inner] F32
    Tensor stateNorm{};  // [L, d_inner] F32, optional probe: ‖h_t‖₂ over d_state
};

/// Mamba-3's scan (mamba3.py, SISO): the input's integral by the trapezoidal rule, so the token before writes again.
///   a = exp(dt_t A_t);   h_t = a h_{t-1} + a dt_t (1 - λ_t) v_{t-1} Kᵀ_{t-1} + dt_t λ_t v_t Kᵀ_t;   out_t = h_t Q_t + D v_t
struct TrapezoidScanArgs {
    Tensor v;            // [L, d_inner] F32, d_inner = n_heads · head_dim
    Tensor dt;           // [L, n_heads] F32
    Tensor A;            // [L, n_heads] F32, negative: depends on the token
    Tensor lambda;       // [L, n_heads] F32, in [0, 1]
    Tensor K;            // [L, n_heads · d_state] F32
    Tensor Q;            // [L, n_heads · d_state] F32
    Tensor D;            // [n_heads] F32
    Tensor state;        // [d_inner, d_state] F32, in and out
    Tensor kPrev;        // [n_heads · d_state] F32, in and out: K of the token before
    Tensor vPrev;        // [d_inner] F32, in and out
    Tensor out;          // [L, d_inner] F32
    Tensor stateNorm{};  // [L, d_inner] F32, optional probe
};

/// What trapezoidScan reads, from what in_proj gives (mamba3.py): A = -f(x) with f(x) = 1 + x for x ≥ 0 and
/// 1 / (1 - x) below, at most -floor; lambda = 1 / (1 + exp(-trap)).
/// Probes: what of the state stays, and the step size that this token's own share is written with.
struct TrapezoidStepsArgs {
    Tensor x;            // [L, n_heads] F32
    Tensor trap;         // [L, n_heads] F32
    Tensor dt;           // [L, n_heads] F32, for the probes
    float floor = 1e-4f;
    Tensor A;            // [L, n_heads] F32
    Tensor lambda;       // [L, n_heads] F32
    Tensor retention{};  // [L, n_heads] F32, optional: exp(dt A)
    Tensor ownStep{};    // [L, n_heads] F32, optional: dt λ
};

/// Mamba-3's rotation: B and C turn by an angle that the tokens add up, a complex state in real numbers.
///   angle_t = angle_{t-1} + π tanh(turn_t) dt_t (mod 2π);   K = R(angle_t) (B + biasB), Q = R(angle_t) (C + biasC)
/// R turns the pairs (2s, 2s + 1) of the first 2·n_angles states of every head; the others stay.
struct RotateStatesArgs {
    Tensor B;      // [L, n_groups · d_state] F32; heads share groups as in SsdScanArgs
    Tensor C;      // [L, n_groups · d_state] F32
    Tensor biasB;  // [n_heads, d_state] F32
    Tensor biasC;  // [n_heads, d_state] F32
    Tensor turn;   // [L, n_angles] F32
    Tensor dt;     // [L, n_heads] F32
    Tensor angle;  // [n_heads, n_angles] F32, in and out, in [-π, π]
    Tensor K;      // [L, n_heads · d_state] F32
    Tensor Q;      // [L, n_heads · d_state] F32
};

/// A layer of torch.nn.RNN, LSTM or GRU over a sequence; x holds what comes from the input, W_ih x + b_ih. With
/// s = W_hh h_{t-1} + b_hh:
///   RNN   h = tanh or relu(x + s)
///   LSTM  i, f, o = σ(x + s), g = tanh(x + s);  c = f c + i g;  h = o tanh(c)
///   GRU   r, z = σ(x + s), n = tanh(x_n + r s_n);  h = (1 - z) n + z h
struct RecurrentCellArgs {
    enum class Kind { RnnTanh, RnnRelu, Lstm, Gru };
    Kind kind = Kind::RnnTanh;
    Tensor x;        // [L, gates · hidden] F32; gates: 1, 4 (i, f, g, o) or 3 (r, z, n)
    Tensor weight;   // [gates · hidden, hidden] F32, F16 or BF16, contiguous
    Tensor bias{};   // [gates · hidden] F32, optional
    Tensor h;        // [hidden] F32, in and out
    Tensor c{};      // [hidden] F32, in and out, LSTM only
    Tensor out;      // [L, hidden] F32
    Tensor gates{};  // [L, gates · hidden] F32, optional probe: the gates' values
    Tensor cell{};   // [L, hidden] F32, optional probe: c, LSTM only
};

/// A linear system that does not depend on the input, a complex one for every channel (S4, Gu et al. 2022; S4D, Gu et al.
/// 2022b), step by step:  h_t = A∘h_{t-1} + P (Q·h_{t-1}) + B u_t;   out_t = f(Re(C·h_t) + D u_t),  f the identity or gelu.
/// Complex rows hold d_state real parts, then d_state imaginary ones.
struct S4ScanArgs {
    Tensor u;      // [L, H] F32
    Tensor A;      // [H, 2·d_state] F32
    Tensor B;      // [H, 2·d_state] F32
    Tensor C;      // [H, 2·d_state] F32
    Tensor P{};    // [H, 2·d_state] F32, optional, with Q
    Tensor Q{};    // [H, 2·d_state] F32
    Tensor D{};    // [H] F32, optional
    Tensor state;  // [H, 2·d_state] F32, in and out
    bool gelu = false;
    Tensor out;    // [L, H] F32
    Tensor y{};    // [L, H] F32, optional probe: before f
};

/// Tokens of one fftConvolve: angles of its transforms stay exact in a float.
inline constexpr std::int64_t kLongestConvolution = 1 << 22;

/// The same system as one convolution from a zero state, by Fourier transforms:  out_t = Σ_{s ≤ t} kernel_s u_{t-s} + D u_t.
struct FftConvolveArgs {
    Tensor u;       // [L, H] F32
    Tensor kernel;  // [H, L] F32
    Tensor D{};     // [H] F32, optional
    Tensor out;     // [L, H] F32
};

/// out = x[:, :d] · σ(x[:, d:]), the gated linear unit (Dauphin et al. 2017).
struct GluArgs {
    Tensor x;    // [L, 2·d] F32
    Tensor out;  // [L, d] F32
    bool accumulate = false;  ///< out += …: the residual connection
};

/// 1 for an RNN, 4 for an LSTM, 3 for a GRU.
constexpr std::int64_t gateCount(RecurrentCellArgs::Kind kind) {
    return kind == RecurrentCellArgs::Kind::Lstm ? 4 : kind == RecurrentCellArgs::Kind::Gru ? 3 : 1;
}

}  // namespace ms
