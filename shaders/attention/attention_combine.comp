// Joins the parts of the cache that attention_split summed; one workgroup a token and head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/attention_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint PROBES = 0;

layout(binding = 0) readonly buffer Partial { vec4 partial[]; };   // [L, heads, splits] of a state and headDim sums
layout(binding = 1) writeonly buffer Out { float result[]; };      // [L, heads·headDim]
layout(binding = 2) writeonly buffer Entropy { float entropy[]; }; // [L, heads]
layout(binding = 3) writeonly buffer Largest { float largest[]; }; // [L, heads]
layout(push_constant) uniform Push { AttentionParams p; };

#include "shaders/attention/softmax_state.glsl"

void main() {
    const uint token = groupIndex() / p.heads, head = groupIndex() % p.heads;
    if (token >= p.L) return;
    const uint groups = (p.headDim + 3) / 4, first = groupIndex() * p.splits * (groups + 1);
    vec3 state = kNothingSeen;
    for (uint split = 0; split < p.splits; ++split) {
        vec2 shares;
        state = joinedStates(state, partial[first + split * (groups + 1)].xyz, shares);
    }
    const float share = 1.0 / state.y;
    for (uint group = gl_LocalInvocationIndex; group < groups; group += WORKGROUP) {
        vec4 sum = vec4(0.0);
        for (uint split = 0; split < p.splits; ++split) {
            const uint record = first + split * (groups + 1);
            const vec3 part = partial[record].xyz;
            if (part.y != 0.0) sum += partial[record + 1 + group] * expOf(part.x - state.x);
        }
        const uint at = p.outFirst + token * p.outStride + head * p.headDim + 4 * group;
        for (uint c = 0; c < 4 && 4 * group + c < p.headDim; ++c) result[at + c] = sum[c] * share;
    }
    if (gl_LocalInvocationIndex > 0) return;
    if ((PROBES & kAttentionEntropy) != 0) entropy[p.entropyFirst + token * p.entropyStride + head] = entropyOf(state);
    if ((PROBES & kAttentionLargest) != 0) largest[p.largestFirst + token * p.largestStride + head] = share;
}
