// Matrix product for software devices (llvmpipe), one token as well as many. Lanes are weight rows: each lane keeps
// ROWS x TOKENS sums in registers. What it costs there decides the form:
//   - a buffer load is a scalar, bounds-checked load per lane, a texel fetch about 50 vector instructions for 16 bytes
//     in every lane: so weight and x come as texels of 16 bytes;
//   - a fetch from one address in all lanes costs as much: so every lane fetches another part of x, and a shuffle from
//     a constant lane, one or two instructions, spreads it (subgroupBroadcast would search for the lane in a loop);
//   - the order token, row, k keeps one sum in a register at a time; any other spills more;
//   - a variable that lives through a loop is blended once a pass: hence a step of eight k.
// Needs: K in eights; weightFirst in whole 16-byte units; xFirst and xStride in fours; views at 16-byte boundaries;
// VECTOR_STORE: N, ROWS, outFirst and outStride in fours. WORKGROUP is a multiple of LANES.
// Any N and L: rows and tokens past the end repeat the last one and are not written.
// Grid: ceil(N / (LANES ROWS)) * ceil(L / (TOKENS WORKGROUP / LANES)), linear or folded, rows first.
// Subgroups of one workgroup share their rows, so that the weights stay in the cache while their tokens differ.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/matmul_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint TYPE = kTypeF32;
layout(constant_id = 2) const uint EPILOGUE = kEpilogueNone;
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint LANES = 8;   // the device's subgroup size
layout(constant_id = 5) const uint ROWS = 4;    // weight rows of one lane
layout(constant_id = 6) const uint TOKENS = 8;  // tokens of one subgroup
layout(constant_id = 7) const bool VECTOR_STORE = false;  // four rows at once, a third of the code; for many tokens

layout(binding = 0) uniform usamplerBuffer weight;           // [N, K] of any type, as R32G32B32A32_UINT
layout(binding = 1) uniform samplerBuffer x;                 // [L, K] as R32G32B32A32_SFLOAT
layout(binding = 2) readonly buffer Bias { float bias[]; };  // [N]
layout(binding = 3) buffer Out { float result[]; };          // [L, N]
layout(binding = 3) buffer Out4 { vec4 result4[]; };
layout(push_constant) uniform Push { MatmulParams p; };

const uint kStep = 8;                                // k of one pass
const uint kPerUnit = TYPE == kTypeF32 ? 4 : 8;      // weights in 16 bytes
const uint kItems = 2 * TOKENS;                      // fours of x in a pass; four v of token t is item v TOKENS + t
const uint kFetches = (kItems + LANES - 1) / LANES;  // of x, each lane another item
const uint kStore = VECTOR_STORE ? 4 : 1;            // rows of one store

// Row r of a lane, from its first one: lanes take turns, by four rows where four are stored at once.
uint rowOf(uint r) { return r / kStore * kStore * LANES + r % kStore; }

void main() {
    const uint lane = gl_SubgroupInvocationID;
    const uint blocks = (p.N + LANES * ROWS - 1) / (LANES * ROWS);
    const uint n0 = groupIndex() % blocks * LANES * ROWS + lane * kStore;
    const uint token0 = (groupIndex() / blocks * (WORKGROUP / LANES) + gl_SubgroupID) * TOKENS;
    if (token0 >= p.L) return;

    int weightAt[ROWS], xAt[kFetches];
    [[unroll]] for (uint r = 0; r < ROWS; ++r)
        weightAt[r] = int((p.weightFirst + min(n0 + rowOf(r), p.N - 1) * p.K) / kPerUnit);
    [[unroll]] for (uint f = 0; f < kFetches; ++f) {
        const uint item = (f * LANES + lane) % kItems;
        xAt[f] = int((p.xFirst + min(token0 + item % TOKENS, p.L - 1) * p.xStride) / 4 + item / TOKENS);
    }
    float sums[TOKENS * ROWS];
    [[unroll]] for (uint i = 0; i < TOKENS * ROWS; ++i) sums[i] = 0.0;

    for (uint k = 0; k < p.K; k += kStep) {
        vec4 mine[kFetches], w[2 * ROWS];
        [[unroll]] for (uint f = 0; f < kFetches; ++f) mine[f] = texelFetch(x, xAt[f]);
        [[unroll]] for (uint r = 0; r < ROWS; ++r) {
            const uvec4 raw = texelFetch(weight, weightAt[r]);
            if (TYPE == kTypeF32) {
                w[2 * r] = uintBitsToFloat(raw);
                w[2 * r + 1] = uintBitsToFloat(texelFetch(weight, weightAt[r] + 1));
            } else {
                w[2 * r] = widenFour(TYPE, raw.xy);
                w[2 * r + 1] = widenFour(TYPE, raw.zw);
            }
        }
        [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
            vec4 spread[2];
            [[unroll]] for (uint v = 0; v < 2; ++v) {
                const uint item = v * TOKENS + t;
                [[unroll]] for (uint c = 0; c < 4; ++c)
                    spread[v][c] = subgroupShuffle(mine[item / LANES][c], item % LANES);
            }
            [[unroll]] for (uint r = 0; r < ROWS; ++r)
                [[unroll]] for (uint v = 0; v < 2; ++v)
                    [[unroll]] for (uint c = 0; c < 4; ++c)
                        sums[t * ROWS + r] += spread[v][c] * w[2 * r + v][c];
        }
        [[unroll]] for (uint r = 0; r < ROWS; ++r) weightAt[r] += int(kStep / kPerUnit);
        [[unroll]] for (uint f = 0; f < kFetches; ++f) xAt[f] += 2;
    }

    float offset[ROWS];  // loaded once, not once a token
    [[unroll]] for (uint r = 0; r < ROWS; ++r)
        offset[r] = HAS_BIAS ? bias[p.biasFirst + min(n0 + rowOf(r), p.N - 1)] : 0.0;
    [[unroll]] for (uint t = 0; t < TOKENS; ++t) {
        const uint at = p.outFirst + (token0 + t) * p.outStride + n0;
        [[unroll]] for (uint r = 0; r < ROWS; r += kStore) {
            if (token0 + t >= p.L || n0 + rowOf(r) >= p.N) continue;
            vec4 v = vec4(0.0), before = vec4(0.0);
            if (EPILOGUE == kEpilogueAccumulate) {
                if (VECTOR_STORE) before = result4[(at + rowOf(r)) / 4];
                else before.x = result[at + rowOf(r)];
            }
            [[unroll]] for (uint i = 0; i < kStore; ++i) {
                v[i] = sums[t * ROWS + r + i] + offset[r + i] + before[i];
                if (EPILOGUE == kEpilogueSoftplus) v[i] = softplus(v[i]);
                if (EPILOGUE == kEpilogueSilu) v[i] = silu(v[i]);
                if (EPILOGUE == kEpilogueGelu) v[i] = gelu(v[i]);
                if (EPILOGUE == kEpilogueGeluTanh) v[i] = geluTanh(v[i]);
            }
            if (VECTOR_STORE) result4[(at + rowOf(r)) / 4] = v;
            else result[at + rowOf(r)] = v.x;
        }
    }
}
