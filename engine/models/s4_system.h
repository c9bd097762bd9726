// From the continuous parameters of S4 and S4D to the discrete system that s4Scan runs, in double.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace ms {

using ComplexRow = std::vector<std::complex<double>>;

/// One channel: h_t = A∘h_{t-1} + P (Q·h_{t-1}) + B u_t, y_t = Re(C·h_t). P and Q are empty without a rank-one part.
struct S4System {
    ComplexRow A, B, C, P, Q;  // [d_state]

    /// The first `length` values of the impulse response, which is the convolution's kernel.
    [[nodiscard]] std::vector<double> kernel(std::int64_t length) const;
};

/// S4D (s4d.py): diagonal A, held input. C without the factor 2 that the other half of the conjugate pairs brings.
[[nodiscard]] S4System s4dSystem(const ComplexRow& A, const ComplexRow& C, double step);

/// S4 (The Annotated S4, discrete_DPLR): A = diag(Lambda) - P P*, bilinear discretisation. C is the kernel's: what the true one
/// becomes when it is multiplied by I - A_bar^length. Nothing if that has no inverse.
[[nodiscard]] std::vector<S4System> s4System(const ComplexRow& lambda, const ComplexRow& P, const ComplexRow& B,
                                             const std::vector<ComplexRow>& C, double step, std::int64_t length);

}  // namespace ms
