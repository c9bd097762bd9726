// Puts the rows of k or v into their cache at the session's position; one invocation two columns.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/attention_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const bool HALF = false;  // the cache is F16

layout(binding = 0) readonly buffer From { float from[]; };  // [L, heads]
layout(binding = 1) writeonly buffer Cache { uint cache[]; }; // [capacity, heads·headDim]
layout(binding = 2) readonly buffer Position { uint position[]; };
layout(push_constant) uniform Push { AppendParams p; };

float source(uint token, uint column) {
    return from[p.fromFirst + token * p.fromStride + column / p.headDim * p.headStep + column % p.headDim];
}

void main() {
    const uint columns = p.heads * p.headDim, pairs = (columns + 1) / 2;
    const uint token = globalIndex() / pairs, column = globalIndex() % pairs * 2;
    if (token >= p.L) return;
    const uint row = position[p.positionFirst] + token;
    if (row >= p.capacity) return;
    const uint at = p.cacheFirst + row * p.cacheStride + column;
    if (HALF) {  // an even number of columns
        cache[at / 2] = packHalf2x16(vec2(source(token, column), source(token, column + 1)));
    } else {
        cache[at] = floatBitsToUint(source(token, column));
        if (column + 1 < columns) cache[at + 1] = floatBitsToUint(source(token, column + 1));
    }
}
