// One row of attention weights a workgroup, written out: for views, not for speed.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/attention_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/row_reduce.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const bool HALF = false;

layout(binding = 0) readonly buffer Q { float q[]; };       // [Q, heads]
layout(binding = 1) readonly buffer Keys { uint keys[]; };  // [capacity, kvHeads·headDim]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(binding = 3) buffer Out { float result[]; };         // [Q·heads, width]
layout(push_constant) uniform Push { AttentionWeightsParams p; };

float rowMax(float value) {
    float most = subgroupMax(value);
    if (gl_NumSubgroups == 1) return most;
    if (subgroupElect()) sharedPartial[gl_SubgroupID] = most;
    barrier();
    for (uint i = 0; i < gl_NumSubgroups; ++i) most = max(most, sharedPartial[i]);
    barrier();
    return most;
}

void main() {
    const uint row = groupIndex();
    if (row >= p.Q * p.heads) return;
    const uint token = row / p.heads, head = row % p.heads;
    const uint sees = position[p.positionFirst] + token + 1;
    const uint to = p.outFirst + row * p.outStride, from = p.qFirst + token * p.qStride + head * p.headStep;
    if (sees > p.width) {
        for (uint j = gl_LocalInvocationIndex; j < p.width; j += WORKGROUP) result[to + j] = uintBitsToFloat(0x7fc00000u);
        return;
    }
    float most = -1e30, sum = 0.0;
    for (uint j = gl_LocalInvocationIndex; j < sees; j += WORKGROUP) {
        const uint key = p.keysFirst + j * p.keysStride + head / (p.heads / p.kvHeads) * p.headDim;
        float score = 0.0;
        for (uint d = 0; d < p.headDim; ++d) {
            const float k = HALF ? unpackHalf2x16(keys[(key + d) / 2])[(key + d) % 2] : uintBitsToFloat(keys[key + d]);
            score = fma(p.scale * q[from + d], k, score);
        }
        result[to + j] = score;  // read back by this invocation alone
        most = max(most, score);
    }
    most = rowMax(most);
    for (uint j = gl_LocalInvocationIndex; j < sees; j += WORKGROUP) sum += exp2((result[to + j] - most) * kLog2e);
    const float share = 1.0 / rowSum(sum);
    for (uint j = gl_LocalInvocationIndex; j < p.width; j += WORKGROUP)
        result[to + j] = j < sees ? exp2((result[to + j] - most) * kLog2e) * share : 0.0;
}
