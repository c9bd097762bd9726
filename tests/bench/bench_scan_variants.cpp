// The GPU's selective scan in each of its forms, to choose defaults from: milliseconds per chunk length (0: one pass with
// shared lanes). `bench_scan_variants [device index]`
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/base/half.h"
#include "engine/vulkan/vulkan_backend.h"

namespace {

using namespace ms;

constexpr std::int64_t kStates = 16;

Tensor filled(Backend& backend, DType type, Shape shape, float low, float high) {
    Tensor tensor = *backend.allocate(type, shape, MemoryKind::Device, "input");
    std::vector<std::byte> bytes(tensor.bytes());
    std::uint32_t random = 12345;
    for (std::int64_t i = 0; i < shape.elements(); ++i) {
        random = random * 1664525u + 1013904223u;
        const float value = low + (high - low) * static_cast<float>(random >> 8) * 0x1p-24f;
        if (type == DType::F16) reinterpret_cast<std::uint16_t*>(bytes.data())[i] = floatToHalf(value);
        else reinterpret_cast<float*>(bytes.data())[i] = value;
    }
    if (!backend.write(tensor, bytes)) std::abort();
    return tensor;
}

double milliseconds(Backend& backend, DType type, std::int64_t L, std::int64_t D) {
    SelectiveScanArgs a;
    a.u = filled(backend, type, {L, D}, -1, 1);
    a.dt = filled(backend, type, {L, D}, -4, 0);
    a.z = filled(backend, type, {L, D}, -2, 2);
    a.B = filled(backend, type, {L, kStates}, -1, 1);
    a.C = filled(backend, type, {L, kStates}, -1, 1);
    a.A = filled(backend, DType::F32, {D, kStates}, -8, -0.5f);
    a.D = filled(backend, DType::F32, {D}, -1, 1);
    a.dtBias = filled(backend, DType::F32, {D}, -1, 1);
    a.softplus = true;
    a.state = *backend.allocate(DType::F32, {D, kStates}, MemoryKind::Device, "state");
    a.out = *backend.allocate(type, {L, D}, MemoryKind::Device, "out");
    constexpr int kTimes = 4;
    auto program = backend.record("scan", [&](Ops& op) { for (int i = 0; i < kTimes; ++i) op.selectiveScan(a); });
    if (!program) {
        std::fprintf(stderr, "%s\n", program.error().message.c_str());
        return -1;
    }
    std::vector<double> seconds;
    for (int i = 0; i < 12; ++i) {
        if (!backend.run(**program)) std::abort();
        if (i > 1) seconds.push_back(backend.lastRunSeconds() / kTimes);
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2] * 1e3;
}

}  // namespace

int main(int argc, char** argv) {
    const int device = argc > 1 ? std::atoi(argv[1]) : 0;
    const std::int64_t chunks[] = {0, 16, 32, 64, 128, 256, 512};
    std::printf("%-26s", "ms per chunk length");
    for (const std::int64_t c : chunks) std::printf("%10lld", static_cast<long long>(c));
    std::printf("\n");
    for (const DType type : {DType::F32, DType::F16})
        for (const std::int64_t D : {1536, 5120})
            for (const std::int64_t L : {2048, 8192, 32768}) {
                std::printf("%-4s D=%-6lld L=%-10lld", std::string(name(type)).c_str(), static_cast<long long>(D), static_cast<long long>(L));
                for (const std::int64_t c : chunks) {
                    VulkanOptions options;
                    options.deviceIndex = device;
                    options.kernels = KernelChoice::Gpu;
                    if (c == 0) options.scanLanes = 16;
                    else options.scanChunkTokens = c;
                    auto backend = createVulkanBackend(options);
                    if (!backend) {
                        std::fprintf(stderr, "%s\n", backend.error().message.c_str());
                        return 1;
                    }
                    std::printf("%10.4f", milliseconds(**backend, type, L, D));
                    std::fflush(stdout);
                }
                std::printf("\n");
            }
    return 0;
}
