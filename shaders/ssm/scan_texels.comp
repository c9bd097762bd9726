// Selective scan for software devices (llvmpipe): one lane makes four consecutive channels, their states stay in the lane.
// What it costs there decides the form (see linear/software/matmul_lanes.comp): a plain buffer load is a bounds-checked
// scalar load per lane, so u, dt and z come as texels of 16 bytes, four channels at once; each lane fetches another texel
// of a token's B and C, and shuffles from constant lanes spread them.
// Needs: F32; d_inner and d_state in fours; all firsts (but D's and dtBias's) and strides in fours; views at 16-byte
// boundaries; LANES is the device's subgroup size.
// Grid: ceil(d_inner / (4 WORKGROUP)). Lanes past the end help with B and C, and write nothing.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/ssm/scan_options.glsl"

layout(constant_id = 2) const uint STATES = 16;  // d_state
layout(constant_id = 3) const uint LANES = 8;    // the device's subgroup size

layout(binding = 0) uniform samplerBuffer u_;                        // [L, d_inner]
layout(binding = 1) uniform samplerBuffer dt_;                       // [L, d_inner]
layout(binding = 2) uniform samplerBuffer A_;                        // [d_inner, d_state]
layout(binding = 3) uniform samplerBuffer B_;                        // [L, d_state]
layout(binding = 4) uniform samplerBuffer C_;                        // [L, d_state]
layout(binding = 5) readonly buffer D { float D_[]; };               // [d_inner]
layout(binding = 6) uniform samplerBuffer z_;                        // [L, d_inner]
layout(binding = 7) readonly buffer DtBias { float dtBias_[]; };     // [d_inner]
layout(binding = 8) buffer State { vec4 state4_[]; };                // [d_inner, d_state], written
layout(binding = 9) writeonly buffer Out { vec4 out4_[]; };          // [L, d_inner]
layout(binding = 10) writeonly buffer Y { vec4 y4_[]; };             // [L, d_inner]
layout(binding = 11) writeonly buffer Gate { vec4 gate4_[]; };       // [L, d_inner]
layout(binding = 12) writeonly buffer StateNorm { vec4 norm4_[]; };  // [L, d_inner]
layout(binding = 13) uniform samplerBuffer stateBefore_;             // [d_inner, d_state], the same memory, read

const uint kFours = STATES / 4;  // texels of B, and of C, of a token
const uint kFetches = (kFours + LANES - 1) / LANES;

void main() {
    const uint channel = globalIndex() * 4;
    const uint safe = min(channel, p.d_inner - 4);
    const bool inside = channel < p.d_inner;

    precise float h[4 * STATES], a[4 * STATES];
    vec4 bias, skip;
    [[unroll]] for (uint c = 0; c < 4; ++c) {
        [[unroll]] for (uint n = 0; n < STATES; n += 4) {
            const uint at = (safe + c) * STATES + n;
            const vec4 a4 = texelFetch(A_, int((p.AFirst + at) / 4)) * kLog2e;
            const vec4 h4 = texelFetch(stateBefore_, int((p.stateFirst + at) / 4));
            [[unroll]] for (uint j = 0; j < 4; ++j) {
                a[c * STATES + n + j] = a4[j];
                h[c * STATES + n + j] = h4[j];
            }
        }
        bias[c] = DT_BIAS ? dtBias_[p.dtBiasFirst + safe + c] : 0.0;
        skip[c] = D_[p.DFirst + safe + c];
    }

    int atB[kFetches], atC[kFetches];
    [[unroll]] for (uint f = 0; f < kFetches; ++f) {
        const uint item = (f * LANES + gl_SubgroupInvocationID) % kFours;
        atB[f] = int(p.BFirst / 4 + item);
        atC[f] = int(p.CFirst / 4 + item);
    }
    int atU = int((p.uFirst + safe) / 4), atDt = int((p.dtFirst + safe) / 4), atZ = int((p.zFirst + safe) / 4);

    for (uint token = 0; token < p.L; ++token) {
        const vec4 u = texelFetch(u_, atU), raw = texelFetch(dt_, atDt);
        const vec4 z = GATE ? texelFetch(z_, atZ) : vec4(0.0);
        vec4 mineB[kFetches], mineC[kFetches];
        [[unroll]] for (uint f = 0; f < kFetches; ++f) {
            mineB[f] = texelFetch(B_, atB[f]);
            mineC[f] = texelFetch(C_, atC[f]);
        }
        precise vec4 dt, du;
        precise vec4 part[4];
        vec4 squares = vec4(0.0);
        [[unroll]] for (uint c = 0; c < 4; ++c) {
            dt[c] = stepSize(raw[c], bias[c]);
            part[c] = vec4(0.0);
        }
        du = dt * u;
        [[unroll]] for (uint n = 0; n < STATES; ++n) {
            const float b = subgroupShuffle(mineB[n / 4 / LANES][n % 4], n / 4 % LANES);
            const float g = subgroupShuffle(mineC[n / 4 / LANES][n % 4], n / 4 % LANES);
            [[unroll]] for (uint c = 0; c < 4; ++c) {
                const uint i = c * STATES + n;
                h[i] = fma(exp2(dt[c] * a[i]), h[i], du[c] * b);
                part[c][n % 4] = fma(g, h[i], part[c][n % 4]);
                if (PROBE_NORM) squares[c] = fma(h[i], h[i], squares[c]);
            }
        }
        precise vec4 read, y, result;
        vec4 gate = vec4(1.0);
        [[unroll]] for (uint c = 0; c < 4; ++c) {
            read[c] = (part[c].x + part[c].y) + (part[c].z + part[c].w);
            if (GATE) gate[c] = silu(z[c]);
        }
        y = fma(skip, u, read);
        result = GATE ? y * gate : y;
        if (inside) {
            out4_[(p.outFirst + token * p.outStride + channel) / 4] = result;
            if (PROBE_Y) y4_[(p.yFirst + token * p.yStride + channel) / 4] = y;
            if (PROBE_GATE) gate4_[(p.gateFirst + token * p.gateStride + channel) / 4] = gate;
            if (PROBE_NORM) norm4_[(p.stateNormFirst + token * p.stateNormStride + channel) / 4] = sqrt(squares);
        }
        atU += int(p.uStride / 4);
        atDt += int(p.dtStride / 4);
        atZ += int(p.zStride / 4);
        [[unroll]] for (uint f = 0; f < kFetches; ++f) {
            atB[f] += int(p.BStride / 4);
            atC[f] += int(p.CStride / 4);
        }
    }

    if (inside)
        [[unroll]] for (uint i = 0; i < 4 * STATES; i += 4)
            state4_[(p.stateFirst + channel * STATES + i) / 4] = vec4(h[i], h[i + 1], h[i + 2], h[i + 3]);
}
