// A layer of an RNN, LSTM or GRU. LANES invocations share the products of one unit's gates. Small layers: one workgroup walks
// through all tokens, h in shared memory and the weights in the multiprocessor's cache. Large ones: a dispatch a token, units
// spread over workgroups.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint KIND = kCellRnnTanh;
layout(constant_id = 2) const uint FLAGS = 0;  // kCell… bits
layout(constant_id = 3) const uint TYPE = kTypeF32;
layout(constant_id = 4) const uint LANES = 8;     // power of two, at most the subgroup's size
layout(constant_id = 5) const uint HIDDEN = 64;

layout(binding = 0) readonly buffer X { float x_[]; };             // [L, gates * hidden]
layout(binding = 1) readonly buffer Weight { float weight_[]; };   // [gates * hidden, hidden]
layout(binding = 1) readonly buffer Words { uint words_[]; };      // two 16-bit weights each
layout(binding = 2) readonly buffer Bias { float bias_[]; };       // [gates * hidden]
layout(binding = 3) readonly buffer H { float h_[]; };             // [hidden] before the first token
layout(binding = 4) buffer C { float c_[]; };                      // [hidden]
layout(binding = 5) writeonly buffer Out { float out_[]; };        // [L, hidden]
layout(binding = 6) writeonly buffer Gates { float gates_[]; };    // [L, gates * hidden]
layout(binding = 7) writeonly buffer Cell { float cell_[]; };      // [L, hidden]
layout(push_constant) uniform Push { CellParams p; };

const uint kGates = KIND == kCellLstm ? 4 : KIND == kCellGru ? 3 : 1;

shared float sharedH[2 * HIDDEN];  // of the token before, of this token

float weightAt(uint i) {
    if (TYPE == kTypeF32) return weight_[i];
    return widenPair(TYPE, words_[i / 2])[i % 2];
}

float sumOfLanes(float value) {
    precise float sum = value;
    [[unroll]] for (uint width = LANES / 2; width > 0; width /= 2) sum = sum + subgroupShuffleXor(sum, width);
    return sum;
}

// g: the gates' values, left for the probes. Returns h.
float cell(uint unit, float x[kGates], inout float g[kGates], float before) {
    if (KIND == kCellRnnTanh || KIND == kCellRnnRelu) {
        precise float sum = x[0] + g[0];
        g[0] = KIND == kCellRnnTanh ? tanhExact(sum) : max(sum, 0.0);
        return g[0];
    }
    if (KIND == kCellGru) {
        g[0] = sigmoid(x[0] + g[0]);
        g[1 % kGates] = sigmoid(x[1 % kGates] + g[1 % kGates]);
        precise float n = tanhExact(fma(g[0], g[2 % kGates], x[2 % kGates]));
        g[2 % kGates] = n;
        precise float h = fma(g[1 % kGates], before - n, n);
        return h;
    }
    [[unroll]] for (uint i = 0; i < kGates; ++i) g[i] = i == 2 ? tanhExact(x[i] + g[i]) : sigmoid(x[i] + g[i]);
    precise float write = g[0] * g[2 % kGates];
    precise float c = fma(g[1 % kGates], c_[p.cFirst + unit], write);
    c_[p.cFirst + unit] = c;
    precise float h = g[3 % kGates] * tanhExact(c);
    return h;
}

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, slot = self / LANES, slots = WORKGROUP / LANES;
    const uint begin = groupIndex() * p.unitsPerGroup, end = min(begin + p.unitsPerGroup, HIDDEN);
    for (uint i = self; i < HIDDEN; i += WORKGROUP) sharedH[i] = h_[p.hFirst + i];
    barrier();
    for (uint token = 0; token < p.L; ++token) {
        const uint old = token % 2 * HIDDEN, fresh = HIDDEN - old;
        for (uint unit0 = begin; unit0 < end; unit0 += slots) {
            const bool own = unit0 + slot < end;
            const uint unit = min(unit0 + slot, end - 1);  // spare lanes compute along: shuffles need whole subgroups
            precise float sums[kGates];
            [[unroll]] for (uint g = 0; g < kGates; ++g) sums[g] = 0.0;
            for (uint k = lane; k < HIDDEN; k += LANES)
                [[unroll]] for (uint g = 0; g < kGates; ++g)
                    sums[g] = fma(weightAt(p.weightFirst + (g * HIDDEN + unit) * HIDDEN + k), sharedH[old + k], sums[g]);
            float x[kGates], gate[kGates];
            [[unroll]] for (uint g = 0; g < kGates; ++g) {
                const uint i = g * HIDDEN + unit;
                precise float sum = sumOfLanes(sums[g]);
                if ((FLAGS & kCellBias) != 0) sum = sum + bias_[p.biasFirst + i];
                gate[g] = sum;
                x[g] = x_[p.xFirst + token * p.xStride + i];
            }
            if (own && lane == 0) {
                const float h = cell(unit, x, gate, sharedH[old + unit]);
                sharedH[fresh + unit] = h;
                out_[p.outFirst + token * p.outStride + unit] = h;
                if ((FLAGS & kCellProbeGates) != 0)
                    [[unroll]] for (uint g = 0; g < kGates; ++g)
                        gates_[p.gatesFirst + token * p.gatesStride + g * HIDDEN + unit] = gate[g];
                if ((FLAGS & kCellProbeCell) != 0) cell_[p.cellFirst + token * p.cellStride + unit] = c_[p.cFirst + unit];
            }
        }
        barrier();
    }
}
