// The images that a landscape is drawn into, and the memory its pixels are read from.
#pragma once

#include <volk.h>

#include <memory>

#include "engine/vulkan/memory_arena.h"

namespace ms {

/// Formats that every device can draw to, but for depth, where one of two must be there.
struct LandscapeFormats {
    VkFormat colour = VK_FORMAT_B8G8R8A8_UNORM;  // little-endian 0xAARRGGBB
    VkFormat depth = VK_FORMAT_D32_SFLOAT;
    VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;

    [[nodiscard]] static LandscapeFormats of(VkPhysicalDevice device);
};

class LandscapeTarget {
public:
    static Result<std::unique_ptr<LandscapeTarget>> create(std::shared_ptr<Device> device, std::shared_ptr<MemoryArena> arena,
                                                           const LandscapeFormats& formats, VkRenderPass pass, std::uint32_t width,
                                                           std::uint32_t height);
    ~LandscapeTarget();
    LandscapeTarget(const LandscapeTarget&) = delete;
    LandscapeTarget& operator=(const LandscapeTarget&) = delete;

    [[nodiscard]] VkExtent2D size() const { return m_size; }
    [[nodiscard]] VkFramebuffer framebuffer() const { return m_framebuffer; }
    /// One sample a pixel, ready to be copied from after the render pass.
    [[nodiscard]] VkImage picture() const { return m_picture.image; }
    [[nodiscard]] const DeviceBuffer& pixels() const { return *m_pixels; }  // [height, width] 0xAARRGGBB

private:
    struct Attachment {
        VkImage image = VK_NULL_HANDLE;
        VkDeviceMemory memory = VK_NULL_HANDLE;
        VkImageView view = VK_NULL_HANDLE;
    };
    LandscapeTarget(std::shared_ptr<Device> device, VkExtent2D size) : m_device(std::move(device)), m_size(size) {}
    Result<void> make(Attachment& attachment, VkFormat format, VkImageUsageFlags usage, VkImageAspectFlags aspect, VkSampleCountFlagBits samples);

    std::shared_ptr<Device> m_device;
    VkExtent2D m_size;
    Attachment m_picture, m_samples, m_depth;  // m_samples stays empty without multisampling
    VkFramebuffer m_framebuffer = VK_NULL_HANDLE;
    std::shared_ptr<DeviceBuffer> m_pixels;
};

}  // namespace ms
