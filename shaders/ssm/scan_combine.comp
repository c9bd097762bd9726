// Between the chunks of a selective scan: h_start[c + 1] = exp(A S_c) h_start[c] + h_end[c], S_c the chunk's sum of dt.
// One invocation a (channel, state); replaces each chunk's end state by its start state and leaves the final state.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer A { float A_[]; };           // [d_inner, d_state]
layout(binding = 1) readonly buffer ChunkDt { float dtSum[]; };  // [chunks, d_inner]
layout(binding = 2) buffer ChunkState { float chunkState[]; };   // [chunks, d_inner, d_state]
layout(binding = 3) buffer State { float state[]; };             // [d_inner, d_state]
layout(push_constant) uniform Push { ScanCombineParams p; };

void main() {
    const uint i = globalIndex(), size = p.d_inner * p.d_state;
    if (i >= size) return;
    const float a = A_[p.AFirst + i] * kLog2e;
    precise float h = state[p.stateFirst + i];
    for (uint chunk = 0; chunk < p.chunks; ++chunk) {
        const float end = chunkState[chunk * size + i];
        chunkState[chunk * size + i] = h;
        h = fma(exp2(a * dtSum[chunk * p.d_inner + i / p.d_state]), h, end);
    }
    state[p.stateFirst + i] = h;
}
