// What a landscape shows: a height field seen by a camera. Plain values; nothing of Vulkan.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace ms {

/// Orbits its target. Angles in radians: yaw 0 looks along −z, pitch 0 is level, π/2 straight down.
struct LandscapeCamera {
    float yaw = 0.6f, pitch = 0.6f;
    float distance = 3.0f;
    float targetX = 0, targetY = 0, targetZ = 0;
    float fov = 0.6f;  ///< vertical
};

/// The field lies in a box around the origin: rows along x, columns along z (row 0 left, column 0 at the back when yaw is
/// 0), heights along y from the floor to heightScale above it.
struct LandscapeScene {
    int width = 0, height = 0;  ///< of the picture in pixels
    std::int64_t rows = 0, columns = 0;
    std::span<const float> heights;          ///< [rows, columns], 0 … 1; NaN: a hole
    std::span<const std::uint32_t> colours;  ///< [rows, columns], 0xAARRGGBB; the alpha is ignored
    LandscapeCamera camera;
    float heightScale = 0.6f;
    float rowSpan = 2.0f, columnSpan = 1.2f;  ///< extent along x and z
    /// Height of a second frame line, for the zero of signed values; NaN: none.
    float zeroLevel = std::numeric_limits<float>::quiet_NaN();
    std::int64_t markedRow = -1;  ///< traced by a line; -1: none
    std::uint32_t background = 0xffffffffu, grid = 0xff808080u, mark = 0xff000000u;
    /// Fields of more cells are drawn coarser: of the cells that become one, the farthest from the zero level stays.
    /// Software devices take fewer when there are not pixels enough to show them.
    std::int64_t maxCells = 4096 * 128;
};

/// Where a point of the field appears: pixels from the top left corner. Cell r, c has its middle at r + ½, c + ½; nothing
/// when the point lies behind the camera.
[[nodiscard]] std::optional<std::pair<float, float>> projectLandscape(const LandscapeScene& scene, float row, float column, float height);

/// Row and column of the cell that is seen at a pixel; nothing beside the field and in holes.
[[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> pickLandscape(const LandscapeScene& scene, float x, float y);

}  // namespace ms
