// The k largest elements of every row, then their indices as floats; ties by lower index, NaN below every number. One
// workgroup a row; each round finds the largest element that comes after the one found before.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x[]; };          // [L, d]
layout(binding = 1) writeonly buffer Out { float result[]; };  // [L, 2 k]
layout(push_constant) uniform Push { ReduceParams p; };

shared uint sharedKey[WORKGROUP];
shared uint sharedIndex[WORKGROUP];

const uint kNothing = 0xffffffffu;

// Unsigned integers in the order of the floats, from 1 up; 0 for NaN.
uint orderKey(float v) {
    const uint bits = floatBitsToUint(v);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 0;
    if ((bits & 0x7fffffffu) == 0) return 0x80000000u;
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

void main() {
    const uint row = groupIndex();
    if (row >= p.L) return;
    const uint from = p.xFirst + row * p.xStride, to = p.outFirst + row * p.outStride;
    uint lastKey = 0, lastIndex = kNothing;
    for (uint round = 0; round < p.bins; ++round) {
        uint key = 0, index = kNothing;
        for (uint c = gl_LocalInvocationIndex; c < p.d; c += WORKGROUP) {
            const uint candidate = orderKey(x[from + c]);
            const bool after = round == 0 || candidate < lastKey || (candidate == lastKey && c > lastIndex);
            if (after && (index == kNothing || candidate > key)) {
                key = candidate;
                index = c;
            }
        }
        const uint best = subgroupMax(key);
        const uint place = subgroupMin(key == best ? index : kNothing);
        if (subgroupElect()) {
            sharedKey[gl_SubgroupID] = best;
            sharedIndex[gl_SubgroupID] = place;
        }
        barrier();
        lastKey = 0;
        lastIndex = kNothing;
        for (uint i = 0; i < gl_NumSubgroups; ++i) {
            const bool better = sharedKey[i] > lastKey || (sharedKey[i] == lastKey && sharedIndex[i] < lastIndex);
            if (better) {
                lastKey = sharedKey[i];
                lastIndex = sharedIndex[i];
            }
        }
        barrier();
        if (gl_LocalInvocationIndex == 0) {
            result[to + round] = x[from + lastIndex];
            result[to + p.bins + round] = float(lastIndex);
        }
    }
}
