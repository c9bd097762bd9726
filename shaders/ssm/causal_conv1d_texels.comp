// causal_conv1d for software devices (llvmpipe), where a plain buffer load is a scalar load per lane: one lane makes TOKENS
// tokens of four consecutive channels, and reads them as texels of 16 bytes. The lane of a channel's first tokens also
// reads the old state and, last, writes the new one, so nobody reads what it overwrites.
// Needs: d_inner, all firsts (but bias's) and strides in fours; views at 16-byte boundaries; D_CONV > 1; TOKENS at least
// D_CONV - 1 or L, so that no later lane reads the state.
// Grid: ceil(d_inner / (4 WORKGROUP)) * ceil(L / TOKENS), channels first.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint D_CONV = 4;
layout(constant_id = 2) const uint TOKENS = 16;
layout(constant_id = 3) const bool HAS_BIAS = false;

layout(binding = 0) uniform samplerBuffer x_;                   // [L, d_inner]
layout(binding = 1) uniform samplerBuffer weight_;              // [d_inner, D_CONV]
layout(binding = 2) readonly buffer Bias { float bias_[]; };    // [d_inner]
layout(binding = 3) writeonly buffer State { vec4 state4_[]; };  // [d_inner, D_CONV - 1]
layout(binding = 4) writeonly buffer Out { vec4 out4_[]; };     // [L, d_inner]
layout(binding = 5) uniform samplerBuffer stateBefore_;         // the same memory as 3, read
layout(push_constant) uniform Push { ConvParams p; };

const uint kPast = D_CONV - 1;

// Four channels' inputs at `token`, counted from the state's oldest entry.
vec4 inputAt(uint channel, uint token) {
    if (token >= kPast) return texelFetch(x_, int((p.xFirst + (token - kPast) * p.xStride + channel) / 4));
    vec4 v;
    [[unroll]] for (uint c = 0; c < 4; ++c) {
        const uint at = p.stateFirst + (channel + c) * kPast + token;
        v[c] = texelFetch(stateBefore_, int(at / 4))[at % 4];
    }
    return v;
}

void main() {
    const uint blocks = (p.d_inner + 4 * WORKGROUP - 1) / (4 * WORKGROUP);
    const uint channel = (groupIndex() % blocks * WORKGROUP + gl_LocalInvocationIndex) * 4;
    const uint first = groupIndex() / blocks * TOKENS;
    if (channel >= p.d_inner || first >= p.L) return;

    vec4 w[D_CONV], recent[D_CONV];  // the newest input is last
    [[unroll]] for (uint i = 0; i < D_CONV; ++i) {
        const vec4 texel = texelFetch(weight_, int((p.weightFirst + channel * D_CONV) / 4 + i));
        [[unroll]] for (uint j = 0; j < 4; ++j) w[(4 * i + j) % D_CONV][(4 * i + j) / D_CONV] = texel[j];
    }
    [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j + 1] = inputAt(channel, first + j);
    vec4 offset = vec4(0.0);
    [[unroll]] for (uint c = 0; c < 4; ++c)
        if (HAS_BIAS) offset[c] = bias_[p.biasFirst + channel + c];

    [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
        const uint token = first + t;
        if (token < p.L) {
            [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j] = recent[j + 1];
            recent[kPast] = texelFetch(x_, int((p.xFirst + token * p.xStride + channel) / 4));
            vec4 sum = offset;
            [[unroll]] for (uint j = 0; j < D_CONV; ++j) sum = fma(w[j], recent[j], sum);
            [[unroll]] for (uint c = 0; c < 4; ++c) sum[c] = silu(sum[c]);
            out4_[(p.outFirst + token * p.outStride + channel) / 4] = sum;
        }
    }

    if (first == 0) {
        // With L < D_CONV - 1 part of the old state stays: read everything before the first write.
        [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j] = inputAt(channel, p.L + j);
        [[unroll]] for (uint i = 0; i < kPast; ++i) {
            vec4 texel;
            [[unroll]] for (uint j = 0; j < 4; ++j) texel[j] = recent[(4 * i + j) % kPast][(4 * i + j) / kPast];
            state4_[(p.stateFirst + channel * kPast) / 4 + i] = texel;
        }
    }
}
