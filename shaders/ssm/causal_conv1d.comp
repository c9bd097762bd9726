// Depthwise causal convolution, then SiLU; one invocation makes TOKENS tokens of one channel. The invocation of a
// channel's first tokens also reads the old state and, last, writes the new one, so nobody reads what it overwrites.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint D_CONV = 4;
layout(constant_id = 2) const uint TOKENS = 16;
layout(constant_id = 3) const bool HAS_BIAS = false;

layout(binding = 0) readonly buffer X { float x[]; };            // [L, d_inner]
layout(binding = 1) readonly buffer Weight { float weight[]; };  // [d_inner, D_CONV]
layout(binding = 2) readonly buffer Bias { float bias[]; };      // [d_inner]
layout(binding = 3) buffer State { float state[]; };             // [d_inner, D_CONV - 1]
layout(binding = 4) writeonly buffer Out { float result[]; };    // [L, d_inner]
layout(push_constant) uniform Push { ConvParams p; };

const uint kPast = D_CONV - 1;

// The channel's input at `token`, counted from the state's oldest entry.
float inputAt(uint channel, uint token) {
    return token < kPast ? state[p.stateFirst + channel * kPast + token]
                         : x[p.xFirst + (token - kPast) * p.xStride + channel];
}

void main() {
    const uint blocks = (p.d_inner + WORKGROUP - 1) / WORKGROUP;
    const uint channel = groupIndex() % blocks * WORKGROUP + gl_LocalInvocationIndex;
    const uint first = groupIndex() / blocks * TOKENS;
    if (channel >= p.d_inner || first >= p.L) return;

    float w[D_CONV], recent[D_CONV];  // the newest input is last
    [[unroll]] for (uint j = 0; j < D_CONV; ++j) w[j] = weight[p.weightFirst + channel * D_CONV + j];
    [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j + 1] = inputAt(channel, first + j);
    const float offset = HAS_BIAS ? bias[p.biasFirst + channel] : 0.0;

    [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
        const uint token = first + t;
        if (token < p.L) {
            [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j] = recent[j + 1];
            recent[kPast] = x[p.xFirst + token * p.xStride + channel];
            float sum = offset;
            [[unroll]] for (uint j = 0; j < D_CONV; ++j) sum = fma(w[j], recent[j], sum);
            result[p.outFirst + token * p.outStride + channel] = silu(sum);
        }
    }

    if (first == 0) {
        // With L < d_conv - 1 part of the old state stays: read everything before the first write.
        [[unroll]] for (uint j = 0; j < kPast; ++j) recent[j] = inputAt(channel, p.L + j);
        [[unroll]] for (uint j = 0; j < kPast; ++j) state[p.stateFirst + channel * kPast + j] = recent[j];
    }
}
