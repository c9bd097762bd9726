// Every cell has its own colour, as in a heatmap, under a light from above; level ground has exactly that colour.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/landscape_params.h"

layout(binding = 1) readonly buffer Colours { uint colours[]; };  // [rows, columns], 0xAARRGGBB; alpha 0: a hole
layout(push_constant) uniform Push { LandscapeParams p; };

layout(location = 0) centroid in vec2 cell;
layout(location = 1) in vec3 normal;
layout(location = 0) out vec4 colour;

void main() {
    const uvec2 at = min(uvec2(max(cell, vec2(0))), uvec2(p.rows, p.columns) - 1u);
    const uint argb = colours[at.x * p.columns + at.y];
    if (argb >> 24 == 0u) discard;
    const vec3 light = normalize(vec3(-0.45, 1.0, 0.6));
    const float shade = 0.6 + 0.4 * max(dot(normalize(normal), light), 0.0) / light.y;
    colour = vec4(unpackUnorm4x8(argb).bgr * min(shade, 1.0), 1.0);
}
