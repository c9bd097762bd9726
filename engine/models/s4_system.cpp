#include "engine/models/s4_system.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ms {

namespace {

using Complex = std::complex<double>;

/// N by N, row by row.
struct Matrix {
    std::size_t N;
    std::vector<Complex> values;
    explicit Matrix(std::size_t n) : N(n), values(n * n) {}
    Complex& at(std::size_t i, std::size_t j) { return values[i * N + j]; }
    [[nodiscard]] const Complex& at(std::size_t i, std::size_t j) const { return values[i * N + j]; }
};

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix out(a.N);
    for (std::size_t i = 0; i < a.N; ++i)
        for (std::size_t k = 0; k < a.N; ++k)
            for (std::size_t j = 0; j < a.N; ++j) out.at(i, j) += a.at(i, k) * b.at(k, j);
    return out;
}

Matrix power(Matrix base, std::int64_t exponent) {
    Matrix out(base.N);
    for (std::size_t i = 0; i < base.N; ++i) out.at(i, i) = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) out = product(out, base);
        base = product(base, base);
    }
    return out;
}

/// x with x M = row, by elimination with row pivots on the transpose; empty if M is singular.
ComplexRow solveLeft(const Matrix& M, ComplexRow row) {
    Matrix a(M.N);
    for (std::size_t i = 0; i < M.N; ++i)
        for (std::size_t j = 0; j < M.N; ++j) a.at(i, j) = M.at(j, i);
    for (std::size_t k = 0; k < M.N; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < M.N; ++i)
            if (std::abs(a.at(i, k)) > std::abs(a.at(pivot, k))) pivot = i;
        if (!(std::abs(a.at(pivot, k)) > 1e-300)) return {};
        for (std::size_t j = 0; j < M.N; ++j) std::swap(a.at(k, j), a.at(pivot, j));
        std::swap(row[k], row[pivot]);
        for (std::size_t i = k + 1; i < M.N; ++i) {
            const Complex factor = a.at(i, k) / a.at(k, k);
            for (std::size_t j = k; j < M.N; ++j) a.at(i, j) -= factor * a.at(k, j);
            row[i] -= factor * row[k];
        }
    }
    for (std::size_t k = M.N; k-- > 0;) {
        for (std::size_t j = k + 1; j < M.N; ++j) row[k] -= a.at(k, j) * row[j];
        row[k] /= a.at(k, k);
    }
    return row;
}

/// A_bar = A1 A0 of the bilinear rule. With A1 by Woodbury's identity it comes to a diagonal and one product:
///   D = 1 / (2/Δ - Λ),  r = 1 / (1 + P* D P):   A_bar = D (2/Δ + Λ) - (4 r / Δ) (D P) (P* D),   B_bar = 2 A1 B
S4System discretised(const ComplexRow& lambda, const ComplexRow& P, const ComplexRow& B, double step) {
    S4System s;
    Complex inner = 0, written = 0;
    ComplexRow D;
    for (std::size_t n = 0; n < lambda.size(); ++n) {
        D.push_back(1.0 / (2.0 / step - lambda[n]));
        inner += std::conj(P[n]) * D[n] * P[n];
        written += std::conj(P[n]) * D[n] * B[n];
    }
    const Complex r = 1.0 / (1.0 + inner);
    for (std::size_t n = 0; n < lambda.size(); ++n) {
        s.A.push_back(D[n] * (2.0 / step + lambda[n]));
        s.B.push_back(2.0 * (D[n] * B[n] - D[n] * P[n] * r * written));
        s.P.push_back(D[n] * P[n]);
        s.Q.push_back(-4.0 * r / step * std::conj(P[n]) * D[n]);
    }
    return s;
}

}  // namespace

std::vector<double> S4System::kernel(std::int64_t length) const {
    std::vector<double> values;
    ComplexRow h = B;
    for (std::int64_t t = 0; t < length; ++t) {
        Complex read = 0, along = 0;
        for (std::size_t n = 0; n < h.size(); ++n) read += C[n] * h[n];
        values.push_back(read.real());
        for (std::size_t n = 0; n < Q.size(); ++n) along += Q[n] * h[n];
        for (std::size_t n = 0; n < h.size(); ++n) h[n] = A[n] * h[n] + (P.empty() ? Complex(0) : P[n] * along);
    }
    return values;
}

S4System s4dSystem(const ComplexRow& A, const ComplexRow& C, double step) {
    S4System s;
    for (std::size_t n = 0; n < A.size(); ++n) {
        const Complex kept = std::exp(step * A[n]);
        s.A.push_back(kept);
        s.B.emplace_back(1.0);
        s.C.push_back(2.0 * C[n] * (kept - 1.0) / A[n]);
    }
    return s;
}

std::vector<S4System> s4System(const ComplexRow& lambda, const ComplexRow& P, const ComplexRow& B, const std::vector<ComplexRow>& C,
                               double step, std::int64_t length) {
    const S4System shared = discretised(lambda, P, B, step);
    const std::size_t N = lambda.size();
    Matrix whole(N);
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < N; ++j) whole.at(i, j) = (i == j ? shared.A[i] : Complex(0)) + shared.P[i] * shared.Q[j];
    Matrix rest = power(whole, length);
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < N; ++j) rest.at(i, j) = (i == j ? 1.0 : 0.0) - rest.at(i, j);
    std::vector<S4System> systems;
    for (ComplexRow row : C) {
        for (Complex& c : row) c = std::conj(c);
        S4System channel = shared;
        channel.C = solveLeft(rest, std::move(row));
        if (channel.C.empty()) return {};
        systems.push_back(std::move(channel));
    }
    return systems;
}

}  // namespace ms
