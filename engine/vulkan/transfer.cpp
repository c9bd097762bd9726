#include "engine/vulkan/transfer.h"

#include <algorithm>
#include <cstring>

namespace ms {

namespace {

constexpr std::size_t kStagingBytes = 32u << 20;

}  // namespace

Result<void> Transfer::zero(DeviceBuffer& buffer) {
    if (buffer.mapped) {
        std::memset(buffer.mapped, 0, buffer.size);
        return {};
    }
    return m_submission->runOnce([&](VkCommandBuffer commands) {
        m_submission->device()->vk().vkCmdFillBuffer(commands, buffer.block, buffer.offset, buffer.size, 0);
    });
}

Result<void> Transfer::write(DeviceBuffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    if (buffer.mapped) {
        std::memcpy(buffer.mapped + offset, bytes.data(), bytes.size());
        return {};
    }
    MS_TRY(const auto staging, m_arena->allocate(MemoryKind::Upload, std::min(bytes.size(), kStagingBytes), "upload"));
    for (std::size_t at = 0; at < bytes.size(); at += kStagingBytes) {
        const std::size_t size = std::min(kStagingBytes, bytes.size() - at);
        std::memcpy(staging->mapped, bytes.data() + at, size);
        MS_CHECK(copy(*staging, 0, buffer, offset + at, size));
    }
    return {};
}

Result<void> Transfer::read(const DeviceBuffer& buffer, std::uint64_t offset, std::span<std::byte> bytes) {
    if (bytes.empty()) return {};
    if (buffer.mapped) {
        std::memcpy(bytes.data(), buffer.mapped + offset, bytes.size());
        return {};
    }
    MS_TRY(const auto staging, m_arena->allocate(MemoryKind::Readback, std::min(bytes.size(), kStagingBytes), "download"));
    for (std::size_t at = 0; at < bytes.size(); at += kStagingBytes) {
        const std::size_t size = std::min(kStagingBytes, bytes.size() - at);
        MS_CHECK(copy(buffer, offset + at, *staging, 0, size));
        std::memcpy(bytes.data() + at, staging->mapped, size);
    }
    return {};
}

Result<void> Transfer::copy(const DeviceBuffer& from, std::uint64_t fromOffset, const DeviceBuffer& to,
                            std::uint64_t toOffset, std::uint64_t size) {
    return m_submission->runOnce([&](VkCommandBuffer commands) {
        const VolkDeviceTable& vk = m_submission->device()->vk();
        VkMemoryBarrier barrier{};
        barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
        barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
        vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                                VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &barrier, 0, nullptr, 0, nullptr);
        const VkBufferCopy region{from.offset + fromOffset, to.offset + toOffset, size};
        vk.vkCmdCopyBuffer(commands, from.block, to.block, 1, &region);
        barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
        vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0,
                                nullptr, 0, nullptr);
    });
}

}  // namespace ms
