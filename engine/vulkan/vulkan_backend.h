// The Vulkan compute backend. No Vulkan type appears here: only engine/vulkan includes the API.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/base/result.h"

namespace ms {

/// Which kernels run: those the device's kind calls for, or one set by force (tests run the GPU's on software devices).
enum class KernelChoice { Auto, Gpu, Software };

struct VulkanOptions {
    int deviceIndex = 0;      ///< into listVulkanDevices()
    bool validation = false;  ///< Khronos validation with synchronization validation; an error if not installed
    KernelChoice kernels = KernelChoice::Auto;
    std::uint64_t memoryLimitBytes = 0;   ///< hold at most this much; 0: what the device has
    std::uint64_t bindingLimitBytes = 0;  ///< shard larger tensors as if this were the device's limit; 0: the device's
    bool pushDescriptors = false;         ///< push descriptors where there are some: a recorded program replays slower
    bool fuseDecode = true;               ///< false: one dispatch or more for every op, also for one token
    std::int64_t scanChunkTokens = 0;     ///< GPU scans split time into chunks of about this many; 0: by the shape
    std::uint32_t scanLanes = 0;          ///< most invocations that share a channel in a GPU scan; 0: 16
};

/// Devices that can run the kernels (Vulkan 1.2, a compute queue, subgroup arithmetic and shuffles). Empty without a loader or driver.
[[nodiscard]] std::vector<DeviceInfo> listVulkanDevices();

/// NotFound without a Vulkan loader or device of that index, Device when the driver refuses.
[[nodiscard]] Result<std::unique_ptr<Backend>> createVulkanBackend(const VulkanOptions& options);

/// Messages of the validation layer so far, all backends of this process together; each was logged as well.
[[nodiscard]] std::uint64_t validationMessageCount();

}  // namespace ms
