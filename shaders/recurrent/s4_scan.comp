// S4 and S4D step by step: h = A∘h + P (Q·h) + B u, y = Re(C·h) + D u. LANES invocations share the complex states of one
// channel, each keeps STATES of them and of the matrices' rows in registers.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/numerics.glsl"
#include "shaders/include/recurrent_params.h"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint FLAGS = 0;   // kS4… bits
layout(constant_id = 2) const uint LANES = 8;   // power of two, at most the subgroup's size
layout(constant_id = 3) const uint STATES = 2;  // of one lane: d_state <= LANES * STATES

layout(binding = 0) readonly buffer U { float u_[]; };       // [L, channels]
layout(binding = 1) readonly buffer A { float A_[]; };       // [channels, 2 * d_state]
layout(binding = 2) readonly buffer B { float B_[]; };       // as A
layout(binding = 3) readonly buffer C { float C_[]; };       // as A
layout(binding = 4) readonly buffer P { float P_[]; };       // as A
layout(binding = 5) readonly buffer Q { float Q_[]; };       // as A
layout(binding = 6) readonly buffer D { float D_[]; };       // [channels]
layout(binding = 7) buffer State { float state_[]; };        // as A
layout(binding = 8) writeonly buffer Out { float out_[]; };  // [L, channels]
layout(binding = 9) writeonly buffer Y { float y_[]; };      // [L, channels]
layout(push_constant) uniform Push { S4Params p; };

float sumOfLanes(float value) {
    precise float sum = value;
    [[unroll]] for (uint width = LANES / 2; width > 0; width /= 2) sum = sum + subgroupShuffleXor(sum, width);
    return sum;
}

// a + b c
vec2 complexFma(vec2 b, vec2 c, vec2 a) {
    precise vec2 sum = vec2(fma(-b.y, c.y, fma(b.x, c.x, a.x)), fma(b.y, c.x, fma(b.x, c.y, a.y)));
    return sum;
}

void main() {
    const uint self = gl_WorkGroupID.x * WORKGROUP + gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES;
    const bool own = self / LANES < p.channels;
    const uint channel = min(self / LANES, p.channels - 1);  // spare lanes read along: shuffles need whole subgroups
    const uint row = channel * 2 * p.d_state;

    precise vec2 h[STATES];
    vec2 a[STATES], b[STATES], c[STATES], along[STATES], across[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        h[r] = a[r] = b[r] = c[r] = along[r] = across[r] = vec2(0.0);
        if (n < p.d_state) {
            const uint re = row + n, im = re + p.d_state;
            h[r] = vec2(state_[p.stateFirst + re], state_[p.stateFirst + im]);
            a[r] = vec2(A_[p.AFirst + re], A_[p.AFirst + im]);
            b[r] = vec2(B_[p.BFirst + re], B_[p.BFirst + im]);
            c[r] = vec2(C_[p.CFirst + re], C_[p.CFirst + im]);
            if ((FLAGS & kS4RankOne) != 0) {
                along[r] = vec2(P_[p.PFirst + re], P_[p.PFirst + im]);
                across[r] = vec2(Q_[p.QFirst + re], Q_[p.QFirst + im]);
            }
        }
    }
    const float skip = (FLAGS & kS4Skip) != 0 ? D_[p.DFirst + channel] : 0.0;

    for (uint token = 0; token < p.L; ++token) {
        const float u = u_[p.uFirst + token * p.uStride + channel];
        precise vec2 product = vec2(0.0);
        if ((FLAGS & kS4RankOne) != 0) {
            [[unroll]] for (uint r = 0; r < STATES; ++r) product = complexFma(across[r], h[r], product);
            product = vec2(sumOfLanes(product.x), sumOfLanes(product.y));
        }
        precise float read = 0.0;
        [[unroll]] for (uint r = 0; r < STATES; ++r) {
            h[r] = complexFma(a[r], h[r], b[r] * u);
            if ((FLAGS & kS4RankOne) != 0) h[r] = complexFma(along[r], product, h[r]);
            read = fma(-c[r].y, h[r].y, fma(c[r].x, h[r].x, read));
        }
        precise float sum = sumOfLanes(read);
        precise float y = fma(skip, u, sum);
        if (own && lane == 0) {
            out_[p.outFirst + token * p.outStride + channel] = (FLAGS & kS4Gelu) != 0 ? gelu(y) : y;
            if ((FLAGS & kS4ProbeY) != 0) y_[p.yFirst + token * p.yStride + channel] = y;
        }
    }

    if (!own) return;
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        if (n >= p.d_state) continue;
        state_[p.stateFirst + row + n] = h[r].x;
        state_[p.stateFirst + row + p.d_state + n] = h[r].y;
    }
}
