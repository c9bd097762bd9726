#include "engine/vulkan/descriptors.h"

#include <array>

#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

constexpr std::uint32_t kSetsPerPool = 128;
constexpr std::uint32_t kBuffersPerSet = 16;
constexpr std::uint32_t kTexelBuffersPerSet = 8;

}  // namespace

Descriptors::~Descriptors() {
    for (const VkBufferView view : m_views) m_device->vk().vkDestroyBufferView(m_device->handle(), view, nullptr);
    for (const VkDescriptorPool pool : m_pools) m_device->vk().vkDestroyDescriptorPool(m_device->handle(), pool, nullptr);
}

Result<void> Descriptors::bind(VkCommandBuffer commands, const Kernel& kernel, std::span<const Descriptor> slots) {
    const auto& bindings = kernel.reflection().bindings;
    std::vector<VkDescriptorBufferInfo> buffers(bindings.size());
    std::vector<VkBufferView> views(bindings.size());
    std::vector<VkWriteDescriptorSet> writes(bindings.size());
    for (std::size_t i = 0; i < bindings.size(); ++i) {
        if (bindings[i].slot >= slots.size())
            return Error{ErrorCode::Internal, "kernel " + kernel.name() + " was given too few buffers"};
        const Descriptor& slot = slots[bindings[i].slot];
        writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
        writes[i].dstBinding = bindings[i].slot;
        writes[i].descriptorCount = 1;
        if (bindings[i].texel) {
            MS_TRY(views[i], view(slot));
            writes[i].descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
            writes[i].pTexelBufferView = &views[i];
        } else {
            buffers[i] = {slot.buffer, slot.offset, slot.range};
            writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
            writes[i].pBufferInfo = &buffers[i];
        }
    }
    const auto count = static_cast<std::uint32_t>(writes.size());
    const VolkDeviceTable& vk = m_device->vk();
    if (m_device->profile().pushDescriptors) {
        vk.vkCmdPushDescriptorSetKHR(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout(), 0, count, writes.data());
        return {};
    }
    MS_TRY(const VkDescriptorSet set, allocate(kernel));
    for (VkWriteDescriptorSet& write : writes) write.dstSet = set;
    vk.vkUpdateDescriptorSets(m_device->handle(), count, writes.data(), 0, nullptr);
    vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout(), 0, 1, &set, 0, nullptr);
    return {};
}

Result<VkDescriptorSet> Descriptors::allocate(const Kernel& kernel) {
    const VolkDeviceTable& vk = m_device->vk();
    const VkDescriptorSetLayout layout = kernel.setLayout();
    VkDescriptorSetAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    info.descriptorSetCount = 1;
    info.pSetLayouts = &layout;
    VkDescriptorSet set = VK_NULL_HANDLE;
    if (!m_pools.empty()) {
        info.descriptorPool = m_pools.back();
        if (vk.vkAllocateDescriptorSets(m_device->handle(), &info, &set) == VK_SUCCESS) return set;
    }
    const std::array sizes{
        VkDescriptorPoolSize{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kSetsPerPool * kBuffersPerSet},
        VkDescriptorPoolSize{VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, kSetsPerPool * kTexelBuffersPerSet}};
    VkDescriptorPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    pool.maxSets = kSetsPerPool;
    pool.poolSizeCount = static_cast<std::uint32_t>(sizes.size());
    pool.pPoolSizes = sizes.data();
    MS_VK(vk.vkCreateDescriptorPool(m_device->handle(), &pool, nullptr, &info.descriptorPool),
          "creating a descriptor pool");
    m_pools.push_back(info.descriptorPool);
    MS_VK(vk.vkAllocateDescriptorSets(m_device->handle(), &info, &set), "allocating descriptors");
    return set;
}

Result<VkBufferView> Descriptors::view(const Descriptor& descriptor) {
    VkBufferViewCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO;
    info.buffer = descriptor.buffer;
    info.format = descriptor.format;
    info.offset = descriptor.offset;
    info.range = descriptor.range;
    VkBufferView view = VK_NULL_HANDLE;
    MS_VK(m_device->vk().vkCreateBufferView(m_device->handle(), &info, nullptr, &view), "creating a buffer view");
    m_views.push_back(view);
    return view;
}

}  // namespace ms
