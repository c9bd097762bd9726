// Between the chunks of a selective scan: h_start[c + 1] = exp(A S_c) h_start[c] + h_end[c], S_c the chunk's sum of dt.
// One invocation a (state, channel), channels neighbouring; replaces each chunk's end state by its start state and
// leaves the final state. Loads of several chunks are in flight at once, or their latency would be the whole time.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/workgroup.glsl"
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"


layout(binding = 0) readonly buffer A { float A_[]; };           // [d_inner, d_state]
layout(binding = 1) readonly buffer ChunkDt { float dtSum[]; };  // [chunks, d_inner]
layout(binding = 2) buffer ChunkState { float chunkState[]; };   // [chunks, d_state, d_inner]
layout(binding = 3) buffer State { float state[]; };             // [d_inner, d_state]
layout(push_constant) uniform Push { ScanCombineParams p; };

const uint kAhead = 16;

void main() {
    const uint i = globalIndex(), size = p.d_inner * p.d_state;
    if (i >= size) return;
    const uint channel = i % p.d_inner, at = channel * p.d_state + i / p.d_inner;
    const float a = A_[p.AFirst + at] * kLog2e;
    precise float h = state[p.stateFirst + at];
    for (uint first = 0; first < p.chunks; first += kAhead) {
        float end[kAhead], decay[kAhead];
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            const uint chunk = min(first + j, p.chunks - 1);
            end[j] = chunkState[chunk * size + i];
            decay[j] = exp2(a * dtSum[chunk * p.d_inner + channel]);
        }
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            if (first + j >= p.chunks) break;
            chunkState[(first + j) * size + i] = h;
            h = fma(decay[j], h, end[j]);
        }
    }
    state[p.stateFirst + at] = h;
}
