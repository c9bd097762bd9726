// Float64 twins of the ops in engine/backend/ops_attention.h. Matrices are row-major and contiguous, heads side by side.
#pragma once

#include "tests/support/reference_ops.h"

namespace ms::reference {

double gelu(double x);      ///< x Φ(x)
double geluTanh(double x);  ///< its tanh approximation
double activated(GateArgs::Activation activation, double x);

/// x [L, d], weight [d], bias [d] or empty -> [L, d]
Doubles layerNorm(const Floats& x, const Floats& weight, const Floats& bias, double eps, std::int64_t L, std::int64_t d);
/// a, b [L, d] -> [L, d]
Doubles gate(const Floats& a, const Floats& b, GateArgs::Activation activation);

/// x [L, heads·headDim], frequency [pairs] -> the same shape
Doubles rotary(const Floats& x, const Floats& frequency, std::int64_t position, std::int64_t L, std::int64_t headDim,
               RotaryArgs::Pairs pairs, double amplitude = 1);

struct AttentionInput {
    std::int64_t L = 0, heads = 0, kvHeads = 0, headDim = 0, past = 0;  ///< past: rows that the caches hold already
    double scale = 1;
    Floats q{};       // [L, heads·headDim]
    Floats keys{};    // [past + L, kvHeads·headDim], the chunk's own rows last
    Floats values{};  // the same shape
};
struct AttentionOutput {
    Doubles out;      // [L, heads·headDim]
    Doubles entropy;  // [L, heads], nats
    Doubles largest;  // [L, heads]
};
AttentionOutput attention(const AttentionInput& in);
/// Random input whose scores spread over several units, so that rows are neither flat nor one key alone.
AttentionInput attentionInput(std::int64_t L, std::int64_t past, std::int64_t heads, std::int64_t kvHeads, std::int64_t headDim,
                              std::uint32_t seed);

}  // namespace ms::reference
