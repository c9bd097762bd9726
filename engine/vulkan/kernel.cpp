#include "engine/vulkan/kernel.h"

#include "engine/vulkan/vulkan_error.h"

namespace ms {

Result<std::unique_ptr<Kernel>> Kernel::create(std::shared_ptr<Device> device, std::string name,
                                               std::span<const std::uint32_t> code, std::size_t pushBytes) {
    std::unique_ptr<Kernel> kernel(new Kernel(std::move(device), std::move(name)));
    if (code.empty()) return Error{ErrorCode::Internal, "there is no kernel " + kernel->m_name};
    MS_TRY(kernel->m_reflection, reflect(code));
    if (kernel->m_reflection.pushBytes != pushBytes)
        return Error{ErrorCode::Internal, "kernel " + kernel->m_name + " takes " +
                                              std::to_string(kernel->m_reflection.pushBytes) +
                                              " bytes of parameters, not " + std::to_string(pushBytes)};

    VkShaderModuleCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    info.codeSize = code.size_bytes();
    info.pCode = code.data();
    const Device& d = *kernel->m_device;
    MS_VK(d.vk().vkCreateShaderModule(d.handle(), &info, nullptr, &kernel->m_module), "loading kernel " + kernel->m_name);
    MS_CHECK(kernel->createLayouts());
    return kernel;
}

Result<void> Kernel::createLayouts() {
    std::vector<VkDescriptorSetLayoutBinding> bindings;
    for (const ReflectedBinding& reflected : m_reflection.bindings) {
        VkDescriptorSetLayoutBinding binding{};
        binding.binding = reflected.slot;
        binding.descriptorType =
            reflected.texel ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
        binding.descriptorCount = 1;
        binding.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
        bindings.push_back(binding);
    }
    VkDescriptorSetLayoutCreateInfo set{};
    set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    set.flags = m_device->profile().pushDescriptors ? VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR : 0;
    set.bindingCount = static_cast<std::uint32_t>(bindings.size());
    set.pBindings = bindings.data();
    MS_VK(m_device->vk().vkCreateDescriptorSetLayout(m_device->handle(), &set, nullptr, &m_setLayout),
          "laying out kernel " + m_name);

    const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, m_reflection.pushBytes};
    VkPipelineLayoutCreateInfo layout{};
    layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layout.setLayoutCount = 1;
    layout.pSetLayouts = &m_setLayout;
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &range;
    MS_VK(m_device->vk().vkCreatePipelineLayout(m_device->handle(), &layout, nullptr, &m_layout),
          "laying out kernel " + m_name);
    return {};
}

Kernel::~Kernel() {
    const VolkDeviceTable& vk = m_device->vk();
    for (const auto& [constants, pipeline] : m_pipelines) vk.vkDestroyPipeline(m_device->handle(), pipeline, nullptr);
    vk.vkDestroyPipelineLayout(m_device->handle(), m_layout, nullptr);
    vk.vkDestroyDescriptorSetLayout(m_device->handle(), m_setLayout, nullptr);
    vk.vkDestroyShaderModule(m_device->handle(), m_module, nullptr);
}

Result<VkPipeline> Kernel::pipeline(const Specialization& constants, VkPipelineCache cache) {
    if (const auto known = m_pipelines.find(constants); known != m_pipelines.end()) return known->second;

    std::vector<VkSpecializationMapEntry> entries;
    for (std::uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, 4 * i, 4});
    const VkSpecializationInfo specialization{static_cast<std::uint32_t>(entries.size()), entries.data(),
                                              constants.size() * 4, constants.data()};
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfoEXT subgroup{};
    subgroup.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO_EXT;
    subgroup.requiredSubgroupSize = m_device->profile().subgroupSize;

    VkComputePipelineCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.pNext = m_device->profile().pinSubgroupSize ? &subgroup : nullptr;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = m_module;
    info.stage.pName = "main";
    info.stage.pSpecializationInfo = &specialization;
    info.layout = m_layout;
    VkPipeline pipeline = VK_NULL_HANDLE;
    MS_VK(m_device->vk().vkCreateComputePipelines(m_device->handle(), cache, 1, &info, nullptr, &pipeline),
          "compiling kernel " + m_name);
    m_pipelines.emplace(constants, pipeline);
    return pipeline;
}

}  // namespace ms
