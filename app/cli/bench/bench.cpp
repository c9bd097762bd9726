#include "app/cli/bench/bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/base/half.h"

namespace ms::cli {

namespace {

/// splitmix64, for repeatable numbers.
std::uint64_t nextRandom(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ull;
    std::uint64_t x = state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

/// All cores read their share of `bytes` from end to end; the best of several rounds.
double hostReadBytesPerSecond(std::span<const std::byte> bytes) {
    const std::size_t threads = std::max(1u, std::thread::hardware_concurrency()), words = bytes.size() / 8 / threads;
    std::atomic<std::uint64_t> sink = 0;
    const auto readShare = [&](std::size_t share) {
        const std::byte* at = bytes.data() + share * words * 8;
        std::uint64_t sums[8] = {};
        for (std::size_t i = 0; i + 8 <= words; i += 8)
            for (std::size_t k = 0; k < 8; ++k) {
                std::uint64_t word;
                std::memcpy(&word, at + 8 * (i + k), sizeof word);
                sums[k] += word;
            }
        for (const std::uint64_t s : sums) sink += s;
    };
    double best = 1e9;
    for (int round = 0; round < 7; ++round) {
        const auto start = std::chrono::steady_clock::now();
        {
            std::vector<std::jthread> team;
            for (std::size_t t = 1; t < threads; ++t) team.emplace_back(readShare, t);
            readShare(0);
        }
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return static_cast<double>(words * 8 * threads) / best;
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Result<double> timeProgram(Backend& backend, Program& program, int repeats) {
    // A GPU that idled while the inputs were made takes a while to raise its clocks again.
    const double warmUp = backend.info().kind == DeviceKind::Gpu ? 0.4 : 0.0;
    double warm = 0;
    for (int i = 0; i < 3 || warm < warmUp; ++i) {
        MS_CHECK(backend.run(program));
        warm += backend.lastRunSeconds();
    }
    std::vector<double> seconds;
    for (int i = 0; i < repeats; ++i) {
        MS_CHECK(backend.run(program));
        seconds.push_back(backend.lastRunSeconds());
    }
    return median(std::move(seconds));
}

Result<Tensor> randomTensor(Backend& backend, DType type, Shape shape, float low, float high, std::uint64_t seed) {
    MS_TRY(Tensor tensor, backend.allocate(type, shape, MemoryKind::Device, "benchmark input"));
    const auto count = static_cast<std::size_t>(shape.elements());
    std::vector<std::byte> bytes(tensor.bytes());
    for (std::size_t i = 0; i < count; ++i) {
        const float value = low + (high - low) * static_cast<float>(nextRandom(seed) >> 40) * 0x1p-24f;
        if (type == DType::F16) reinterpret_cast<std::uint16_t*>(bytes.data())[i] = floatToHalf(value);
        else reinterpret_cast<float*>(bytes.data())[i] = value;
    }
    MS_CHECK(backend.write(tensor, bytes));
    return tensor;
}

Result<Yardstick> measureYardstick(Backend& backend) {
    const bool gpu = backend.info().kind == DeviceKind::Gpu;
    Yardstick yardstick;
    {
        const std::int64_t rows = gpu ? 1 << 18 : 1 << 14, cols = 2048;  // 2.1 GB on a GPU, 134 MB elsewhere
        MS_TRY(const Tensor from, backend.allocate(DType::F32, {rows, cols}, MemoryKind::Device, "copy source"));
        MS_TRY(const Tensor to, backend.allocate(DType::F32, {rows, cols}, MemoryKind::Device, "copy target"));
        MS_TRY(auto copy, backend.record("copy", [&](Ops& op) { op.copy(from, to); }));
        MS_TRY(const double seconds, timeProgram(backend, *copy, 9));
        yardstick.copyBytesPerSecond = 2.0 * static_cast<double>(from.bytes()) / seconds;
        yardstick.readBytesPerSecond = yardstick.copyBytesPerSecond;
        // Stores cost more than loads on a CPU, so reading is measured alone there.
        if (backend.info().kind == DeviceKind::Host)
            yardstick.readBytesPerSecond = hostReadBytesPerSecond({backend.hostPointer(from), from.bytes()});
    }
    const std::int64_t L = gpu ? 4096 : 512, n = gpu ? 4096 : 1024, k = gpu ? 4096 : 1024;
    MS_TRY(const Tensor x, randomTensor(backend, DType::F32, {L, k}, -1, 1, 1));
    MS_TRY(const Tensor w, randomTensor(backend, DType::F32, {n, k}, -1, 1, 2));
    MS_TRY(const Tensor out, backend.allocate(DType::F32, {L, n}, MemoryKind::Device, "product"));
    MS_TRY(auto product, backend.record("matmul", [&](Ops& op) { op.matmul({.x = x, .weight = w, .bias = {}, .out = out}); }));
    MS_TRY(const double seconds, timeProgram(backend, *product, 5));
    yardstick.matmulFlops = 2.0 * static_cast<double>(L * n * k) / seconds;
    return yardstick;
}

}  // namespace ms::cli
