// exp(x) of what only ever decays, in a form that compilers turn into vector code.
#pragma once

#include <bit>
#include <cstdint>

namespace ms {

/// Exponents below this count as −∞: e⁻⁶⁰ is beyond what a float sum can notice. It also keeps the products of two
/// decays clear of subnormal numbers, which processors add a hundred times slower.
inline constexpr float kForgotten = -60.0f;

/// exp(x) for x ≤ 0 to about 1e-7 relative, 0 below kForgotten; NaN stays NaN. Polynomial of the Cephes library's expf.
inline float decay(float x) {
    constexpr float kRound = 0x1.8p23f;  // adding it leaves an integer in the low bits
    const float held = x < kForgotten ? kForgotten : x;
    const float shifted = held * 1.44269504f + kRound;
    const float n = shifted - kRound;
    const float r = (held - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) << 23) + 0x3f800000u;
    const float value = p * std::bit_cast<float>(power);
    return x < kForgotten ? 0.0f : value;
}

}  // namespace ms
