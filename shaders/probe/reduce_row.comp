// Mean, maximum (NaN if any element is) or Euclidean norm of every row; one workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/probe_params.h"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint KIND = kReduceMean;

layout(binding = 0) readonly buffer X { float x[]; };          // [L, d]
layout(binding = 1) writeonly buffer Out { float result[]; };  // [L, 1]
layout(push_constant) uniform Push { ReduceParams p; };

// Bits, not isnan(): drivers may assume that there are no NaN.
bool isNaN(float v) { return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u; }

float rowMax(float value) {
    float largest = subgroupMax(value);
    if (subgroupElect()) sharedPartial[gl_SubgroupID] = largest;
    barrier();
    for (uint i = 0; i < gl_NumSubgroups; ++i) largest = max(largest, sharedPartial[i]);
    barrier();
    return largest;
}

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    float value = KIND == kReduceMax ? uintBitsToFloat(0xff800000u) : 0.0, nans = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) {
        const float v = x[p.xFirst + row * p.xStride + c];
        if (KIND == kReduceMean) value += v;
        if (KIND == kReduceL2) value = fma(v, v, value);
        if (KIND == kReduceMax) {
            if (isNaN(v)) nans += 1.0;
            else value = max(value, v);
        }
    }
    if (KIND == kReduceMax) {
        value = rowMax(value);
        if (rowSum(nans) > 0.0) value = uintBitsToFloat(0x7fc00000u);
    } else {
        value = rowSum(value);
        value = KIND == kReduceMean ? value / float(p.d) : sqrt(value);
    }
    if (gl_LocalInvocationIndex == 0) result[p.outFirst + row * p.outStride] = value;
}
