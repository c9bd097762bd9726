// Selective scan for GPUs, parallel over channels and over time: an invocation is one channel of one chunk of tokens, its
// states in registers. Neighbouring invocations are neighbouring channels, so every token's inputs are whole cache lines.
// Three dispatches: summaries (MODE kScanSummary) scan each chunk from a zero state; scan_combine strings the chunks
// together (h_start = exp(A S) h_start + h_end, S the sum of dt); then each chunk runs again from its true start state.
// Bound by the exponentials, one per token, channel and state in either pass. B and C are the same for all channels and
// come from shared memory; the next four tokens' inputs load while four are computed.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#include "shaders/ssm/scan_io.glsl"

layout(constant_id = 2) const uint MODE = kScanSummary;
layout(constant_id = 3) const uint STATES = 16;  // d_state
layout(constant_id = 4) const uint TILE = 32;    // tokens of B and C in shared memory, a multiple of four

layout(binding = 13) buffer ChunkState { float chunkState_[]; };  // [chunks, d_state, d_inner] end, later start states
layout(binding = 14) buffer ChunkDt { float chunkDt_[]; };        // [chunks, d_inner] sums of dt

const uint kFours = (STATES + 3) / 4;
const uint kAhead = 4;  // tokens whose inputs are in flight

shared vec4 sharedB[TILE * kFours];  // [token][state]
shared vec4 sharedC[TILE * kFours];

float nextDt[kAhead], nextU[kAhead], nextZ[kAhead];

void load(uint token0, uint end, uint channel) {
    [[unroll]] for (uint i = 0; i < kAhead; ++i) {
        const uint token = min(token0 + i, end - 1);
        nextDt[i] = float(dt_[p.dtFirst + token * p.dtStride + channel]);
        nextU[i] = float(u_[p.uFirst + token * p.uStride + channel]);
        if (GATE && MODE != kScanSummary) nextZ[i] = float(z_[p.zFirst + token * p.zStride + channel]);
    }
}

void stage(uint token0, uint end) {
    for (uint i = gl_LocalInvocationIndex; i < TILE * kFours * 4; i += WORKGROUP) {
        const uint token = token0 + i / (kFours * 4), n = i % (kFours * 4);
        const bool inside = token < end && n < STATES;
        sharedB[i / 4][i % 4] = inside ? float(B_[p.BFirst + token * p.BStride + n]) : 0.0;
        if (MODE != kScanSummary) sharedC[i / 4][i % 4] = inside ? float(C_[p.CFirst + token * p.CStride + n]) : 0.0;
    }
}

void main() {
    const uint channel = gl_WorkGroupID.x * WORKGROUP + gl_LocalInvocationIndex;
    const bool own = channel < p.d_inner;
    const uint source = min(channel, p.d_inner - 1);  // spare invocations read along and write nothing
    const uint begin = gl_WorkGroupID.y * p.tokensPerChunk, end = min(begin + p.tokensPerChunk, p.L);
    const uint chunkAt = gl_WorkGroupID.y * STATES * p.d_inner + source;

    vec4 a[kFours];
    precise vec4 h[kFours];
    [[unroll]] for (uint n = 0; n < 4 * kFours; ++n) {
        a[n / 4][n % 4] = n < STATES ? A_[p.AFirst + source * STATES + n] * kLog2e : 0.0;
        h[n / 4][n % 4] = 0.0;
        if (MODE == kScanChunk && n < STATES) h[n / 4][n % 4] = chunkState_[chunkAt + n * p.d_inner];
    }
    const float bias = dtBiasOf(source);
    float skip = 0.0, dtSum = 0.0;
    if (MODE != kScanSummary) skip = D_[p.DFirst + source];

    load(begin, end, source);
    for (uint tile = begin; tile < end; tile += TILE) {
        barrier();
        stage(tile, end);
        barrier();
        for (uint at = tile; at < min(tile + TILE, end); at += kAhead) {
            float dt[kAhead], u[kAhead], z[kAhead];
            [[unroll]] for (uint i = 0; i < kAhead; ++i) {
                // A token past the end has dt = 0: it keeps the state as it is.
                dt[i] = at + i < end ? stepSize(nextDt[i], bias) : 0.0;
                u[i] = nextU[i];
                z[i] = nextZ[i];
            }
            load(at + kAhead, end, source);
            [[unroll]] for (uint i = 0; i < kAhead; ++i) {
                const uint row = (at - tile + i) * kFours;
                precise float du = dt[i] * u[i];
                precise vec4 read = vec4(0.0);
                vec4 squares = vec4(0.0);
                [[unroll]] for (uint g = 0; g < kFours; ++g) {
                    precise vec4 decay = exp2(dt[i] * a[g]), write = du * sharedB[row + g];
                    h[g] = fma(decay, h[g], write);
                    if (MODE != kScanSummary) read = fma(sharedC[row + g], h[g], read);
                    if (PROBE_NORM && MODE != kScanSummary) squares = fma(h[g], h[g], squares);
                }
                if (MODE == kScanSummary) {
                    dtSum += dt[i];
                } else if (own && at + i < end) {
                    precise float sum = (read.x + read.y) + (read.z + read.w);
                    writeToken(at + i, channel, sum, skip, u[i], z[i], (squares.x + squares.y) + (squares.z + squares.w));
                }
            }
        }
    }

    if (MODE == kScanChunk || !own) return;
    [[unroll]] for (uint n = 0; n < STATES; ++n) chunkState_[chunkAt + n * p.d_inner] = h[n / 4][n % 4];
    chunkDt_[gl_WorkGroupID.y * p.d_inner + channel] = dtSum;
}
