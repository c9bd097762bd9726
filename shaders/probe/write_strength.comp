// out[l, c] = |dt[l, c] u[l, c]| times the Euclidean norm of B[l, :]; one workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/probe_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Dt { float dt[]; };        // [L, d_inner]
layout(binding = 1) readonly buffer U { float u[]; };          // [L, d_inner]
layout(binding = 2) readonly buffer B { float B_[]; };         // [L, d_state]
layout(binding = 3) writeonly buffer Out { float result[]; };  // [L, d_inner]
layout(push_constant) uniform Push { WriteStrengthParams p; };

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    float squares = 0.0;
    for (uint n = gl_LocalInvocationIndex; n < p.d_state; n += WORKGROUP) {
        const float b = B_[p.BFirst + row * p.BStride + n];
        squares = fma(b, b, squares);
    }
    const float norm = sqrt(rowSum(squares));
    for (uint c = gl_LocalInvocationIndex; c < p.d_inner; c += WORKGROUP)
        result[p.outFirst + row * p.outStride + c] =
            abs(dt[p.dtFirst + row * p.dtStride + c] * u[p.uFirst + row * p.uStride + c]) * norm;
}
