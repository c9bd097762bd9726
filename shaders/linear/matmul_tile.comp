// Matrix product for many tokens on a GPU: a workgroup of 256 makes a TILE x TILE block of out, each invocation a
// SIDE x SIDE part of it in registers (SIDE = TILE / 16). Both operands go through double-buffered shared memory, turned
// so that a step of k is contiguous and weights are widened on the way; the next slice loads while this one is
// multiplied. Needs K in fours, rows aligned for four-element loads.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/matmul_params.h"
#include "shaders/include/weights.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const uint EPILOGUE = kEpilogueNone;
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint TILE = 64;            // 64 or 128
layout(constant_id = 5) const uint DEPTH = 16;           // k of one slice: 8 or 16
layout(constant_id = 6) const bool VECTOR_STORE = false; // out takes aligned groups of four

layout(binding = 0) readonly buffer Weight4 { vec4 weight4[]; };  // [N, K] F32
layout(binding = 0) readonly buffer Weight2 { uvec2 weight2[]; }; // [N, K] F16, BF16
layout(binding = 0) readonly buffer Weight1 { uint weight[]; };   // [N, K] quantised
layout(binding = 1) readonly buffer X { vec4 x[]; };              // [L, K]
layout(binding = 2) readonly buffer Bias { float bias[]; };       // [N]
layout(binding = 3) buffer Out { float result[]; };               // [L, N]
layout(binding = 3) buffer Out4 { vec4 result4[]; };
layout(push_constant) uniform Push { MatmulParams p; };

#include "shaders/include/matmul_epilogue.glsl"
#include "shaders/include/quants.glsl"

const uint kQuads = DEPTH / 4;                  // groups of four along k in a slice
const uint kRow = TILE / 4 + 1;                 // vec4 of one k in shared memory, one spare against bank conflicts
const uint kLoads = TILE * kQuads / 256;        // vec4 each invocation brings of either operand
const uint kSlots = TILE * kQuads < 256 ? 1 : kLoads;
const uint kParts = TILE / 64;                  // groups of four outputs along each side of an invocation's part
const uint kSide = 4 * kParts;

shared vec4 sharedX[2 * DEPTH * kRow];
shared vec4 sharedW[2 * DEPTH * kRow];

vec4 nextX[kSlots], nextW[kSlots];

void load(uint token0, uint n0, uint k0) {
    [[unroll]] for (uint j = 0; j < kSlots; ++j) {
        const uint i = gl_LocalInvocationIndex + 256 * j;
        const uint row = i / kQuads, k = k0 + i % kQuads * 4;
        const bool inside = row < TILE && k < p.K;
        nextX[j] = nextW[j] = vec4(0.0);
        if (inside && token0 + row < p.L) nextX[j] = x[(p.xFirst + (token0 + row) * p.xStride + k) / 4];
        if (inside && n0 + row < p.N) {
            const uint at = (p.weightFirst + (n0 + row) * p.K + k) / 4;
            if (isQuantised(TYPE)) nextW[j] = quantFour(TYPE, p.weightFirst, (n0 + row) * p.K + k);
            else nextW[j] = TYPE == kTypeF32 ? weight4[at] : widenFour(TYPE, weight2[at]);
        }
    }
}

void store(uint buffer_) {
    [[unroll]] for (uint j = 0; j < kSlots; ++j) {
        const uint i = gl_LocalInvocationIndex + 256 * j;
        const uint row = i / kQuads, k = i % kQuads * 4;
        if (row < TILE) {
            [[unroll]] for (uint c = 0; c < 4; ++c) {
                const uint at = (buffer_ * DEPTH + k + c) * kRow + row / 4;
                sharedX[at][row % 4] = nextX[j][c];
                sharedW[at][row % 4] = nextW[j][c];
            }
        }
    }
}

void main() {
    const uint n0 = gl_WorkGroupID.x * TILE, token0 = gl_WorkGroupID.y * TILE;
    const uint column = gl_LocalInvocationIndex % 16, line = gl_LocalInvocationIndex / 16;

    vec4 sums[kSide * kParts];  // [token of the part][group of four outputs]
    [[unroll]] for (uint i = 0; i < kSide * kParts; ++i) sums[i] = vec4(0.0);

    load(token0, n0, 0);
    store(0);
    barrier();
    uint current = 0;
    for (uint k0 = 0; k0 < p.K; k0 += DEPTH) {
        const bool more = k0 + DEPTH < p.K;
        if (more) load(token0, n0, k0 + DEPTH);
        [[unroll]] for (uint k = 0; k < DEPTH; ++k) {
            const uint at = (current * DEPTH + k) * kRow;
            vec4 w[kParts];
            [[unroll]] for (uint j = 0; j < kParts; ++j) w[j] = sharedW[at + 16 * j + column];
            [[unroll]] for (uint i = 0; i < kParts; ++i) {
                const vec4 v = sharedX[at + 16 * i + line];
                [[unroll]] for (uint c = 0; c < 4; ++c)
                    [[unroll]] for (uint j = 0; j < kParts; ++j)
                        sums[(4 * i + c) * kParts + j] = fma(vec4(v[c]), w[j], sums[(4 * i + c) * kParts + j]);
            }
        }
        if (more) {
            store(1 - current);
            barrier();
        }
        current = 1 - current;
    }

    [[unroll]] for (uint i = 0; i < kSide; ++i) {
        const uint token = token0 + 64 * (i / 4) + 4 * line + i % 4;
        [[unroll]] for (uint j = 0; j < kParts; ++j) {
            const uint n = n0 + 64 * j + 4 * column;
            if (token >= p.L || n >= p.N) continue;
            const uint at = p.outFirst + token * p.outStride + n;
            const vec4 sum = sums[i * kParts + j];
            if (VECTOR_STORE) {
                result4[at / 4] = vec4(epilogue(at, n, sum.x), epilogue(at + 1, n + 1, sum.y),
                                       epilogue(at + 2, n + 2, sum.z), epilogue(at + 3, n + 3, sum.w));
            } else {
                [[unroll]] for (uint c = 0; c < 4; ++c)
                    if (n + c < p.N) finish(token, n + c, sum[c]);
            }
        }
    }
}
