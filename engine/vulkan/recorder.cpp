#include "engine/vulkan/recorder.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ms {

namespace {

constexpr VkDeviceSize roundUp(VkDeviceSize value, VkDeviceSize unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Bound Recorder::bind(const Tensor& tensor, const Bound& instead) {
    if (!tensor) return instead;
    const auto buffer = std::dynamic_pointer_cast<DeviceBuffer>(tensor.buffer);
    if (!buffer) {
        fail({ErrorCode::InvalidArgument, "a tensor of another backend was passed to the Vulkan backend"});
        return instead;
    }
    m_program.keepAlive(buffer);
    const VkDeviceSize start = buffer->offset + tensor.offset;
    Bound bound;
    bound.descriptor.buffer = buffer->block;
    bound.descriptor.offset = start / m_profile.bindingAlignment * m_profile.bindingAlignment;
    // Whole groups of 16 bytes: kernels read halves as words and rows as vec4. Allocations are padded.
    bound.descriptor.range = roundUp(start + tensor.spanBytes() - bound.descriptor.offset, 16);
    // Blocks of a quantised type need not fit the alignment: their kernels count bytes.
    const std::size_t unit = isQuantised(tensor.dtype) ? 1 : byteSize(tensor.dtype);
    bound.first = static_cast<std::uint32_t>((start - bound.descriptor.offset) / unit);
    bound.stride = static_cast<std::uint32_t>(tensor.rowStride);
    if (tensor.offset + tensor.spanBytes() > buffer->size)
        fail({ErrorCode::InvalidArgument, "a view " + tensor.shape.text() + " reaches past its buffer"});
    if (bound.descriptor.range > m_bindingLimit + m_profile.bindingAlignment + 16)
        fail({ErrorCode::Unsupported, "one row of a tensor " + tensor.shape.text() + " is longer than the " +
                                          std::to_string(m_bindingLimit) + " bytes that " + m_profile.info.name +
                                          " binds at once"});
    return bound;
}

Bound Recorder::scratch(int which, std::uint64_t bytes) {
    auto& buffer = m_scratch[static_cast<std::size_t>(which)];
    if (!buffer || buffer->size < bytes) {
        auto allocated = m_arena.allocate(MemoryKind::Device, bytes, "scratch of a kernel");
        if (!allocated) {
            fail(allocated.error());
            return {};
        }
        buffer = std::move(*allocated);
    }
    Tensor tensor;
    tensor.buffer = buffer;
    tensor.shape = {static_cast<std::int64_t>(bytes / sizeof(float))};
    return bind(tensor);
}

std::int64_t Recorder::rowsPerBinding(const Tensor& tensor) const {
    if (!tensor || tensor.rows() <= 1 || tensor.rowStride <= 0) return INT64_MAX;
    const auto elements = static_cast<std::int64_t>(m_bindingLimit / blockBytes(tensor.dtype) * blockElements(tensor.dtype));
    return std::max<std::int64_t>(1, (elements - tensor.cols()) / tensor.rowStride + 1);
}

void Recorder::fail(Error error) {
    if (m_status) m_status = std::move(error);
}

void Recorder::record(std::string_view kernel, const Specialization& constants, std::span<const Bound> slots,
                      const void* params, std::size_t paramBytes, std::uint64_t x, std::uint64_t y) {
    if (!m_status || x == 0) return;
    if (const auto before = std::exchange(m_beforeNext, {})) before();
    if (auto result = tryRecord(kernel, constants, slots, params, paramBytes, x, y); !result) fail(result.error());
}

Result<void> Recorder::tryRecord(std::string_view name, const Specialization& constants, std::span<const Bound> slots,
                                 const void* params, std::size_t paramBytes, std::uint64_t x, std::uint64_t y) {
    if (y == 0) {
        y = (x + m_profile.maxGroups - 1) / m_profile.maxGroups;
        x = (x + y - 1) / y;
    }
    if (x > m_profile.maxGroups || y > m_profile.maxGroups)
        return Error{ErrorCode::Unsupported, "kernel " + std::string(name) + " needs more workgroups than " +
                                                 m_profile.info.name + " dispatches at once; use shorter chunks"};
    MS_TRY(Kernel* const kernel, m_kernels.kernel(name, paramBytes));
    MS_TRY(const VkPipeline pipeline, m_kernels.pipeline(*kernel, constants));
    const VolkDeviceTable& vk = m_program.table();
    const VkCommandBuffer commands = m_program.commands();

    waitForHazards(*kernel, slots);
    if (pipeline != m_boundPipeline) vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    m_boundPipeline = pipeline;
    std::vector<Descriptor> descriptors(slots.size());
    std::transform(slots.begin(), slots.end(), descriptors.begin(), [](const Bound& b) { return b.descriptor; });
    MS_CHECK(m_program.descriptors().bind(commands, *kernel, descriptors));
    vk.vkCmdPushConstants(commands, kernel->layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                          static_cast<std::uint32_t>(paramBytes), params);
    vk.vkCmdDispatch(commands, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 1);
    m_program.countDispatch();
    return {};
}

void Recorder::waitForHazards(const Kernel& kernel, std::span<const Bound> slots) {
    std::vector<Access> accesses;
    for (const ReflectedBinding& binding : kernel.reflection().bindings) {
        if (binding.slot >= slots.size()) continue;
        const Descriptor& d = slots[binding.slot].descriptor;
        accesses.push_back({d.buffer, d.offset, d.offset + d.range, binding.reads, binding.writes});
    }
    if (m_hazards.conflicts(accesses)) {
        VkMemoryBarrier barrier{};
        barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
        barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
        m_program.table().vkCmdPipelineBarrier(m_program.commands(), VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                                               VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, nullptr, 0,
                                               nullptr);
        m_hazards.clear();
    }
    m_hazards.add(accesses);
}

}  // namespace ms
