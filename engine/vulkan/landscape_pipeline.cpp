#include "engine/vulkan/landscape_pipeline.h"

#include "engine/vulkan/kernel_code.h"
#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

constexpr VkShaderStageFlags kStages = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;

}  // namespace

Result<std::unique_ptr<LandscapePipeline>> LandscapePipeline::create(std::shared_ptr<Device> device, const LandscapeFormats& formats) {
    std::unique_ptr<LandscapePipeline> pipeline(new LandscapePipeline(std::move(device)));
    MS_CHECK(pipeline->makePass(formats));
    MS_CHECK(pipeline->makeDescriptors());
    MS_CHECK(pipeline->makePipeline("landscape_ground_vert", "landscape_ground_frag", VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP,
                                    formats.samples, pipeline->m_ground));
    MS_CHECK(pipeline->makePipeline("landscape_line_vert", "landscape_line_frag", VK_PRIMITIVE_TOPOLOGY_LINE_LIST, formats.samples,
                                    pipeline->m_lines));
    return pipeline;
}

Result<void> LandscapePipeline::makePass(const LandscapeFormats& formats) {
    const bool multisampled = formats.samples != VK_SAMPLE_COUNT_1_BIT;
    std::array<VkAttachmentDescription, 3> attachments{};
    for (VkAttachmentDescription& a : attachments) {
        a.samples = formats.samples;
        a.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
        a.storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
        a.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
        a.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
        a.format = formats.colour;
        a.finalLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    }
    attachments[1].format = formats.depth;
    attachments[1].finalLayout = VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL;
    VkAttachmentDescription& picture = attachments[multisampled ? 2 : 0];
    picture.samples = VK_SAMPLE_COUNT_1_BIT;
    if (multisampled) picture.loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    picture.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    picture.finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;

    const VkAttachmentReference colour{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference depth{1, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference resolve{2, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &colour;
    subpass.pResolveAttachments = multisampled ? &resolve : nullptr;
    subpass.pDepthStencilAttachment = &depth;

    // The images are used anew by every frame; behind the pass the picture is copied.
    constexpr VkPipelineStageFlags kDrawing = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_EARLY_FRAGMENT_TESTS_BIT |
                                              VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT;
    constexpr VkAccessFlags kWrites = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
    constexpr VkAccessFlags kReads = VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_READ_BIT;
    const std::array<VkSubpassDependency, 2> dependencies{{
        {VK_SUBPASS_EXTERNAL, 0, kDrawing | VK_PIPELINE_STAGE_TRANSFER_BIT, kDrawing, kWrites, kWrites | kReads, 0},
        {0, VK_SUBPASS_EXTERNAL, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT,
         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, VK_ACCESS_TRANSFER_READ_BIT, 0},
    }};
    VkRenderPassCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO;
    info.attachmentCount = multisampled ? 3 : 2;
    info.pAttachments = attachments.data();
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = static_cast<std::uint32_t>(dependencies.size());
    info.pDependencies = dependencies.data();
    MS_VK(m_device->vk().vkCreateRenderPass(m_device->handle(), &info, nullptr, &m_pass), "creating a render pass");
    return {};
}

Result<void> LandscapePipeline::makeDescriptors() {
    const VolkDeviceTable& vk = m_device->vk();
    std::array<VkDescriptorSetLayoutBinding, 3> bindings{};
    for (std::uint32_t i = 0; i < bindings.size(); ++i)
        bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, i == 1 ? VK_SHADER_STAGE_FRAGMENT_BIT : VK_SHADER_STAGE_VERTEX_BIT, nullptr};
    VkDescriptorSetLayoutCreateInfo setLayout{};
    setLayout.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    setLayout.bindingCount = static_cast<std::uint32_t>(bindings.size());
    setLayout.pBindings = bindings.data();
    MS_VK(vk.vkCreateDescriptorSetLayout(m_device->handle(), &setLayout, nullptr, &m_setLayout), "creating a descriptor layout");

    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, static_cast<std::uint32_t>(bindings.size())};
    VkDescriptorPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    pool.maxSets = 1;
    pool.poolSizeCount = 1;
    pool.pPoolSizes = &size;
    MS_VK(vk.vkCreateDescriptorPool(m_device->handle(), &pool, nullptr, &m_pool), "creating a descriptor pool");
    VkDescriptorSetAllocateInfo allocation{};
    allocation.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    allocation.descriptorPool = m_pool;
    allocation.descriptorSetCount = 1;
    allocation.pSetLayouts = &m_setLayout;
    MS_VK(vk.vkAllocateDescriptorSets(m_device->handle(), &allocation, &m_set), "allocating descriptors");

    const VkPushConstantRange push{kStages, 0, sizeof(kernels::LandscapeParams)};
    VkPipelineLayoutCreateInfo layout{};
    layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layout.setLayoutCount = 1;
    layout.pSetLayouts = &m_setLayout;
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &push;
    MS_VK(vk.vkCreatePipelineLayout(m_device->handle(), &layout, nullptr, &m_layout), "creating a pipeline layout");
    return {};
}

Result<void> LandscapePipeline::makePipeline(const char* vertex, const char* fragment, VkPrimitiveTopology topology,
                                             VkSampleCountFlagBits samples, VkPipeline& pipeline) {
    const VolkDeviceTable& vk = m_device->vk();
    std::array<VkPipelineShaderStageCreateInfo, 2> stages{};
    const auto destroyModules = [&] {
        for (const VkPipelineShaderStageCreateInfo& stage : stages) vk.vkDestroyShaderModule(m_device->handle(), stage.module, nullptr);
    };
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const auto code = kernelCode(i == 0 ? vertex : fragment);
        VkShaderModuleCreateInfo module{};
        module.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
        module.codeSize = code.size_bytes();
        module.pCode = code.data();
        stages[i].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
        stages[i].stage = i == 0 ? VK_SHADER_STAGE_VERTEX_BIT : VK_SHADER_STAGE_FRAGMENT_BIT;
        stages[i].pName = "main";
        if (const VkResult made = vk.vkCreateShaderModule(m_device->handle(), &module, nullptr, &stages[i].module); made != VK_SUCCESS) {
            destroyModules();
            return vulkanError(made, "loading a shader");
        }
    }
    VkPipelineVertexInputStateCreateInfo input{};  // vertices are read from storage buffers
    input.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO;
    VkPipelineInputAssemblyStateCreateInfo assembly{};
    assembly.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO;
    assembly.topology = topology;
    VkPipelineViewportStateCreateInfo viewport{};
    viewport.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO;
    viewport.viewportCount = 1;
    viewport.scissorCount = 1;
    VkPipelineRasterizationStateCreateInfo raster{};
    raster.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO;
    raster.cullMode = VK_CULL_MODE_NONE;  // the ground has no other side
    raster.lineWidth = 1;
    VkPipelineMultisampleStateCreateInfo multisample{};
    multisample.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO;
    multisample.rasterizationSamples = samples;
    VkPipelineDepthStencilStateCreateInfo depth{};
    depth.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO;
    depth.depthTestEnable = VK_TRUE;
    depth.depthWriteEnable = VK_TRUE;
    depth.depthCompareOp = VK_COMPARE_OP_LESS_OR_EQUAL;
    VkPipelineColorBlendAttachmentState blendOf{};
    blendOf.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
    VkPipelineColorBlendStateCreateInfo blend{};
    blend.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO;
    blend.attachmentCount = 1;
    blend.pAttachments = &blendOf;
    const std::array states{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    VkPipelineDynamicStateCreateInfo dynamic{};
    dynamic.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO;
    dynamic.dynamicStateCount = static_cast<std::uint32_t>(states.size());
    dynamic.pDynamicStates = states.data();

    VkGraphicsPipelineCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO;
    info.stageCount = static_cast<std::uint32_t>(stages.size());
    info.pStages = stages.data();
    info.pVertexInputState = &input;
    info.pInputAssemblyState = &assembly;
    info.pViewportState = &viewport;
    info.pRasterizationState = &raster;
    info.pMultisampleState = &multisample;
    info.pDepthStencilState = &depth;
    info.pColorBlendState = &blend;
    info.pDynamicState = &dynamic;
    info.layout = m_layout;
    info.renderPass = m_pass;
    const VkResult made = vk.vkCreateGraphicsPipelines(m_device->handle(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
    destroyModules();
    MS_VK(made, std::string("creating the pipeline of ") + vertex);
    return {};
}

void LandscapePipeline::bind(const std::array<const DeviceBuffer*, 3>& buffers) {
    std::array<VkDescriptorBufferInfo, 3> ranges{};
    std::array<VkWriteDescriptorSet, 3> writes{};
    for (std::uint32_t i = 0; i < buffers.size(); ++i) {
        ranges[i] = {buffers[i]->block, buffers[i]->offset, buffers[i]->size};
        writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
        writes[i].dstSet = m_set;
        writes[i].dstBinding = i;
        writes[i].descriptorCount = 1;
        writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
        writes[i].pBufferInfo = &ranges[i];
    }
    m_device->vk().vkUpdateDescriptorSets(m_device->handle(), static_cast<std::uint32_t>(writes.size()), writes.data(), 0, nullptr);
}

void LandscapePipeline::record(VkCommandBuffer commands, const LandscapeTarget& target, std::uint32_t background,
                               const kernels::LandscapeParams& params, std::uint32_t lineEnds) const {
    const VolkDeviceTable& vk = m_device->vk();
    const auto part = [&](int shift) { return static_cast<float>(background >> shift & 0xffu) / 255.0f; };
    std::array<VkClearValue, 2> clear{};
    clear[0].color = {{part(16), part(8), part(0), 1.0f}};
    clear[1].depthStencil = {1.0f, 0};
    VkRenderPassBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO;
    begin.renderPass = m_pass;
    begin.framebuffer = target.framebuffer();
    begin.renderArea.extent = target.size();
    begin.clearValueCount = static_cast<std::uint32_t>(clear.size());
    begin.pClearValues = clear.data();
    vk.vkCmdBeginRenderPass(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    const VkViewport viewport{0, 0, static_cast<float>(target.size().width), static_cast<float>(target.size().height), 0, 1};
    vk.vkCmdSetViewport(commands, 0, 1, &viewport);
    vk.vkCmdSetScissor(commands, 0, 1, &begin.renderArea);
    vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, m_layout, 0, 1, &m_set, 0, nullptr);
    vk.vkCmdPushConstants(commands, m_layout, kStages, 0, sizeof params, &params);

    const std::uint32_t along = params.alongRows != 0 ? params.rows : params.columns;
    const std::uint32_t across = params.alongRows != 0 ? params.columns : params.rows;
    vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, m_ground);
    vk.vkCmdDraw(commands, 2 * (along + 2), across + 1, 0, 0);
    vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, m_lines);
    vk.vkCmdDraw(commands, lineEnds, 1, 0, 0);
    vk.vkCmdEndRenderPass(commands);
}

LandscapePipeline::~LandscapePipeline() {
    const VolkDeviceTable& vk = m_device->vk();
    vk.vkDestroyPipeline(m_device->handle(), m_ground, nullptr);
    vk.vkDestroyPipeline(m_device->handle(), m_lines, nullptr);
    vk.vkDestroyPipelineLayout(m_device->handle(), m_layout, nullptr);
    vk.vkDestroyDescriptorPool(m_device->handle(), m_pool, nullptr);
    vk.vkDestroyDescriptorSetLayout(m_device->handle(), m_setLayout, nullptr);
    vk.vkDestroyRenderPass(m_device->handle(), m_pass, nullptr);
}

}  // namespace ms
