#include "tests/support/reference_ops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "engine/base/half.h"

namespace ms::reference {

namespace {

/// Counter-based (a murmur finaliser over seed and index), so that no library's distribution is involved.
std::uint32_t hash(std::uint32_t seed, std::uint64_t index) {
    std::uint64_t v = index * 0x9e3779b97f4a7c15ull + (static_cast<std::uint64_t>(seed) << 32) + 0x632be59bd9b4e019ull;
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ull;
    v = (v ^ (v >> 27)) * 0x94d049bb133111ebull;
    return static_cast<std::uint32_t>((v ^ (v >> 31)) >> 32);
}

/// [0, 1) with 24 bits.
float unit(std::uint32_t seed, std::uint64_t index) { return static_cast<float>(hash(seed, index) >> 8) * 0x1p-24f; }

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// True when both are the same kind of non-number; sets `mismatch` when only one is.
bool bothSpecial(float out, double ref, bool& mismatch) {
    if (std::isfinite(out) && std::isfinite(ref)) return false;
    const bool same = (std::isnan(out) && std::isnan(ref)) || static_cast<double>(out) == ref;
    if (!same) mismatch = true;
    return true;
}

}  // namespace

Floats uniform(std::int64_t count, std::uint32_t seed, float low, float high) {
    Floats values(at(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = low + (high - low) * unit(seed, i);
    return values;
}

Floats normal(std::int64_t count, std::uint32_t seed, float mean, float deviation) {
    Floats values(at(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
        float sum = -6.0f;
        for (std::uint64_t k = 0; k < 12; ++k) sum += unit(seed, i * 12 + k);
        values[i] = mean + deviation * sum;
    }
    return values;
}

std::vector<std::int32_t> indices(std::int64_t count, std::uint32_t seed, std::int32_t below) {
    std::vector<std::int32_t> values(at(count));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::int32_t>(hash(seed, i) % static_cast<std::uint32_t>(below));
    return values;
}

Floats negativeA(std::int64_t d_inner, std::int64_t d_state, std::uint32_t seed) {
    Floats A = uniform(d_inner * d_state, seed, 0.5f, 1.5f);
    for (std::int64_t d = 0; d < d_inner; ++d)
        for (std::int64_t n = 0; n < d_state; ++n) A[at(d * d_state + n)] *= -static_cast<float>(n + 1);
    return A;
}

std::vector<std::byte> stored(DType type, std::span<const float> values) {
    std::vector<std::byte> bytes(values.size() * byteSize(type));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (type == DType::F32) {
            std::memcpy(bytes.data() + 4 * i, &values[i], 4);
        } else {
            const std::uint16_t bits = type == DType::F16 ? floatToHalf(values[i]) : floatToBfloat(values[i]);
            std::memcpy(bytes.data() + 2 * i, &bits, 2);
        }
    }
    return bytes;
}

Floats widened(DType type, std::span<const std::byte> bytes) { return widenToFloat(type, bytes); }

Floats rounded(DType type, std::span<const float> values) { return widened(type, stored(type, values)); }

double relativeError(std::span<const float> out, std::span<const double> ref) {
    if (out.size() != ref.size()) return std::numeric_limits<double>::infinity();
    double difference = 0, norm = 0, outNorm = 0;
    bool mismatch = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (bothSpecial(out[i], ref[i], mismatch)) continue;
        const double v = out[i];
        difference += (v - ref[i]) * (v - ref[i]);
        norm += ref[i] * ref[i];
        outNorm += v * v;
    }
    if (mismatch) return std::numeric_limits<double>::infinity();
    return norm > 0 ? std::sqrt(difference / norm) : std::sqrt(outNorm);
}

double maxAbsError(std::span<const float> out, std::span<const double> ref) {
    if (out.size() != ref.size()) return std::numeric_limits<double>::infinity();
    double worst = 0;
    bool mismatch = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (bothSpecial(out[i], ref[i], mismatch)) continue;
        worst = std::max(worst, std::abs(static_cast<double>(out[i]) - ref[i]));
    }
    return mismatch ? std::numeric_limits<double>::infinity() : worst;
}

double softplus(double x) { return x > 20.0 ? x : std::log1p(std::exp(x)); }
double silu(double x) { return x / (1.0 + std::exp(-x)); }

Doubles embedding(const Floats& table, std::int64_t d_model, const std::vector<std::int32_t>& ids) {
    Doubles out;
    out.reserve(ids.size() * at(d_model));
    for (const std::int32_t id : ids)
        for (std::int64_t i = 0; i < d_model; ++i) out.push_back(table[at(id * d_model + i)]);
    return out;
}

Doubles rmsNorm(const Floats& x, const Floats& weight, double eps, std::int64_t L, std::int64_t d) {
    Doubles out(at(L * d));
    for (std::int64_t t = 0; t < L; ++t) {
        double sum = 0;
        for (std::int64_t i = 0; i < d; ++i) sum += static_cast<double>(x[at(t * d + i)]) * x[at(t * d + i)];
        const double scale = 1.0 / std::sqrt(sum / static_cast<double>(d) + eps);
        for (std::int64_t i = 0; i < d; ++i) out[at(t * d + i)] = x[at(t * d + i)] * scale * weight[at(i)];
    }
    return out;
}

Doubles matmul(const Floats& x, const Floats& weight, const Floats& bias, std::int64_t L, std::int64_t N,
               std::int64_t K, MatmulArgs::Epilogue epilogue, const Floats& before) {
    Doubles out(at(L * N));
    for (std::int64_t t = 0; t < L; ++t) {
        for (std::int64_t n = 0; n < N; ++n) {
            double sum = bias.empty() ? 0.0 : bias[at(n)];
            for (std::int64_t k = 0; k < K; ++k) sum += static_cast<double>(x[at(t * K + k)]) * weight[at(n * K + k)];
            if (epilogue == MatmulArgs::Epilogue::Accumulate) sum += before[at(t * N + n)];
            if (epilogue == MatmulArgs::Epilogue::Softplus) sum = softplus(sum);
            if (epilogue == MatmulArgs::Epilogue::Silu) sum = silu(sum);
            out[at(t * N + n)] = sum;
        }
    }
    return out;
}

Doubles causalConv1d(const Floats& x, const Floats& weight, const Floats& bias, Floats& state, std::int64_t L,
                     std::int64_t d_inner, std::int64_t d_conv) {
    const std::int64_t past = d_conv - 1;
    Doubles out(at(L * d_inner));
    for (std::int64_t c = 0; c < d_inner; ++c) {
        Floats line(state.begin() + c * past, state.begin() + (c + 1) * past);  // the channel's inputs, state first
        for (std::int64_t t = 0; t < L; ++t) line.push_back(x[at(t * d_inner + c)]);
        for (std::int64_t t = 0; t < L; ++t) {
            double sum = bias.empty() ? 0.0 : bias[at(c)];
            for (std::int64_t j = 0; j < d_conv; ++j)
                sum += static_cast<double>(weight[at(c * d_conv + j)]) * line[at(t + j)];
            out[at(t * d_inner + c)] = silu(sum);
        }
        std::copy(line.end() - past, line.end(), state.begin() + c * past);
    }
    return out;
}

ScanOutput selectiveScan(const ScanInput& in) {
    const std::int64_t L = in.L, d = in.d_inner, n = in.d_state;
    ScanOutput result;
    result.out.resize(at(L * d));
    result.y.resize(at(L * d));
    result.stateNorm.resize(at(L * d));
    if (!in.z.empty()) result.gate.resize(at(L * d));
    result.state.assign(in.state.begin(), in.state.end());
    for (std::int64_t c = 0; c < d; ++c) {
        for (std::int64_t t = 0; t < L; ++t) {
            double dt = in.dt[at(t * d + c)];
            if (!in.dtBias.empty()) dt += in.dtBias[at(c)];
            if (in.softplus) dt = softplus(dt);
            const double u = in.u[at(t * d + c)];
            double y = 0, squares = 0;
            for (std::int64_t s = 0; s < n; ++s) {
                double& h = result.state[at(c * n + s)];
                h = std::exp(dt * in.A[at(c * n + s)]) * h + dt * in.B[at(t * n + s)] * u;
                y += in.C[at(t * n + s)] * h;
                squares += h * h;
            }
            y += in.D[at(c)] * u;
            result.y[at(t * d + c)] = y;
            result.stateNorm[at(t * d + c)] = std::sqrt(squares);
            result.out[at(t * d + c)] = y;
            if (!in.z.empty()) {
                const double gate = silu(in.z[at(t * d + c)]);
                result.gate[at(t * d + c)] = gate;
                result.out[at(t * d + c)] = y * gate;
            }
        }
    }
    return result;
}

ScanInput scanInput(std::int64_t L, std::int64_t d_inner, std::int64_t d_state, std::uint32_t seed, bool gated,
                    bool useSoftplus) {
    ScanInput in;
    in.L = L;
    in.d_inner = d_inner;
    in.d_state = d_state;
    in.u = normal(L * d_inner, seed + 1);
    in.softplus = useSoftplus;
    if (useSoftplus) {
        in.dt = normal(L * d_inner, seed + 2, 0.0f, 1.0f);
        in.dtBias = normal(d_inner, seed + 3, -4.0f, 1.0f);
    } else {
        in.dt = uniform(L * d_inner, seed + 2, 0.001f, 0.1f);
    }
    in.A = negativeA(d_inner, d_state, seed + 4);
    in.B = normal(L * d_state, seed + 5);
    in.C = normal(L * d_state, seed + 6);
    in.D = normal(d_inner, seed + 7);
    if (gated) in.z = normal(L * d_inner, seed + 8);
    in.state = normal(d_inner * d_state, seed + 9, 0.0f, 0.5f);
    return in;
}

Doubles reduceRows(const Floats& x, std::int64_t L, std::int64_t D, const RowReduction& reduction) {
    using Kind = RowReduction::Kind;
    Doubles out;
    for (std::int64_t t = 0; t < L; ++t) {
        const std::span<const float> row(x.data() + t * D, at(D));
        if (reduction.kind == Kind::Mean) {
            out.push_back(std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(D));
        } else if (reduction.kind == Kind::L2) {
            double squares = 0;
            for (const float v : row) squares += static_cast<double>(v) * v;
            out.push_back(std::sqrt(squares));
        } else if (reduction.kind == Kind::Max) {
            double largest = -std::numeric_limits<double>::infinity();
            for (const float v : row)
                largest = std::isnan(v) || std::isnan(largest) ? std::nan("") : std::max<double>(largest, v);
            out.push_back(largest);
        } else if (reduction.kind == Kind::Histogram) {
            std::vector<double> counts(at(reduction.bins));
            // The bin of a value is decided in float, as documented for kernels: floor((v - low) * (bins / (high -
            // low))).
            const float scale = static_cast<float>(reduction.bins) / (reduction.high - reduction.low);
            for (const float v : row) {
                if (std::isnan(v)) continue;
                const float position = std::floor((v - reduction.low) * scale);
                counts[at(static_cast<std::int64_t>(
                    std::clamp(position, 0.0f, static_cast<float>(reduction.bins - 1))))] += 1;
            }
            out.insert(out.end(), counts.begin(), counts.end());
        } else {
            std::vector<std::int64_t> order(row.size());
            std::iota(order.begin(), order.end(), 0);
            // A NaN ranks below every number.
            const auto before = [&](std::int64_t a, std::int64_t b) {
                const float va = row[at(a)], vb = row[at(b)];
                if (std::isnan(va) || std::isnan(vb)) return std::isnan(va) == std::isnan(vb) ? a < b : std::isnan(vb);
                return va != vb ? va > vb : a < b;
            };
            std::partial_sort(order.begin(), order.begin() + reduction.bins, order.end(), before);
            for (std::int64_t k = 0; k < reduction.bins; ++k) out.push_back(row[at(order[at(k)])]);
            for (std::int64_t k = 0; k < reduction.bins; ++k) out.push_back(static_cast<double>(order[at(k)]));
        }
    }
    return out;
}

Doubles windowVariation(const Floats& x, std::int64_t T, std::int64_t D, std::int64_t window) {
    Doubles out(at(T * D));
    for (std::int64_t t = 0; t < T; ++t) {
        const std::int64_t first = std::max<std::int64_t>(0, t - window + 1);
        const double count = static_cast<double>(t - first + 1);
        for (std::int64_t c = 0; c < D; ++c) {
            double mean = 0, squares = 0;
            for (std::int64_t s = first; s <= t; ++s) mean += x[at(s * D + c)] / count;
            for (std::int64_t s = first; s <= t; ++s) squares += (x[at(s * D + c)] - mean) * (x[at(s * D + c)] - mean);
            const double deviation = std::sqrt(squares / count);
            // Equal values give exactly 0, although their float64 mean may be an ulp off.
            const bool constant = std::abs(deviation) <= 1e-12 * std::abs(mean);
            out[at(t * D + c)] = constant ? 0.0 : deviation / mean;
        }
    }
    return out;
}

Doubles retention(const Floats& dt, const Floats& A, std::int64_t L, std::int64_t d_inner, std::int64_t d_state) {
    Doubles out(at(L * d_inner));
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t c = 0; c < d_inner; ++c) {
            double sum = 0;
            for (std::int64_t n = 0; n < d_state; ++n)
                sum += std::exp(static_cast<double>(dt[at(t * d_inner + c)]) * A[at(c * d_state + n)]);
            out[at(t * d_inner + c)] = sum / static_cast<double>(d_state);
        }
    return out;
}

Doubles writeStrength(const Floats& dt, const Floats& u, const Floats& B, std::int64_t L, std::int64_t d_inner,
                      std::int64_t d_state) {
    Doubles out(at(L * d_inner));
    for (std::int64_t t = 0; t < L; ++t) {
        double squares = 0;
        for (std::int64_t n = 0; n < d_state; ++n)
            squares += static_cast<double>(B[at(t * d_state + n)]) * B[at(t * d_state + n)];
        for (std::int64_t c = 0; c < d_inner; ++c) {
            const std::size_t i = at(t * d_inner + c);
            out[i] = std::abs(static_cast<double>(dt[i]) * u[i]) * std::sqrt(squares);
        }
    }
    return out;
}

Doubles scaleClamp(const Floats& x, const Floats& scale, const Floats& low, const Floats& high, std::int64_t L,
                   std::int64_t D) {
    Doubles out(at(L * D));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t c = i % at(D);
        const double v = static_cast<double>(x[i]) * scale[c];
        out[i] = std::isnan(v) ? v : std::clamp<double>(v, low[c], high[c]);
    }
    return out;
}

}  // namespace ms::reference
