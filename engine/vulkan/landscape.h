// Draws height fields into pictures, off screen. Nothing of Vulkan appears here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/vulkan/landscape_scene.h"
#include "engine/vulkan/vulkan_backend.h"

namespace ms {

/// Has a device and a graphics queue of its own. Not thread-safe: one thread at a time.
class LandscapeRenderer {
public:
    /// The first device that draws, from options.deviceIndex on (0: the first; GPUs come before software). Of the options
    /// deviceIndex and validation count. NotFound without a Vulkan loader or a device with a graphics queue.
    static Result<std::unique_ptr<LandscapeRenderer>> create(const VulkanOptions& options = {});
    ~LandscapeRenderer();
    LandscapeRenderer(const LandscapeRenderer&) = delete;
    LandscapeRenderer& operator=(const LandscapeRenderer&) = delete;

    /// Pixels [height, width], 0xAARRGGBB with alpha 255. InvalidArgument when sizes do not fit each other or the device.
    Result<std::vector<std::uint32_t>> render(const LandscapeScene& scene);

    [[nodiscard]] const DeviceInfo& device() const;

private:
    struct Parts;
    explicit LandscapeRenderer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
};

}  // namespace ms
