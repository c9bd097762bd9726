// s4Scan, fftConvolve and glu.
#include <fftw3.h>

#include <algorithm>
#include <bit>
#include <complex>
#include <mutex>

#include "engine/base/fftw_planner.h"
#include "engine/host/host_ops.h"
#include "engine/host/simd/recurrent_kernels.h"

namespace ms::host {

namespace {

/// Forward and back, in double: a weak tail beside a strong head keeps its digits. Plans work on any memory of this size.
class Transforms {
public:
    explicit Transforms(std::size_t size) : m_size(size) {
        const std::lock_guard lock(fftwPlanner());
        auto* real = static_cast<double*>(fftw_malloc(size * sizeof(double)));
        auto* spectrum = static_cast<fftw_complex*>(fftw_malloc((size / 2 + 1) * sizeof(fftw_complex)));
        const unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED;
        m_forward = fftw_plan_dft_r2c_1d(static_cast<int>(size), real, spectrum, flags);
        m_back = fftw_plan_dft_c2r_1d(static_cast<int>(size), spectrum, real, flags);
        fftw_free(real);
        fftw_free(spectrum);
    }
    ~Transforms() {
        const std::lock_guard lock(fftwPlanner());
        fftw_destroy_plan(m_forward);
        fftw_destroy_plan(m_back);
    }
    Transforms(const Transforms&) = delete;
    Transforms& operator=(const Transforms&) = delete;

    [[nodiscard]] std::size_t size() const { return m_size; }
    void forward(double* real, std::complex<double>* spectrum) const {
        fftw_execute_dft_r2c(m_forward, real, reinterpret_cast<fftw_complex*>(spectrum));
    }
    /// Destroys the spectrum; the result is `size` times too large.
    void back(std::complex<double>* spectrum, double* real) const {
        fftw_execute_dft_c2r(m_back, reinterpret_cast<fftw_complex*>(spectrum), real);
    }

private:
    std::size_t m_size;
    fftw_plan m_forward = nullptr, m_back = nullptr;
};

struct ConvolveViews {
    View u, kernel, D, out;
};

void convolveChannel(const ConvolveViews& v, const Transforms& fft, std::size_t channel, float* scratch) {
    const std::size_t L = v.u.rows, size = fft.size(), bins = size / 2 + 1;
    double* const real = reinterpret_cast<double*>(scratch);
    auto* const input = reinterpret_cast<std::complex<double>*>(real + size);
    auto* const kernel = input + bins;
    const auto transform = [&](auto value, std::complex<double>* spectrum) {
        for (std::size_t t = 0; t < L; ++t) real[t] = value(t);
        std::fill(real + L, real + size, 0.0);
        fft.forward(real, spectrum);
    };
    transform([&](std::size_t t) { return static_cast<double>(*v.u.at<const float>(t, channel)); }, input);
    transform([&](std::size_t t) { return static_cast<double>(*v.kernel.at<const float>(channel, t)); }, kernel);
    for (std::size_t i = 0; i < bins; ++i) input[i] *= kernel[i];
    fft.back(input, real);
    const double share = 1.0 / static_cast<double>(size), skip = v.D ? static_cast<double>(*v.D.at<const float>(0, channel)) : 0.0;
    for (std::size_t t = 0; t < L; ++t)
        *v.out.at<float>(t, channel) = static_cast<float>(real[t] * share + skip * static_cast<double>(*v.u.at<const float>(t, channel)));
}

}  // namespace

Result<HostOp> makeS4Scan(const S4ScanArgs& args) {
    Arguments arguments("s4Scan");
    S4Views v;
    v.u = arguments.read(args.u, "u");
    v.A = arguments.read(args.A, "A");
    v.B = arguments.read(args.B, "B");
    v.C = arguments.read(args.C, "C");
    v.P = arguments.read(args.P, "P");
    v.Q = arguments.read(args.Q, "Q");
    v.D = arguments.read(args.D, "D");
    v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    v.y = arguments.write(args.y, "y");
    v.gelu = args.gelu;
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (v.u.cols + kS4Block - 1) / kS4Block;
    op.run = [v](std::size_t tile, float*) {
        const std::size_t first = tile * kS4Block;
        s4Channels(v, first, std::min(kS4Block, v.u.cols - first));
    };
    return op;
}

Result<HostOp> makeFftConvolve(const FftConvolveArgs& args) {
    Arguments arguments("fftConvolve");
    ConvolveViews v;
    v.u = arguments.read(args.u, "u");
    v.kernel = arguments.read(args.kernel, "kernel");
    v.D = arguments.read(args.D, "D");
    v.out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    if (v.u.rows == 0) return op;
    const auto fft = std::make_shared<const Transforms>(std::bit_ceil(2 * v.u.rows));
    op.tiles = v.u.cols;
    op.scratchFloats = 2 * (fft->size() + 4 * (fft->size() / 2 + 1));
    op.run = [v, fft](std::size_t channel, float* scratch) { convolveChannel(v, *fft, channel, scratch); };
    return op;
}

Result<HostOp> makeGlu(const GluArgs& args) {
    Arguments arguments("glu");
    const View x = arguments.read(args.x, "x"), out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t perTile = std::max<std::size_t>(1, (16u << 10) / std::max<std::size_t>(1, out.cols));  // rows
    op.tiles = (out.rows + perTile - 1) / perTile;
    op.run = [=, accumulate = args.accumulate](std::size_t tile, float*) {
        for (std::size_t t = tile * perTile; t < std::min(out.rows, (tile + 1) * perTile); ++t)
            gluRow(x.at<const float>(t), x.at<const float>(t, out.cols), out.cols, out.at<float>(t), accumulate);
    };
    return op;
}

}  // namespace ms::host
