#include "engine/probe/measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ms {

float retention(float dt, std::span<const float> A) {
    double sum = 0;
    for (const float a : A) sum += std::exp(static_cast<double>(dt) * a);
    return A.empty() ? 0.0f : static_cast<float>(sum / static_cast<double>(A.size()));
}

float halfLife(float dt, float A) {
    const float rate = dt * std::abs(A);
    return rate > 0 ? std::numbers::ln2_v<float> / rate : std::numeric_limits<float>::infinity();
}

float writeStrength(float dt, float u, std::span<const float> B) {
    double squares = 0;
    for (const float b : B) squares += static_cast<double>(b) * b;
    return std::abs(dt * u) * static_cast<float>(std::sqrt(squares));
}

float selectivity(std::span<const float> dt) {
    if (dt.size() < 2) return 0.0f;
    const auto n = static_cast<double>(dt.size());
    double mean = 0;
    for (const float v : dt) mean += v;
    mean /= n;
    double squares = 0;
    for (const float v : dt) squares += (v - mean) * (v - mean);
    return static_cast<float>(std::sqrt(squares / n) / mean);
}

float surprisalBits(std::span<const float> logits, std::size_t tokens, std::size_t token) {
    const std::span<const float> real = logits.first(std::min(tokens, logits.size()));
    if (token >= real.size()) return std::numeric_limits<float>::infinity();
    const float top = *std::max_element(real.begin(), real.end());
    double sum = 0;
    for (std::size_t i = 0; i < real.size();) {  // float exponentials, summed in short runs: fast and exact enough
        float part = 0;
        for (const std::size_t end = std::min(i + 256, real.size()); i < end; ++i) part += std::exp(real[i] - top);
        sum += part;
    }
    return static_cast<float>((std::log(sum) - (static_cast<double>(real[token]) - top)) / std::numbers::ln2);
}

}  // namespace ms
