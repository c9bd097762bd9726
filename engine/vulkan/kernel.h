// One compute shader: its layout, reflected and checked, and its pipelines, one per set of specialization constants.
#pragma once

#include <volk.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/vulkan/device.h"
#include "engine/vulkan/spirv_reflection.h"

namespace ms {

/// Values of specialization constants 0, 1, 2, …; constant 0 is the workgroup's size.
using Specialization = std::vector<std::uint32_t>;

class Kernel {
public:
    /// Internal when the shader's push constants are not `pushBytes` long.
    static Result<std::unique_ptr<Kernel>> create(std::shared_ptr<Device> device, std::string name,
                                                  std::span<const std::uint32_t> code, std::size_t pushBytes);
    ~Kernel();
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    /// Made on first use; the device compiles it then.
    Result<VkPipeline> pipeline(const Specialization& constants, VkPipelineCache cache);

    [[nodiscard]] const std::string& name() const { return m_name; }
    [[nodiscard]] const Reflection& reflection() const { return m_reflection; }
    [[nodiscard]] VkPipelineLayout layout() const { return m_layout; }
    [[nodiscard]] VkDescriptorSetLayout setLayout() const { return m_setLayout; }

private:
    Kernel(std::shared_ptr<Device> device, std::string name) : m_device(std::move(device)), m_name(std::move(name)) {}
    Result<void> createLayouts();

    std::shared_ptr<Device> m_device;
    std::string m_name;
    Reflection m_reflection;
    VkShaderModule m_module = VK_NULL_HANDLE;
    VkDescriptorSetLayout m_setLayout = VK_NULL_HANDLE;
    VkPipelineLayout m_layout = VK_NULL_HANDLE;
    std::map<Specialization, VkPipeline> m_pipelines;
};

}  // namespace ms
