// Products with the chosen experts only: GROUP invocations share one row of an expert's weight and multiply up to SLOTS rows
// of x that chose it. Few slots stand alone (DIRECT); many come in blocks that expert_lists made, so that a weight is read
// once for several of them.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/expert_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const uint GROUP = 8;       // power of two, at most the subgroup's size
layout(constant_id = 3) const bool DIRECT = true;
layout(constant_id = 4) const bool VECTOR = false;  // K in fours, x and weight aligned for them

layout(binding = 0) readonly buffer Weight1 { uint weight[]; };   // [experts, N, K]
layout(binding = 0) readonly buffer Weight2 { uvec2 weight2[]; };
layout(binding = 0) readonly buffer Weight4 { vec4 weight4[]; };
layout(binding = 1) readonly buffer X1 { float x1[]; };           // [slots / perRow, K]
layout(binding = 1) readonly buffer X4 { vec4 x4[]; };
layout(binding = 2) readonly buffer Ids { uint ids[]; };          // [slots]
layout(binding = 3) readonly buffer Lists { uint lists[]; };      // of expert_lists
layout(binding = 4) writeonly buffer Out { float result[]; };     // [slots, N]
layout(push_constant) uniform Push { ExpertMatmulParams p; };

#include "shaders/include/quants.glsl"

const uint kSlots = DIRECT ? 1 : kExpertSlots;

float weightAt(uint i) {
    return TYPE == kTypeF32 ? uintBitsToFloat(weight[i]) : widenPair(TYPE, weight[i / 2])[i % 2];
}

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % GROUP, n = gl_WorkGroupID.x * (WORKGROUP / GROUP) + self / GROUP, block = gl_WorkGroupID.y;
    uint expert, first = block, count = 1;
    if (DIRECT) {
        expert = ids[p.idsFirst + block];
    } else {
        const uint at = p.slots + 3 * block;
        expert = lists[at];
        first = lists[at + 1];
        count = lists[at + 2];
    }
    if (count == 0) return;

    uint slot[kSlots], from[kSlots];
    float sums[kSlots];
    [[unroll]] for (uint s = 0; s < kSlots; ++s) {
        slot[s] = DIRECT ? block : lists[first + min(s, count - 1)];
        from[s] = p.xFirst + slot[s] / p.perRow * p.xStride;
        sums[s] = 0.0;
    }
    const uint place = (min(expert, p.experts - 1) * p.N + min(n, p.N - 1)) * p.K, row = p.weightFirst + place;
    if (isQuantised(TYPE)) {
        for (uint k = 4 * lane; k < p.K; k += 4 * GROUP) {
            const vec4 w = quantFour(TYPE, p.weightFirst, place + k);
            [[unroll]] for (uint s = 0; s < kSlots; ++s)
                [[unroll]] for (uint c = 0; c < 4; ++c) sums[s] = fma(w[c], x1[from[s] + k + c], sums[s]);
        }
    } else if (VECTOR) {
        for (uint k = 4 * lane; k < p.K; k += 4 * GROUP) {
            const vec4 w = TYPE == kTypeF32 ? weight4[(row + k) / 4] : widenFour(TYPE, weight2[(row + k) / 4]);
            [[unroll]] for (uint s = 0; s < kSlots; ++s) sums[s] += dot(w, x4[(from[s] + k) / 4]);
        }
    } else {
        for (uint k = lane; k < p.K; k += GROUP) {
            const float w = weightAt(row + k);
            [[unroll]] for (uint s = 0; s < kSlots; ++s) sums[s] = fma(w, x1[from[s] + k], sums[s]);
        }
    }
    [[unroll]] for (uint s = 0; s < kSlots; ++s)
        [[unroll]] for (uint step = GROUP / 2; step > 0; step /= 2) sums[s] += subgroupShuffleXor(sums[s], step);
    if (lane > 0 || n >= p.N) return;
    [[unroll]] for (uint s = 0; s < kSlots; ++s)
        if (s < count) result[p.outFirst + slot[s] * p.outStride + n] = sums[s];
}
