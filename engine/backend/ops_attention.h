// Arguments of the ops that Transformer layers are written in: norms and gates, rotary embedding, causal attention over
// a cache of keys and values. Heads lie side by side in a row: head h of [L, n_heads·head_dim] begins at column
// h·head_dim, or at h·headStep where q, k and v of a head stand together (GPT-NeoX: headStep = 3·head_dim).
#pragma once

#include <vector>

#include "engine/backend/tensor.h"

namespace ms {

/// out = (x - mean(x)) / sqrt(variance(x) + eps) · weight (+ bias), a row at a time; variance over all d (Ba et al. 2016).
struct LayerNormArgs {
    Tensor x;       // [L, d] F32
    Tensor weight;  // [d] F32
    Tensor bias{};    // [d] F32, optional
    float eps = 1e-5f;
    Tensor out;     // [L, d] F32
};

/// out = a · activation(b), element for element: the gate of a gated feed-forward part. `out` may be `a` or `b`.
struct GateArgs {
    enum class Activation {
        Silu,      ///< v / (1 + exp(-v))
        Gelu,      ///< v Φ(v), with the error function
        GeluTanh,  ///< Gelu by its tanh approximation (Hendrycks & Gimpel 2016)
    };
    Tensor a;    // [L, d] F32
    Tensor b;    // [L, d] F32
    Tensor out;  // [L, d] F32
    Activation activation = Activation::Silu;
};

/// Rotary position embedding (Su et al. 2021), in place: pair i of every head turns by (position + row) · frequency[i]
/// radians. A head's first 2·pairs columns turn, the others stay.
struct RotaryArgs {
    enum class Pairs {
        HalfSplit,    ///< columns i and i + pairs (Llama, GPT-NeoX in Hugging Face's layout)
        Interleaved,  ///< columns 2 i and 2 i + 1
    };
    Tensor x;          // [L, (n_heads - 1)·headStep + headDim] F32, in and out
    Tensor frequency;  // [pairs] F32, radians a token, any scaling applied
    Tensor position;   // [1] I32: position of the first row of x, host-written (Upload memory)
    std::int64_t headDim = 0;
    std::int64_t headStep = 0;  ///< 0: headDim
    Pairs pairs = Pairs::HalfSplit;
    float amplitude = 1;  ///< of cosine and sine: the attention factor of some scalings
};

/// Causal softmax attention with grouped queries: rows of k and v are first put into the caches at `position`, then
/// query row t attends to cached rows 0 … position + t. Query head h reads key head h / (n_heads / n_kv_heads).
/// Nothing of size L × L is stored. The caller sees to position + L ≤ capacity; rows beyond are dropped.
struct AttentionArgs {
    Tensor q;         // [L, n_heads] heads of F32
    Tensor k;         // [L, n_kv_heads] heads of F32
    Tensor v;         // [L, n_kv_heads] heads of F32
    Tensor keys;      // [capacity, n_kv_heads·headDim] F32 or F16, in and out
    Tensor values;    // the same shape and type
    Tensor position;  // [1] I32: cached rows before this chunk, host-written (Upload memory)
    std::int64_t headDim = 0;
    std::int64_t headStep = 0;  ///< of q, k and v; 0: headDim
    float scale = 1;  ///< of the scores, mostly 1 / sqrt(headDim)
    Tensor out;       // [L, n_heads·headDim] F32
    Tensor entropy{};   // [L, n_heads] F32, optional probe: -Σ p ln p of the attention row, in nats
    Tensor largest{};   // [L, n_heads] F32, optional probe: the row's largest weight
};

// ---- mixtures of experts: a token's rows of a product are made by the few experts that a router chose for it ----

inline constexpr std::int64_t kMostExperts = 256, kMostChosen = 16;

/// The k experts of every token with the largest softmax(logits), largest first, equal ones by lower index.
struct TopExpertsArgs {
    Tensor logits;   // [L, n_experts] F32
    Tensor ids;      // [L, k] I32
    Tensor weights;  // [L, k] F32: their softmax over all experts
    bool normalize = false;  ///< weights divided by their sum (Mixtral); Jamba does not
};

/// out[t·k + j] = x[row] · experts[ids[t, j]]ᵀ, row = t if x has a row for every token, t·k + j if for every choice.
/// Weights of experts that no token chose are not read. `experts` are those of Backend::adoptExperts.
struct ExpertMatmulArgs {
    Tensor x;                     // [L, K] or [L·k, K] F32
    std::vector<Tensor> experts;  // n_experts times [N, K], as matmul's weight
    Tensor ids;                   // [L, k] I32
    Tensor out;                   // [L·k, N] F32
};

/// out[t] += Σ_j weights[t, j] y[t·k + j]: what the chosen experts made, into the residual stream.
struct MixExpertsArgs {
    Tensor y;        // [L·k, d] F32
    Tensor weights;  // [L, k] F32
    Tensor out;      // [L, d] F32, in and out
};

/// Columns from one head to the next.
[[nodiscard]] inline std::int64_t headStepOf(std::int64_t headStep, std::int64_t headDim) {
    return headStep == 0 ? headDim : headStep;
}

}  // namespace ms
