// out = a activation(b); one invocation an element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/attention_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint ACTIVATION = kGateSilu;

layout(binding = 0) readonly buffer A { float a[]; };          // [L, d]
layout(binding = 1) readonly buffer B { float b[]; };          // [L, d]
layout(binding = 2) writeonly buffer Out { float result[]; };  // [L, d]
layout(push_constant) uniform Push { GateParams p; };

float activated(float v) {
    if (ACTIVATION == kGateGelu) return gelu(v);
    return ACTIVATION == kGateGeluTanh ? geluTanh(v) : silu(v);
}

void main() {
    const uint row = globalIndex() / p.d, column = globalIndex() % p.d;
    if (row >= p.L) return;
    result[p.outFirst + row * p.outStride + column] =
        a[p.aFirst + row * p.aStride + column] * activated(b[p.bFirst + row * p.bStride + column]);
}
