// x[l, c] = clamp(x[l, c] scale[c], low[c], high[c]) in place, NaN stays NaN; one invocation an element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) buffer X { float x[]; };                 // [L, d]
layout(binding = 1) readonly buffer Scale { float scale[]; };  // [d]
layout(binding = 2) readonly buffer Low { float low[]; };      // [d]
layout(binding = 3) readonly buffer High { float high[]; };    // [d]
layout(push_constant) uniform Push { ScaleClampParams p; };

void main() {
    const uint row = globalIndex() / p.d, c = globalIndex() % p.d;
    if (row >= p.L) return;
    const uint at = p.xFirst + row * p.xStride + c;
    precise float v = x[at] * scale[p.scaleFirst + c];
    // Bits, not isnan(): drivers may assume that there are no NaN.
    const bool isNaN = (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u;
    x[at] = isNaN ? v : min(max(v, low[p.lowFirst + c]), high[p.highFirst + c]);
}
