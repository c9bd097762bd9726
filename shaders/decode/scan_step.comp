// For one token: the end of x_proj (sums of what norm_matmul left, in a fixed order, by every workgroup), dt_proj with
// its bias and softplus, and a step of the selective scan. LANES invocations share a channel's states and its row of
// dt_proj. Everything that reaches `out` is `precise`: probes change no bit.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/decode_params.h"
#include "shaders/include/numerics.glsl"
#include "shaders/include/ssm_params.h"
#include "shaders/include/weights.glsl"
#include "shaders/include/workgroup.glsl"

layout(constant_id = 1) const uint FLAGS = 0;          // kScan… bits
layout(constant_id = 2) const uint TYPE = kTypeF32;    // of dt_proj
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint LANES = 16;         // power of two, at most the subgroup's size
layout(constant_id = 5) const uint STATES = 1;         // states of one lane
layout(constant_id = 6) const uint WORDS = 2;          // words of a row of dt_proj for one lane
layout(constant_id = 7) const uint FOURS = 20;         // vec4 of a row of partial sums, at most WORKGROUP
layout(constant_id = 8) const uint PASSES = 8;         // rows of partial sums that one invocation adds up

layout(binding = 0) readonly buffer Partial { vec4 partial[]; };     // [parts, FOURS]
layout(binding = 1) readonly buffer DtWeight { uint dtWeight[]; };   // [d_inner, dt_rank]
layout(binding = 2) readonly buffer DtBias { float dtBias[]; };      // [d_inner]
layout(binding = 3) readonly buffer A { float A_[]; };               // [d_inner, d_state]
layout(binding = 4) readonly buffer D { float D_[]; };               // [d_inner]
layout(binding = 5) readonly buffer U { float u_[]; };               // [d_inner]
layout(binding = 6) readonly buffer Z { float z_[]; };               // [d_inner]
layout(binding = 7) buffer State { float state_[]; };                // [d_inner, d_state]
layout(binding = 8) writeonly buffer Sums { float sums_[]; };        // [sums]: dt_low, B, C
layout(binding = 9) writeonly buffer Dt { float dt_[]; };            // [d_inner]
layout(binding = 10) writeonly buffer Out { float out_[]; };         // [d_inner]
layout(binding = 11) writeonly buffer Y { float y_[]; };             // [d_inner]
layout(binding = 12) writeonly buffer Gate { float gate_[]; };       // [d_inner]
layout(binding = 13) writeonly buffer StateNorm { float norm_[]; };  // [d_inner]
layout(push_constant) uniform Push { ScanStepParams p; };

const bool GATE = (FLAGS & kScanGate) != 0;
const bool PROBE_Y = (FLAGS & kScanProbeY) != 0;
const bool PROBE_GATE = (FLAGS & kScanProbeGate) != 0;
const bool PROBE_NORM = (FLAGS & kScanProbeNorm) != 0;
const uint kPerWord = TYPE == kTypeF32 ? 1 : 2;
const uint kSlices = WORKGROUP / FOURS;  // rows of partial sums that the workgroup reads at once

shared vec4 sharedPart[WORKGROUP];
shared float sharedSum[4 * FOURS];

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES;
    const uint channel = groupIndex() * (WORKGROUP / LANES) + self / LANES, c = min(channel, p.d_inner - 1);
    const bool inside = channel < p.d_inner;

    // Whatever does not depend on sums is asked for first.
    const uint fours = self % FOURS, slice = self / FOURS;
    vec4 parts[PASSES];
    [[unroll]] for (uint j = 0; j < PASSES; ++j)
        parts[j] = partial[p.partialFirst / 4 + min(j * kSlices + slice, p.parts - 1) * FOURS + fours];
    const uint words = p.dt_rank / kPerWord;
    uint raw[WORDS];
    [[unroll]] for (uint j = 0; j < WORDS; ++j)
        raw[j] = dtWeight[p.dtWeightFirst / kPerWord + c * words + min(j * LANES + lane, words - 1)];
    float a[STATES];
    precise float h[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint at = c * p.d_state + min(r * LANES + lane, p.d_state - 1);
        a[r] = A_[p.AFirst + at] * kLog2e;
        h[r] = state_[p.stateFirst + at];
    }
    const float u = u_[p.uFirst + c], z = GATE ? z_[p.zFirst + c] : 0.0, skip = D_[p.DFirst + c];
    const float offset = HAS_BIAS ? dtBias[p.dtBiasFirst + c] : 0.0;
    const float gate = GATE ? silu(z) : 1.0;

    precise vec4 part = vec4(0.0);
    [[unroll]] for (uint j = 0; j < PASSES; ++j)
        if (j * kSlices + slice < p.parts) part += parts[j];
    sharedPart[self] = part;
    barrier();
    if (self < FOURS) {
        precise vec4 sum = vec4(0.0);
        [[unroll]] for (uint s = 0; s < kSlices; ++s) sum += sharedPart[s * FOURS + self];
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            sharedSum[4 * self + i] = sum[i];
            if (groupIndex() == 0 && 4 * self + i < p.sums) sums_[p.sumsFirst + 4 * self + i] = sum[i];
        }
    }
    barrier();

    precise float dt = 0.0;
    [[unroll]] for (uint j = 0; j < WORDS; ++j) {
        const uint word = j * LANES + lane, at = p.dtAt + min(word, words - 1) * kPerWord;
        const float low = word < words ? sharedSum[at] : 0.0;
        if (TYPE == kTypeF32) {
            dt = fma(uintBitsToFloat(raw[j]), low, dt);
        } else {
            const vec2 pair = widenPair(TYPE, raw[j]);
            dt = fma(pair.x, low, dt);
            dt = fma(pair.y, word < words ? sharedSum[at + 1] : 0.0, dt);
        }
    }
    // Addition commutes: every lane ends with the same bits.
    [[unroll]] for (uint step = LANES / 2; step > 0; step /= 2) dt = dt + subgroupShuffleXor(dt, step);
    if (HAS_BIAS) dt = dt + offset;
    dt = softplus(dt);

    precise float read = 0.0, du = dt * u;
    float squares = 0.0;
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        const bool real = n < p.d_state;
        const float b = real ? sharedSum[p.BAt + min(n, p.d_state - 1)] : 0.0;
        const float cc = real ? sharedSum[p.CAt + min(n, p.d_state - 1)] : 0.0;
        precise float decay = exp2(dt * a[r]), write = du * b;
        h[r] = fma(decay, h[r], write);
        read = fma(cc, h[r], read);
        if (PROBE_NORM && real) squares = fma(h[r], h[r], squares);
        if (real && inside) state_[p.stateFirst + c * p.d_state + n] = h[r];
    }
    [[unroll]] for (uint step = LANES / 2; step > 0; step /= 2) {
        read = read + subgroupShuffleXor(read, step);
        if (PROBE_NORM) squares += subgroupShuffleXor(squares, step);
    }
    if (lane != 0 || !inside) return;
    precise float y = fma(skip, u, read);
    precise float result = y;
    if (GATE) result = y * gate;
    dt_[p.dtFirst + c] = dt;
    out_[p.outFirst + c] = result;
    if (PROBE_Y) y_[p.yFirst + c] = y;
    if (PROBE_GATE) gate_[p.gateFirst + c] = gate;
    if (PROBE_NORM) norm_[p.stateNormFirst + c] = sqrt(squares);
}
