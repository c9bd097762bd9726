// v = x silu(z); out = v / sqrt(mean(v^2) + eps) * weight over runs of columns; one workgroup a run. `out` may be `x`: an
// invocation writes only the elements that it alone reads.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint FLAGS = 0;  // kNorm… bits

layout(binding = 0) readonly buffer X { float x[]; };            // [L, groups * width]
layout(binding = 1) readonly buffer Z { float z[]; };            // as x
layout(binding = 2) readonly buffer Weight { float weight[]; };  // [groups * width] or [width]
layout(binding = 3) buffer Out { float result[]; };              // as x
layout(binding = 4) writeonly buffer Gate { float gate_[]; };    // as x
layout(push_constant) uniform Push { GatedNormParams p; };

void main() {
    const uint row = groupIndex() / p.groups, first = groupIndex() % p.groups * p.width;
    if (row >= p.L) return;
    const uint from = p.xFirst + row * p.xStride + first, to = p.outFirst + row * p.outStride + first;
    float sum = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.width; c += WORKGROUP) {
        precise float v = x[from + c];
        if ((FLAGS & kNormGated) != 0) {
            const float gate = silu(z[p.zFirst + row * p.zStride + first + c]);
            if ((FLAGS & kNormProbeGate) != 0) gate_[p.gateFirst + row * p.gateStride + first + c] = gate;
            v = v * gate;
            result[to + c] = v;
        }
        sum = fma(v, v, sum);
    }
    const float scale = (FLAGS & kNormOff) != 0 ? 1.0 : 1.0 / sqrt(rowSum(sum) / float(p.width) + p.eps);
    for (uint c = gl_LocalInvocationIndex; c < p.width; c += WORKGROUP) {
        precise float v = ((FLAGS & kNormGated) != 0 ? result[to + c] : x[from + c]) * scale;
        if ((FLAGS & kNormWeight) != 0)
            v = v * weight[p.weightFirst + ((FLAGS & kNormSharedWeight) != 0 ? 0 : first) + c];
        result[to + c] = v;
    }
}
