// Matrix product for a few tokens on a GPU: bound by reading the weights once. GROUP invocations share ROWS rows, each
// reads 16 bytes of every row at a time; x comes from the caches. Needs K in whole 16-byte units, all rows aligned.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/matmul_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const uint EPILOGUE = kEpilogueNone;
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint GROUP = 32;   // power of two, divides WORKGROUP
layout(constant_id = 5) const uint ROWS = 1;     // weight rows of one group
layout(constant_id = 6) const uint TOKENS = 1;   // at least L
layout(constant_id = 7) const uint PASSES = 0;   // units of one invocation, 0: as many as K asks for

layout(binding = 0) readonly buffer Weight4 { uvec4 weight4[]; }; // [N, K]
layout(binding = 0) readonly buffer Weight1 { uint weight[]; };  // [N, K] quantised
layout(binding = 1) readonly buffer X { vec4 x[]; };             // [L, K]
layout(binding = 2) readonly buffer Bias { float bias[]; };      // [N]
layout(binding = 3) buffer Out { float result[]; };              // [L, N]
layout(push_constant) uniform Push { MatmulParams p; };

#include "shaders/include/matmul_epilogue.glsl"
#include "shaders/include/quants.glsl"

const uint kPerUnit = TYPE == kTypeF32 ? 4 : 8;  // weights in 16 bytes; as many of a quantised type
const uint kSums = ROWS * TOKENS;
const uint kOwn = (kSums + GROUP - 1) / GROUP;  // sums that one lane finishes: lane, lane + GROUP, …

shared float sharedSum[WORKGROUP / 4 * kSums];  // one entry a subgroup and sum

float sums[kSums];

void multiply(uint row, uint unit, uint units) {
    // Past the end: read the row's last unit and multiply by zero; cheaper than a branch around loads.
    const bool inside = unit < units;
    const uint at = min(unit, units - 1);
    uvec4 raw[ROWS];
    vec4 quants[2 * ROWS];
    [[unroll]] for (uint r = 0; r < ROWS; ++r) {
        const uint place = min(row + r, p.N - 1) * units + at;
        if (isQuantised(TYPE)) {
            quants[2 * r] = quantFour(TYPE, p.weightFirst, place * kPerUnit);
            quants[2 * r + 1] = quantFour(TYPE, p.weightFirst, place * kPerUnit + 4);
        } else {
            raw[r] = weight4[p.weightFirst / kPerUnit + place];
        }
    }
    [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
        const uint from = (p.xFirst + min(t, p.L - 1) * p.xStride) / 4 + at * (kPerUnit / 4);
        const vec4 low = inside ? x[from] : vec4(0.0);
        vec4 high = vec4(0.0);
        if (TYPE != kTypeF32) high = inside ? x[from + 1] : vec4(0.0);
        [[unroll]] for (uint r = 0; r < ROWS; ++r) {
            if (TYPE == kTypeF32) {
                sums[r * TOKENS + t] += dot(uintBitsToFloat(raw[r]), low);
            } else if (isQuantised(TYPE)) {
                sums[r * TOKENS + t] += dot(quants[2 * r], low) + dot(quants[2 * r + 1], high);
            } else {
                sums[r * TOKENS + t] += dot(widenFour(TYPE, raw[r].xy), low);
                sums[r * TOKENS + t] += dot(widenFour(TYPE, raw[r].zw), high);
            }
        }
    }
}

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % GROUP;
    const uint row = (groupIndex() * (WORKGROUP / GROUP) + self / GROUP) * ROWS;
    const uint units = p.K / kPerUnit;

    float addends[kOwn];
    [[unroll]] for (uint o = 0; o < kOwn; ++o) {
        const uint i = o * GROUP + lane, t = i % TOKENS, n = row + i / TOKENS;
        addends[o] = i < kSums && n < p.N && t < p.L ? addend(p.outFirst + t * p.outStride + n, n) : 0.0;
    }
    [[unroll]] for (uint i = 0; i < kSums; ++i) sums[i] = 0.0;
    if (PASSES > 0) {
        [[unroll]] for (uint j = 0; j < PASSES; ++j) multiply(row, lane + j * GROUP, units);
    } else {
        for (uint unit = lane; unit < units; unit += GROUP) multiply(row, unit, units);
    }

    [[unroll]] for (uint i = 0; i < kSums; ++i) {
        if (GROUP >= gl_SubgroupSize) {
            sums[i] = subgroupAdd(sums[i]);
        } else {
            [[unroll]] for (uint step = GROUP / 2; step > 0; step /= 2) sums[i] += subgroupShuffleXor(sums[i], step);
        }
    }
    if (GROUP > gl_SubgroupSize) {
        if (subgroupElect())
            [[unroll]] for (uint i = 0; i < kSums; ++i) sharedSum[gl_SubgroupID * kSums + i] = sums[i];
        barrier();
        const uint perGroup = GROUP / gl_SubgroupSize, firstPart = self / GROUP * perGroup;
        [[unroll]] for (uint i = 0; i < kSums; ++i) {
            float sum = 0.0;
            for (uint part = 0; part < perGroup; ++part) sum += sharedSum[(firstPart + part) * kSums + i];
            sums[i] = sum;
        }
    }
    // Every lane holds all sums: let different lanes write them.
    [[unroll]] for (uint i = 0; i < kSums; ++i) {
        if (lane == i % GROUP && row + i / TOKENS < p.N && i % TOKENS < p.L)
            result[p.outFirst + i % TOKENS * p.outStride + row + i / TOKENS] = activated(sums[i] + addends[i / GROUP]);
    }
}
