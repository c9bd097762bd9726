// The ground of a landscape: one vertex in the middle of each cell and a border around them, so that the outermost cells
// reach their edges. An instance is one triangle strip between two neighbouring lines of vertices.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/landscape_params.h"

layout(binding = 0) readonly buffer Heights { float heights[]; };  // [rows, columns], holes filled
layout(push_constant) uniform Push { LandscapeParams p; };

layout(location = 0) centroid out vec2 cell;
layout(location = 1) out vec3 normal;

/// Position of line i of n + 2 in units of cells.
float place(uint i, uint n) { return i == 0 ? 0.0 : i == n + 1 ? float(n) : float(i) - 0.5; }
uint cellOf(uint i, uint n) { return clamp(i, 1, n) - 1; }
float at(uint r, uint c) { return heights[r * p.columns + c]; }

void main() {
    const uint along = gl_VertexIndex / 2, across = gl_InstanceIndex + (gl_VertexIndex & 1);
    const uint i = p.alongRows != 0 ? along : across, j = p.alongRows != 0 ? across : along;
    const uint r = cellOf(i, p.rows), c = cellOf(j, p.columns);
    cell = vec2(place(i, p.rows), place(j, p.columns));

    const vec2 size = vec2(p.rowSpan / float(p.rows), p.columnSpan / float(p.columns));
    const uint r0 = r > 0 ? r - 1 : r, r1 = min(r + 1, p.rows - 1), c0 = c > 0 ? c - 1 : c, c1 = min(c + 1, p.columns - 1);
    const vec2 run = max(size, vec2(p.rowSpan, p.columnSpan) / 64.0);  // of many narrow cells the slopes would be noise
    const float dx = r1 > r0 ? (at(r1, c) - at(r0, c)) * p.heightScale / (float(r1 - r0) * run.x) : 0.0;
    const float dz = c1 > c0 ? (at(r, c1) - at(r, c0)) * p.heightScale / (float(c1 - c0) * run.y) : 0.0;
    normal = normalize(vec3(-dx, 1.0, -dz));

    const vec3 position = vec3(cell.x * size.x - 0.5 * p.rowSpan, (at(r, c) - 0.5) * p.heightScale,
                               cell.y * size.y - 0.5 * p.columnSpan);
    const float m[16] = p.viewProjection;
    gl_Position = mat4(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]) *
                  vec4(position, 1.0);
}
