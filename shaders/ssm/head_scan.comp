// Mamba-2's scan token by token, with MS_TRAPEZOID Mamba-3's: LANES invocations share the states of one channel, each keeps
// STATES of them in registers. For single tokens, for short chunks, and for software devices, where one subgroup a channel
// reads B and C without waste. With MODE kHeadScanChunkNorm, the norms of chunks whose outputs ssd_chunks made.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint MODE = kHeadScanWhole;
layout(constant_id = 2) const uint LANES = 8;   // power of two, at most the subgroup's size
layout(constant_id = 3) const uint STATES = 8;  // of one lane: d_state <= LANES * STATES
layout(constant_id = 4) const uint CHUNK = 64;  // tokens, with kHeadScanChunkNorm

layout(binding = 0) readonly buffer U { float u_[]; };             // [L, d_inner]
layout(binding = 1) readonly buffer Dt { float dt_[]; };           // [L, n_heads]
layout(binding = 2) readonly buffer A { float A_[]; };             // [n_heads]; Mamba-3: [L, n_heads]
layout(binding = 3) readonly buffer B { float B_[]; };             // [L, n_groups * d_state]
layout(binding = 4) readonly buffer C { float C_[]; };             // [L, n_groups * d_state]
layout(binding = 5) readonly buffer D { float D_[]; };             // [n_heads]
layout(binding = 6) buffer State { float state_[]; };              // [d_inner, d_state]
layout(binding = 7) writeonly buffer Out { float out_[]; };        // [L, d_inner]
layout(binding = 8) writeonly buffer StateNorm { float norm_[]; }; // [L, d_inner]
layout(binding = 9) readonly buffer Start { float start_[]; };     // [chunks, d_inner, d_state]
#ifdef MS_TRAPEZOID
layout(binding = 10) readonly buffer Lambda { float lambda_[]; };  // [L, n_heads]
layout(binding = 11) readonly buffer KPrev { float kPrev_[]; };    // [n_heads * d_state]
layout(binding = 12) readonly buffer VPrev { float vPrev_[]; };    // [d_inner]
#endif
layout(push_constant) uniform Push { HeadScanParams p; };

const bool NORM = MODE != kHeadScanWhole;
const bool OUTPUT = MODE != kHeadScanChunkNorm;

float sumOfLanes(float value) {
    precise float sum = value;
    [[unroll]] for (uint width = LANES / 2; width > 0; width /= 2) sum = sum + subgroupShuffleXor(sum, width);
    return sum;
}

void main() {
    const uint self = gl_WorkGroupID.x * WORKGROUP + gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, d_inner = p.n_heads * p.head_dim;
    const bool own = self / LANES < d_inner;
    const uint channel = min(self / LANES, d_inner - 1);  // spare lanes read along: shuffles need whole subgroups
    const uint head = channel / p.head_dim, column = head / p.headsPerGroup * p.d_state;
    const uint begin = OUTPUT ? 0 : gl_WorkGroupID.y * CHUNK, end = OUTPUT ? p.L : min(begin + CHUNK, p.L);

    precise float h[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        h[r] = 0.0;
        if (n < p.d_state)
            h[r] = OUTPUT ? state_[p.stateFirst + channel * p.d_state + n]
                          : start_[(gl_WorkGroupID.y * d_inner + channel) * p.d_state + n];
    }
    const float skip = D_[p.DFirst + head];
#ifdef MS_TRAPEZOID
    float before[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        before[r] = 0.0;
        if (n < p.d_state) before[r] = kPrev_[p.kPrevFirst + column + n];
    }
    float last = vPrev_[p.vPrevFirst + channel];
#else
    const float rate = A_[p.AFirst + head] * kLog2e;
#endif

    for (uint token = begin; token < end; ++token) {
        const float dt = dt_[p.dtFirst + token * p.dtStride + head];
        const float u = u_[p.uFirst + token * p.uStride + channel];
#ifdef MS_TRAPEZOID
        const float rate = A_[p.AFirst + token * p.AStride + head] * kLog2e;
        const float lambda = lambda_[p.lambdaFirst + token * p.lambdaStride + head];
        precise float decay = exp2(dt * rate);
        precise float again = decay * dt * (1.0 - lambda) * last;
        precise float write = dt * lambda * u;
        last = u;
#else
        precise float decay = exp2(dt * rate);
        precise float write = dt * u;
#endif
        precise float read = 0.0;
        float squares = 0.0;
        [[unroll]] for (uint r = 0; r < STATES; ++r) {
            const uint n = r * LANES + lane;
            const bool inside = n < p.d_state;
            const uint at = column + (inside ? n : 0);
            const float b = inside ? B_[p.BFirst + token * p.BStride + at] : 0.0;
            precise float next = decay * h[r];
#ifdef MS_TRAPEZOID
            next = fma(again, before[r], next);
            before[r] = b;
#endif
            h[r] = fma(write, b, next);
            if (OUTPUT) {
                const float c = inside ? C_[p.CFirst + token * p.CStride + at] : 0.0;
                read = fma(c, h[r], read);
            }
            if (NORM) squares = fma(h[r], h[r], squares);
        }
        if (OUTPUT) {
            precise float sum = sumOfLanes(read);
            precise float y = fma(skip, u, sum);
            if (own && lane == 0) out_[p.outFirst + token * p.outStride + channel] = y;
        }
        if (NORM) {
            const float sum = sumOfLanes(squares);
            if (own && lane == 0) norm_[p.normFirst + token * p.normStride + channel] = sqrt(sum);
        }
    }

    if (!OUTPUT || !own) return;
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        if (n < p.d_state) state_[p.stateFirst + channel * p.d_state + n] = h[r];
    }
}
