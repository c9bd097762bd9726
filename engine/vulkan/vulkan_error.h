// Vulkan's result codes as errors of ours.
#pragma once

#include <volk.h>

#include <string>

#include "engine/base/result.h"

namespace ms {

/// `doing`: what failed, as "creating a pipeline".
[[nodiscard]] Error vulkanError(VkResult result, const std::string& doing);

}  // namespace ms

/// Returns the error of a failed Vulkan call to the caller.
#define MS_VK(call, doing) \
    if (const VkResult msVk = (call); msVk != VK_SUCCESS) return ::ms::vulkanError(msVk, doing)
