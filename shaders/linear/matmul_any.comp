// Matrix product for any size and alignment: one invocation makes four tokens of one output.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/matmul_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const uint EPILOGUE = kEpilogueNone;
layout(constant_id = 3) const bool HAS_BIAS = false;

layout(binding = 0) readonly buffer Weight { uint weight[]; };  // [N, K]
layout(binding = 1) readonly buffer X { float x[]; };           // [L, K]
layout(binding = 2) readonly buffer Bias { float bias[]; };     // [N]
layout(binding = 3) buffer Out { float result[]; };             // [L, N]
layout(push_constant) uniform Push { MatmulParams p; };

#include "shaders/include/matmul_epilogue.glsl"
#include "shaders/include/quants.glsl"

const uint kTokens = 4;

float weightAt(uint i) {
    return TYPE == kTypeF32 ? uintBitsToFloat(weight[i]) : widenPair(TYPE, weight[i / 2])[i % 2];
}

void main() {
    const uint blocks = (p.N + WORKGROUP - 1) / WORKGROUP;
    const uint n = groupIndex() % blocks * WORKGROUP + gl_LocalInvocationIndex;
    const uint token = groupIndex() / blocks * kTokens;
    if (n >= p.N || token >= p.L) return;

    uint from[kTokens];
    [[unroll]] for (uint t = 0; t < kTokens; ++t) from[t] = p.xFirst + min(token + t, p.L - 1) * p.xStride;
    vec4 sum = vec4(0.0);
    if (isQuantised(TYPE)) {  // K in whole blocks
        for (uint k = 0; k < p.K; k += 4) {
            const vec4 w = quantFour(TYPE, p.weightFirst, n * p.K + k);
            [[unroll]] for (uint c = 0; c < 4; ++c)
                sum = fma(vec4(w[c]), vec4(x[from[0] + k + c], x[from[1] + k + c], x[from[2] + k + c], x[from[3] + k + c]), sum);
        }
    } else for (uint k = 0; k < p.K; ++k) {
        const float w = weightAt(p.weightFirst + n * p.K + k);
        sum = fma(vec4(w), vec4(x[from[0] + k], x[from[1] + k], x[from[2] + k], x[from[3] + k]), sum);
    }
    for (uint t = 0; t < kTokens && token + t < p.L; ++t) finish(token + t, n, sum[t]);
}
