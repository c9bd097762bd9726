// Mamba-2's scan for GPUs as products of small matrices (Dao & Gu 2024, section 6): a workgroup makes one tile of one chunk of
// one head. Three dispatches: kSsdSummary, what each chunk alone leaves in the state, Σ_j e^(s_Q - s_j) dt_j u_j Bᵀ_j;
// ssd_combine strings the chunks together; kSsdOutput, with the chunk's start state h,
//   y_i = Σ_{j ≤ i} (C_i·B_j) e^(s_i - s_j) dt_j u_j  +  e^(s_i) h C_i  +  D u_i,   s the running sum of dt A.
// s is kept as a pair of floats: a difference of long sums would lose the digits of a short one.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint MODE = kSsdSummary;
layout(constant_id = 2) const uint CHUNK = 64;  // tokens, a multiple of 16
layout(constant_id = 3) const uint TILE = 64;   // channels of one tile, a multiple of 16

layout(binding = 0) readonly buffer U { float u_[]; };       // [L, d_inner]
layout(binding = 1) readonly buffer Dt { float dt_[]; };     // [L, n_heads]
layout(binding = 2) readonly buffer A { float A_[]; };       // [n_heads]
layout(binding = 3) readonly buffer B { float B_[]; };       // [L, n_groups * d_state]
layout(binding = 4) readonly buffer C { float C_[]; };       // [L, n_groups * d_state]
layout(binding = 5) readonly buffer D { float D_[]; };       // [n_heads]
layout(binding = 6) buffer ChunkState { float chunk_[]; };   // [chunks, d_inner, d_state]
layout(binding = 7) buffer ChunkDecay { float decay_[]; };   // [chunks, n_heads] e^(s_Q)
layout(binding = 8) writeonly buffer Out { float out_[]; };  // [L, d_inner]
layout(push_constant) uniform Push { HeadScanParams p; };

const uint kSide = 16;       // invocations of a workgroup stand in a square of 16 by 16
const uint kDepth = 16;      // of one slice of a product
const uint kStates = 64;     // columns of a summary's tile
const uint kRows = CHUNK / kSide, kColumns = TILE / kSide;
const uint kScores = MODE == kSsdOutput ? CHUNK * (CHUNK + 1) : 1;
const uint kRight = MODE == kSsdOutput ? (CHUNK > TILE ? CHUNK : TILE) : kStates;

shared vec2 sharedSum[CHUNK];   // s of each token, high and low part, in powers of two
shared float sharedDt[CHUNK];
shared float sharedLeft[kDepth * (CHUNK > TILE ? CHUNK : TILE)];
shared float sharedRight[kDepth * kRight];
shared float sharedScore[kScores];  // (C_i·B_j) e^(s_i - s_j) dt_j

// Knuth's exact sum, the low parts along with it.
vec2 pairSum(vec2 a, vec2 b) {
    precise float sum = a.x + b.x;
    precise float part = sum - a.x;
    precise float rest = sum - part;
    precise float errorA = a.x - rest, errorB = b.x - part;
    precise float low = errorA + errorB + (a.y + b.y);
    return vec2(sum, low);
}

// e^(s_a - s_b)
float decayBetween(vec2 a, vec2 b) {
    precise float high = a.x - b.x, low = a.y - b.y;
    return exp2(high + low);
}

void main() {
    const uint self = gl_LocalInvocationIndex, row = self / kSide, column = self % kSide;
    const uint tiles = (p.head_dim + TILE - 1) / TILE;
    const uint stateTiles = MODE == kSsdSummary ? (p.d_state + kStates - 1) / kStates : 1;
    const uint head = gl_WorkGroupID.x / (tiles * stateTiles);
    const uint channel0 = gl_WorkGroupID.x / stateTiles % tiles * TILE;  // within the head
    const uint state0 = gl_WorkGroupID.x % stateTiles * kStates;
    const uint begin = gl_WorkGroupID.y * CHUNK, d_inner = p.n_heads * p.head_dim;
    const uint uAt = p.uFirst + head * p.head_dim + channel0;
    const uint group = head / p.headsPerGroup * p.d_state;
    const uint stateAt = (gl_WorkGroupID.y * d_inner + head * p.head_dim + channel0) * p.d_state;

    if (self < CHUNK) {
        // A token past the end has dt = 0: it changes nothing.
        const float dt = begin + self < p.L ? dt_[p.dtFirst + (begin + self) * p.dtStride + head] : 0.0;
        sharedDt[self] = dt;
        sharedSum[self] = vec2(dt * (A_[p.AFirst + head] * kLog2e), 0.0);
    }
    for (uint offset = 1; offset < CHUNK; offset *= 2) {
        barrier();
        vec2 sum = vec2(0.0);
        if (self < CHUNK) sum = sharedSum[self];
        if (self < CHUNK && self >= offset) sum = pairSum(sum, sharedSum[self - offset]);
        barrier();
        if (self < CHUNK) sharedSum[self] = sum;
    }
    barrier();
    const vec2 whole = sharedSum[CHUNK - 1];

    if (MODE == kSsdSummary) {
        float sums[kColumns * 4];  // [channel][state]
        [[unroll]] for (uint i = 0; i < kColumns * 4; ++i) sums[i] = 0.0;
        for (uint token0 = 0; token0 < CHUNK; token0 += kDepth) {
            for (uint i = self; i < kDepth * TILE; i += WORKGROUP) {
                const uint token = token0 + i / TILE, c = i % TILE;
                const bool inside = begin + token < p.L && channel0 + c < p.head_dim;
                const float u = inside ? u_[uAt + (begin + token) * p.uStride + c] : 0.0;
                sharedLeft[i] = u * sharedDt[token] * decayBetween(whole, sharedSum[token]);
            }
            for (uint i = self; i < kDepth * kStates; i += WORKGROUP) {
                const uint token = token0 + i / kStates, n = state0 + i % kStates;
                const bool inside = begin + token < p.L && n < p.d_state;
                sharedRight[i] = inside ? B_[p.BFirst + (begin + token) * p.BStride + group + n] : 0.0;
            }
            barrier();
            for (uint k = 0; k < kDepth; ++k)
                [[unroll]] for (uint i = 0; i < kColumns; ++i)
                    [[unroll]] for (uint j = 0; j < 4; ++j)
                        sums[i * 4 + j] = fma(sharedLeft[k * TILE + row + i * kSide],
                                              sharedRight[k * kStates + column + j * kSide], sums[i * 4 + j]);
            barrier();
        }
        [[unroll]] for (uint i = 0; i < kColumns; ++i)
            [[unroll]] for (uint j = 0; j < 4; ++j) {
                const uint c = row + i * kSide, n = state0 + column + j * kSide;
                if (channel0 + c < p.head_dim && n < p.d_state) chunk_[stateAt + c * p.d_state + n] = sums[i * 4 + j];
            }
        if (self == 0 && channel0 == 0 && state0 == 0) decay_[gl_WorkGroupID.y * p.n_heads + head] = exp2(whole.x + whole.y);
        return;
    }

    // Scores of all pairs of tokens.
    float scores[kRows * kRows];
    [[unroll]] for (uint i = 0; i < kRows * kRows; ++i) scores[i] = 0.0;
    for (uint n0 = 0; n0 < p.d_state; n0 += kDepth) {
        for (uint i = self; i < kDepth * CHUNK; i += WORKGROUP) {
            const uint token = begin + i / kDepth, n = n0 + i % kDepth, to = i % kDepth * CHUNK + i / kDepth;
            const bool inside = token < p.L && n < p.d_state;
            sharedLeft[to] = inside ? C_[p.CFirst + token * p.CStride + group + n] : 0.0;
            sharedRight[to] = inside ? B_[p.BFirst + token * p.BStride + group + n] : 0.0;
        }
        barrier();
        for (uint k = 0; k < kDepth; ++k)
            [[unroll]] for (uint i = 0; i < kRows; ++i)
                [[unroll]] for (uint j = 0; j < kRows; ++j)
                    scores[i * kRows + j] = fma(sharedLeft[k * CHUNK + row + i * kSide],
                                                sharedRight[k * CHUNK + column + j * kSide], scores[i * kRows + j]);
        barrier();
    }
    [[unroll]] for (uint i = 0; i < kRows; ++i)
        [[unroll]] for (uint j = 0; j < kRows; ++j) {
            const uint to = row + i * kSide, from = column + j * kSide;
            float score = 0.0;
            if (from <= to) score = scores[i * kRows + j] * decayBetween(sharedSum[to], sharedSum[from]) * sharedDt[from];
            sharedScore[to * (CHUNK + 1) + from] = score;
        }

    float sums[kRows * kColumns];  // [token][channel]
    [[unroll]] for (uint i = 0; i < kRows * kColumns; ++i) sums[i] = 0.0;
    // What the chunk starts with, read by C.
    for (uint n0 = 0; n0 < p.d_state; n0 += kDepth) {
        barrier();
        for (uint i = self; i < kDepth * CHUNK; i += WORKGROUP) {
            const uint token = begin + i / kDepth, n = n0 + i % kDepth;
            const bool inside = token < p.L && n < p.d_state;
            sharedLeft[i % kDepth * CHUNK + i / kDepth] = inside ? C_[p.CFirst + token * p.CStride + group + n] : 0.0;
        }
        for (uint i = self; i < kDepth * TILE; i += WORKGROUP) {
            const uint c = i / kDepth, n = n0 + i % kDepth;
            const bool inside = channel0 + c < p.head_dim && n < p.d_state;
            sharedRight[i % kDepth * TILE + c] = inside ? chunk_[stateAt + c * p.d_state + n] : 0.0;
        }
        barrier();
        for (uint k = 0; k < kDepth; ++k)
            [[unroll]] for (uint i = 0; i < kRows; ++i)
                [[unroll]] for (uint j = 0; j < kColumns; ++j)
                    sums[i * kColumns + j] = fma(sharedLeft[k * CHUNK + row + i * kSide],
                                                 sharedRight[k * TILE + column + j * kSide], sums[i * kColumns + j]);
    }
    [[unroll]] for (uint i = 0; i < kRows; ++i) {
        const vec2 sum = sharedSum[row + i * kSide];
        [[unroll]] for (uint j = 0; j < kColumns; ++j) sums[i * kColumns + j] *= exp2(sum.x + sum.y);
    }
    // What the chunk's own tokens write.
    for (uint token0 = 0; token0 < CHUNK; token0 += kDepth) {
        barrier();
        for (uint i = self; i < kDepth * TILE; i += WORKGROUP) {
            const uint token = begin + token0 + i / TILE, c = i % TILE;
            const bool inside = token < p.L && channel0 + c < p.head_dim;
            sharedRight[i] = inside ? u_[uAt + token * p.uStride + c] : 0.0;
        }
        barrier();
        for (uint k = 0; k < kDepth; ++k)
            [[unroll]] for (uint i = 0; i < kRows; ++i)
                [[unroll]] for (uint j = 0; j < kColumns; ++j)
                    sums[i * kColumns + j] = fma(sharedScore[(row + i * kSide) * (CHUNK + 1) + token0 + k],
                                                 sharedRight[k * TILE + column + j * kSide], sums[i * kColumns + j]);
    }
    const float skip = D_[p.DFirst + head];
    [[unroll]] for (uint i = 0; i < kRows; ++i)
        [[unroll]] for (uint j = 0; j < kColumns; ++j) {
            const uint token = begin + row + i * kSide, c = column + j * kSide;
            if (token < p.L && channel0 + c < p.head_dim)
                out_[p.outFirst + token * p.outStride + head * p.head_dim + channel0 + c] =
                    fma(skip, u_[uAt + token * p.uStride + c], sums[i * kColumns + j]);
        }
}
