// Plain float64 twins of every op in engine/backend/ops.h: the oracle of both backends' kernel tests.
// All matrices are row-major and contiguous; an empty vector stands for an absent optional argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/ops.h"
#include "engine/base/dtype.h"

namespace ms::reference {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

// ---- inputs: the same seed gives the same numbers on every platform ----

/// Uniform in [low, high).
Floats uniform(std::int64_t count, std::uint32_t seed, float low = -1.0f, float high = 1.0f);
/// Roughly normal (a sum of twelve uniforms: the tails end at six deviations).
Floats normal(std::int64_t count, std::uint32_t seed, float mean = 0.0f, float deviation = 1.0f);
/// Indices in [0, below).
std::vector<std::int32_t> indices(std::int64_t count, std::uint32_t seed, std::int32_t below);
/// A = -(1 … d_state) per channel, each scaled by 0.5 to 1.5: [d_inner, d_state], the shape of a trained A.
Floats negativeA(std::int64_t d_inner, std::int64_t d_state, std::uint32_t seed);

/// The bytes a checkpoint would hold: F32, F16 or BF16.
std::vector<std::byte> stored(DType type, std::span<const float> values);
/// The floats those bytes stand for; feed these to the twins.
Floats widened(DType type, std::span<const std::byte> bytes);
/// widened(stored(values)): what is left of the values in `type`.
Floats rounded(DType type, std::span<const float> values);

// ---- comparison ----

/// ‖out − ref‖ / ‖ref‖ (‖out‖ if ref is all zero). NaN or infinity in the same places with the same sign agree and are
/// left out; anywhere else the result is infinite, so that a comparison with a tolerance fails.
double relativeError(std::span<const float> out, std::span<const double> ref);
/// max |out − ref|, same treatment of NaN and infinity.
double maxAbsError(std::span<const float> out, std::span<const double> ref);

// ---- the ops ----

double softplus(double x);  ///< log1p(exp(x)), x above 20
double silu(double x);      ///< x / (1 + exp(-x))

/// table [vocab, d_model] -> [ids, d_model]
Doubles embedding(const Floats& table, std::int64_t d_model, const std::vector<std::int32_t>& ids);
/// x [L, d], weight [d] -> [L, d]
Doubles rmsNorm(const Floats& x, const Floats& weight, double eps, std::int64_t L, std::int64_t d);
/// x [L, K], weight [N, K], bias [N] or empty, before [L, N]: the output's old content, read by Accumulate only -> [L,
/// N]
Doubles matmul(const Floats& x, const Floats& weight, const Floats& bias, std::int64_t L, std::int64_t N,
               std::int64_t K, MatmulArgs::Epilogue epilogue = MatmulArgs::Epilogue::None, const Floats& before = {});
/// x [L, d_inner], weight [d_inner, d_conv], bias [d_inner] or empty, state [d_inner, d_conv - 1] in and out -> [L,
/// d_inner]
Doubles causalConv1d(const Floats& x, const Floats& weight, const Floats& bias, Floats& state, std::int64_t L,
                     std::int64_t d_inner, std::int64_t d_conv);

struct ScanInput {
    std::int64_t L = 0, d_inner = 0, d_state = 0;
    Floats u;       // [L, d_inner]
    Floats dt;      // [L, d_inner]
    Floats A;       // [d_inner, d_state]
    Floats B;       // [L, d_state]
    Floats C;       // [L, d_state]
    Floats D;       // [d_inner]
    Floats z;       // [L, d_inner] or empty
    Floats dtBias;  // [d_inner] or empty
    bool softplus = false;
    Floats state;  // [d_inner, d_state] before the first token
};
struct ScanOutput {
    Doubles out;        // [L, d_inner]
    Doubles y;          // [L, d_inner]
    Doubles gate;       // [L, d_inner], empty without z
    Doubles stateNorm;  // [L, d_inner]
    Doubles state;      // [d_inner, d_state] after the last token
};
ScanOutput selectiveScan(const ScanInput& in);
/// Random input of the sizes of a real layer: dt_pre around softplus⁻¹(0.02), non-zero state.
ScanInput scanInput(std::int64_t L, std::int64_t d_inner, std::int64_t d_state, std::uint32_t seed, bool gated = true,
                    bool softplus = true);

/// x [L, D] -> the shapes named in RowReduction::Kind
Doubles reduceRows(const Floats& x, std::int64_t L, std::int64_t D, const RowReduction& reduction);

/// x [T, D], the session's rows from position 0 on -> [T, D]: row t over rows max(0, t - window + 1) … t, two passes in
/// float64. A window without spread has variation 0, also when its mean is 0.
Doubles windowVariation(const Floats& x, std::int64_t T, std::int64_t D, std::int64_t window);

/// dt [L, d_inner], A [d_inner, d_state] -> [L, d_inner]
Doubles retention(const Floats& dt, const Floats& A, std::int64_t L, std::int64_t d_inner, std::int64_t d_state);
/// dt, u [L, d_inner], B [L, d_state] -> [L, d_inner]
Doubles writeStrength(const Floats& dt, const Floats& u, const Floats& B, std::int64_t L, std::int64_t d_inner,
                      std::int64_t d_state);
/// x [L, D], scale, low, high [D] -> [L, D]
Doubles scaleClamp(const Floats& x, const Floats& scale, const Floats& low, const Floats& high, std::int64_t L,
                   std::int64_t D);

}  // namespace ms::reference
