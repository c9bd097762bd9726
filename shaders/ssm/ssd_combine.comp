// Between the chunks of Mamba-2's scan: h_start[c + 1] = decay[c] h_start[c] + added[c]. One invocation a state; replaces what
// each chunk added by the state it starts from, and leaves the final state. Loads of several chunks are in flight at once.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer ChunkDecay { float decay_[]; };  // [chunks, n_heads]
layout(binding = 1) buffer ChunkState { float chunk_[]; };           // [chunks, d_inner, d_state]
layout(binding = 2) buffer State { float state_[]; };                // [d_inner, d_state]
layout(push_constant) uniform Push { SsdCombineParams p; };

const uint kAhead = 16;

void main() {
    const uint i = globalIndex(), size = p.d_inner * p.d_state;
    if (i >= size) return;
    const uint head = i / (p.head_dim * p.d_state);
    precise float h = state_[p.stateFirst + i];
    for (uint first = 0; first < p.chunks; first += kAhead) {
        float added[kAhead], decay[kAhead];
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            const uint chunk = min(first + j, p.chunks - 1);
            added[j] = chunk_[chunk * size + i];
            decay[j] = decay_[chunk * p.n_heads + head];
        }
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            if (first + j >= p.chunks) break;
            chunk_[(first + j) * size + i] = h;
            h = fma(decay[j], h, added[j]);
        }
    }
    state_[p.stateFirst + i] = h;
}
