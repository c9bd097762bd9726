#include "engine/vulkan/submission.h"

#include <chrono>

#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

/// A GPU's fence is polled this long before the thread sleeps: being woken takes a good part of a decoded token's time.
constexpr std::chrono::milliseconds kPolling{2};

}  // namespace

Result<std::shared_ptr<Submission>> Submission::create(std::shared_ptr<Device> device) {
    std::shared_ptr<Submission> submission(new Submission(std::move(device)));
    const Device& d = *submission->m_device;

    VkCommandPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    pool.queueFamilyIndex = d.profile().queueFamily;
    MS_VK(d.vk().vkCreateCommandPool(d.handle(), &pool, nullptr, &submission->m_pool), "creating a command pool");

    VkFenceCreateInfo fence{};
    fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    MS_VK(d.vk().vkCreateFence(d.handle(), &fence, nullptr, &submission->m_fence), "creating a fence");
    return submission;
}

Submission::~Submission() {
    m_device->vk().vkDestroyFence(m_device->handle(), m_fence, nullptr);
    m_device->vk().vkDestroyCommandPool(m_device->handle(), m_pool, nullptr);
}

Result<VkCommandBuffer> Submission::begin(bool oneTime) {
    VkCommandBufferAllocateInfo allocation{};
    allocation.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    allocation.commandPool = m_pool;
    allocation.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    allocation.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    MS_VK(m_device->vk().vkAllocateCommandBuffers(m_device->handle(), &allocation, &commands),
          "allocating a command buffer");

    VkCommandBufferBeginInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    info.flags = oneTime ? VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT : 0;
    if (const VkResult result = m_device->vk().vkBeginCommandBuffer(commands, &info); result != VK_SUCCESS) {
        release(commands);
        return vulkanError(result, "recording commands");
    }
    return commands;
}

void Submission::release(VkCommandBuffer commands) {
    m_device->vk().vkFreeCommandBuffers(m_device->handle(), m_pool, 1, &commands);
}

Result<void> Submission::run(VkCommandBuffer commands) {
    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &commands;
    MS_VK(m_device->vk().vkQueueSubmit(m_device->queue(), 1, &info, m_fence), "submitting work");
    if (!m_device->profile().software()) {
        const auto until = std::chrono::steady_clock::now() + kPolling;
        while (m_device->vk().vkGetFenceStatus(m_device->handle(), m_fence) == VK_NOT_READY &&
               std::chrono::steady_clock::now() < until) {
        }
    }
    MS_VK(m_device->vk().vkWaitForFences(m_device->handle(), 1, &m_fence, VK_TRUE, UINT64_MAX), "running kernels");
    MS_VK(m_device->vk().vkResetFences(m_device->handle(), 1, &m_fence), "resetting a fence");
    return {};
}

Result<void> Submission::runOnce(const std::function<void(VkCommandBuffer)>& record) {
    MS_TRY(const VkCommandBuffer commands, begin(true));
    record(commands);
    Result<void> result;
    if (const VkResult ended = m_device->vk().vkEndCommandBuffer(commands); ended != VK_SUCCESS)
        result = vulkanError(ended, "recording commands");
    else
        result = run(commands);
    release(commands);
    return result;
}

}  // namespace ms
