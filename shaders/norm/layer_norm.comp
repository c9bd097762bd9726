// out = (x - mean) / sqrt(variance + eps) * weight (+ bias) (Ba et al. 2016); one workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/attention_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const bool HAS_BIAS = false;

layout(binding = 0) readonly buffer X { float x[]; };            // [L, d]
layout(binding = 1) readonly buffer Weight { float weight[]; };  // [d]
layout(binding = 2) readonly buffer Bias { float bias[]; };      // [d]
layout(binding = 3) writeonly buffer Out { float result[]; };    // [L, d]
layout(push_constant) uniform Push { LayerNormParams p; };

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    const uint from = p.xFirst + row * p.xStride, to = p.outFirst + row * p.outStride;
    float sum = 0.0, squares = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) sum += x[from + c];
    const float mean = rowSum(sum) / float(p.d);
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) {
        const float v = x[from + c] - mean;  // deviations: nothing cancels
        squares = fma(v, v, squares);
    }
    const float scale = 1.0 / sqrt(rowSum(squares) / float(p.d) + p.eps);
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) {
        const float v = (x[from + c] - mean) * scale * weight[p.weightFirst + c];
        result[to + c] = HAS_BIAS ? v + bias[p.biasFirst + c] : v;
    }
}
