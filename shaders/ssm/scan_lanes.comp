// Selective scan for GPUs in one pass, for few tokens and for many states: LANES invocations share the states of one
// channel, so that every exp(dt A) is computed once and time need not be split. A tile of tokens at a time: inputs are read coalesced
// over channels, softplus is applied once per (token, channel), and (dt, dt u), B and C go through shared memory; the
// next tile's inputs load while this one is scanned. LANES sums of LANES tokens are turned into one token a lane by a
// transposing butterfly.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "shaders/ssm/scan_io.glsl"

layout(constant_id = 2) const uint LANES = 16;   // power of two, from 4 to the subgroup's size
layout(constant_id = 3) const uint STATES = 1;   // states of one lane: d_state <= LANES * STATES
layout(constant_id = 4) const uint BLOCKS = 4;   // a tile is BLOCKS * LANES tokens

const uint kTile = BLOCKS * LANES;
const uint kChannels = WORKGROUP / LANES;
const uint kPadded = LANES * STATES;
const uint kStepRow = kTile / 2 + 1;  // vec4, one spare against bank conflicts
const uint kTileRow = kTile / 4 + 1;
const uint kReadRow = kTile + 1;
const uint kShare = (kTile * kPadded + WORKGROUP - 1) / WORKGROUP;  // elements of B each invocation brings
const uint kNorms = PROBE_NORM ? kChannels * kReadRow : 1;

shared vec4 sharedStep[kChannels * kStepRow];  // (dt, dt u) of two tokens
shared vec4 sharedB[kPadded * kTileRow];       // [state][token]
shared vec4 sharedC[kPadded * kTileRow];
shared float sharedRead[kChannels * kReadRow]; // C·h
shared float sharedNorm[kNorms];

// This invocation's part of the next tile: BLOCKS (token, channel) pairs of one channel, kShare elements of B and C.
float nextDt[BLOCKS], nextU[BLOCKS], nextZ[BLOCKS], nextB[kShare], nextC[kShare];

void load(uint self, uint token0, uint end, uint channel) {
    [[unroll]] for (uint e = 0; e < BLOCKS; ++e) {
        const uint token = token0 + (e * WORKGROUP + self) / kChannels;
        const bool inside = token < end && channel < p.d_inner;
        nextDt[e] = nextU[e] = nextZ[e] = 0.0;
        if (inside) {
            nextDt[e] = float(dt_[p.dtFirst + token * p.dtStride + channel]);
            nextU[e] = float(u_[p.uFirst + token * p.uStride + channel]);
            if (GATE) nextZ[e] = float(z_[p.zFirst + token * p.zStride + channel]);
        }
    }
    [[unroll]] for (uint j = 0; j < kShare; ++j) {
        const uint i = j * WORKGROUP + self;
        const uint token = token0 + i / kPadded, n = i % kPadded;
        const bool inside = token < end && i < kTile * kPadded && n < p.d_state;
        nextB[j] = nextC[j] = 0.0;
        if (inside) {
            nextB[j] = float(B_[p.BFirst + token * p.BStride + n]);
            nextC[j] = float(C_[p.CFirst + token * p.CStride + n]);
        }
    }
}

// Lane i of each group of LANES ends with the group's sum of v[i].
void transposeSum(inout float v[LANES], uint lane) {
    [[unroll]] for (uint width = LANES / 2; width > 0; width /= 2) {
        const bool upper = (lane & width) != 0;
        [[unroll]] for (uint i = 0; i < width; ++i) {
            const float send = upper ? v[i] : v[i + width];
            precise float sum = (upper ? v[i + width] : v[i]) + subgroupShuffleXor(send, width);
            v[i] = sum;
        }
    }
}

void main() {
    const uint self = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
    const uint lane = self % LANES, slot = self / LANES;
    const uint channel = gl_WorkGroupID.x * kChannels + slot;              // whose states this lane holds
    const uint brought = gl_WorkGroupID.x * kChannels + self % kChannels;  // whose inputs it brings, whose out it writes
    const uint end = p.L;

    float a[STATES];
    precise float h[STATES];
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        a[r] = h[r] = 0.0;
        if (channel < p.d_inner && n < p.d_state) {
            a[r] = A_[p.AFirst + channel * p.d_state + n] * kLog2e;
            h[r] = state_[p.stateFirst + channel * p.d_state + n];
        }
    }
    float bias = 0.0, skip = 0.0;
    if (brought < p.d_inner) {
        bias = dtBiasOf(brought);
        skip = D_[p.DFirst + brought];
    }

    load(self, 0, end, brought);
    for (uint token0 = 0; token0 < end; token0 += kTile) {
        float u[BLOCKS], z[BLOCKS];
        [[unroll]] for (uint e = 0; e < BLOCKS; ++e) {
            const uint t = (e * WORKGROUP + self) / kChannels;
            u[e] = nextU[e];
            z[e] = nextZ[e];
            // A token past the end has dt = 0: it keeps the state as it is.
            const float dt = token0 + t < end ? stepSize(nextDt[e], bias) : 0.0;
            precise float du = dt * u[e];
            const uint at = self % kChannels * kStepRow + t / 2;
            sharedStep[at][t % 2 * 2] = dt;
            sharedStep[at][t % 2 * 2 + 1] = du;
        }
        [[unroll]] for (uint j = 0; j < kShare; ++j) {
            const uint i = j * WORKGROUP + self;
            if (i < kTile * kPadded) {
                const uint t = i / kPadded, at = i % kPadded * kTileRow + t / 4;
                sharedB[at][t % 4] = nextB[j];
                sharedC[at][t % 4] = nextC[j];
            }
        }
        barrier();
        if (token0 + kTile < end) load(self, token0 + kTile, end, brought);

        for (uint block = 0; block < BLOCKS; ++block) {
            float reads[LANES], squares[LANES];
            [[unroll]] for (uint j = 0; j < LANES; j += 4) {
                const uint t = block * LANES + j;
                const vec4 early = sharedStep[slot * kStepRow + t / 2], late = sharedStep[slot * kStepRow + t / 2 + 1];
                const vec4 dt = vec4(early.x, early.z, late.x, late.z), du = vec4(early.y, early.w, late.y, late.w);
                precise vec4 read = vec4(0.0);
                vec4 square = vec4(0.0);
                [[unroll]] for (uint r = 0; r < STATES; ++r) {
                    const uint at = (r * LANES + lane) * kTileRow + t / 4;
                    const vec4 b = sharedB[at];
                    vec4 c = vec4(0.0);
                    c = sharedC[at];
                    precise vec4 decay = exp2(dt * a[r]), write = du * b;
                    [[unroll]] for (uint i = 0; i < 4; ++i) {
                        h[r] = fma(decay[i], h[r], write[i]);
                        read[i] = fma(c[i], h[r], read[i]);
                        if (PROBE_NORM) square[i] = fma(h[r], h[r], square[i]);
                    }
                }
                [[unroll]] for (uint i = 0; i < 4; ++i) {
                    reads[j + i] = read[i];
                    squares[j + i] = square[i];
                }
            }
            {
                transposeSum(reads, lane);
                sharedRead[slot * kReadRow + block * LANES + lane] = reads[0];
                if (PROBE_NORM) {
                    transposeSum(squares, lane);
                    sharedNorm[slot * kReadRow + block * LANES + lane] = squares[0];
                }
            }
        }
        barrier();

        {
            [[unroll]] for (uint e = 0; e < BLOCKS; ++e) {
                const uint t = (e * WORKGROUP + self) / kChannels, token = token0 + t;
                const uint at = self % kChannels * kReadRow + t;
                if (token < end && brought < p.d_inner)
                    writeToken(token, brought, sharedRead[at], skip, u[e], z[e], PROBE_NORM ? sharedNorm[at] : 0.0);
            }
        }
    }

    if (channel >= p.d_inner) return;
    [[unroll]] for (uint r = 0; r < STATES; ++r) {
        const uint n = r * LANES + lane;
        if (n >= p.d_state) continue;
        state_[p.stateFirst + channel * p.d_state + n] = h[r];
    }
}
