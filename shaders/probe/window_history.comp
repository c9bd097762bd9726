// Leaves the newest values of a chunk in the ring that the next one's windows reach back to; one invocation an element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/probe_params.h"
#include "shaders/include/workgroup.glsl"

layout(binding = 0) readonly buffer X { float x[]; };                // [L, d]
layout(binding = 1) writeonly buffer History { float history[]; };   // [window, d]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(push_constant) uniform Push { WindowParams p; };

void main() {
    const uint kept = min(p.L, p.window), row = globalIndex() / p.d, c = globalIndex() % p.d;
    if (row >= kept) return;
    const uint t = p.L - kept + row, at = position[p.positionFirst] + p.tokenOffset + t;
    history[p.historyFirst + at % p.window * p.historyStride + c] = x[p.xFirst + t * p.xStride + c];
}
