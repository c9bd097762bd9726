#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

const char* explain(VkResult result) {
    switch (result) {
        case VK_ERROR_OUT_OF_HOST_MEMORY: return "out of host memory";
        case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "out of device memory";
        case VK_ERROR_INITIALIZATION_FAILED: return "initialisation failed";
        case VK_ERROR_DEVICE_LOST: return "the device was lost; open the model again";
        case VK_ERROR_MEMORY_MAP_FAILED: return "memory could not be mapped";
        case VK_ERROR_LAYER_NOT_PRESENT: return "a layer is not installed";
        case VK_ERROR_EXTENSION_NOT_PRESENT: return "an extension is missing";
        case VK_ERROR_FEATURE_NOT_PRESENT: return "a feature is missing";
        case VK_ERROR_INCOMPATIBLE_DRIVER: return "no compatible driver is installed";
        case VK_ERROR_TOO_MANY_OBJECTS: return "too many objects";
        default: return nullptr;
    }
}

}  // namespace

Error vulkanError(VkResult result, const std::string& doing) {
    const bool memory = result == VK_ERROR_OUT_OF_HOST_MEMORY || result == VK_ERROR_OUT_OF_DEVICE_MEMORY;
    const char* text = explain(result);
    return {memory ? ErrorCode::OutOfMemory : ErrorCode::Device,
            "Vulkan: " + doing + " failed: " + (text ? text : "result " + std::to_string(static_cast<int>(result)))};
}

}  // namespace ms
