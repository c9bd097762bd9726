// out = x / sqrt(mean(x^2) + eps) * weight (Zhang & Sennrich 2019); one workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/norm_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x[]; };            // [L, d]
layout(binding = 1) readonly buffer Weight { float weight[]; };  // [d]
layout(binding = 2) writeonly buffer Out { float result[]; };    // [L, d]
layout(push_constant) uniform Push { RmsNormParams p; };

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    const uint from = p.xFirst + row * p.xStride, to = p.outFirst + row * p.outStride;
    float sum = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) sum = fma(x[from + c], x[from + c], sum);
    const float scale = 1.0 / sqrt(rowSum(sum) / float(p.d) + p.eps);
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP)
        result[to + c] = x[from + c] * scale * weight[p.weightFirst + c];
}
