#include "engine/vulkan/device.h"

#include "engine/vulkan/vulkan_error.h"

namespace ms {

Result<std::shared_ptr<Device>> Device::create(std::shared_ptr<Instance> instance, const DeviceProfile& profile) {
    std::shared_ptr<Device> device(new Device(std::move(instance), profile));

    const float priority = 1.0f;
    VkDeviceQueueCreateInfo queue{};
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueFamilyIndex = profile.queueFamily;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;

    VkPhysicalDeviceVulkan11Features v11{};
    v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    v11.storageBuffer16BitAccess = profile.storage16 ? VK_TRUE : VK_FALSE;
    VkPhysicalDeviceSubgroupSizeControlFeaturesEXT sizes{};
    sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT;
    sizes.subgroupSizeControl = VK_TRUE;
    if (profile.pinSubgroupSize) v11.pNext = &sizes;

    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.pNext = &v11;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<std::uint32_t>(profile.extensions.size());
    info.ppEnabledExtensionNames = profile.extensions.data();
    MS_VK(vkCreateDevice(profile.handle, &info, nullptr, &device->m_handle), "opening " + profile.info.name);

    volkLoadDeviceTable(&device->m_table, device->m_handle);
    device->m_table.vkGetDeviceQueue(device->m_handle, profile.queueFamily, 0, &device->m_queue);
    return device;
}

Device::~Device() {
    if (!m_handle) return;
    m_table.vkDeviceWaitIdle(m_handle);
    m_table.vkDestroyDevice(m_handle, nullptr);
}

}  // namespace ms
