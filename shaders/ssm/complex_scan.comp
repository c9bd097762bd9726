// Mamba-1's scan with complex A, B and C: h = exp(dt A)∘h + dt B u, y = 2 Re(C·h) + D u, out = y silu(z). LANES invocations
// share the complex states of one channel, each keeps STATES of them in registers. Rows hold d_state real parts, then as many
// imaginary ones.
// MODE kScanWhole takes the tokens one after the other: for single tokens, short chunks and software devices. On a GPU a long
// prefill is three dispatches, as in scan_chunks: summaries of chunks, complex_combine, each chunk from its true start state.
// What a chunk keeps is the product of its tokens' factors, not exp of a sum: a sum of dt times Im A, hundreds of turns, would
// lose the angle's last digits.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/include/circular.glsl"
#include "shaders/ssm/scan_io.glsl"

layout(constant_id = 2) const uint MODE = kScanWhole;
layout(constant_id = 3) const uint LANES = 8;   // power of two, at most the subgroup's size
layout(constant_id = 4) const uint STATES = 2;  // of one lane: d_state <= LANES * STATES

layout(binding = 13) buffer ChunkState { float chunkState_[]; };  // [chunks, d_inner, 2 * d_state] end, later start states
layout(binding = 14) writeonly buffer ChunkKept { float chunkKept_[]; };  // as ChunkState

const bool OUTPUT = MODE != kScanSummary;

float sumOfLanes(float value) {
    precise float sum = value;
    [[unroll]] for (uint width = LANES / 2; width > 0; width /= 2) sum = sum + subgroupShuffleXor(sum, width);
    return sum;
}

// The leading half of a float's digits: products of two such are exact.
float upperDigits(float x) { return uintBitsToFloat(floatBitsToUint(x) & 0xfffff000u); }

// exp(dt a), a.x times log2(e), with the digits of the angle that the product's rounding would lose.
vec2 keptBy(float dt, vec2 a) {
    const float upperDt = upperDigits(dt), upperA = upperDigits(a.y);
    precise float rest = (dt - upperDt) * a.y + upperDt * (a.y - upperA);
    precise vec2 kept = exp2(dt * a.x) * cosSin(wholeTurnsOff(upperDt * upperA) + rest);
    return kept;
}

// a + b c
vec2 complexFma(vec2 b, vec2 c, vec2 a) {
    precise vec2 sum = vec2(fma(-b.y, c.y, fma(b.x, c.x, a.x)), fma(b.y, c.x, fma(b.x, c.y, a.y)));
    return sum;
}

void main() {
    const uint self = gl_WorkGroupID.x * WORKGROUP + gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, N = p.d_state;
    const bool own = self / LANES < p.d_inner;
    const uint channel = min(self / LANES, p.d_inner - 1);  // spare lanes read along: shuffles need whole subgroups
    const uint begin = gl_WorkGroupID.y * p.tokensPerChunk, end = min(begin + p.tokensPerChunk, p.L);
    const uint row = channel * 2 * N, chunkRow = gl_WorkGroupID.y * p.d_inner * 2 * N + row;

    precise vec2 h[STATES], keptAll[STATES];
    vec2 a[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint re = r * LANES + lane, im = re + N;
        h[r] = a[r] = vec2(0.0);
        keptAll[r] = vec2(1.0, 0.0);
        if (re >= N) continue;
        a[r] = vec2(A_[p.AFirst + row + re] * kLog2e, A_[p.AFirst + row + im]);
        if (MODE == kScanWhole) h[r] = vec2(state_[p.stateFirst + row + re], state_[p.stateFirst + row + im]);
        if (MODE == kScanChunk) h[r] = vec2(chunkState_[chunkRow + re], chunkState_[chunkRow + im]);
    }
    const float skip = OUTPUT ? D_[p.DFirst + channel] : 0.0;

    for (uint token = begin; token < end; ++token) {
        const float dt = dt_[p.dtFirst + token * p.dtStride + channel], u = u_[p.uFirst + token * p.uStride + channel];
        const uint atB = p.BFirst + token * p.BStride, atC = p.CFirst + token * p.CStride;
        precise float du = dt * u, read = 0.0;
        float squares = 0.0;
        [[unroll]] for (uint r = 0; r < STATES; ++r) {
            const uint re = r * LANES + lane, im = re + N;
            if (re >= N) continue;
            precise vec2 kept = keptBy(dt, a[r]), write = du * vec2(B_[atB + re], B_[atB + im]);
            h[r] = complexFma(kept, h[r], write);
            if (!OUTPUT) {
                keptAll[r] = complexFma(kept, keptAll[r], vec2(0.0));
                continue;
            }
            read = fma(-C_[atC + im], h[r].y, fma(C_[atC + re], h[r].x, read));
            if (PROBE_NORM) squares = fma(h[r].y, h[r].y, fma(h[r].x, h[r].x, squares));
        }
        if (!OUTPUT) continue;
        precise float sum = 2.0 * sumOfLanes(read);
        const float norm = PROBE_NORM ? sumOfLanes(squares) : 0.0;
        if (own && lane == 0) writeToken(token, channel, sum, skip, u, z_[p.zFirst + token * p.zStride + channel], norm);
    }

    if (MODE == kScanChunk || !own) return;
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint re = r * LANES + lane, im = re + N;
        if (re >= N) continue;
        if (MODE == kScanWhole) {
            state_[p.stateFirst + row + re] = h[r].x;
            state_[p.stateFirst + row + im] = h[r].y;
        } else {
            chunkState_[chunkRow + re] = h[r].x;
            chunkState_[chunkRow + im] = h[r].y;
            chunkKept_[chunkRow + re] = keptAll[r].x;
            chunkKept_[chunkRow + im] = keptAll[r].y;
        }
    }
}
