// Render pass, descriptors and the two pipelines of a landscape: ground and lines.
#pragma once

#include <volk.h>

#include <array>
#include <memory>

#include "engine/vulkan/landscape_target.h"
#include "shaders/include/landscape_params.h"

namespace ms {

class LandscapePipeline {
public:
    static Result<std::unique_ptr<LandscapePipeline>> create(std::shared_ptr<Device> device, const LandscapeFormats& formats);
    ~LandscapePipeline();
    LandscapePipeline(const LandscapePipeline&) = delete;
    LandscapePipeline& operator=(const LandscapePipeline&) = delete;

    [[nodiscard]] VkRenderPass pass() const { return m_pass; }
    /// Heights, colours and lines of the next frame; nothing that was recorded with others may still run.
    void bind(const std::array<const DeviceBuffer*, 3>& buffers);
    /// The render pass with everything in it.
    void record(VkCommandBuffer commands, const LandscapeTarget& target, std::uint32_t background,
                const kernels::LandscapeParams& params, std::uint32_t lineEnds) const;

private:
    explicit LandscapePipeline(std::shared_ptr<Device> device) : m_device(std::move(device)) {}
    Result<void> makePass(const LandscapeFormats& formats);
    Result<void> makeDescriptors();
    Result<void> makePipeline(const char* vertex, const char* fragment, VkPrimitiveTopology topology, VkSampleCountFlagBits samples,
                              VkPipeline& pipeline);

    std::shared_ptr<Device> m_device;
    VkRenderPass m_pass = VK_NULL_HANDLE;
    VkDescriptorSetLayout m_setLayout = VK_NULL_HANDLE;
    VkDescriptorPool m_pool = VK_NULL_HANDLE;
    VkDescriptorSet m_set = VK_NULL_HANDLE;
    VkPipelineLayout m_layout = VK_NULL_HANDLE;
    VkPipeline m_ground = VK_NULL_HANDLE, m_lines = VK_NULL_HANDLE;
};

}  // namespace ms
