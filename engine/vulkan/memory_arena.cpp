#include "engine/vulkan/memory_arena.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

constexpr VkDeviceSize kMiB = 1024 * 1024;
constexpr VkDeviceSize kTransferBlock = 4 * kMiB;
constexpr VkDeviceSize kSmallestBlock = 16 * kMiB;
constexpr VkDeviceSize kLargestBlock = 256 * kMiB;

constexpr VkBufferUsageFlags kUsage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
                                      VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;

std::string megabytes(std::uint64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

/// Best type for a kind among those the buffer may use: `must` bits, then as many of the preferred ones as possible.
std::optional<std::uint32_t> memoryType(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed,
                                        MemoryKind kind) {
    constexpr auto host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    const VkMemoryPropertyFlags must = kind == MemoryKind::Device ? VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT : host;
    const VkMemoryPropertyFlags wished = kind == MemoryKind::Readback ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : 0;
    const VkMemoryPropertyFlags shunned = kind == MemoryKind::Device     ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT
                                          : kind == MemoryKind::Readback ? VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT
                                                                         : 0;
    std::optional<std::uint32_t> best;
    int bestScore = -1;
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        const VkMemoryPropertyFlags flags = memory.memoryTypes[i].propertyFlags;
        const VkMemoryPropertyFlags special = VK_MEMORY_PROPERTY_PROTECTED_BIT | VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT;
        if ((allowed >> i & 1u) == 0 || (flags & must) != must || (flags & special) != 0) continue;
        const int score = ((flags & wished) == wished ? 2 : 0) + ((flags & shunned) == 0 ? 1 : 0);
        if (score > bestScore) {
            best = i;
            bestScore = score;
        }
    }
    return best;
}

/// Software devices live in main memory and do not enforce their heap's size: ask the system.
std::uint64_t availableMainMemory() {
    std::ifstream file("/proc/meminfo");
    std::string key, unit;
    std::uint64_t kilobytes = 0;
    while (file >> key >> kilobytes >> unit)
        if (key == "MemAvailable:") return kilobytes * 1024;
    return UINT64_MAX;
}

}  // namespace

DeviceBuffer::~DeviceBuffer() { m_arena->give(*this); }

MemoryArena::MemoryArena(std::shared_ptr<Device> device, std::uint64_t limitBytes)
    : m_device(std::move(device)),
      m_limit(limitBytes),
      m_alignment(std::max<VkDeviceSize>(256, m_device->profile().bindingAlignment)) {}

MemoryArena::~MemoryArena() {
    for (Block& block : m_blocks) destroy(block);
}

Result<std::shared_ptr<DeviceBuffer>> MemoryArena::allocate(MemoryKind kind, std::uint64_t bytes,
                                                            std::string_view label) {
    if (bytes > UINT64_MAX / 2) return Error{ErrorCode::InvalidArgument, std::string(label) + ": absurd size"};
    const VkDeviceSize size = (std::max<VkDeviceSize>(bytes, 1) + m_alignment - 1) / m_alignment * m_alignment;
    Block* home = nullptr;
    std::optional<std::uint64_t> offset;
    for (Block& block : m_blocks) {
        if (block.kind != kind || !(offset = block.space.take(size))) continue;
        home = &block;
        break;
    }
    if (!home) {
        MS_TRY(home, addBlock(kind, size, label));
        offset = home->space.take(size);
    }
    auto buffer = std::make_shared<DeviceBuffer>();
    buffer->block = home->buffer;
    buffer->offset = *offset;
    buffer->size = size;
    buffer->mapped = home->mapped ? home->mapped + *offset : nullptr;
    buffer->kind = kind;
    buffer->m_block = home;
    buffer->m_arena = shared_from_this();
    return buffer;
}

Result<MemoryArena::Block*> MemoryArena::addBlock(MemoryKind kind, VkDeviceSize atLeast, std::string_view label) {
    const VolkDeviceTable& vk = m_device->vk();
    const DeviceProfile& profile = m_device->profile();
    VkDeviceSize size = kind == MemoryKind::Device ? std::clamp<VkDeviceSize>(m_held, kSmallestBlock, kLargestBlock)
                                                   : kTransferBlock;
    if (atLeast > size / 2) size = atLeast;  // large tensors get a block of their own

    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.usage = kUsage;
    const auto outOfMemory = [&](std::uint64_t available) {
        return Error{ErrorCode::OutOfMemory, "out of memory on " + profile.info.name + ": '" + std::string(label) +
                                                 "' wants " + megabytes(atLeast) + ", " + megabytes(available) + " left"};
    };
    if (atLeast > profile.maxAllocationBytes)
        return Error{ErrorCode::OutOfMemory, "'" + std::string(label) + "' wants " + megabytes(atLeast) + ", but " +
                                                 profile.info.name + " allocates at most " +
                                                 megabytes(profile.maxAllocationBytes) + " at once"};

    // First the comfortable size, then just what is needed.
    std::uint64_t available = 0;
    for (const VkDeviceSize wanted : std::array{size, atLeast}) {
        Block block{.kind = kind, .size = wanted, .space = FreeList(wanted)};
        info.size = wanted;
        MS_VK(vk.vkCreateBuffer(m_device->handle(), &info, nullptr, &block.buffer), "creating a buffer");
        VkMemoryRequirements requirements{};
        vk.vkGetBufferMemoryRequirements(m_device->handle(), block.buffer, &requirements);
        const auto type = memoryType(profile.memory, requirements.memoryTypeBits, kind);
        if (!type) {
            destroy(block);
            return Error{ErrorCode::Device, profile.info.name + " has no memory of the kind needed"};
        }
        available = left(profile.memory.memoryTypes[*type].heapIndex);
        VkMemoryAllocateInfo allocation{};
        allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
        allocation.allocationSize = requirements.size;
        allocation.memoryTypeIndex = *type;
        const bool hostVisible =
            (profile.memory.memoryTypes[*type].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0 &&
            (profile.memory.memoryTypes[*type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) != 0;
        void* mapped = nullptr;
        if (wanted > available ||
            vk.vkAllocateMemory(m_device->handle(), &allocation, nullptr, &block.memory) != VK_SUCCESS ||
            vk.vkBindBufferMemory(m_device->handle(), block.buffer, block.memory, 0) != VK_SUCCESS ||
            (hostVisible && vk.vkMapMemory(m_device->handle(), block.memory, 0, VK_WHOLE_SIZE, 0, &mapped) != VK_SUCCESS)) {
            destroy(block);
            continue;
        }
        block.mapped = static_cast<std::byte*>(mapped);
        m_held += wanted;
        m_blocks.push_back(std::move(block));
        return &m_blocks.back();
    }
    return outOfMemory(available);
}

std::uint64_t MemoryArena::left(std::uint32_t heap) const {
    const DeviceProfile& profile = m_device->profile();
    std::uint64_t available = profile.memory.memoryHeaps[heap].size;
    if (profile.memoryBudget) {
        VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{};
        budget.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT;
        VkPhysicalDeviceMemoryProperties2 properties{};
        properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2;
        properties.pNext = &budget;
        vkGetPhysicalDeviceMemoryProperties2(profile.handle, &properties);
        available = budget.heapBudget[heap] - std::min(budget.heapBudget[heap], budget.heapUsage[heap]);
    } else {
        available -= std::min(available, m_held);
    }
    if (profile.software()) available = std::min(available, availableMainMemory());
    if (m_limit != 0) available = std::min(available, m_limit - std::min(m_limit, m_held));
    return available;
}

void MemoryArena::destroy(Block& block) {
    const VolkDeviceTable& vk = m_device->vk();
    vk.vkDestroyBuffer(m_device->handle(), block.buffer, nullptr);
    vk.vkFreeMemory(m_device->handle(), block.memory, nullptr);
}

void MemoryArena::give(const DeviceBuffer& buffer) {
    const auto block = std::find_if(m_blocks.begin(), m_blocks.end(), [&](const Block& b) { return &b == buffer.m_block; });
    block->space.give(buffer.offset, buffer.size);
    if (!block->space.allFree()) return;
    m_held -= block->size;
    destroy(*block);
    m_blocks.erase(block);
}

}  // namespace ms
