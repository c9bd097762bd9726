// A device that can hold tensors and run recorded ops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backend/ops.h"
#include "engine/backend/tensor.h"
#include "engine/base/result.h"

namespace ms {

enum class DeviceKind { Host, Gpu, SoftwareVulkan };

struct DeviceInfo {
    std::string name;                  ///< "NVIDIA H200", "llvmpipe (LLVM 15.0.6, 256 bits)", "host (AVX2, 2 threads)"
    DeviceKind kind = DeviceKind::Host;
    std::string driver;                ///< driver name and version; the BLAS library for the host
    std::uint64_t memoryBytes = 0;     ///< the largest heap, or main memory
    std::vector<std::string> features; ///< what kernels may use here: "fp16", "subgroup 32", "AVX2", …
    std::int64_t preferredChunk = 512; ///< tokens of one prefill submission
};

enum class MemoryKind {
    Device,    ///< kernels read and write; zero after allocation
    Upload,    ///< host writes through hostPointer, kernels read
    Readback,  ///< kernels write, host reads through hostPointer
};

/// A recorded sequence of ops. Immutable; may run any number of times; keeps its tensors alive.
class Program {
public:
    virtual ~Program() = default;
};

/// Not thread-safe: one thread drives a backend (the engine thread).
class Backend {
public:
    virtual ~Backend() = default;

    [[nodiscard]] virtual const DeviceInfo& info() const = 0;

    /// Zeroed memory for a tensor. OutOfMemory names `label`, the size wanted and what is left.
    virtual Result<Tensor> allocate(DType type, Shape shape, MemoryKind kind, std::string_view label) = 0;

    /// Immutable weights. The host reads them in place (keepAlive holds the mapping); Vulkan copies them.
    virtual Result<Tensor> adoptWeights(DType type, Shape shape, std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> keepAlive, std::string_view label) = 0;

    /// Weights of one shape, one after the other on devices that want them so: what expertMatmul takes.
    virtual Result<std::vector<Tensor>> adoptExperts(DType type, Shape shape, std::span<const std::span<const std::byte>> experts,
                                                     std::shared_ptr<const void> keepAlive, std::string_view label) = 0;

    /// Synchronous transfers of a contiguous tensor; sizes must match.
    virtual Result<void> write(const Tensor& tensor, std::span<const std::byte> bytes) = 0;
    virtual Result<void> read(const Tensor& tensor, std::span<std::byte> bytes) = 0;

    /// Address of an Upload or Readback tensor (any kind on the host backend); null for device memory.
    [[nodiscard]] virtual std::byte* hostPointer(const Tensor& tensor) = 0;

    /// Calls `body` once to record its ops. Barriers are derived from what the ops read and write.
    /// Unsupported shapes and types are reported here, by the first op that met one.
    virtual Result<std::unique_ptr<Program>> record(std::string_view label, const std::function<void(Ops&)>& body) = 0;

    /// Runs the program and waits for it. Upload memory must be written before, Readback memory is valid after.
    virtual Result<void> run(Program& program) = 0;

    /// Seconds the device itself spent on the last run(), by its timestamps; wall time on the host.
    [[nodiscard]] virtual double lastRunSeconds() const = 0;

    /// Bytes of device memory this backend holds now.
    [[nodiscard]] virtual std::uint64_t allocatedBytes() const = 0;
};

}  // namespace ms
