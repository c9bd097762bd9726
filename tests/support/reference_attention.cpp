#include "tests/support/reference_attention.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ms::reference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

double gelu(double x) { return 0.5 * x * std::erfc(-x / std::numbers::sqrt2); }
double geluTanh(double x) {
    // (1 + tanh(u)) / 2 without the cancellation where u is far below 0
    return x / (1 + std::exp(-2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double activated(GateArgs::Activation activation, double x) {
    switch (activation) {
        case GateArgs::Activation::Silu: return silu(x);
        case GateArgs::Activation::Gelu: return gelu(x);
        case GateArgs::Activation::GeluTanh: return geluTanh(x);
    }
    return x;
}

Doubles layerNorm(const Floats& x, const Floats& weight, const Floats& bias, double eps, std::int64_t L, std::int64_t d) {
    Doubles out(at(L * d));
    for (std::int64_t t = 0; t < L; ++t) {
        double mean = 0, variance = 0;
        for (std::int64_t i = 0; i < d; ++i) mean += x[at(t * d + i)] / static_cast<double>(d);
        for (std::int64_t i = 0; i < d; ++i) variance += std::pow(x[at(t * d + i)] - mean, 2) / static_cast<double>(d);
        for (std::int64_t i = 0; i < d; ++i)
            out[at(t * d + i)] = (x[at(t * d + i)] - mean) / std::sqrt(variance + eps) * weight[at(i)] + (bias.empty() ? 0.0 : bias[at(i)]);
    }
    return out;
}

Doubles gate(const Floats& a, const Floats& b, GateArgs::Activation activation) {
    Doubles out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] * activated(activation, b[i]);
    return out;
}

Doubles rotary(const Floats& x, const Floats& frequency, std::int64_t position, std::int64_t L, std::int64_t headDim,
               RotaryArgs::Pairs pairs, double amplitude) {
    Doubles out(x.begin(), x.end());
    const auto n = static_cast<std::int64_t>(frequency.size()), width = static_cast<std::int64_t>(x.size()) / L;
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t head = 0; head < width; head += headDim)
            for (std::int64_t i = 0; i < n; ++i) {
                const bool interleaved = pairs == RotaryArgs::Pairs::Interleaved;
                const std::size_t low = at(t * width + head + (interleaved ? 2 * i : i)), high = low + (interleaved ? 1 : at(n));
                const double angle = static_cast<double>(position + t) * frequency[at(i)];
                const double c = amplitude * std::cos(angle), s = amplitude * std::sin(angle);
                out[low] = x[low] * c - x[high] * s;
                out[high] = x[high] * c + x[low] * s;
            }
    return out;
}

AttentionOutput attention(const AttentionInput& in) {
    const std::int64_t d = in.headDim;
    AttentionOutput result{Doubles(at(in.L * in.heads * d)), {}, {}};
    for (std::int64_t t = 0; t < in.L; ++t)
        for (std::int64_t h = 0; h < in.heads; ++h) {
            const std::int64_t kv = h / (in.heads / in.kvHeads), sees = in.past + t + 1;
            Doubles p(at(sees));
            for (std::int64_t j = 0; j < sees; ++j)
                for (std::int64_t i = 0; i < d; ++i)
                    p[at(j)] += in.scale * in.q[at((t * in.heads + h) * d + i)] * in.keys[at((j * in.kvHeads + kv) * d + i)];
            const double most = *std::max_element(p.begin(), p.end());
            double sum = 0, entropy = 0;
            for (double& v : p) sum += v = std::exp(v - most);
            for (std::int64_t j = 0; j < sees; ++j) {
                p[at(j)] /= sum;
                if (p[at(j)] > 0) entropy -= p[at(j)] * std::log(p[at(j)]);
                for (std::int64_t i = 0; i < d; ++i)
                    result.out[at((t * in.heads + h) * d + i)] += p[at(j)] * in.values[at((j * in.kvHeads + kv) * d + i)];
            }
            result.entropy.push_back(entropy);
            result.largest.push_back(*std::max_element(p.begin(), p.end()));
        }
    return result;
}

AttentionInput attentionInput(std::int64_t L, std::int64_t past, std::int64_t heads, std::int64_t kvHeads, std::int64_t headDim,
                              std::uint32_t seed) {
    AttentionInput in{.L = L, .heads = heads, .kvHeads = kvHeads, .headDim = headDim, .past = past};
    in.scale = static_cast<double>(static_cast<float>(1.5 / std::sqrt(static_cast<double>(headDim))));
    in.q = normal(L * heads * headDim, seed + 1);
    in.keys = normal((past + L) * kvHeads * headDim, seed + 2);
    in.values = normal((past + L) * kvHeads * headDim, seed + 3);
    return in;
}

}  // namespace ms::reference
