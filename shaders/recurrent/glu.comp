// out = x[:, :d] sigmoid(x[:, d:]), or out += it; one invocation an element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/circular.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x_[]; };         // [L, 2 * d]
layout(binding = 1) buffer Out { float result_[]; }; // [L, d]
layout(push_constant) uniform Push { GluParams p; };

void main() {
    const uint token = globalIndex() / p.d, c = globalIndex() % p.d;
    if (token >= p.L) return;
    const uint from = p.xFirst + token * p.xStride + c;
    const uint to = p.outFirst + token * p.outStride + c;
    const float value = x_[from] * sigmoid(x_[from + p.d]);
    result_[to] = p.accumulate != 0 ? result_[to] + value : value;
}
