// out[l, c] = mean over n of exp(dt[l, c] A[c, n]): what a token leaves of a channel's state. One invocation makes TOKENS
// tokens of one channel, so that a row of A is read once for all of them.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TOKENS = 16;

layout(binding = 0) readonly buffer Dt { float dt[]; };        // [L, d_inner]
layout(binding = 1) readonly buffer A { float A_[]; };         // [d_inner, d_state]
layout(binding = 2) writeonly buffer Out { float result[]; };  // [L, d_inner]
layout(push_constant) uniform Push { RetentionParams p; };

void main() {
    const uint blocks = (p.d_inner + WORKGROUP - 1) / WORKGROUP;
    const uint channel = groupIndex() % blocks * WORKGROUP + gl_LocalInvocationIndex;
    const uint first = groupIndex() / blocks * TOKENS;
    if (channel >= p.d_inner || first >= p.L) return;

    float stepSize[TOKENS], sum[TOKENS];
    [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
        stepSize[t] = dt[p.dtFirst + min(first + t, p.L - 1) * p.dtStride + channel];
        sum[t] = 0.0;
    }
    for (uint n = 0; n < p.d_state; ++n) {
        const float a = A_[p.AFirst + channel * p.AStride + n] * kLog2e;
        [[unroll]] for (uint t = 0; t < TOKENS; ++t) sum[t] += exp2(stepSize[t] * a);
    }
    [[unroll]] for (uint t = 0; t < TOKENS; ++t)
        if (first + t < p.L) result[p.outFirst + (first + t) * p.outStride + channel] = sum[t] / float(p.d_state);
}
