// The Fourier transform of real input, through FFTW.
#pragma once

#include <complex>
#include <memory>
#include <span>

namespace ms {

/// One plan and its buffers: `input` [size] → `output` [size / 2 + 1], unnormalised. In double: a weak bin beside a
/// strong one keeps its digits. Making and dropping one is safe from any thread.
class RealFft {
public:
    /// `size`: at least 1.
    explicit RealFft(int size);
    RealFft(RealFft&&) noexcept;
    RealFft& operator=(RealFft&&) noexcept;
    ~RealFft();

    /// What `transform` reads; kept by it.
    [[nodiscard]] std::span<double> input();
    std::span<const std::complex<double>> transform();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace ms
