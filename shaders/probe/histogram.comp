// Counts of every row's elements over [low, high): outliers in the end bins, NaN nowhere; one workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x[]; };          // [L, d]
layout(binding = 1) writeonly buffer Out { float result[]; };  // [L, bins]
layout(push_constant) uniform Push { ReduceParams p; };

shared uint sharedCount[256];

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    for (uint b = gl_LocalInvocationIndex; b < p.bins; b += WORKGROUP) sharedCount[b] = 0;
    barrier();
    precise float scale = float(p.bins) / (p.high - p.low);
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) {
        const float v = x[p.xFirst + row * p.xStride + c];
        if ((floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u) continue;
        precise float offset = v - p.low;
        precise float position = offset * scale;
        atomicAdd(sharedCount[uint(clamp(floor(position), 0.0, float(p.bins - 1)))], 1);
    }
    barrier();
    for (uint b = gl_LocalInvocationIndex; b < p.bins; b += WORKGROUP)
        result[p.outFirst + row * p.outStride + b] = float(sharedCount[b]);
}
