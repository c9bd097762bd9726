#include "engine/vulkan/landscape_geometry.h"

#define GLM_FORCE_DEPTH_ZERO_TO_ONE
#include <algorithm>
#include <cmath>
#include <glm/gtc/matrix_transform.hpp>
#include <glm/gtc/type_ptr.hpp>

namespace ms {

namespace {

constexpr float kSteepest = 1.55f;   // the camera's up direction must not meet its view direction
constexpr int kGridLines = 8;        // cells of the floor's grid along each side
constexpr float kLift = 0.004f;      // the mark lies above the ground, the ground above the floor

glm::vec3 vec(float x, float y, float z) { return {x, y, z}; }

glm::mat4 matrix(const LandscapeScene& scene) {
    const LandscapeCamera& camera = scene.camera;
    const float pitch = std::clamp(camera.pitch, -kSteepest, kSteepest), distance = std::max(camera.distance, 0.05f);
    const glm::vec3 target = vec(camera.targetX, camera.targetY, camera.targetZ);
    const glm::vec3 eye = target + distance * vec(std::cos(pitch) * std::sin(camera.yaw), std::sin(pitch), std::cos(pitch) * std::cos(camera.yaw));
    const float aspect = static_cast<float>(std::max(scene.width, 1)) / static_cast<float>(std::max(scene.height, 1));
    const float reach = glm::length(vec(scene.rowSpan, scene.heightScale, scene.columnSpan)) + glm::length(target);
    glm::mat4 projection = glm::perspective(std::clamp(camera.fov, 0.05f, 2.5f), aspect, distance * 0.02f, distance + reach);
    projection[1][1] = -projection[1][1];  // Vulkan's y points down
    return projection * glm::lookAt(eye, target, vec(0, 1, 0));
}

glm::vec3 worldOf(const LandscapeScene& s, float row, float column, float height) {
    return vec((row / static_cast<float>(s.rows) - 0.5f) * s.rowSpan, (height - 0.5f) * s.heightScale,
               (column / static_cast<float>(s.columns) - 0.5f) * s.columnSpan);
}

std::size_t indexOf(const LandscapeScene& s, std::int64_t row, std::int64_t column) {
    return static_cast<std::size_t>(row * s.columns + column);
}

/// Mean of the cells around a hole; the floor where there are none.
float around(const LandscapeScene& s, std::int64_t row, std::int64_t column) {
    float sum = 0, count = 0;
    for (std::int64_t r = std::max<std::int64_t>(row - 1, 0); r <= std::min(row + 1, s.rows - 1); ++r)
        for (std::int64_t c = std::max<std::int64_t>(column - 1, 0); c <= std::min(column + 1, s.columns - 1); ++c)
            if (const float h = s.heights[indexOf(s, r, c)]; !std::isnan(h)) sum += h, ++count;
    return count > 0 ? sum / count : 0;
}

float filled(const LandscapeScene& s, std::int64_t row, std::int64_t column) {
    const float h = s.heights[indexOf(s, row, column)];
    return std::clamp(std::isnan(h) ? around(s, row, column) : h, 0.0f, 1.0f);
}

/// Height of the ground between the cells' middles.
float groundAt(const LandscapeScene& s, float row, float column) {
    const float r = std::clamp(row - 0.5f, 0.0f, static_cast<float>(s.rows - 1)), c = std::clamp(column - 0.5f, 0.0f, static_cast<float>(s.columns - 1));
    const auto r0 = static_cast<std::int64_t>(r), c0 = static_cast<std::int64_t>(c);
    const std::int64_t r1 = std::min(r0 + 1, s.rows - 1), c1 = std::min(c0 + 1, s.columns - 1);
    const float fr = r - static_cast<float>(r0), fc = c - static_cast<float>(c0);
    return (filled(s, r0, c0) * (1 - fc) + filled(s, r0, c1) * fc) * (1 - fr) + (filled(s, r1, c0) * (1 - fc) + filled(s, r1, c1) * fc) * fr;
}

}  // namespace

std::array<float, 16> viewProjectionOf(const LandscapeScene& scene) {
    std::array<float, 16> values{};
    const glm::mat4 m = matrix(scene);
    std::copy_n(glm::value_ptr(m), 16, values.begin());
    return values;
}

std::optional<std::pair<float, float>> projectLandscape(const LandscapeScene& scene, float row, float column, float height) {
    if (scene.rows < 1 || scene.columns < 1) return std::nullopt;
    const glm::vec4 clip = matrix(scene) * glm::vec4(worldOf(scene, row, column, height), 1.0f);
    if (clip.w <= 0) return std::nullopt;
    return std::pair((clip.x / clip.w + 1) / 2 * static_cast<float>(scene.width), (clip.y / clip.w + 1) / 2 * static_cast<float>(scene.height));
}

std::optional<std::pair<std::int64_t, std::int64_t>> pickLandscape(const LandscapeScene& scene, float x, float y) {
    if (scene.rows < 1 || scene.columns < 1 || scene.width < 1 || scene.height < 1) return std::nullopt;
    const glm::mat4 back = glm::inverse(matrix(scene));
    const float ndcX = 2 * x / static_cast<float>(scene.width) - 1, ndcY = 2 * y / static_cast<float>(scene.height) - 1;
    const auto unproject = [&](float depth) {
        const glm::vec4 p = back * glm::vec4(ndcX, ndcY, depth, 1);
        const glm::vec3 world = glm::vec3(p) / p.w;
        return vec((world.x / scene.rowSpan + 0.5f) * static_cast<float>(scene.rows), world.y / scene.heightScale + 0.5f,
                   (world.z / scene.columnSpan + 0.5f) * static_cast<float>(scene.columns));
    };
    // In units of cells and heights, cut to the box that holds the field.
    const glm::vec3 from = unproject(0), to = unproject(1), ray = to - from;
    const glm::vec3 size = vec(static_cast<float>(scene.rows), 1, static_cast<float>(scene.columns));
    float enter = 0, leave = 1;
    for (int axis = 0; axis < 3; ++axis) {
        const float slack = axis == 1 ? 1e-3f : 0.0f;  // a level ray along level ground
        const float a = (-slack - from[axis]) / ray[axis], b = (size[axis] + slack - from[axis]) / ray[axis];
        if (ray[axis] == 0 && (from[axis] < -slack || from[axis] > size[axis] + slack)) return std::nullopt;
        if (ray[axis] == 0) continue;
        enter = std::max(enter, std::min(a, b));
        leave = std::min(leave, std::max(a, b));
    }
    if (enter > leave) return std::nullopt;
    const glm::vec3 inside = ray * (leave - enter);
    const int steps = static_cast<int>(4 * std::max({std::abs(inside.x), std::abs(inside.z), 16.0f})) + 1;
    const auto at = [&](float t) { return from + ray * t; };
    const auto above = [&](const glm::vec3& p) { return p.y - groundAt(scene, p.x, p.z); };
    float before = enter, beforeAbove = above(at(enter));
    for (int i = 1; i <= steps; ++i) {
        float t = enter + (leave - enter) * static_cast<float>(i) / static_cast<float>(steps);
        const float nowAbove = above(at(t));
        if ((beforeAbove < 0) != (nowAbove < 0) || nowAbove == 0) {  // from above or, from below, through the ground
            float low = before, high = t;
            for (int k = 0; k < 12; ++k) {
                const float middle = (low + high) / 2;
                ((above(at(middle)) < 0) == (beforeAbove < 0) ? low : high) = middle;
            }
            const glm::vec3 hit = at((low + high) / 2);
            const auto row = std::clamp<std::int64_t>(static_cast<std::int64_t>(hit.x), 0, scene.rows - 1);
            const auto column = std::clamp<std::int64_t>(static_cast<std::int64_t>(hit.z), 0, scene.columns - 1);
            if (!std::isnan(scene.heights[indexOf(scene, row, column)])) return std::pair(row, column);
        }
        before = t;
        beforeAbove = nowAbove;
    }
    return std::nullopt;
}

LandscapeMesh meshOf(const LandscapeScene& scene) {
    const std::int64_t most = std::max<std::int64_t>(scene.maxCells, 1);
    std::int64_t rowStep = 1, columnStep = 1;
    const auto parts = [](std::int64_t n, std::int64_t step) { return (n + step - 1) / step; };
    while (parts(scene.rows, rowStep) * parts(scene.columns, columnStep) > most)
        ++(parts(scene.rows, rowStep) >= parts(scene.columns, columnStep) ? rowStep : columnStep);

    const float level = std::isnan(scene.zeroLevel) ? 0 : scene.zeroLevel;
    LandscapeMesh mesh{parts(scene.rows, rowStep), parts(scene.columns, columnStep), {}, {}};
    mesh.heights.reserve(static_cast<std::size_t>(mesh.rows * mesh.columns));
    mesh.colours.reserve(mesh.heights.capacity());
    for (std::int64_t r = 0; r < scene.rows; r += rowStep)
        for (std::int64_t c = 0; c < scene.columns; c += columnStep) {
            std::size_t kept = indexOf(scene, r, c);
            float distance = -1;
            for (std::int64_t i = r; i < std::min(r + rowStep, scene.rows); ++i)
                for (std::int64_t j = c; j < std::min(c + columnStep, scene.columns); ++j)
                    if (const float d = std::abs(scene.heights[indexOf(scene, i, j)] - level); d > distance) {
                        distance = d;
                        kept = indexOf(scene, i, j);
                    }
            const bool hole = std::isnan(scene.heights[kept]);
            mesh.heights.push_back(std::clamp(hole ? around(scene, r, c) : scene.heights[kept], 0.0f, 1.0f));
            mesh.colours.push_back(hole ? 0 : scene.colours[kept] | 0xff000000u);
        }
    return mesh;
}

std::vector<LandscapeLineEnd> linesOf(const LandscapeScene& scene) {
    std::vector<LandscapeLineEnd> ends;
    const float x = scene.rowSpan / 2, y = scene.heightScale / 2, z = scene.columnSpan / 2, floor = -y - kLift;
    const auto line = [&](const glm::vec3& a, const glm::vec3& b, std::uint32_t argb) {
        ends.push_back({a.x, a.y, a.z, argb});
        ends.push_back({b.x, b.y, b.z, argb});
    };
    for (int i = 0; i <= kGridLines; ++i) {
        const float share = 2.0f * static_cast<float>(i) / kGridLines - 1;
        line(vec(share * x, floor, -z), vec(share * x, floor, z), scene.grid);
        line(vec(-x, floor, share * z), vec(x, floor, share * z), scene.grid);
    }
    // Walls on the sides away from the eye.
    const float sx = std::sin(scene.camera.yaw) >= 0 ? -x : x, sz = std::cos(scene.camera.yaw) >= 0 ? -z : z;
    for (const auto& [px, pz] : {std::pair(sx, sz), std::pair(-sx, sz), std::pair(sx, -sz)}) line(vec(px, floor, pz), vec(px, y, pz), scene.grid);
    line(vec(-x, y, sz), vec(x, y, sz), scene.grid);
    line(vec(sx, y, -z), vec(sx, y, z), scene.grid);
    if (!std::isnan(scene.zeroLevel)) {
        const float level = (std::clamp(scene.zeroLevel, 0.0f, 1.0f) - 0.5f) * scene.heightScale;
        for (const float px : {-x, x}) line(vec(px, level, -z), vec(px, level, z), scene.grid);
        for (const float pz : {-z, z}) line(vec(-x, level, pz), vec(x, level, pz), scene.grid);
    }
    if (scene.markedRow >= 0 && scene.markedRow < scene.rows) {
        const auto point = [&](std::int64_t column, float at) {
            return worldOf(scene, static_cast<float>(scene.markedRow) + 0.5f, at, std::clamp(filled(scene, scene.markedRow, column), 0.0f, 1.0f)) + vec(0, kLift, 0);
        };
        glm::vec3 last = point(0, 0);
        for (std::int64_t c = 0; c < scene.columns; ++c) {
            const glm::vec3 next = point(c, static_cast<float>(c) + 0.5f);
            line(last, next, scene.mark);
            last = next;
        }
        line(last, point(scene.columns - 1, static_cast<float>(scene.columns)), scene.mark);
    }
    return ends;
}

}  // namespace ms
