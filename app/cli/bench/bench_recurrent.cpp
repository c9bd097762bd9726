// Mamba-2's scan and the convolution by Fourier transforms alone.
#include <algorithm>
#include <bit>
#include <cmath>

#include "app/cli/bench/bench.h"

namespace ms::cli {

namespace {

struct SsdShape {
    std::int64_t heads, head_dim, d_state;
    [[nodiscard]] std::int64_t d_inner() const { return heads * head_dim; }
};

Result<BenchRow> ssdRow(Backend& backend, const SsdShape& s, std::int64_t L, int repeats, const Yardstick& yardstick) {
    SsdScanArgs a;
    MS_TRY(a.u, randomTensor(backend, DType::F32, {L, s.d_inner()}, -1, 1, 1));
    MS_TRY(a.dt, randomTensor(backend, DType::F32, {L, s.heads}, 0.001f, 0.1f, 2));
    MS_TRY(a.A, randomTensor(backend, DType::F32, {s.heads}, -16, -1, 3));
    MS_TRY(a.B, randomTensor(backend, DType::F32, {L, s.d_state}, -1, 1, 4));
    MS_TRY(a.C, randomTensor(backend, DType::F32, {L, s.d_state}, -1, 1, 5));
    MS_TRY(a.D, randomTensor(backend, DType::F32, {s.heads}, -1, 1, 6));
    MS_TRY(a.state, backend.allocate(DType::F32, {s.d_inner(), s.d_state}, MemoryKind::Device, "scan state"));
    MS_TRY(a.out, backend.allocate(DType::F32, {L, s.d_inner()}, MemoryKind::Device, "scan output"));
    MS_TRY(auto program, backend.record("ssd", [&](Ops& op) { op.ssdScan(a); }));
    MS_TRY(const double seconds, timeProgram(backend, *program, repeats));
    const double bytes = 4.0 * (static_cast<double>(L) * static_cast<double>(2 * s.d_inner() + s.heads + 2 * s.d_state) +
                                2.0 * static_cast<double>(s.d_inner() * s.d_state));
    const double flops = 5.0 * static_cast<double>(L) * static_cast<double>(s.d_inner() * s.d_state);  // step by step
    const double floor = std::max(bytes / yardstick.copyBytesPerSecond, flops / yardstick.matmulFlops);
    return BenchRow{"ssd f32",
                    "heads=" + std::to_string(s.heads) + "x" + std::to_string(s.head_dim) + " N=" + std::to_string(s.d_state) + " L=" + std::to_string(L),
                    seconds * 1e3, bytes, static_cast<double>(L) / seconds, floor * 1e3};
}

Result<BenchRow> fftRow(Backend& backend, std::int64_t H, std::int64_t L, int repeats, const Yardstick& yardstick) {
    FftConvolveArgs a;
    MS_TRY(a.u, randomTensor(backend, DType::F32, {L, H}, -1, 1, 1));
    MS_TRY(a.kernel, randomTensor(backend, DType::F32, {H, L}, -1, 1, 2));
    MS_TRY(a.D, randomTensor(backend, DType::F32, {H}, -1, 1, 3));
    MS_TRY(a.out, backend.allocate(DType::F32, {L, H}, MemoryKind::Device, "convolution"));
    MS_TRY(auto program, backend.record("fft", [&](Ops& op) { op.fftConvolve(a); }));
    MS_TRY(const double seconds, timeProgram(backend, *program, repeats));
    const double bytes = 4.0 * 3.0 * static_cast<double>(L * H);
    const double points = static_cast<double>(std::bit_ceil(static_cast<std::uint64_t>(2 * L)));
    const double flops = static_cast<double>(H) * 2.0 * 5.0 * points * std::log2(points);  // two complex transforms
    const double floor = std::max(bytes / yardstick.copyBytesPerSecond, flops / yardstick.matmulFlops);
    return BenchRow{"fft convolution f32", "H=" + std::to_string(H) + " L=" + std::to_string(L), seconds * 1e3, bytes,
                    static_cast<double>(L) / seconds, floor * 1e3};
}

std::vector<std::int64_t> lengths(const Backend& backend, std::int64_t longest) {
    std::vector<std::int64_t> all;
    const std::int64_t most = std::min<std::int64_t>(longest, backend.info().kind == DeviceKind::Gpu ? 32768 : 2048);
    for (const std::int64_t L : {1, 128, 512, 2048, 8192, 32768})
        if (L <= most) all.push_back(L);
    return all;
}

}  // namespace

Result<std::vector<BenchRow>> benchSsd(Backend& backend, const BenchOptions& options, const Yardstick& yardstick) {
    std::vector<BenchRow> rows;
    // The shapes of mamba2-130m and mamba2-2.7b.
    for (const SsdShape shape : {SsdShape{24, 64, 128}, SsdShape{80, 64, 128}})
        for (const std::int64_t L : lengths(backend, options.longest)) {
            MS_TRY(BenchRow row, ssdRow(backend, shape, L, options.repeats, yardstick));
            rows.push_back(std::move(row));
        }
    return rows;
}

Result<std::vector<BenchRow>> benchFft(Backend& backend, const BenchOptions& options, const Yardstick& yardstick) {
    std::vector<BenchRow> rows;
    for (const std::int64_t L : lengths(backend, options.longest)) {
        MS_TRY(BenchRow row, fftRow(backend, 256, L, options.repeats, yardstick));
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace ms::cli
