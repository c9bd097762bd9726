// Causal attention of a few queries, bound by reading the cache once: a workgroup takes one token, HEADS query heads that
// share keys and one part of the cache. LANES invocations share a key and hold DIMS groups of four columns each; every
// such slot sums keys of its own, at the end all slots are joined. Parts go to attention_combine.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/attention_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const bool HALF = false;    // the caches are F16
layout(constant_id = 2) const bool VECTOR = false;  // cached heads start at whole groups of four
layout(constant_id = 3) const uint LANES = 4;       // power of two, at most the subgroup's size
layout(constant_id = 4) const uint DIMS = 4;        // LANES · DIMS · 4 >= headDim
layout(constant_id = 5) const uint HEADS = 1;       // query heads of one workgroup
layout(constant_id = 6) const uint KEYS = 4;        // keys of one slot in flight
layout(constant_id = 7) const bool COMBINE = false; // parts are combined later
layout(constant_id = 8) const uint PROBES = 0;

layout(binding = 0) readonly buffer Q { float q[]; };  // [L, heads]
layout(binding = 3) readonly buffer Position { uint position[]; };
layout(binding = 4) writeonly buffer Out { float result[]; };      // [L, heads·headDim]
layout(binding = 5) writeonly buffer Entropy { float entropy[]; }; // [L, heads]
layout(binding = 6) writeonly buffer Largest { float largest[]; }; // [L, heads]
layout(binding = 7) writeonly buffer Partial { vec4 partial[]; };  // [L, heads, splits] of a state and headDim sums
layout(push_constant) uniform Push { AttentionParams p; };

#include "shaders/attention/cache_io.glsl"
#include "shaders/attention/softmax_state.glsl"

const uint kShortestSplit = 64;  // keys
const uint kSums = HEADS * DIMS;
const uint kSlots = WORKGROUP / LANES;

shared vec4 sharedSums[WORKGROUP * DIMS];  // of one head, a subgroup after the other
shared vec3 sharedState[kSlots];

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, slot = self / LANES;
    const uint perKey = p.heads / p.kvHeads, tiles = (perKey + HEADS - 1) / HEADS;
    const uint item = gl_WorkGroupID.x, split = gl_WorkGroupID.y;
    const uint tile = item % tiles, kvHead = item / tiles % p.kvHeads, token = item / (tiles * p.kvHeads);
    const uint head0 = kvHead * perKey + tile * HEADS, lastHead = (kvHead + 1) * perKey - 1;
    const uint n = min(position[p.positionFirst] + token + 1, p.capacity);
    const uint each = max((n + p.splits - 1) / p.splits, kShortestSplit);
    const uint first = min(split * each, n), last = min(first + each, n);

    vec4 query[kSums], sums[kSums];
    vec3 state[HEADS];
    [[unroll]] for (uint h = 0; h < HEADS; ++h) {
        const uint from = p.qFirst + token * p.qStride + min(head0 + h, lastHead) * p.headStep;
        state[h] = kNothingSeen;
        [[unroll]] for (uint i = 0; i < DIMS; ++i) {
            const uint column = 4 * (lane + i * LANES);
            sums[h * DIMS + i] = vec4(0.0);
            [[unroll]] for (uint c = 0; c < 4; ++c)
                query[h * DIMS + i][c] = column + c < p.headDim ? p.scale * q[from + column + c] : 0.0;
        }
    }

    for (uint base = first; base < last; base += kSlots * KEYS) {
        vec4 cached[KEYS * DIMS];
        float scores[KEYS * HEADS];
        [[unroll]] for (uint k = 0; k < KEYS; ++k) {
            const uint j = min(base + k * kSlots + slot, last - 1);
            [[unroll]] for (uint i = 0; i < DIMS; ++i)
                cached[k * DIMS + i] = keyFour(p.keysFirst + j * p.keysStride + kvHead * p.headDim, lane + i * LANES);
        }
        [[unroll]] for (uint k = 0; k < KEYS; ++k)
            [[unroll]] for (uint h = 0; h < HEADS; ++h) {
                float score = 0.0;
                [[unroll]] for (uint i = 0; i < DIMS; ++i) score += dot(query[h * DIMS + i], cached[k * DIMS + i]);
                [[unroll]] for (uint step = LANES / 2; step > 0; step /= 2) score += subgroupShuffleXor(score, step);
                scores[k * HEADS + h] = score;
            }
        [[unroll]] for (uint k = 0; k < KEYS; ++k) {
            const uint j = min(base + k * kSlots + slot, last - 1);
            [[unroll]] for (uint i = 0; i < DIMS; ++i)
                cached[k * DIMS + i] = valueFour(p.valuesFirst + j * p.valuesStride + kvHead * p.headDim, lane + i * LANES);
        }
        [[unroll]] for (uint k = 0; k < KEYS; ++k) {
            const float counts = base + k * kSlots + slot < last ? 1.0 : 0.0;
            [[unroll]] for (uint h = 0; h < HEADS; ++h) {
                vec2 shares;
                state[h] = joinedStates(state[h], vec3(counts > 0.0 ? scores[k * HEADS + h] : -1e30, counts, 0.0), shares);
                [[unroll]] for (uint i = 0; i < DIMS; ++i)
                    sums[h * DIMS + i] = sums[h * DIMS + i] * shares.x + cached[k * DIMS + i] * shares.y;
            }
        }
    }

    [[unroll]] for (uint h = 0; h < HEADS; ++h) {
        // Slots of a subgroup first, then the subgroups, through shared memory.
        for (uint step = LANES; step < gl_SubgroupSize; step *= 2) {
            const vec3 other = vec3(subgroupShuffleXor(state[h].x, step), subgroupShuffleXor(state[h].y, step),
                                    subgroupShuffleXor(state[h].z, step));
            vec2 shares;
            state[h] = joinedStates(state[h], other, shares);
            [[unroll]] for (uint i = 0; i < DIMS; ++i) {
                vec4 theirs;
                [[unroll]] for (uint c = 0; c < 4; ++c) theirs[c] = subgroupShuffleXor(sums[h * DIMS + i][c], step);
                sums[h * DIMS + i] = sums[h * DIMS + i] * shares.x + theirs * shares.y;
            }
        }
        if (gl_NumSubgroups > 1) {
            if (gl_SubgroupInvocationID < LANES) {
                sharedState[gl_SubgroupID] = state[h];
                [[unroll]] for (uint i = 0; i < DIMS; ++i)
                    sharedSums[(gl_SubgroupID * DIMS + i) * LANES + lane] = sums[h * DIMS + i];
            }
            barrier();
            if (gl_SubgroupID == 0) {
                for (uint s = 1; s < gl_NumSubgroups; ++s) {
                    vec2 shares;
                    state[h] = joinedStates(state[h], sharedState[s], shares);
                    [[unroll]] for (uint i = 0; i < DIMS; ++i)
                        sums[h * DIMS + i] =
                            sums[h * DIMS + i] * shares.x + sharedSums[(s * DIMS + i) * LANES + lane] * shares.y;
                }
            }
            barrier();
        }
    }

    if (self >= LANES) return;
    [[unroll]] for (uint h = 0; h < HEADS; ++h) {
        const uint head = head0 + h;
        if (head > lastHead) continue;
        const uint groups = (p.headDim + 3) / 4;  // of four columns
        const uint record = ((token * p.heads + head) * p.splits + split) * (groups + 1);
        const float share = COMBINE ? 1.0 : 1.0 / state[h].y;
        [[unroll]] for (uint i = 0; i < DIMS; ++i) {
            const uint group = lane + i * LANES;
            if (group >= groups) continue;
            if (COMBINE) {
                partial[record + 1 + group] = sums[h * DIMS + i];
            } else {
                const uint at = p.outFirst + token * p.outStride + head * p.headDim + 4 * group;
                for (uint c = 0; c < 4 && 4 * group + c < p.headDim; ++c) result[at + c] = sums[h * DIMS + i][c] * share;
            }
        }
        if (lane > 0) continue;
        if (COMBINE) {
            partial[record] = vec4(state[h], 0.0);
        } else {
            if ((PROBES & kAttentionEntropy) != 0)
                entropy[p.entropyFirst + token * p.entropyStride + head] = entropyOf(state[h]);
            if ((PROBES & kAttentionLargest) != 0) largest[p.largestFirst + token * p.largestStride + head] = share;
        }
    }
}
