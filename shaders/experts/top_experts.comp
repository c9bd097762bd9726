// The experts with the largest logits and their softmax over all of them; one subgroup a token.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "shaders/include/expert_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Logits { float logits[]; };    // [L, experts]
layout(binding = 1) writeonly buffer Ids { uint ids[]; };          // [L, chosen]
layout(binding = 2) writeonly buffer Weights { float weights[]; }; // [L, chosen]
layout(push_constant) uniform Push { TopExpertsParams p; };

const uint kNone = 0xffffffffu, kMostChosen = 16;

void main() {
    const uint token = groupIndex(), lane = gl_SubgroupInvocationID;
    if (token >= p.L || gl_SubgroupID > 0) return;
    const uint from = p.logitsFirst + token * p.logitsStride;
    float most = -3e38, sum = 0.0, chosen = 0.0;
    for (uint e = lane; e < p.experts; e += gl_SubgroupSize) most = max(most, logits[from + e]);
    most = subgroupMax(most);
    for (uint e = lane; e < p.experts; e += gl_SubgroupSize) sum += exp2((logits[from + e] - most) * kLog2e);
    sum = subgroupAdd(sum);

    uint id[kMostChosen];
    float weight[kMostChosen];
    float last = 3e38;
    uint lastIndex = 0;
    for (uint j = 0; j < p.chosen; ++j) {
        float best = -3e38;
        uint place = kNone;
        for (uint e = lane; e < p.experts; e += gl_SubgroupSize) {
            const float v = logits[from + e];
            const bool after = j == 0 || v < last || (v == last && e > lastIndex);
            if (after && (place == kNone || v > best)) {
                best = v;
                place = e;
            }
        }
        last = subgroupMax(place == kNone ? -3e38 : best);
        lastIndex = min(subgroupMin(best == last ? place : kNone), p.experts - 1);
        id[j] = lastIndex;
        weight[j] = exp2((last - most) * kLog2e) / sum;
        chosen += weight[j];
    }
    if (lane > 0) return;
    for (uint j = 0; j < p.chosen; ++j) {
        ids[p.idsFirst + token * p.idsStride + j] = id[j];
        weights[p.weightsFirst + token * p.weightsStride + j] = p.normalize != 0 ? weight[j] / chosen : weight[j];
    }
}
