// out[l, :] = table[ids[l], :]; one invocation an element. Rows outside this binding's share of the table are left alone.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "shaders/include/memory_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;

layout(binding = 0) readonly buffer Table { uint weight[]; }; // [rowCount, d]
layout(binding = 1) readonly buffer Ids { uint ids[]; };      // [L]
layout(binding = 2) writeonly buffer Out { float result[]; }; // [L, d]
layout(push_constant) uniform Push { EmbeddingParams p; };

#include "shaders/include/quants.glsl"

void main() {
    const uint i = globalIndex();
    const uint token = i / p.d, column = i % p.d;
    if (token >= p.L) return;
    const uint row = ids[p.idsFirst + token] - p.firstRow;
    if (row >= p.rowCount) return;
    const uint place = row * p.d + column, at = p.tableFirst + place;
    float value;
    if (isQuantised(TYPE)) value = quantFour(TYPE, p.tableFirst, place / 4 * 4)[place % 4];
    else value = TYPE == kTypeF32 ? uintBitsToFloat(weight[at]) : widenPair(TYPE, weight[at / 2])[at % 2];
    result[p.outFirst + token * p.outStride + column] = value;
}
