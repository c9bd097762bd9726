// The loader, one VkInstance, and the validation layer's voice.
#pragma once

#include <volk.h>

#include <memory>
#include <vector>

#include "engine/base/result.h"

namespace ms {

class Instance {
public:
    /// NotFound when no Vulkan loader is installed; Unsupported when validation is asked for but not installed.
    static Result<std::shared_ptr<Instance>> create(bool validation);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    [[nodiscard]] std::vector<VkPhysicalDevice> physicalDevices() const;

private:
    explicit Instance(VkInstance handle) : m_handle(handle) {}

    VkInstance m_handle;
    VkDebugUtilsMessengerEXT m_messenger = VK_NULL_HANDLE;
};

}  // namespace ms
