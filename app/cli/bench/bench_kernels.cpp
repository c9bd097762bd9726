// The selective scan and the matrix products alone.
#include <algorithm>

#include "app/cli/bench/bench.h"

namespace ms::cli {

namespace {

constexpr std::int64_t kStates = 16;

/// One set of inputs and outputs of a scan, softplus, D skip and gate fused.
Result<SelectiveScanArgs> scanInputs(Backend& backend, DType type, std::int64_t L, std::int64_t D, std::uint64_t seed) {
    SelectiveScanArgs a;
    MS_TRY(a.u, randomTensor(backend, type, {L, D}, -1, 1, seed));
    MS_TRY(a.dt, randomTensor(backend, type, {L, D}, -4, 0, seed + 1));
    MS_TRY(a.z, randomTensor(backend, type, {L, D}, -2, 2, seed + 2));
    MS_TRY(a.B, randomTensor(backend, type, {L, kStates}, -1, 1, seed + 3));
    MS_TRY(a.C, randomTensor(backend, type, {L, kStates}, -1, 1, seed + 4));
    MS_TRY(a.A, randomTensor(backend, DType::F32, {D, kStates}, -8, -0.5f, seed + 5));
    MS_TRY(a.D, randomTensor(backend, DType::F32, {D}, -1, 1, seed + 6));
    MS_TRY(a.dtBias, randomTensor(backend, DType::F32, {D}, -1, 1, seed + 7));
    a.softplus = true;
    MS_TRY(a.state, backend.allocate(DType::F32, {D, kStates}, MemoryKind::Device, "scan state"));
    MS_TRY(a.out, backend.allocate(type, {L, D}, MemoryKind::Device, "scan output"));
    return a;
}

Result<BenchRow> scanRow(Backend& backend, DType type, std::int64_t L, std::int64_t D, int repeats, const Yardstick& yardstick) {
    const double width = static_cast<double>(byteSize(type));
    const double bytes = width * static_cast<double>(L) * static_cast<double>(4 * D + 2 * kStates) +
                         4.0 * static_cast<double>(D) * (3 * kStates + 2);
    // Enough sets that a cache of 100 MB cannot keep them between two uses, and a program long enough to time.
    const auto sets = backend.info().kind == DeviceKind::Gpu
                          ? std::clamp<std::int64_t>(static_cast<std::int64_t>(400e6 / bytes), 1, 12)
                          : 1;
    std::vector<SelectiveScanArgs> inputs;
    for (std::int64_t i = 0; i < sets; ++i) {
        MS_TRY(SelectiveScanArgs a, scanInputs(backend, type, L, D, static_cast<std::uint64_t>(16 * i + 1)));
        inputs.push_back(std::move(a));
    }
    MS_TRY(auto program, backend.record("scan", [&](Ops& op) {
        for (const SelectiveScanArgs& a : inputs) op.selectiveScan(a);
    }));
    MS_TRY(const double seconds, timeProgram(backend, *program, repeats));
    const double once = seconds / static_cast<double>(sets);
    return BenchRow{"scan " + std::string(name(type)),
                    "D=" + std::to_string(D) + " N=" + std::to_string(kStates) + " L=" + std::to_string(L), once * 1e3, bytes,
                    static_cast<double>(L) / once, bytes / yardstick.copyBytesPerSecond * 1e3};
}

}  // namespace

Result<std::vector<BenchRow>> benchScan(Backend& backend, const BenchOptions& options, const Yardstick& yardstick) {
    const bool gpu = backend.info().kind == DeviceKind::Gpu;
    const std::vector<std::int64_t> lengths = gpu ? std::vector<std::int64_t>{2048, 8192, 32768, 131072} : std::vector<std::int64_t>{512, 2048};
    std::vector<BenchRow> rows;
    struct Case { DType type; std::int64_t D; };
    for (const Case c : {Case{DType::F32, 1536}, Case{DType::F16, 1536}, Case{DType::F32, 5120}, Case{DType::F16, 5120}})
        for (const std::int64_t L : lengths) {
            if (L > options.longest || (!gpu && c.D > 1536)) continue;
            MS_TRY(BenchRow row, scanRow(backend, c.type, L, c.D, options.repeats, yardstick));
            rows.push_back(std::move(row));
        }
    return rows;
}

Result<std::vector<BenchRow>> benchMatmul(Backend& backend, const BenchOptions& options, const Yardstick& yardstick) {
    struct Product { const char* name; std::int64_t N, K; };
    constexpr Product kProducts[] = {{"in_proj", 3072, 768}, {"x_proj", 80, 1536}, {"dt_proj", 1536, 48}, {"out_proj", 768, 1536}, {"head", 50280, 768}};
    std::vector<BenchRow> rows;
    for (const std::int64_t L : {std::int64_t{1}, options.tokens})
        for (const DType type : {DType::F32, DType::F16})
            for (const Product& p : kProducts) {
                if (L > 1 && p.N > 10000) continue;  // prefill asks the head for one token only
                MS_TRY(const Tensor x, randomTensor(backend, DType::F32, {L, p.K}, -1, 1, 1));
                MS_TRY(const Tensor w, randomTensor(backend, type, {p.N, p.K}, -1, 1, 2));
                MS_TRY(const Tensor out, backend.allocate(DType::F32, {L, p.N}, MemoryKind::Device, "product"));
                constexpr int kTimes = 8;
                MS_TRY(auto program, backend.record(p.name, [&](Ops& op) {
                    for (int i = 0; i < kTimes; ++i) op.matmul({.x = x, .weight = w, .bias = {}, .out = out});
                }));
                MS_TRY(const double seconds, timeProgram(backend, *program, options.repeats));
                const double bytes = static_cast<double>(w.bytes() + x.bytes() + out.bytes());
                const double floor = std::max(bytes / yardstick.readBytesPerSecond,
                                              2.0 * static_cast<double>(L * p.N * p.K) / yardstick.matmulFlops * (L > 8 ? 1 : 0));
                rows.push_back({std::string(p.name) + " " + std::string(name(type)),
                                "L=" + std::to_string(L) + " N=" + std::to_string(p.N) + " K=" + std::to_string(p.K),
                                seconds / kTimes * 1e3, bytes, 0, floor * 1e3});
            }
    return rows;
}

}  // namespace ms::cli
