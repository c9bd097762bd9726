#include "engine/vulkan/landscape.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/vulkan/landscape_geometry.h"
#include "engine/vulkan/landscape_pipeline.h"
#include "engine/vulkan/landscape_target.h"
#include "engine/vulkan/submission.h"

namespace ms {

namespace {

constexpr std::int64_t kCellsAlways = 16384, kPixelsOfACell = 8;

std::optional<std::uint32_t> graphicsQueueFamily(VkPhysicalDevice device) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    for (std::uint32_t i = 0; i < count; ++i)
        if ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0) return i;
    return std::nullopt;
}

/// Devices that draw, in the order of listVulkanDevices() from the one asked for on; GPUs first when none was.
std::vector<DeviceProfile> drawingDevices(const Instance& instance, int firstIndex) {
    std::vector<DeviceProfile> profiles;
    int index = 0;
    for (const VkPhysicalDevice device : instance.physicalDevices()) {
        auto profile = profileOf(device);
        if (!profile || index++ < firstIndex) continue;
        const auto family = graphicsQueueFamily(device);
        if (!family) continue;
        profile->queueFamily = *family;
        profile->extensions.clear();  // those of the kernels
        profile->memoryBudget = profile->pinSubgroupSize = profile->pushDescriptors = profile->storage16 = false;
        profiles.push_back(std::move(*profile));
    }
    if (firstIndex == 0)
        std::stable_partition(profiles.begin(), profiles.end(), [](const DeviceProfile& p) { return !p.software(); });
    return profiles;
}

}  // namespace

struct LandscapeRenderer::Parts {
    std::shared_ptr<Device> device;
    std::shared_ptr<Submission> submission;
    std::shared_ptr<MemoryArena> arena;
    LandscapeFormats formats;
    std::unique_ptr<LandscapePipeline> pipeline;
    std::unique_ptr<LandscapeTarget> target;
    std::shared_ptr<DeviceBuffer> heights, colours, lines;

    Result<void> open(std::shared_ptr<Instance> instance, const DeviceProfile& profile);
    /// Copies into a buffer that is made larger when it must be.
    template <class T>
    Result<void> upload(std::shared_ptr<DeviceBuffer>& buffer, const std::vector<T>& values);
    Result<void> draw(const LandscapeScene& scene);
};

Result<void> LandscapeRenderer::Parts::open(std::shared_ptr<Instance> instance, const DeviceProfile& profile) {
    MS_TRY(device, Device::create(std::move(instance), profile));
    MS_TRY(submission, Submission::create(device));
    arena = std::make_shared<MemoryArena>(device, 0);
    formats = LandscapeFormats::of(profile.handle);
    MS_TRY(pipeline, LandscapePipeline::create(device, formats));
    return {};
}

template <class T>
Result<void> LandscapeRenderer::Parts::upload(std::shared_ptr<DeviceBuffer>& buffer, const std::vector<T>& values) {
    const std::size_t bytes = values.size() * sizeof(T);
    if (!buffer || buffer->size < bytes) {
        buffer.reset();
        MS_TRY(buffer, arena->allocate(MemoryKind::Upload, bytes, "landscape"));
    }
    std::memcpy(buffer->mapped, values.data(), bytes);
    return {};
}

Result<void> LandscapeRenderer::Parts::draw(const LandscapeScene& scene) {
    const auto width = static_cast<std::uint32_t>(scene.width), height = static_cast<std::uint32_t>(scene.height);
    if (!target || target->size().width != width || target->size().height != height) {
        target.reset();
        MS_TRY(target, LandscapeTarget::create(device, arena, formats, pipeline->pass(), width, height));
    }
    LandscapeScene drawn = scene;
    if (device->profile().software())  // a software device takes a microsecond a triangle, so none that nobody sees
        drawn.maxCells = std::min(drawn.maxCells, std::max<std::int64_t>(kCellsAlways, std::int64_t{scene.width} * scene.height / kPixelsOfACell));
    const LandscapeMesh mesh = meshOf(drawn);
    const std::vector<LandscapeLineEnd> ends = linesOf(scene);
    MS_CHECK(upload(heights, mesh.heights));
    MS_CHECK(upload(colours, mesh.colours));
    MS_CHECK(upload(lines, ends));
    pipeline->bind({heights.get(), colours.get(), lines.get()});

    kernels::LandscapeParams params{};
    const auto matrix = viewProjectionOf(scene);
    std::copy(matrix.begin(), matrix.end(), std::begin(params.viewProjection));
    params.rows = static_cast<std::uint32_t>(mesh.rows);
    params.columns = static_cast<std::uint32_t>(mesh.columns);
    params.alongRows = mesh.rows >= mesh.columns ? 1 : 0;
    params.rowSpan = scene.rowSpan;
    params.columnSpan = scene.columnSpan;
    params.heightScale = scene.heightScale;
    return submission->runOnce([&](VkCommandBuffer commands) {
        pipeline->record(commands, *target, scene.background, params, static_cast<std::uint32_t>(ends.size()));
        const VolkDeviceTable& vk = device->vk();
        const DeviceBuffer& pixels = target->pixels();
        VkBufferImageCopy region{};
        region.bufferOffset = pixels.offset;
        region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        region.imageExtent = {width, height, 1};
        vk.vkCmdCopyImageToBuffer(commands, target->picture(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.block, 1, &region);
        VkBufferMemoryBarrier barrier{};
        barrier.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
        barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
        barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
        barrier.buffer = pixels.block;
        barrier.offset = pixels.offset;
        barrier.size = pixels.size;
        vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr, 1, &barrier, 0, nullptr);
    });
}

LandscapeRenderer::LandscapeRenderer(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}
LandscapeRenderer::~LandscapeRenderer() = default;

const DeviceInfo& LandscapeRenderer::device() const { return m_parts->device->profile().info; }

Result<std::unique_ptr<LandscapeRenderer>> LandscapeRenderer::create(const VulkanOptions& options) {
    MS_TRY(const auto instance, Instance::shared(options.validation));
    const std::vector<DeviceProfile> profiles = drawingDevices(*instance, options.deviceIndex);
    if (profiles.empty())
        return Error{ErrorCode::NotFound, "no Vulkan device that draws was found; install a driver (mesa-vulkan-drivers) to see landscapes"};
    Error refused;
    for (const DeviceProfile& profile : profiles) {
        auto parts = std::make_unique<Parts>();
        const Result<void> opened = parts->open(instance, profile);
        if (opened) return std::unique_ptr<LandscapeRenderer>(new LandscapeRenderer(std::move(parts)));
        refused = opened.error().within(profile.info.name);
    }
    return refused;
}

Result<std::vector<std::uint32_t>> LandscapeRenderer::render(const LandscapeScene& scene) {
    constexpr int kLargestSide = 4096;  // what every device of Vulkan can draw
    if (scene.width < 1 || scene.height < 1 || scene.width > kLargestSide || scene.height > kLargestSide)
        return Error{ErrorCode::InvalidArgument, "a landscape of " + std::to_string(scene.width) + " × " + std::to_string(scene.height) +
                                                     " pixels: sides of 1 to " + std::to_string(kLargestSide) + " can be drawn"};
    const auto cells = static_cast<std::size_t>(std::max<std::int64_t>(scene.rows, 0) * std::max<std::int64_t>(scene.columns, 0));
    if (cells == 0 || scene.heights.size() != cells || scene.colours.size() != cells)
        return Error{ErrorCode::InvalidArgument, "a landscape of " + std::to_string(scene.rows) + " × " + std::to_string(scene.columns) + " cells has " +
                                                     std::to_string(scene.heights.size()) + " heights and " + std::to_string(scene.colours.size()) + " colours"};
    MS_CHECK(m_parts->draw(scene));
    const auto* const pixels = reinterpret_cast<const std::uint32_t*>(m_parts->target->pixels().mapped);
    return std::vector<std::uint32_t>(pixels, pixels + static_cast<std::size_t>(scene.width) * static_cast<std::size_t>(scene.height));
}

}  // namespace ms
