// Causal attention of many queries (after Dao et al. 2022): a workgroup takes WORKGROUP / LANES rows, a row being a token and
// one of the heads that share keys, and walks through the cache in tiles of KEYS that go through shared memory. LANES
// invocations share a row and hold DIMS groups of four columns of its query and sums each.
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
layout(constant_id = 5) const uint KEYS = 16;       // of one tile, a multiple of kTogether
layout(constant_id = 6) const uint PROBES = 0;

layout(binding = 0) readonly buffer Q { float q[]; };  // [L, heads]
layout(binding = 3) readonly buffer Position { uint position[]; };
layout(binding = 4) writeonly buffer Out { float result[]; };      // [L, heads·headDim]
layout(binding = 5) writeonly buffer Entropy { float entropy[]; }; // [L, heads]
layout(binding = 6) writeonly buffer Largest { float largest[]; }; // [L, heads]
layout(push_constant) uniform Push { AttentionParams p; };

#include "shaders/attention/cache_io.glsl"
#include "shaders/attention/softmax_state.glsl"

const uint kTogether = 4;  // keys that are scored before the sums are touched
const uint kGroups = LANES * DIMS;

shared vec4 sharedKeys[KEYS * kGroups];
shared vec4 sharedValues[KEYS * kGroups];

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, perKey = p.heads / p.kvHeads, rows = p.L * perKey, kvHead = gl_WorkGroupID.y;
    // The last rows see most keys: they start first.
    const uint row0 = (gl_NumWorkGroups.x - 1 - gl_WorkGroupID.x) * (WORKGROUP / LANES);
    const uint row = min(row0 + self / LANES, rows - 1);
    const uint token = row / perKey, head = kvHead * perKey + row % perKey;
    const uint start = position[p.positionFirst];
    const uint sees = min(start + token + 1, p.capacity);
    const uint last = min(start + min(row0 + WORKGROUP / LANES - 1, rows - 1) / perKey + 1, p.capacity);

    vec4 query[DIMS], sums[DIMS];
    vec3 state = kNothingSeen;
    [[unroll]] for (uint i = 0; i < DIMS; ++i) {
        const uint column = 4 * (lane + i * LANES), from = p.qFirst + token * p.qStride + head * p.headStep;
        sums[i] = vec4(0.0);
        [[unroll]] for (uint c = 0; c < 4; ++c)
            query[i][c] = column + c < p.headDim ? p.scale * q[from + column + c] : 0.0;
    }

    for (uint key0 = 0; key0 < last; key0 += KEYS) {
        for (uint i = self; i < KEYS * kGroups; i += WORKGROUP) {
            const uint j = min(key0 + i / kGroups, last - 1);
            sharedKeys[i] = keyFour(p.keysFirst + j * p.keysStride + kvHead * p.headDim, i % kGroups);
            sharedValues[i] = valueFour(p.valuesFirst + j * p.valuesStride + kvHead * p.headDim, i % kGroups);
        }
        barrier();
        for (uint k0 = 0; k0 < KEYS; k0 += kTogether) {
            float scores[kTogether];
            float most = state.x;
            [[unroll]] for (uint k = 0; k < kTogether; ++k) {
                float score = 0.0;
                [[unroll]] for (uint i = 0; i < DIMS; ++i)
                    score += dot(query[i], sharedKeys[(k0 + k) * kGroups + lane + i * LANES]);
                [[unroll]] for (uint step = LANES / 2; step > 0; step /= 2) score += subgroupShuffleXor(score, step);
                scores[k] = score;
                if (key0 + k0 + k < sees) most = max(most, score);
            }
            const float below = state.x - most, share = state.y == 0.0 ? 0.0 : expOf(below);
            vec3 next = vec3(most, state.y * share, state.y == 0.0 ? 0.0 : share * fma(below, state.y, state.z));
            [[unroll]] for (uint i = 0; i < DIMS; ++i) sums[i] *= share;
            [[unroll]] for (uint k = 0; k < kTogether; ++k) {
                const float step = scores[k] - most;
                const float weight = key0 + k0 + k < sees ? expOf(step) : 0.0;
                next.y += weight;
                next.z = fma(weight, weight == 0.0 ? 0.0 : step, next.z);
                [[unroll]] for (uint i = 0; i < DIMS; ++i)
                    sums[i] = fma(vec4(weight), sharedValues[(k0 + k) * kGroups + lane + i * LANES], sums[i]);
            }
            state = next;
        }
        barrier();
    }

    if (row0 + self / LANES >= rows) return;
    const float share = 1.0 / state.y;
    [[unroll]] for (uint i = 0; i < DIMS; ++i) {
        const uint column = 4 * (lane + i * LANES), at = p.outFirst + token * p.outStride + head * p.headDim + column;
        for (uint c = 0; c < 4 && column + c < p.headDim; ++c) result[at + c] = sums[i][c] * share;
    }
    if (lane > 0) return;
    if ((PROBES & kAttentionEntropy) != 0) entropy[p.entropyFirst + token * p.entropyStride + head] = entropyOf(state);
    if ((PROBES & kAttentionLargest) != 0) largest[p.largestFirst + token * p.largestStride + head] = share;
}
