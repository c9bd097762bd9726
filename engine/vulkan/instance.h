// The loader, the process's VkInstances, and the validation layer's voice.
#pragma once

#include <volk.h>

#include <memory>
#include <vector>

#include "engine/base/result.h"

namespace ms {

class Instance {
public:
    /// The one instance with or without validation, made where nobody holds it: drivers refuse to make dozens in one
    /// process. NotFound when no Vulkan loader is installed; Unsupported when validation is asked for but not installed.
    static Result<std::shared_ptr<Instance>> shared(bool validation);
    /// Whichever is there already, else one without validation: enough to look at devices.
    static Result<std::shared_ptr<Instance>> any();
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    [[nodiscard]] std::vector<VkPhysicalDevice> physicalDevices() const;

private:
    Instance(VkInstance handle, VkDebugUtilsMessengerEXT messenger) : m_handle(handle), m_messenger(messenger) {}
    static Result<std::shared_ptr<Instance>> create(bool validation);  // under the lock

    VkInstance m_handle;
    VkDebugUtilsMessengerEXT m_messenger;  // null without validation
};

}  // namespace ms
