#include "engine/audio/real_fft.h"

#include <algorithm>
#include <mutex>

#include <fftw3.h>

#include "engine/base/fftw_planner.h"

namespace ms {

namespace {

struct Free {
    void operator()(void* memory) const { fftw_free(memory); }
};

}  // namespace

struct RealFft::Impl {
    std::size_t size;
    std::unique_ptr<double[], Free> in;
    std::unique_ptr<std::complex<double>[], Free> out;
    fftw_plan plan;

    explicit Impl(int n)
        : size(static_cast<std::size_t>(n)),
          in(static_cast<double*>(fftw_malloc(size * sizeof(double)))),
          out(static_cast<std::complex<double>*>(fftw_malloc((size / 2 + 1) * sizeof(std::complex<double>)))) {
        const std::lock_guard lock(fftwPlanner());
        plan = fftw_plan_dft_r2c_1d(n, in.get(), reinterpret_cast<fftw_complex*>(out.get()),
                                    FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        std::fill_n(in.get(), size, 0.0);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        const std::lock_guard lock(fftwPlanner());
        fftw_destroy_plan(plan);
    }
};

RealFft::RealFft(int size) : m_impl(std::make_unique<Impl>(size)) {}
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

std::span<double> RealFft::input() { return {m_impl->in.get(), m_impl->size}; }

std::span<const std::complex<double>> RealFft::transform() {
    fftw_execute(m_impl->plan);
    return {m_impl->out.get(), m_impl->size / 2 + 1};
}

}  // namespace ms
