// One logical device with its compute queue. Destroyed last: everything made from it holds a shared pointer.
#pragma once

#include <volk.h>

#include <memory>

#include "engine/base/result.h"
#include "engine/vulkan/device_profile.h"
#include "engine/vulkan/instance.h"

namespace ms {

class Device {
public:
    static Result<std::shared_ptr<Device>> create(std::shared_ptr<Instance> instance, const DeviceProfile& profile);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    [[nodiscard]] VkDevice handle() const { return m_handle; }
    [[nodiscard]] VkQueue queue() const { return m_queue; }
    /// Entry points of this device, without the loader's detour.
    [[nodiscard]] const VolkDeviceTable& vk() const { return m_table; }
    [[nodiscard]] const DeviceProfile& profile() const { return m_profile; }

private:
    Device(std::shared_ptr<Instance> instance, const DeviceProfile& profile)
        : m_instance(std::move(instance)), m_profile(profile) {}

    std::shared_ptr<Instance> m_instance;
    DeviceProfile m_profile;
    VkDevice m_handle = VK_NULL_HANDLE;
    VkQueue m_queue = VK_NULL_HANDLE;
    VolkDeviceTable m_table{};
};

}  // namespace ms
