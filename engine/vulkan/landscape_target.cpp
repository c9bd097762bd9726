#include "engine/vulkan/landscape_target.h"

#include <array>
#include <optional>

#include "engine/vulkan/vulkan_error.h"

namespace ms {

namespace {

/// Memory on the device if there is some that the image may use.
std::optional<std::uint32_t> imageMemoryType(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed) {
    std::optional<std::uint32_t> any;
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        if ((allowed >> i & 1u) == 0) continue;
        if ((memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != 0) return i;
        if (!any) any = i;
    }
    return any;
}

}  // namespace

LandscapeFormats LandscapeFormats::of(VkPhysicalDevice device) {
    LandscapeFormats formats;
    VkPhysicalDeviceProperties properties{};
    vkGetPhysicalDeviceProperties(device, &properties);
    const VkSampleCountFlags counts = properties.limits.framebufferColorSampleCounts & properties.limits.framebufferDepthSampleCounts;
    if ((counts & VK_SAMPLE_COUNT_4_BIT) != 0) formats.samples = VK_SAMPLE_COUNT_4_BIT;
    VkFormatProperties depth{};
    vkGetPhysicalDeviceFormatProperties(device, formats.depth, &depth);
    if ((depth.optimalTilingFeatures & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT) == 0) formats.depth = VK_FORMAT_X8_D24_UNORM_PACK32;
    return formats;
}

Result<std::unique_ptr<LandscapeTarget>> LandscapeTarget::create(std::shared_ptr<Device> device, std::shared_ptr<MemoryArena> arena,
                                                                 const LandscapeFormats& formats, VkRenderPass pass,
                                                                 std::uint32_t width, std::uint32_t height) {
    std::unique_ptr<LandscapeTarget> target(new LandscapeTarget(std::move(device), {width, height}));
    const bool multisampled = formats.samples != VK_SAMPLE_COUNT_1_BIT;
    MS_CHECK(target->make(target->m_picture, formats.colour, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                          VK_IMAGE_ASPECT_COLOR_BIT, VK_SAMPLE_COUNT_1_BIT));
    MS_CHECK(target->make(target->m_depth, formats.depth, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT,
                          VK_IMAGE_ASPECT_DEPTH_BIT, formats.samples));
    if (multisampled)
        MS_CHECK(target->make(target->m_samples, formats.colour, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT,
                              VK_IMAGE_ASPECT_COLOR_BIT, formats.samples));

    const std::array views{multisampled ? target->m_samples.view : target->m_picture.view, target->m_depth.view, target->m_picture.view};
    VkFramebufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO;
    info.renderPass = pass;
    info.attachmentCount = multisampled ? 3 : 2;
    info.pAttachments = views.data();
    info.width = width;
    info.height = height;
    info.layers = 1;
    const Device& d = *target->m_device;
    MS_VK(d.vk().vkCreateFramebuffer(d.handle(), &info, nullptr, &target->m_framebuffer), "creating a framebuffer");
    MS_TRY(target->m_pixels, arena->allocate(MemoryKind::Readback, std::uint64_t{4} * width * height, "landscape pixels"));
    return target;
}

Result<void> LandscapeTarget::make(Attachment& attachment, VkFormat format, VkImageUsageFlags usage, VkImageAspectFlags aspect,
                                   VkSampleCountFlagBits samples) {
    const VolkDeviceTable& vk = m_device->vk();
    VkImageCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = format;
    info.extent = {m_size.width, m_size.height, 1};
    info.mipLevels = 1;
    info.arrayLayers = 1;
    info.samples = samples;
    info.tiling = VK_IMAGE_TILING_OPTIMAL;
    info.usage = usage;
    MS_VK(vk.vkCreateImage(m_device->handle(), &info, nullptr, &attachment.image), "creating an image");

    VkMemoryRequirements requirements{};
    vk.vkGetImageMemoryRequirements(m_device->handle(), attachment.image, &requirements);
    const auto type = imageMemoryType(m_device->profile().memory, requirements.memoryTypeBits);
    if (!type) return Error{ErrorCode::Device, m_device->profile().info.name + " has no memory for images"};
    VkMemoryAllocateInfo allocation{};
    allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    allocation.allocationSize = requirements.size;
    allocation.memoryTypeIndex = *type;
    MS_VK(vk.vkAllocateMemory(m_device->handle(), &allocation, nullptr, &attachment.memory), "allocating an image");
    MS_VK(vk.vkBindImageMemory(m_device->handle(), attachment.image, attachment.memory, 0), "allocating an image");

    VkImageViewCreateInfo view{};
    view.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
    view.image = attachment.image;
    view.viewType = VK_IMAGE_VIEW_TYPE_2D;
    view.format = format;
    view.subresourceRange = {aspect, 0, 1, 0, 1};
    MS_VK(vk.vkCreateImageView(m_device->handle(), &view, nullptr, &attachment.view), "creating an image view");
    return {};
}

LandscapeTarget::~LandscapeTarget() {
    const VolkDeviceTable& vk = m_device->vk();
    vk.vkDestroyFramebuffer(m_device->handle(), m_framebuffer, nullptr);
    for (const Attachment& a : {m_picture, m_samples, m_depth}) {
        vk.vkDestroyImageView(m_device->handle(), a.view, nullptr);
        vk.vkDestroyImage(m_device->handle(), a.image, nullptr);
        vk.vkFreeMemory(m_device->handle(), a.memory, nullptr);
    }
}

}  // namespace ms
