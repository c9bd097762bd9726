// Sorts the slots by expert, for products of many tokens: a list of slots, and blocks of at most kExpertSlots of one expert,
// each as (expert, first place in the list, count). One workgroup, one invocation an expert.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/expert_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Ids { uint ids[]; };      // [slots]
layout(binding = 1) writeonly buffer Lists { uint lists[]; }; // [slots], then [blocks, 3]
layout(push_constant) uniform Push { ExpertListsParams p; };

shared uint sharedCount[WORKGROUP];

void main() {
    const uint expert = gl_LocalInvocationIndex;
    uint count = 0;
    if (expert < p.experts)
        for (uint s = 0; s < p.slots; ++s) count += ids[p.idsFirst + s] == expert ? 1 : 0;
    sharedCount[expert] = count;
    barrier();
    uint place = 0, block = 0, all = 0;
    for (uint e = 0; e < p.experts; ++e) {
        const uint blocks = (sharedCount[e] + kExpertSlots - 1) / kExpertSlots;
        if (e < expert) {
            place += sharedCount[e];
            block += blocks;
        }
        all += blocks;
    }
    for (uint done = 0; done < count; done += kExpertSlots) {
        const uint at = p.slots + 3 * block++;
        lists[at] = expert;
        lists[at + 1] = place + done;
        lists[at + 2] = min(count - done, kExpertSlots);
    }
    for (uint b = all + expert; b < p.blocks; b += WORKGROUP) lists[p.slots + 3 * b + 2] = 0;
    if (count > 0)
        for (uint s = 0; s < p.slots; ++s)
            if (ids[p.idsFirst + s] == expert) lists[place++] = s;
}
