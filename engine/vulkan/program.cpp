#include "engine/vulkan/program.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

constexpr auto kKernels = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
constexpr auto kHost = VK_PIPELINE_STAGE_HOST_BIT;
constexpr auto kTransfer = VK_PIPELINE_STAGE_TRANSFER_BIT;

}  // namespace

VulkanProgram::VulkanProgram(std::shared_ptr<Submission> submission, std::shared_ptr<KernelCache> kernels)
    : m_submission(std::move(submission)), m_kernels(std::move(kernels)), m_descriptors(m_submission->device()) {}

VulkanProgram::~VulkanProgram() {
    const Device& device = *m_submission->device();
    if (m_commands) m_submission->release(m_commands);
    device.vk().vkDestroyQueryPool(device.handle(), m_timestamps, nullptr);
}

Result<void> VulkanProgram::begin() {
    const Device& device = *m_submission->device();
    MS_TRY(m_commands, m_submission->begin(false));
    if (device.profile().timestamps) {
        VkQueryPoolCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
        info.queryType = VK_QUERY_TYPE_TIMESTAMP;
        info.queryCount = 2;
        MS_VK(device.vk().vkCreateQueryPool(device.handle(), &info, nullptr, &m_timestamps), "creating a query pool");
        device.vk().vkCmdResetQueryPool(m_commands, m_timestamps, 0, 2);
        device.vk().vkCmdWriteTimestamp(m_commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, m_timestamps, 0);
    }
    VkMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_HOST_WRITE_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
    device.vk().vkCmdPipelineBarrier(m_commands, kHost | kKernels | kTransfer, kKernels, 0, 1, &barrier, 0, nullptr, 0,
                                     nullptr);
    return {};
}

Result<void> VulkanProgram::end() {
    const Device& device = *m_submission->device();
    VkMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;
    device.vk().vkCmdPipelineBarrier(m_commands, kKernels, kHost | kTransfer, 0, 1, &barrier, 0, nullptr, 0, nullptr);
    if (m_timestamps)
        device.vk().vkCmdWriteTimestamp(m_commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, m_timestamps, 1);
    MS_VK(device.vk().vkEndCommandBuffer(m_commands), "recording commands");
    return {};
}

Result<double> VulkanProgram::run() {
    const Device& device = *m_submission->device();
    const auto start = std::chrono::steady_clock::now();
    MS_CHECK(m_submission->run(m_commands));
    if (!m_timestamps) return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::array<std::uint64_t, 2> ticks{};
    MS_VK(device.vk().vkGetQueryPoolResults(device.handle(), m_timestamps, 0, 2, sizeof ticks, ticks.data(), 8,
                                            VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
          "reading timestamps");
    return static_cast<double>(ticks[1] - ticks[0]) * device.profile().timestampSeconds;
}

void VulkanProgram::keepAlive(std::shared_ptr<Buffer> buffer) {
    const auto at = std::lower_bound(m_buffers.begin(), m_buffers.end(), buffer);
    if (at == m_buffers.end() || *at != buffer) m_buffers.insert(at, std::move(buffer));
}

}  // namespace ms
