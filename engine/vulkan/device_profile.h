// What a physical device is and can do, read once; every choice of kernel and limit is made from this.
#pragma once

#include <volk.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace ms {

struct DeviceProfile {
    VkPhysicalDevice handle = VK_NULL_HANDLE;
    DeviceInfo info;
    std::uint32_t vendorId = 0, deviceId = 0, driverVersion = 0;
    std::array<std::uint8_t, VK_UUID_SIZE> cacheUuid{};
    VkPhysicalDeviceMemoryProperties memory{};

    std::uint32_t queueFamily = 0;
    bool timestamps = false;
    double timestampSeconds = 0;  ///< of one tick

    std::uint32_t subgroupSize = 4;
    bool pinSubgroupSize = false;  ///< the size varies: ask for subgroupSize when making pipelines
    bool storage16 = false;        ///< 16-bit elements in storage buffers
    bool pushDescriptors = false;
    bool memoryBudget = false;
    std::uint32_t computeUnits = 1;  ///< multiprocessors; 1 for software, a guess where the driver does not say

    VkDeviceSize bindingAlignment = 16;  ///< of storage and texel buffers, at least 16: vec4 loads count on it
    VkDeviceSize maxBindingBytes = 0;
    std::uint32_t maxTexels = 0;  ///< elements of one texel buffer view
    VkDeviceSize maxAllocationBytes = 0;
    std::uint32_t maxGroups = 65535;  ///< along x and y
    std::uint32_t maxInvocations = 128;  ///< of one workgroup
    std::uint32_t sharedBytes = 16384;

    [[nodiscard]] bool software() const { return info.kind == DeviceKind::SoftwareVulkan; }
    /// Extensions that this backend switches on here.
    std::vector<const char*> extensions;
};

/// Nothing when the device cannot run the kernels.
[[nodiscard]] std::optional<DeviceProfile> profileOf(VkPhysicalDevice device);

}  // namespace ms
