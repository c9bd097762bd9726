#include "engine/host/host_backend.h"

#include <cblas.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "engine/host/host_buffer.h"
#include "engine/host/host_ops.h"
#include "engine/host/host_program.h"
#include "engine/host/memory_limit.h"
#include "engine/host/simd/kernels.h"
#include "engine/host/thread_team.h"

namespace ms {

namespace {

using namespace host;

constexpr int kMostThreads = 256;

std::string sizeText(std::uint64_t bytes) {
    char text[32];
    const double mib = static_cast<double>(bytes) / (1 << 20);
    std::snprintf(text, sizeof text, mib < 1024 ? "%.1f MiB" : "%.1f GiB", mib < 1024 ? mib : mib / 1024);
    return text;
}

Error outOfMemory(std::string_view label, const Shape& shape, const std::string& wanted, std::uint64_t left) {
    return {ErrorCode::OutOfMemory, std::string(label) + " " + shape.text() + " needs " + wanted + " of main memory, " +
                                        sizeText(left) +
                                        " are available: close other programs or choose a smaller model or chunk"};
}

/// Bytes of a tensor. InvalidArgument for negative dimensions, OutOfMemory beyond what can be addressed.
Result<std::uint64_t> sizeOf(DType type, const Shape& shape, std::string_view label) {
    std::uint64_t bytes = isQuantised(type) ? 1 : byteSize(type);  // elements of a quantised type, which take about a byte
    bool fits = true;
    for (int i = 0; i < shape.rank(); ++i) {
        if (shape[i] < 0)
            return Error{ErrorCode::InvalidArgument,
                         std::string(label) + " " + shape.text() + " has a negative dimension"};
        fits = fits && !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(shape[i]), &bytes);
    }
    if (!fits || bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return outOfMemory(label, shape, "more than can be addressed", availableMemory());
    return isQuantised(type) ? storedBytes(type, bytes) : bytes;
}

Tensor tensorOf(std::shared_ptr<Buffer> buffer, DType type, Shape shape) {
    Tensor tensor{std::move(buffer), 0, type, shape, 0};
    tensor.rowStride = tensor.cols();
    return tensor;
}

class HostBackend final : public Backend {
public:
    HostBackend(DeviceInfo info, std::unique_ptr<ThreadTeam> team)
        : m_info(std::move(info)), m_team(std::move(team)), m_scratch(m_team->members()) {}

    const DeviceInfo& info() const override { return m_info; }

    Result<Tensor> allocate(DType type, Shape shape, MemoryKind, std::string_view label) override {
        MS_TRY(const std::uint64_t bytes, sizeOf(type, shape, label));
        const std::uint64_t left = availableMemory();
        std::shared_ptr<HostBuffer> buffer;
        if (bytes <= left) buffer = HostBuffer::create(static_cast<std::size_t>(bytes), m_allocated);
        if (!buffer) return outOfMemory(label, shape, sizeText(bytes), left);
        return tensorOf(std::move(buffer), type, shape);
    }

    Result<Tensor> adoptWeights(DType type, Shape shape, std::span<const std::byte> bytes,
                                std::shared_ptr<const void> keepAlive, std::string_view label) override {
        MS_TRY(const std::uint64_t wanted, sizeOf(type, shape, label));
        if (wanted != bytes.size())
            return Error{ErrorCode::InvalidArgument, std::string(label) + " " + shape.text() + " of type " +
                                                         std::string(name(type)) + " does not fit its " +
                                                         std::to_string(bytes.size()) + " bytes"};
        return tensorOf(std::make_shared<HostBuffer>(bytes, std::move(keepAlive)), type, shape);
    }

    Result<std::vector<Tensor>> adoptExperts(DType type, Shape shape, std::span<const std::span<const std::byte>> experts,
                                             std::shared_ptr<const void> keepAlive, std::string_view label) override {
        std::vector<Tensor> tensors;
        for (const auto bytes : experts) {
            MS_TRY(Tensor tensor, adoptWeights(type, shape, bytes, keepAlive, label));
            tensors.push_back(std::move(tensor));
        }
        return tensors;
    }

    Result<void> write(const Tensor& tensor, std::span<const std::byte> bytes) override {
        MS_TRY(const View view, whole(tensor, bytes.size(), true, "write"));
        if (!bytes.empty()) std::memcpy(view.data, bytes.data(), bytes.size());
        return {};
    }

    Result<void> read(const Tensor& tensor, std::span<std::byte> bytes) override {
        MS_TRY(const View view, whole(tensor, bytes.size(), false, "read"));
        if (!bytes.empty()) std::memcpy(bytes.data(), view.data, bytes.size());
        return {};
    }

    std::byte* hostPointer(const Tensor& tensor) override {
        const auto view = resolve(tensor, false, "tensor");
        return view ? view->data : nullptr;
    }

    Result<std::unique_ptr<Program>> record(std::string_view label, const std::function<void(Ops&)>& body) override {
        const std::string name(label);
        try {
            HostOps ops;
            body(ops);
            auto recorded = ops.take();
            if (!recorded) return recorded.error().within(name);
            auto program = std::make_unique<HostProgram>(name, std::move(*recorded));
            if (!m_scratch.reserve(program->scratchFloats()))
                return Error{ErrorCode::OutOfMemory, name + ": no memory left for the scratch space of its ops"};
            return std::unique_ptr<Program>(std::move(program));
        } catch (const std::bad_alloc&) {
            return Error{ErrorCode::OutOfMemory, name + ": no memory left to record its ops"};
        }
    }

    Result<void> run(Program& program) override {
        auto* own = dynamic_cast<HostProgram*>(&program);
        if (own == nullptr)
            return Error{ErrorCode::InvalidArgument, "run: the program was recorded by another backend"};
        const auto start = std::chrono::steady_clock::now();
        own->run(*m_team, m_scratch);
        m_lastRun = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return {};
    }

    double lastRunSeconds() const override { return m_lastRun; }
    std::uint64_t allocatedBytes() const override { return *m_allocated + m_scratch.bytes(); }

private:
    static Result<View> whole(const Tensor& tensor, std::size_t bytes, bool forWriting, const char* what) {
        MS_TRY(View view, resolve(tensor, forWriting, what));
        if (!tensor.contiguous() || tensor.bytes() != bytes)
            return Error{ErrorCode::InvalidArgument, std::string(what) + ": " + std::to_string(bytes) +
                                                         " bytes for a tensor " + tensor.shape.text() + " of " +
                                                         std::to_string(tensor.bytes())};
        return view;
    }

    DeviceInfo m_info;
    std::unique_ptr<ThreadTeam> m_team;
    Scratch m_scratch;
    std::shared_ptr<std::atomic<std::uint64_t>> m_allocated = std::make_shared<std::atomic<std::uint64_t>>(0);
    double m_lastRun = 0;
};

}  // namespace

Result<std::unique_ptr<Backend>> createHostBackend(const HostOptions& options) {
    if (options.threads < 0)
        return Error{ErrorCode::InvalidArgument, "the number of compute threads cannot be negative"};
    int threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
    threads = std::clamp(threads, 1, kMostThreads);
    openblas_set_num_threads(1);
    MS_TRY(auto team, ThreadTeam::create(threads));

    DeviceInfo info;
    const std::string isa(instructionSet());
    info.name = "host (" + isa + ", " + std::to_string(threads) + (threads == 1 ? " thread)" : " threads)");
    info.kind = DeviceKind::Host;
    info.driver = openblas_get_config();
    info.memoryBytes = totalMemory();
    info.features = {isa};
    return std::unique_ptr<Backend>(std::make_unique<HostBackend>(std::move(info), std::move(team)));
}

}  // namespace ms
