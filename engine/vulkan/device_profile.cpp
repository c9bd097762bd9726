#include "engine/vulkan/device_profile.h"

#include <algorithm>
#include <cstring>

namespace ms {

namespace {

constexpr std::uint32_t kUnknownComputeUnits = 32;
constexpr std::uint32_t kSmallestSubgroup = 4;  // scan_lanes shares a channel among at least four lanes

struct Extensions {
    explicit Extensions(VkPhysicalDevice device) {
        std::uint32_t count = 0;
        vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
        list.resize(count);
        vkEnumerateDeviceExtensionProperties(device, nullptr, &count, list.data());
    }
    [[nodiscard]] bool has(const char* name) const {
        return std::any_of(list.begin(), list.end(),
                           [&](const VkExtensionProperties& e) { return std::strcmp(e.extensionName, name) == 0; });
    }
    std::vector<VkExtensionProperties> list;
};

std::optional<std::uint32_t> computeQueueFamily(VkPhysicalDevice device, std::uint32_t& timestampBits) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    for (std::uint32_t i = 0; i < count; ++i) {
        if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0) continue;
        timestampBits = families[i].timestampValidBits;
        return i;
    }
    return std::nullopt;
}

void describeFeatures(DeviceProfile& profile) {
    auto& features = profile.info.features;
    features.push_back("subgroup " + std::to_string(profile.subgroupSize));
    if (profile.storage16) features.emplace_back("fp16 storage");
    if (profile.pushDescriptors) features.emplace_back("push descriptors");
    if (profile.timestamps) features.emplace_back("timestamps");
}

}  // namespace

std::optional<DeviceProfile> profileOf(VkPhysicalDevice device) {
    VkPhysicalDeviceProperties basic{};
    vkGetPhysicalDeviceProperties(device, &basic);
    if (basic.apiVersion < VK_API_VERSION_1_2) return std::nullopt;

    DeviceProfile profile;
    profile.handle = device;
    std::uint32_t timestampBits = 0;
    const auto family = computeQueueFamily(device, timestampBits);
    if (!family) return std::nullopt;
    profile.queueFamily = *family;

    const Extensions extensions(device);
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    VkPhysicalDeviceVulkan11Properties v11{};
    v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES;
    VkPhysicalDeviceVulkan12Properties v12{};
    v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES;
    VkPhysicalDeviceSubgroupSizeControlPropertiesEXT sizes{};
    sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES_EXT;
    VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia{};
    nvidia.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV;
    VkPhysicalDeviceShaderCorePropertiesAMD amd{};
    amd.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD;
    properties.pNext = &v11;
    v11.pNext = &v12;
    void** tail = &v12.pNext;
    const auto chain = [&](const char* extension, auto& properties2) {
        if (!extensions.has(extension)) return false;
        *tail = &properties2;
        tail = &properties2.pNext;
        return true;
    };
    const bool hasSizeControl = chain(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME, sizes);
    const bool isNvidia = chain(VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME, nvidia);
    const bool isAmd = chain(VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME, amd);
    vkGetPhysicalDeviceProperties2(device, &properties);

    const auto wanted =
        VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
    if ((v11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0 ||
        (v11.subgroupSupportedOperations & wanted) != wanted || v11.subgroupSize < kSmallestSubgroup)
        return std::nullopt;

    VkPhysicalDeviceFeatures2 features{};
    features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    VkPhysicalDeviceVulkan11Features f11{};
    f11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    features.pNext = &f11;
    vkGetPhysicalDeviceFeatures2(device, &features);
    vkGetPhysicalDeviceMemoryProperties(device, &profile.memory);

    const VkPhysicalDeviceLimits& limits = properties.properties.limits;
    profile.vendorId = basic.vendorID;
    profile.deviceId = basic.deviceID;
    profile.driverVersion = basic.driverVersion;
    std::copy(std::begin(basic.pipelineCacheUUID), std::end(basic.pipelineCacheUUID), profile.cacheUuid.begin());
    profile.timestamps = timestampBits != 0 && limits.timestampPeriod > 0;
    profile.timestampSeconds = static_cast<double>(limits.timestampPeriod) * 1e-9;
    profile.subgroupSize = v11.subgroupSize;
    profile.storage16 = f11.storageBuffer16BitAccess == VK_TRUE;
    profile.bindingAlignment = std::max({VkDeviceSize{16}, limits.minStorageBufferOffsetAlignment,
                                         limits.minTexelBufferOffsetAlignment});
    profile.maxBindingBytes = limits.maxStorageBufferRange;
    profile.maxTexels = limits.maxTexelBufferElements;
    profile.maxAllocationBytes = v11.maxMemoryAllocationSize;
    profile.maxGroups = std::min(limits.maxComputeWorkGroupCount[0], limits.maxComputeWorkGroupCount[1]);
    profile.maxInvocations = std::min(limits.maxComputeWorkGroupInvocations, limits.maxComputeWorkGroupSize[0]);
    profile.sharedBytes = limits.maxComputeSharedMemorySize;

    if (hasSizeControl && sizes.minSubgroupSize != sizes.maxSubgroupSize &&
        (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0) {
        profile.pinSubgroupSize = true;
        profile.extensions.push_back(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
    }
    if (extensions.has(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME)) {
        profile.pushDescriptors = true;
        profile.extensions.push_back(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
    }
    if (extensions.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME)) {
        profile.memoryBudget = true;
        profile.extensions.push_back(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
    }

    const bool software = basic.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    profile.computeUnits = software   ? 1
                           : isNvidia ? nvidia.shaderSMCount
                           : isAmd    ? amd.shaderEngineCount * amd.shaderArraysPerEngineCount * amd.computeUnitsPerShaderArray
                                      : kUnknownComputeUnits;
    profile.info.name = basic.deviceName;
    profile.info.kind = software ? DeviceKind::SoftwareVulkan : DeviceKind::Gpu;
    profile.info.driver = std::string(v12.driverName) + " " + v12.driverInfo;
    for (std::uint32_t i = 0; i < profile.memory.memoryHeapCount; ++i)
        profile.info.memoryBytes = std::max<std::uint64_t>(profile.info.memoryBytes, profile.memory.memoryHeaps[i].size);
    profile.info.preferredChunk = software ? 256 : 2048;
    describeFeatures(profile);
    return profile;
}

}  // namespace ms
