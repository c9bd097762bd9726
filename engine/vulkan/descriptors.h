// Hands a dispatch its buffers: push descriptors where the device has them, else sets from pools that the program keeps.
#pragma once

#include <volk.h>

#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/vulkan/device.h"
#include "engine/vulkan/kernel.h"

namespace ms {

/// What one slot of a dispatch refers to.
struct Descriptor {
    VkBuffer buffer = VK_NULL_HANDLE;
    VkDeviceSize offset = 0;  ///< aligned
    VkDeviceSize range = 0;
    VkFormat format = VK_FORMAT_UNDEFINED;  ///< of a texel buffer
};

class Descriptors {
public:
    explicit Descriptors(std::shared_ptr<Device> device) : m_device(std::move(device)) {}
    ~Descriptors();
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;

    /// slots[i] is what binding i refers to.
    Result<void> bind(VkCommandBuffer commands, const Kernel& kernel, std::span<const Descriptor> slots);

private:
    Result<VkDescriptorSet> allocate(const Kernel& kernel);
    Result<VkBufferView> view(const Descriptor& descriptor);

    std::shared_ptr<Device> m_device;
    std::vector<VkDescriptorPool> m_pools;
    std::vector<VkBufferView> m_views;
};

}  // namespace ms
