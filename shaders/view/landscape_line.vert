// Lines of a landscape: grid, frame and mark.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/landscape_params.h"

layout(binding = 2) readonly buffer Lines { uvec4 lines[]; };  // bits of the position, 0xAARRGGBB
layout(push_constant) uniform Push { LandscapeParams p; };

layout(location = 0) flat out uint argb;

void main() {
    const uvec4 v = lines[gl_VertexIndex];
    argb = v.w;
    const float m[16] = p.viewProjection;
    gl_Position = mat4(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]) *
                  vec4(uintBitsToFloat(v.xyz), 1.0);
}
