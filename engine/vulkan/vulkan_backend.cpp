#include "engine/vulkan/vulkan_backend.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/vulkan/decode_fusion.h"
#include "engine/vulkan/instance.h"
#include "engine/vulkan/kernel_cache.h"
#include "engine/vulkan/memory_arena.h"
#include "engine/vulkan/program.h"
#include "engine/vulkan/recorder.h"
#include "engine/vulkan/submission.h"
#include "engine/vulkan/transfer.h"
#include "engine/vulkan/vulkan_ops.h"

namespace ms {

namespace {

class VulkanBackend final : public Backend {
public:
    static Result<std::unique_ptr<Backend>> create(const VulkanOptions& options);

    [[nodiscard]] const DeviceInfo& info() const override { return m_device->profile().info; }
    Result<Tensor> allocate(DType type, Shape shape, MemoryKind kind, std::string_view label) override;
    Result<Tensor> adoptWeights(DType type, Shape shape, std::span<const std::byte> bytes,
                                std::shared_ptr<const void> keepAlive, std::string_view label) override;
    Result<std::vector<Tensor>> adoptExperts(DType type, Shape shape, std::span<const std::span<const std::byte>> experts,
                                             std::shared_ptr<const void> keepAlive, std::string_view label) override;
    Result<void> write(const Tensor& tensor, std::span<const std::byte> bytes) override;
    Result<void> read(const Tensor& tensor, std::span<std::byte> bytes) override;
    [[nodiscard]] std::byte* hostPointer(const Tensor& tensor) override;
    Result<std::unique_ptr<Program>> record(std::string_view label, const std::function<void(Ops&)>& body) override;
    Result<void> run(Program& program) override;
    [[nodiscard]] double lastRunSeconds() const override { return m_lastRunSeconds; }
    [[nodiscard]] std::uint64_t allocatedBytes() const override { return m_arena->heldBytes(); }

private:
    VulkanOptions m_options;
    std::shared_ptr<Device> m_device;
    std::shared_ptr<Submission> m_submission;
    std::shared_ptr<KernelCache> m_kernels;
    std::shared_ptr<MemoryArena> m_arena;
    std::unique_ptr<Transfer> m_transfer;
    std::uint64_t m_bindingLimit = 0;
    double m_lastRunSeconds = 0;
};

std::vector<DeviceProfile> usableDevices(const Instance& instance) {
    std::vector<DeviceProfile> profiles;
    for (const VkPhysicalDevice device : instance.physicalDevices())
        if (auto profile = profileOf(device)) profiles.push_back(std::move(*profile));
    return profiles;
}

Tensor tensorIn(std::shared_ptr<DeviceBuffer> buffer, DType type, const Shape& shape) {
    Tensor tensor;
    tensor.buffer = std::move(buffer);
    tensor.dtype = type;
    tensor.shape = shape;
    tensor.rowStride = tensor.cols();
    return tensor;
}

/// The buffer behind a tensor that is to be moved as a whole.
Result<DeviceBuffer*> wholeRange(const Tensor& tensor, std::size_t bytes) {
    auto* const buffer = dynamic_cast<DeviceBuffer*>(tensor.buffer.get());
    if (!buffer) return Error{ErrorCode::InvalidArgument, "the tensor does not belong to the Vulkan backend"};
    if (!tensor.contiguous()) return Error{ErrorCode::InvalidArgument, "only contiguous tensors are transferred"};
    if (tensor.bytes() != bytes || tensor.offset + bytes > buffer->size)
        return Error{ErrorCode::InvalidArgument, "a tensor " + tensor.shape.text() + " has " +
                                                     std::to_string(tensor.bytes()) + " bytes, not " +
                                                     std::to_string(bytes)};
    return buffer;
}

Result<std::unique_ptr<Backend>> VulkanBackend::create(const VulkanOptions& options) {
    MS_TRY(auto instance, Instance::shared(options.validation));
    std::vector<DeviceProfile> profiles = usableDevices(*instance);
    if (options.deviceIndex < 0 || static_cast<std::size_t>(options.deviceIndex) >= profiles.size())
        return Error{ErrorCode::NotFound, "there is no Vulkan device " + std::to_string(options.deviceIndex) + "; " +
                                              std::to_string(profiles.size()) + " found"};
    DeviceProfile& profile = profiles[static_cast<std::size_t>(options.deviceIndex)];
    profile.pushDescriptors = profile.pushDescriptors && options.pushDescriptors;

    auto backend = std::make_unique<VulkanBackend>();
    backend->m_options = options;
    MS_TRY(backend->m_device, Device::create(std::move(instance), profile));
    MS_TRY(backend->m_submission, Submission::create(backend->m_device));
    backend->m_kernels = std::make_shared<KernelCache>(backend->m_device);
    backend->m_arena = std::make_shared<MemoryArena>(backend->m_device, options.memoryLimitBytes);
    backend->m_transfer = std::make_unique<Transfer>(backend->m_submission, backend->m_arena);
    // A binding starts at an aligned address before its tensor and ends at a multiple of 16 bytes behind it.
    const std::uint64_t padding = profile.bindingAlignment + 16;
    backend->m_bindingLimit = profile.maxBindingBytes - padding;
    if (options.bindingLimitBytes != 0)
        backend->m_bindingLimit = std::min(backend->m_bindingLimit, options.bindingLimitBytes);
    return std::unique_ptr<Backend>(std::move(backend));
}

Result<Tensor> VulkanBackend::allocate(DType type, Shape shape, MemoryKind kind, std::string_view label) {
    Tensor tensor = tensorIn(nullptr, type, shape);
    MS_TRY(auto buffer, m_arena->allocate(kind, tensor.bytes(), label));
    MS_CHECK(m_transfer->zero(*buffer));
    tensor.buffer = std::move(buffer);
    return tensor;
}

Result<Tensor> VulkanBackend::adoptWeights(DType type, Shape shape, std::span<const std::byte> bytes,
                                           std::shared_ptr<const void>, std::string_view label) {
    Tensor tensor = tensorIn(nullptr, type, shape);
    if (tensor.bytes() != bytes.size())
        return Error{ErrorCode::InvalidArgument, "'" + std::string(label) + "': " + std::to_string(bytes.size()) +
                                                     " bytes for a tensor " + shape.text()};
    MS_TRY(auto buffer, m_arena->allocate(MemoryKind::Device, tensor.bytes(), label));
    MS_CHECK(m_transfer->write(*buffer, 0, bytes));
    tensor.buffer = std::move(buffer);
    return tensor;
}

Result<std::vector<Tensor>> VulkanBackend::adoptExperts(DType type, Shape shape,
                                                        std::span<const std::span<const std::byte>> experts,
                                                        std::shared_ptr<const void>, std::string_view label) {
    Tensor tensor = tensorIn(nullptr, type, shape);
    const std::uint64_t each = tensor.bytes();
    MS_TRY(auto buffer, m_arena->allocate(MemoryKind::Device, each * experts.size(), label));
    std::vector<Tensor> tensors;
    for (const auto bytes : experts) {
        if (bytes.size() != each)
            return Error{ErrorCode::InvalidArgument, "'" + std::string(label) + "': " + std::to_string(bytes.size()) +
                                                         " bytes for an expert " + shape.text()};
        tensor.offset = tensors.size() * each;
        MS_CHECK(m_transfer->write(*buffer, tensor.offset, bytes));
        tensors.push_back(tensor);
    }
    for (Tensor& expert : tensors) expert.buffer = buffer;
    return tensors;
}

Result<void> VulkanBackend::write(const Tensor& tensor, std::span<const std::byte> bytes) {
    MS_TRY(DeviceBuffer* const buffer, wholeRange(tensor, bytes.size()));
    return m_transfer->write(*buffer, tensor.offset, bytes);
}

Result<void> VulkanBackend::read(const Tensor& tensor, std::span<std::byte> bytes) {
    MS_TRY(DeviceBuffer* const buffer, wholeRange(tensor, bytes.size()));
    return m_transfer->read(*buffer, tensor.offset, bytes);
}

std::byte* VulkanBackend::hostPointer(const Tensor& tensor) {
    const auto* const buffer = dynamic_cast<const DeviceBuffer*>(tensor.buffer.get());
    if (!buffer || buffer->kind == MemoryKind::Device) return nullptr;
    return buffer->mapped + tensor.offset;
}

Result<std::unique_ptr<Program>> VulkanBackend::record(std::string_view label, const std::function<void(Ops&)>& body) {
    auto program = std::make_unique<VulkanProgram>(m_submission, m_kernels);
    MS_CHECK(program->begin());
    Recorder recorder(*program, *m_kernels, *m_arena, m_device->profile(), m_bindingLimit);
    DecodeFusion ops(recorder, m_options);
    body(ops);
    ops.flush();
    if (!recorder.status()) return recorder.status().error().within(std::string(label));
    MS_CHECK(program->end());
    return std::unique_ptr<Program>(std::move(program));
}

Result<void> VulkanBackend::run(Program& program) {
    auto* const recorded = dynamic_cast<VulkanProgram*>(&program);
    if (!recorded) return Error{ErrorCode::InvalidArgument, "the program does not belong to the Vulkan backend"};
    MS_TRY(m_lastRunSeconds, recorded->run());
    return {};
}

}  // namespace

std::vector<DeviceInfo> listVulkanDevices() {
    const auto instance = Instance::any();
    std::vector<DeviceInfo> devices;
    if (!instance) return devices;
    for (DeviceProfile& profile : usableDevices(**instance)) devices.push_back(std::move(profile.info));
    return devices;
}

Result<std::unique_ptr<Backend>> createVulkanBackend(const VulkanOptions& options) {
    return VulkanBackend::create(options);
}

}  // namespace ms
