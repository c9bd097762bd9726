// Between the chunks of complex_scan: h_start[c + 1] = kept[c] h_start[c] + h_end[c], complex numbers. One invocation a state of a
// channel; replaces each chunk's end state by its start state and leaves the final state. Loads of several chunks are in flight
// at once, as in scan_combine.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/ssm_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer ChunkKept { float kept_[]; };  // [chunks, d_inner, 2 * d_state]
layout(binding = 1) buffer ChunkState { float chunkState_[]; };    // as ChunkKept
layout(binding = 2) buffer State { float state_[]; };              // [d_inner, 2 * d_state]
layout(push_constant) uniform Push { ScanCombineParams p; };

const uint kAhead = 8;

void main() {
    const uint i = globalIndex(), size = p.d_inner * 2 * p.d_state;
    if (i >= p.d_inner * p.d_state) return;
    const uint re = i / p.d_state * 2 * p.d_state + i % p.d_state, im = re + p.d_state;
    precise vec2 h = vec2(state_[p.stateFirst + re], state_[p.stateFirst + im]);
    for (uint first = 0; first < p.chunks; first += kAhead) {
        vec2 end[kAhead], kept[kAhead];
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            const uint at = min(first + j, p.chunks - 1) * size;
            end[j] = vec2(chunkState_[at + re], chunkState_[at + im]);
            kept[j] = vec2(kept_[at + re], kept_[at + im]);
        }
        [[unroll]] for (uint j = 0; j < kAhead; ++j) {
            if (first + j >= p.chunks) break;
            const uint at = (first + j) * size;
            chunkState_[at + re] = h.x;
            chunkState_[at + im] = h.y;
            h = vec2(fma(-kept[j].y, h.y, fma(kept[j].x, h.x, end[j].x)), fma(kept[j].y, h.x, fma(kept[j].x, h.y, end[j].y)));
        }
    }
    state_[p.stateFirst + re] = h.x;
    state_[p.stateFirst + im] = h.y;
}
