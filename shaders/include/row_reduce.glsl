// Sums over a workgroup, known to every invocation. Needs GL_KHR_shader_subgroup_arithmetic.
#ifndef MS_ROW_REDUCE_GLSL
#define MS_ROW_REDUCE_GLSL
#include "shaders/include/workgroup.glsl"

shared float sharedPartial[WORKGROUP];  // one entry a subgroup; subgroups may be as small as one invocation

float rowSum(float value) {
    float sum = subgroupAdd(value);
    if (gl_NumSubgroups == 1) return sum;
    if (subgroupElect()) sharedPartial[gl_SubgroupID] = sum;
    barrier();
    sum = 0.0;
    for (uint i = 0; i < gl_NumSubgroups; ++i) sum += sharedPartial[i];
    barrier();
    return sum;
}

#endif
