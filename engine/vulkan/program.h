// A recorded command buffer with all it refers to.
#pragma once

#include <volk.h>

#include <memory>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/vulkan/descriptors.h"
#include "engine/vulkan/kernel_cache.h"
#include "engine/vulkan/submission.h"

namespace ms {

class VulkanProgram final : public Program {
public:
    VulkanProgram(std::shared_ptr<Submission> submission, std::shared_ptr<KernelCache> kernels);
    ~VulkanProgram() override;

    /// Starts recording: timestamp, then what the host and earlier submissions wrote becomes visible to kernels.
    Result<void> begin();
    /// Ends recording: what kernels wrote becomes visible to the host, then the second timestamp.
    Result<void> end();
    /// Submits, waits; returns the seconds between the timestamps (wall time if the queue has none).
    Result<double> run();

    [[nodiscard]] VkCommandBuffer commands() const { return m_commands; }
    [[nodiscard]] const VolkDeviceTable& table() const { return m_submission->device()->vk(); }
    [[nodiscard]] Descriptors& descriptors() { return m_descriptors; }
    void keepAlive(std::shared_ptr<Buffer> buffer);
    void countDispatch() { ++m_dispatches; }
    [[nodiscard]] std::size_t dispatches() const { return m_dispatches; }

private:
    std::shared_ptr<Submission> m_submission;
    std::shared_ptr<KernelCache> m_kernels;  // owns the pipelines that the commands name
    Descriptors m_descriptors;
    VkCommandBuffer m_commands = VK_NULL_HANDLE;
    VkQueryPool m_timestamps = VK_NULL_HANDLE;
    std::size_t m_dispatches = 0;
    std::vector<std::shared_ptr<Buffer>> m_buffers;  // sorted by address, each once
};

}  // namespace ms
