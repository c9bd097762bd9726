// What the chosen experts made, weighted and added up; one invocation an element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/expert_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer Y { float y[]; };              // [L·chosen, d]
layout(binding = 1) readonly buffer Weights { float weights[]; };  // [L, chosen]
layout(binding = 2) buffer Out { float result[]; };                // [L, d]
layout(push_constant) uniform Push { MixExpertsParams p; };

void main() {
    const uint token = globalIndex() / p.d, column = globalIndex() % p.d;
    if (token >= p.L) return;
    float sum = 0.0;
    for (uint j = 0; j < p.chosen; ++j)
        sum = fma(weights[p.weightsFirst + token * p.weightsStride + j],
                  y[p.yFirst + (token * p.chosen + j) * p.yStride + column], sum);
    result[p.outFirst + token * p.outStride + column] += sum;
}
