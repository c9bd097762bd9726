#include "tests/support/reference_recurrent.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace ms::reference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

NormOutput gatedRmsNorm(const NormInput& in) {
    const std::int64_t width = in.d / in.groups;
    NormOutput result;
    for (const double z : in.z) result.gate.push_back(silu(z));
    for (std::int64_t run = 0; run < in.L * in.groups; ++run) {
        double squares = 0;
        const auto value = [&](std::int64_t c) {
            const std::size_t i = at(run * width + c);
            return in.x[i] * (in.z.empty() ? 1.0 : result.gate[i]);
        };
        for (std::int64_t c = 0; c < width; ++c) squares += value(c) * value(c);
        const double scale = in.norm ? 1.0 / std::sqrt(squares / static_cast<double>(width) + in.eps) : 1.0;
        for (std::int64_t c = 0; c < width; ++c) {
            const std::size_t w = at(std::ssize(in.weight) == in.d ? run % in.groups * width + c : c);
            result.out.push_back(value(c) * scale * (in.weight.empty() ? 1.0 : in.weight[w]));
        }
    }
    return result;
}

HeadScanOutput headScan(const HeadScanInput& in) {
    const std::int64_t d = in.d_inner(), N = in.d_state, H = in.n_heads;
    HeadScanOutput result;
    result.state.assign(in.state.begin(), in.state.end());
    result.out.resize(at(in.L * d));
    result.stateNorm.resize(at(in.L * d));
    for (std::int64_t c = 0; c < d; ++c) {
        const std::int64_t head = c / in.head_dim, column = head / (H / in.n_groups) * N;
        for (std::int64_t t = 0; t < in.L; ++t) {
            const double dt = in.dt[at(t * H + head)], u = in.u[at(t * d + c)];
            const bool again = !in.lambda.empty();
            const double decay = std::exp(dt * in.A[at(again ? t * H + head : head)]);
            const double lambda = again ? in.lambda[at(t * H + head)] : 1.0;
            double y = 0, squares = 0;
            for (std::int64_t n = 0; n < N; ++n) {
                const std::int64_t row = in.n_groups * N, i = column + n;
                double& h = result.state[at(c * N + n)];
                h = decay * h + dt * lambda * u * in.B[at(t * row + i)];
                if (again) {
                    const double k = t > 0 ? in.B[at((t - 1) * row + i)] : in.kPrev[at(i)];
                    const double v = t > 0 ? in.u[at((t - 1) * d + c)] : in.vPrev[at(c)];
                    h += decay * dt * (1.0 - lambda) * v * k;
                }
                y += in.C[at(t * row + i)] * h;
                squares += h * h;
            }
            result.out[at(t * d + c)] = y + in.D[at(head)] * u;
            result.stateNorm[at(t * d + c)] = std::sqrt(squares);
        }
    }
    return result;
}

HeadScanInput headScanInput(std::int64_t L, std::int64_t n_heads, std::int64_t head_dim, std::int64_t d_state,
                            std::int64_t n_groups, bool trapezoid, std::uint32_t seed) {
    HeadScanInput in{.L = L, .n_heads = n_heads, .head_dim = head_dim, .d_state = d_state, .n_groups = n_groups};
    const std::int64_t d = in.d_inner();
    in.u = normal(L * d, seed);
    in.dt = normal(L * n_heads, seed + 1, -3, 2);
    for (float& dt : in.dt) dt = static_cast<float>(softplus(dt));
    in.A = uniform(trapezoid ? L * n_heads : n_heads, seed + 2, -8, -0.2f);
    in.B = normal(L * n_groups * d_state, seed + 3);
    in.C = normal(L * n_groups * d_state, seed + 4);
    in.D = normal(n_heads, seed + 5);
    in.state = normal(d * d_state, seed + 6);
    if (!trapezoid) return in;
    in.lambda = uniform(L * n_heads, seed + 7, 0, 1);
    in.kPrev = normal(n_heads * d_state, seed + 8);
    in.vPrev = normal(d, seed + 9);
    return in;
}

ComplexScanOutput complexScan(const ComplexScanInput& in) {
    using Complex = std::complex<double>;
    const std::int64_t N = in.N;
    const auto number = [N](const auto& rows, std::int64_t row, std::int64_t n) {
        return Complex(rows[at(row * 2 * N + n)], rows[at(row * 2 * N + N + n)]);
    };
    ComplexScanOutput result;
    result.state.resize(in.state.size());
    for (Doubles* rows : {&result.out, &result.y, &result.gate, &result.stateNorm}) rows->resize(in.u.size());
    for (std::int64_t c = 0; c < in.d; ++c) {
        std::vector<Complex> h;
        for (std::int64_t n = 0; n < N; ++n) h.push_back(number(in.state, c, n));
        for (std::int64_t t = 0; t < in.L; ++t) {
            const std::size_t i = at(t * in.d + c);
            const double dt = in.dt[i], u = in.u[i];
            double squares = 0;
            Complex sum = 0;
            for (std::int64_t n = 0; n < N; ++n) {
                Complex& state = h[at(n)];
                state = std::exp(dt * number(in.A, c, n)) * state + dt * u * number(in.B, t, n);
                sum += number(in.C, t, n) * state;
                squares += std::norm(state);
            }
            result.y[i] = 2 * sum.real() + in.D[at(c)] * u;
            result.gate[i] = silu(in.z[i]);
            result.out[i] = result.y[i] * result.gate[i];
            result.stateNorm[i] = std::sqrt(squares);
        }
        for (std::int64_t n = 0; n < N; ++n) {
            result.state[at(c * 2 * N + n)] = h[at(n)].real();
            result.state[at(c * 2 * N + N + n)] = h[at(n)].imag();
        }
    }
    return result;
}

ComplexScanInput complexScanInput(std::int64_t L, std::int64_t d, std::int64_t N, std::uint32_t seed) {
    ComplexScanInput in{.L = L, .d = d, .N = N};
    in.u = normal(L * d, seed);
    in.dt = normal(L * d, seed + 1, -3, 2);
    for (float& dt : in.dt) dt = static_cast<float>(softplus(dt));
    in.z = normal(L * d, seed + 2);
    const Floats real = uniform(d * N, seed + 3, -4, -0.05f), imaginary = uniform(d * N, seed + 4, -20, 20);
    for (std::int64_t c = 0; c < d; ++c)
        for (const Floats* part : {&real, &imaginary}) in.A.insert(in.A.end(), part->begin() + c * N, part->begin() + (c + 1) * N);
    in.B = normal(L * 2 * N, seed + 5);
    in.C = normal(L * 2 * N, seed + 6);
    in.D = normal(d, seed + 7);
    in.state = normal(d * 2 * N, seed + 8);
    return in;
}

CellOutput recurrentCell(RecurrentCellArgs::Kind kind, const Floats& x, const Floats& weight, const Floats& bias, Doubles& h,
                         Doubles& c, std::int64_t L) {
    using Kind = RecurrentCellArgs::Kind;
    const std::int64_t H = std::ssize(h), gates = gateCount(kind);
    const auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
    CellOutput result;
    for (std::int64_t t = 0; t < L; ++t) {
        Doubles sums(at(gates * H));
        for (std::int64_t g = 0; g < gates * H; ++g) {
            sums[at(g)] = bias.empty() ? 0.0 : bias[at(g)];
            for (std::int64_t k = 0; k < H; ++k) sums[at(g)] += static_cast<double>(weight[at(g * H + k)]) * h[at(k)];
        }
        Doubles values(at(gates * H)), next(at(H));
        for (std::int64_t u = 0; u < H; ++u) {
            const auto in = [&](std::int64_t g) { return static_cast<double>(x[at((t * gates + g) * H + u)]); };
            const auto rec = [&](std::int64_t g) { return sums[at(g * H + u)]; };
            const auto value = [&](std::int64_t g) -> double& { return values[at(g * H + u)]; };
            if (kind == Kind::Lstm) {
                for (const std::int64_t g : {0, 1, 3}) value(g) = sigmoid(in(g) + rec(g));
                value(2) = std::tanh(in(2) + rec(2));
                c[at(u)] = value(1) * c[at(u)] + value(0) * value(2);
                next[at(u)] = value(3) * std::tanh(c[at(u)]);
            } else if (kind == Kind::Gru) {
                for (const std::int64_t g : {0, 1}) value(g) = sigmoid(in(g) + rec(g));
                value(2) = std::tanh(in(2) + value(0) * rec(2));
                next[at(u)] = (1 - value(1)) * value(2) + value(1) * h[at(u)];
            } else {
                const double sum = in(0) + rec(0);
                next[at(u)] = value(0) = kind == Kind::RnnTanh ? std::tanh(sum) : std::max(sum, 0.0);
            }
        }
        h = next;
        result.out.insert(result.out.end(), h.begin(), h.end());
        result.gates.insert(result.gates.end(), values.begin(), values.end());
        result.cell.insert(result.cell.end(), c.begin(), c.end());
    }
    return result;
}

RotationOutput rotateStates(const Floats& B, const Floats& C, const Floats& biasB, const Floats& biasC, const Floats& turn,
                            const Floats& dt, Doubles& angle, std::int64_t L, std::int64_t n_heads, std::int64_t n_groups,
                            std::int64_t d_state) {
    const std::int64_t angles = std::ssize(angle) / n_heads, N = d_state;
    RotationOutput result{Doubles(at(L * n_heads * N)), Doubles(at(L * n_heads * N))};
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t h = 0; h < n_heads; ++h) {
            const std::int64_t from = t * n_groups * N + h / (n_heads / n_groups) * N, to = (t * n_heads + h) * N;
            for (std::int64_t n = 0; n < N; ++n) {
                result.K[at(to + n)] = static_cast<double>(B[at(from + n)]) + biasB[at(h * N + n)];
                result.Q[at(to + n)] = static_cast<double>(C[at(from + n)]) + biasC[at(h * N + n)];
            }
            for (std::int64_t s = 0; s < angles; ++s) {
                double& sum = angle[at(h * angles + s)];
                sum += std::numbers::pi * std::tanh(static_cast<double>(turn[at(t * angles + s)])) * dt[at(t * n_heads + h)];
                sum = std::remainder(sum, 2 * std::numbers::pi);
                for (Doubles* out : {&result.K, &result.Q}) {
                    double &a = (*out)[at(to + 2 * s)], &b = (*out)[at(to + 2 * s + 1)];
                    const double turned = a * std::sin(sum) + b * std::cos(sum);
                    a = a * std::cos(sum) - b * std::sin(sum);
                    b = turned;
                }
            }
        }
    return result;
}

Doubles s4Scan(const Floats& u, const Floats& A, const Floats& B, const Floats& C, const Floats& P, const Floats& Q, const Floats& D,
               Doubles& state, std::int64_t L, std::int64_t H) {
    const std::int64_t N = std::ssize(state) / H / 2;
    using Complex = std::complex<double>;
    const auto get = [&](const auto& row, std::int64_t c, std::int64_t n) { return Complex(row[at(c * 2 * N + n)], row[at(c * 2 * N + N + n)]); };
    Doubles y(at(L * H));
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t c = 0; c < H; ++c) {
            const double in = u[at(t * H + c)];
            Complex along = 0, read = 0;
            for (std::int64_t n = 0; n < N && !P.empty(); ++n) along += get(Q, c, n) * get(state, c, n);
            for (std::int64_t n = 0; n < N; ++n) {
                const Complex h = get(A, c, n) * get(state, c, n) + (P.empty() ? 0.0 : get(P, c, n) * along) + get(B, c, n) * in;
                state[at(c * 2 * N + n)] = h.real();
                state[at(c * 2 * N + N + n)] = h.imag();
                read += get(C, c, n) * h;
            }
            y[at(t * H + c)] = read.real() + (D.empty() ? 0.0 : D[at(c)] * in);
        }
    return y;
}

Doubles convolve(const Floats& u, const Floats& kernel, const Floats& D, std::int64_t L, std::int64_t H) {
    Doubles out(at(L * H));
    for (std::int64_t c = 0; c < H; ++c)
        for (std::int64_t t = 0; t < L; ++t) {
            double sum = D.empty() ? 0.0 : static_cast<double>(D[at(c)]) * u[at(t * H + c)];
            for (std::int64_t s = 0; s <= t; ++s) sum += static_cast<double>(kernel[at(c * L + s)]) * u[at((t - s) * H + c)];
            out[at(t * H + c)] = sum;
        }
    return out;
}

}  // namespace ms::reference
