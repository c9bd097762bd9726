// The geometry of a landscape on the CPU: the matrix that the shaders use, the mesh's cells, frame and mark.
#pragma once

#include <array>
#include <vector>

#include "engine/vulkan/landscape_scene.h"

namespace ms {

/// World to Vulkan's clip space, by columns.
[[nodiscard]] std::array<float, 16> viewProjectionOf(const LandscapeScene& scene);

/// What is uploaded of a field: at most maxCells, holes with the height of their surroundings and colour 0.
struct LandscapeMesh {
    std::int64_t rows = 0, columns = 0;
    std::vector<float> heights;          // [rows, columns]
    std::vector<std::uint32_t> colours;  // [rows, columns]
};
[[nodiscard]] LandscapeMesh meshOf(const LandscapeScene& scene);

/// One end of a line as the shader reads it.
struct LandscapeLineEnd {
    float x, y, z;
    std::uint32_t argb;
};
/// Ends in pairs: floor with its grid, the walls behind the field, the zero level and the marked row.
[[nodiscard]] std::vector<LandscapeLineEnd> linesOf(const LandscapeScene& scene);

}  // namespace ms
