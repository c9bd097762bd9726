// The op interface: the tensor operations a model family is written in. Each backend implements all of them.
// Calls record; nothing runs until Backend::run. Shapes: L tokens, N outputs, K inputs; matrices row-major.
#pragma once

#include "engine/backend/ops_attention.h"
#include "engine/backend/ops_recurrent.h"
#include "engine/backend/tensor.h"

namespace ms {

/// out = x · weightᵀ (+ bias) (then epilogue)
struct MatmulArgs {
    enum class Epilogue {
        None,
        Accumulate,  ///< out += …: the residual connection
        Softplus,    ///< log1p(exp(v)), linear above 20, as torch.nn.functional.softplus
        Silu,        ///< v / (1 + exp(-v))
        Gelu,        ///< v Φ(v), with the error function
        GeluTanh,    ///< Gelu by its tanh approximation (Hendrycks & Gimpel 2016)
    };
    Tensor x;        // [L, K] F32; rows may overlap (rowStride < K), see Tensor::unfold
    Tensor weight;   // [N, K] F32, F16, BF16 or quantised (K in whole blocks), contiguous
    Tensor bias{};     // [N] F32, optional
    Tensor out;      // [L, N] F32
    Epilogue epilogue = Epilogue::None;
};

/// Depthwise causal convolution over time, then SiLU. weight column d_conv-1 meets the newest token.
struct CausalConv1dArgs {
    Tensor x;        // [L, d_inner] F32
    Tensor weight;   // [d_inner, d_conv] F32
    Tensor bias{};     // [d_inner] F32, optional
    Tensor state;    // [d_inner, d_conv - 1] F32, in: the inputs before this chunk, oldest first; out: after it
    Tensor out;      // [L, d_inner] F32
};

/// The selective scan (Gu & Dao 2023, eq. 2 with the Euler step on B, as mamba_simple.py computes it):
///   h_t = exp(dt_t A) h_{t-1} + dt_t B_t u_t;   y_t = C_t·h_t + D u_t;   out_t = y_t silu(z_t)
struct SelectiveScanArgs {
    Tensor u;          // [L, d_inner] F32 or F16
    Tensor dt;         // [L, d_inner] step size; before bias and softplus when `softplus` is set
    Tensor A;          // [d_inner, d_state] F32, negative
    Tensor B;          // [L, d_state]
    Tensor C;          // [L, d_state]
    Tensor D;          // [d_inner] F32
    Tensor z{};          // [L, d_inner], optional: no gate
    Tensor dtBias{};     // [d_inner] F32, optional, only with `softplus`
    bool softplus = false;
    Tensor state;      // [d_inner, d_state] F32, in and out
    Tensor out;        // [L, d_inner]; u, dt, B, C, z and out share one type
    Tensor y{};          // [L, d_inner] F32, optional probe: with the D skip, before the gate
    Tensor gate{};       // [L, d_inner] F32, optional probe: silu(z)
    Tensor stateNorm{};  // [L, d_inner] F32, optional probe: ‖h_t‖₂ over d_state
};

/// What one row of channels becomes.
struct RowReduction {
    enum class Kind {
        Mean,       ///< out [L, 1]
        Max,        ///< out [L, 1]; NaN if any element is NaN
        L2,         ///< out [L, 1], Euclidean norm
        Histogram,  ///< out [L, bins], counts over [low, high) as floats; outliers in the end bins, NaN nowhere
        TopK,       ///< out [L, 2k]: k largest values, then their indices as floats; ties by lower index
    };
    Kind kind = Kind::Mean;
    std::int64_t bins = 0;   ///< Histogram: at most 256; TopK: k, at most 32
    float low = 0, high = 1;
};

/// Longest window of windowVariation.
inline constexpr std::int64_t kLongestWindow = 256;

/// Coefficient of variation (population standard deviation over mean) of each channel over the trailing `window`
/// tokens, fewer at the session's start. Values without spread, or one alone, have variation 0; NaN counts as long as it
/// is in the window. An element's bits depend on the window's values and its position only, not on how a session is cut
/// into calls.
struct WindowVariationArgs {
    Tensor x;         // [L, D] F32
    Tensor history;   // [window, D] F32: ring of the newest values, row = position mod window; in and out
    Tensor position;  // [1] I32: position of the first row of x, host-written (Upload memory)
    Tensor out;       // [L, D] F32
};

/// What a token leaves of each channel's state, see engine/probe/measures.h: out = mean over n of exp(dt A_n).
struct RetentionArgs {
    Tensor dt;   // [L, d_inner] F32, after softplus
    Tensor A;    // [d_inner, d_state] F32, negative
    Tensor out;  // [L, d_inner] F32
};

/// What a token writes into each channel's state: out = |dt u| ‖B‖₂. Channels may share a step size by heads, and heads a B
/// by groups, as in SsdScanArgs.
struct WriteStrengthArgs {
    Tensor dt;   // [L, d_inner] or [L, n_heads] F32, after softplus
    Tensor u;    // [L, d_inner] F32
    Tensor B;    // [L, n_groups · d_state] F32
    Tensor out;  // [L, d_inner] F32
    std::int64_t n_groups = 1;
};

/// x = clamp(x scale, low, high), a channel at a time. NaN stays NaN, also that of an infinity times 0; infinite limits
/// are none.
struct ScaleClampArgs {
    Tensor x;      // [L, D] F32, in and out
    Tensor scale;  // [D] F32
    Tensor low;    // [D] F32
    Tensor high;   // [D] F32, at least `low`
};

class Ops {
public:
    virtual ~Ops() = default;

    /// out[i] = table[ids[i]]; table [vocab, d_model] F32, F16, BF16 or quantised, ids [L] I32 (checked by the caller), out [L, d_model].
    virtual void embedding(const Tensor& table, const Tensor& ids, const Tensor& out) = 0;
    /// out = x / sqrt(mean(x²) + eps) * weight; x, out [L, d], weight [d] F32.
    virtual void rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) = 0;
    virtual void matmul(const MatmulArgs& args) = 0;
    virtual void causalConv1d(const CausalConv1dArgs& args) = 0;
    virtual void selectiveScan(const SelectiveScanArgs& args) = 0;
    /// dst = src, element for element; same shape, F32 or I32, rows may be strided on either side.
    virtual void copy(const Tensor& src, const Tensor& dst) = 0;
    virtual void reduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out) = 0;
    virtual void windowVariation(const WindowVariationArgs& args) = 0;
    virtual void retention(const RetentionArgs& args) = 0;
    virtual void writeStrength(const WriteStrengthArgs& args) = 0;
    virtual void scaleClamp(const ScaleClampArgs& args) = 0;
    virtual void layerNorm(const LayerNormArgs& args) = 0;
    virtual void gate(const GateArgs& args) = 0;
    virtual void rotary(const RotaryArgs& args) = 0;
    virtual void attention(const AttentionArgs& args) = 0;
    virtual void topExperts(const TopExpertsArgs& args) = 0;
    virtual void expertMatmul(const ExpertMatmulArgs& args) = 0;
    virtual void mixExperts(const MixExpertsArgs& args) = 0;
    virtual void gatedRmsNorm(const GatedRmsNormArgs& args) = 0;
    virtual void ssdScan(const SsdScanArgs& args) = 0;
    virtual void complexScan(const ComplexScanArgs& args) = 0;
    virtual void trapezoidScan(const TrapezoidScanArgs& args) = 0;
    virtual void trapezoidSteps(const TrapezoidStepsArgs& args) = 0;
    virtual void rotateStates(const RotateStatesArgs& args) = 0;
    virtual void recurrentCell(const RecurrentCellArgs& args) = 0;
    virtual void s4Scan(const S4ScanArgs& args) = 0;
    virtual void fftConvolve(const FftConvolveArgs& args) = 0;
    virtual void glu(const GluArgs& args) = 0;
};

}  // namespace ms
