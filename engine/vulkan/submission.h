// Command buffers and the one way to run them: submit, wait for the fence.
#pragma once

#include <volk.h>

#include <functional>
#include <memory>

#include "engine/base/result.h"
#include "engine/vulkan/device.h"

namespace ms {

class Submission {
public:
    static Result<std::shared_ptr<Submission>> create(std::shared_ptr<Device> device);
    ~Submission();
    Submission(const Submission&) = delete;
    Submission& operator=(const Submission&) = delete;

    /// A command buffer in the recording state; `oneTime` promises that it runs once.
    Result<VkCommandBuffer> begin(bool oneTime);
    void release(VkCommandBuffer commands);
    /// Blocks until the device is done.
    Result<void> run(VkCommandBuffer commands);
    /// Records, runs and releases a few commands.
    Result<void> runOnce(const std::function<void(VkCommandBuffer)>& record);

    [[nodiscard]] const std::shared_ptr<Device>& device() const { return m_device; }

private:
    explicit Submission(std::shared_ptr<Device> device) : m_device(std::move(device)) {}

    std::shared_ptr<Device> m_device;
    VkCommandPool m_pool = VK_NULL_HANDLE;
    VkFence m_fence = VK_NULL_HANDLE;
};

}  // namespace ms
