// Device memory: a few large blocks, one VkBuffer over each, tensors are ranges of them.
#pragma once

#include <volk.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>

#include "engine/backend/backend.h"
#include "engine/vulkan/device.h"
#include "engine/vulkan/free_list.h"

namespace ms {

class MemoryArena;

/// A range of a block; given back to the arena when the last tensor goes.
class DeviceBuffer final : public Buffer {
public:
    ~DeviceBuffer() override;

    VkBuffer block = VK_NULL_HANDLE;
    VkDeviceSize offset = 0;   ///< within the block's buffer
    VkDeviceSize size = 0;     ///< rounded up to the arena's alignment
    std::byte* mapped = nullptr;  ///< null unless the host sees this memory
    MemoryKind kind = MemoryKind::Device;

private:
    friend class MemoryArena;
    std::shared_ptr<MemoryArena> m_arena;
    void* m_block = nullptr;
};

class MemoryArena : public std::enable_shared_from_this<MemoryArena> {
public:
    /// limitBytes 0: what the device has.
    MemoryArena(std::shared_ptr<Device> device, std::uint64_t limitBytes);
    ~MemoryArena();
    MemoryArena(const MemoryArena&) = delete;
    MemoryArena& operator=(const MemoryArena&) = delete;

    /// Memory with whatever content. OutOfMemory names `label`, the size wanted and what is left.
    Result<std::shared_ptr<DeviceBuffer>> allocate(MemoryKind kind, std::uint64_t bytes, std::string_view label);

    [[nodiscard]] std::uint64_t heldBytes() const { return m_held; }

private:
    friend class DeviceBuffer;
    struct Block {
        MemoryKind kind;
        VkDeviceSize size = 0;
        FreeList space;
        VkDeviceMemory memory = VK_NULL_HANDLE;
        VkBuffer buffer = VK_NULL_HANDLE;
        std::byte* mapped = nullptr;
    };

    Result<Block*> addBlock(MemoryKind kind, VkDeviceSize atLeast, std::string_view label);
    void destroy(Block& block);
    void give(const DeviceBuffer& buffer);
    /// Bytes that may still be allocated from this heap.
    [[nodiscard]] std::uint64_t left(std::uint32_t heap) const;

    std::shared_ptr<Device> m_device;
    std::uint64_t m_limit;
    std::uint64_t m_held = 0;
    VkDeviceSize m_alignment;
    std::list<Block> m_blocks;
};

}  // namespace ms
