// The vectorised inner loops, compiled once per instruction set and chosen at run time. Each works on one tile: no
// threads, no allocation, no errors. Pointers to stored weights and vectors may have any alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/dtype.h"
#include "engine/host/view.h"

namespace ms::host {

/// "AVX-512", "AVX2", "SSE2", "NEON", …: what the kernels use on this machine.
std::string_view instructionSet();

// ---- simd/matrix.cpp ----

/// A few tokens against a run of weight rows: bound by the memory that holds the weights.
struct DotRows {
    const std::byte* weight = nullptr;  // [rows, K] F32, F16, BF16 or quantised
    DType type = DType::F32;
    std::size_t rows = 0, K = 0;
    const float* x = nullptr;  // [L, K]
    std::size_t xStride = 0, L = 0;
    float* out = nullptr;  // [L, rows]
    std::size_t outStride = 0;
    float* widened = nullptr;  // [K], where quantised weights become floats
};
/// out[t][n] = Σ_k x[t][k] weight[n][k]. The bits of an element depend on K only, not on rows or L.
void dotRows(const DotRows& args);

/// `count` stored elements as floats.
void widen(DType type, const std::byte* stored, std::size_t count, float* out);

enum class Activation { None, Softplus, Silu, Gelu, GeluTanh };
/// What happens to finished sums: v = sum (+ bias); then out += v or out = activation(v). `sums` may be `out`.
struct Finish {
    const std::byte* bias = nullptr;  // [count] F32 or null
    bool accumulate = false;
    Activation activation = Activation::None;
};
void finishSums(const Finish& finish, const float* sums, std::size_t count, float* out);

// ---- simd/rows.cpp ----

/// out = x / sqrt(mean(x²) + eps) * weight over one row of d elements. `out` may be `x`.
void rmsNormRow(const float* x, const std::byte* weight, std::size_t d, float eps, float* out);

/// out = (x - mean) / sqrt(variance + eps) * weight (+ bias) over one row of d elements; bias may be null. `out` may be `x`.
void layerNormRow(const float* x, const std::byte* weight, const std::byte* bias, std::size_t d, float eps, float* out);

/// out = a activation(b) over one row. `out` may be `a` or `b`.
void gateRow(const float* a, const float* b, Activation activation, std::size_t count, float* out);

/// Σ x over one row, in an order that depends on `count` alone.
float sumRow(const float* x, std::size_t count);

// ---- simd/attention.cpp ----

/// A run of cached keys or values of one head.
struct CacheRows {
    const std::byte* data = nullptr;  // [count, head_dim] F32 or F16
    DType type = DType::F32;
    std::size_t stride = 0, count = 0, head_dim = 0;  ///< elements from row to row
};
/// scores[r][j] = Σ_d q[r][d] keys[j][d] for a few queries; q [rows, head_dim], scores [rows, scoreStride].
void dotKeys(const CacheRows& keys, const float* q, std::size_t rows, float* scores, std::size_t scoreStride);
/// sums[r] += Σ_j weights[r][j] values[j]; sums [rows, head_dim].
void addValues(const CacheRows& values, const float* weights, std::size_t weightStride, std::size_t rows, float* sums);

/// What a row of attention has seen so far: enough to normalise it, and for its entropy.
struct SoftmaxState {
    float most = 0;      ///< the largest score
    float sum = 0;       ///< Σ e, e = exp(score - most); 0: nothing yet
    float moment = 0;    ///< Σ e (score - most)
    /// -Σ p ln p of the whole row.
    [[nodiscard]] float entropy() const;
};
/// Takes in `count` more scores, which become exp(score - most); returns what sums made before shrink by.
float softmaxMore(SoftmaxState& state, float* scores, std::size_t count);
/// row *= factor
void scaleRow(float* row, float factor, std::size_t count);

// ---- simd/conv.cpp ----

struct ConvViews {
    View x, weight, bias, state, out;  // as CausalConv1dArgs
};
inline constexpr std::size_t kConvBlock = 128;                ///< channels of one tile
inline constexpr std::size_t kConvScratch = 16 * kConvBlock;  ///< floats: d_conv weights, d_conv - 1 columns, bias
/// Channels [first, first + count) of the whole chunk, count at most kConvBlock.
void convChannels(const ConvViews& views, std::size_t first, std::size_t count, float* scratch);

// ---- simd/scan.cpp ----

struct ScanViews {
    View u, dt, A, B, C, D, z, dtBias, state, out, y, gate, stateNorm;  // as SelectiveScanArgs
    bool softplus = false;
};
/// Channels of one tile: the tile's A and state stay in the first-level cache.
constexpr std::size_t scanBlock(std::size_t d_state) { return d_state <= 16 ? 64 : d_state <= 64 ? 32 : 16; }
constexpr std::size_t scanScratch(std::size_t d_state) {
    return 2 * d_state * scanBlock(d_state) + 8 * scanBlock(d_state) + 2 * d_state;
}
/// Channels [first, first + count) of the whole chunk, count at most scanBlock(d_state).
void scanChannels(const ScanViews& views, std::size_t first, std::size_t count, float* scratch);

// ---- simd/probe.cpp ----

struct WindowViews {
    View x, history, out;   // as WindowVariationArgs
    std::size_t start = 0;  ///< position of the first row of x
};
inline constexpr std::size_t kWindowBlock = 128;  ///< channels of one tile
constexpr std::size_t windowScratch(std::size_t window) { return 2 * window * kWindowBlock; }
/// Channels [first, first + count) of the whole chunk, count at most kWindowBlock.
void windowChannels(const WindowViews& views, std::size_t first, std::size_t count, float* scratch);

struct RetentionViews {
    View dt, A, out;  // as RetentionArgs
};
inline constexpr std::size_t kRetentionBlock = 64;  ///< channels of one tile
constexpr std::size_t retentionScratch(std::size_t d_state) { return d_state * kRetentionBlock; }
/// Channels [first, first + count) of the whole chunk, count at most kRetentionBlock.
void retentionChannels(const RetentionViews& views, std::size_t first, std::size_t count, float* scratch);

/// out = |dt u| norm over one row.
void writeStrengthRow(const float* dt, const float* u, float norm, std::size_t count, float* out);

/// x = clamp(x scale, low, high) over one row; NaN stays NaN.
void scaleClampRow(float* x, const float* scale, const float* low, const float* high, std::size_t count);

}  // namespace ms::host
