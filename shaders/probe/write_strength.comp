// out[l, c] = |dt[l, head of c] u[l, c]| times the Euclidean norm of B[l, group of c]; one workgroup a row of one group.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/probe_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Dt { float dt[]; };        // [L, n_heads]
layout(binding = 1) readonly buffer U { float u[]; };          // [L, d_inner]
layout(binding = 2) readonly buffer B { float B_[]; };         // [L, n_groups * d_state]
layout(binding = 3) writeonly buffer Out { float result[]; };  // [L, d_inner]
layout(push_constant) uniform Push { WriteStrengthParams p; };

void main() {
    const uint row = groupIndex() / p.groups, group = groupIndex() % p.groups;
    if (row >= p.L) return;
    float squares = 0.0;
    for (uint n = gl_LocalInvocationIndex; n < p.d_state; n += WORKGROUP) {
        const float b = B_[p.BFirst + row * p.BStride + group * p.d_state + n];
        squares = fma(b, b, squares);
    }
    const float norm = sqrt(rowSum(squares));
    for (uint i = gl_LocalInvocationIndex; i < p.width; i += WORKGROUP) {
        const uint c = group * p.width + i;
        result[p.outFirst + row * p.outStride + c] =
            abs(dt[p.dtFirst + row * p.dtStride + c / p.head_dim] * u[p.uFirst + row * p.uStride + c]) * norm;
    }
}
