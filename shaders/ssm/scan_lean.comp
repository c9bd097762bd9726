// Selective scan for software devices: one invocation a channel, its states in registers, nothing in shared memory. There
// a buffer load costs as much per lane whether lanes agree or not, and a shuffle from a constant lane next to nothing: so
// every lane loads another four of B and C, which all channels need, and shuffles spread them.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/ssm/scan_io.glsl"

layout(constant_id = 2) const uint STATES = 16;     // d_state
layout(constant_id = 3) const bool VECTOR = false;  // rows of B and C are aligned groups of four
layout(constant_id = 4) const uint LANES = 8;       // the subgroup's size

const uint kFours = (STATES + 3) / 4;
const uint kTokens = LANES < kFours ? 1 : LANES / kFours;                // that one round of loads serves
const uint kFetches = (kFours * kTokens + LANES - 1) / LANES;  // of B and of C, by every lane

vec4 statesOfA(uint from, uint group) {
    vec4 v = vec4(0.0);
    [[unroll]] for (uint j = 0; j < 4; ++j)
        if (4 * group + j < STATES) v[j] = A_[from + 4 * group + j];
    return v;
}

vec4 statesOfB(uint from, uint group) {
    if (VECTOR) return vec4(B4_[from / 4 + group]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint j = 0; j < 4; ++j)
        if (4 * group + j < STATES) v[j] = float(B_[from + 4 * group + j]);
    return v;
}

vec4 statesOfC(uint from, uint group) {
    if (VECTOR) return vec4(C4_[from / 4 + group]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint j = 0; j < 4; ++j)
        if (4 * group + j < STATES) v[j] = float(C_[from + 4 * group + j]);
    return v;
}

void main() {
    // Lanes past the last channel repeat it and write nothing: their loads are needed.
    const bool inside = globalIndex() < p.d_inner;
    const uint channel = min(globalIndex(), p.d_inner - 1);
    const uint stateAt = p.stateFirst + channel * STATES;

    precise vec4 h[kFours], a[kFours];
    [[unroll]] for (uint i = 0; i < kFours; ++i) {
        a[i] = statesOfA(p.AFirst + channel * STATES, i) * kLog2e;
        h[i] = vec4(0.0);
        [[unroll]] for (uint j = 0; j < 4; ++j)
            if (4 * i + j < STATES) h[i][j] = state_[stateAt + 4 * i + j];
    }
    const float bias = dtBiasOf(channel), skip = D_[p.DFirst + channel];

    for (uint token0 = 0; token0 < p.L; token0 += kTokens) {
        vec4 mineB[kFetches], mineC[kFetches];
        [[unroll]] for (uint f = 0; f < kFetches; ++f) {
            const uint item = f * LANES + gl_SubgroupInvocationID;
            const uint token = min(token0 + item / kFours, p.L - 1);
            mineB[f] = statesOfB(p.BFirst + token * p.BStride, item % kFours);
            mineC[f] = statesOfC(p.CFirst + token * p.CStride, item % kFours);
        }
        [[unroll]] for (uint t = 0; t < kTokens; ++t) {
            const uint token = min(token0 + t, p.L - 1);
            const bool real = token0 + t < p.L;
            // A token past the end has dt = 0: it keeps the state as it is.
            const float dt = real ? stepSize(float(dt_[p.dtFirst + token * p.dtStride + channel]), bias) : 0.0;
            const float u = float(u_[p.uFirst + token * p.uStride + channel]);
            precise float du = dt * u;
            precise vec4 read = vec4(0.0);
            vec4 squares = vec4(0.0);
            [[unroll]] for (uint i = 0; i < kFours; ++i) {
                const uint item = t * kFours + i;
                const vec4 b = subgroupShuffle(mineB[item / LANES], item % LANES),
                           c = subgroupShuffle(mineC[item / LANES], item % LANES);
                h[i] = fma(exp2(dt * a[i]), h[i], du * b);
                read = fma(c, h[i], read);
                if (PROBE_NORM) squares = fma(h[i], h[i], squares);
            }
            precise float sum = (read.x + read.y) + (read.z + read.w);
            if (inside && real) {
                const float z = GATE ? float(z_[p.zFirst + token * p.zStride + channel]) : 0.0;
                writeToken(token, channel, sum, skip, u, z, squares.x + squares.y + squares.z + squares.w);
            }
        }
    }

    if (!inside) return;
    [[unroll]] for (uint i = 0; i < kFours; ++i)
        [[unroll]] for (uint j = 0; j < 4; ++j)
            if (4 * i + j < STATES) state_[stateAt + 4 * i + j] = h[i][j];
}
