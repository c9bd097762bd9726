// CUDA kernels of the training recipe: the Mamba-1 selective scan and the causal depthwise convolution, forward and
// backward. Plain C interface (see fused_ops.py); no PyTorch headers, so that a build takes seconds.
//
// Formulas: Gu & Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces" (2023), algorithm 2;
// the layer as in mamba_simple.py of the Mamba repository:
//   dt  = softplus(dt_pre + dt_bias)
//   h_t = exp(dt_t A) h_{t-1} + dt_t u_t B_t          h: [d_inner, d_state], float32
//   y_t = C_t . h_t + D u_t
//   out = y silu(z)
// Sequences are token-major: [batch, L, channel], the channel with stride 1; B and C are [batch, L, d_state].
//
// Thread map of the scan: one block walks 32 channels of one sequence, 4 neighbouring lanes share a channel and hold
// 4 of its 16 states each. Time is cut into chunks of 16 steps that are staged through shared memory; the forward
// pass keeps the state at every chunk's start, and the backward pass recomputes the chunk from it.
#include "causal_conv.cuh"
#include "kernel_common.cuh"

namespace {

constexpr int kState = 16;                    // d_state
constexpr int kLanes = 4;                     // lanes that share a channel
constexpr int kChannels = 32;                 // channels of a block
constexpr int kThreads = kChannels * kLanes;  // 128: four warps of 8 channels
constexpr int kWarps = kThreads / 32;
constexpr int kChunk = 16;  // steps between kept states
constexpr float kLog2E = 1.4426950408889634f;

}  // namespace

// Strides count elements. Tensors named with [..] are float32 and contiguous. Mirrored by fused_ops.py.
struct ScanArgs {
    const void *u, *dt_pre, *z, *b, *c;  // inputs in the activations' type
    const float *a, *d, *dt_bias;        // [d_inner, 16], [d_inner], [d_inner]
    const float* h0;                     // [batch, d_inner, 16] or null (zero)
    void* out;                           // contiguous [batch, L, d_inner]
    float* h_last;                       // [batch, d_inner, 16]
    float* kept;                         // [batch, ceil(L/16), d_inner, 16] or null
    const void* dout;                    // contiguous [batch, L, d_inner]; from here on backward only
    void *du, *ddt_pre, *dz;             // contiguous [batch, L, d_inner]
    float* dbc;                          // [ceil(d_inner/32), batch, L, 32]: dB then dC, to be summed
    float *da, *dd, *dbias;              // [batch, d_inner, 16], [batch, d_inner], [batch, d_inner]
    int64_t u_batch, u_step, dt_batch, dt_step, z_batch, z_step, b_batch, b_step, c_batch, c_step;
    int64_t batch, length, d_inner;
};

namespace {

// What one thread stages for a chunk, held in the activations' type so that the loads stay in flight while the chunk
// before is computed. Element k of a row tile is step (warp + 4 k), channel (lane); of B and C, step (tid/16 + 8 k).
constexpr int kRows = kChunk * kChannels / kThreads;    // 4
constexpr int kStateRows = kChunk * kState / kThreads;  // 2

template <typename T>
struct Rows {
    T value[kRows];

    __device__ void fetch(const void* base, int64_t offset, int64_t step, int64_t t0, int64_t length, bool live) {
        const T* p = static_cast<const T*>(base) + offset;
#pragma unroll
        for (int k = 0; k < kRows; ++k) {
            const int64_t t = t0 + threadIdx.x / 32 + kWarps * k;
            if (live && t < length) value[k] = p[t * step];
        }
    }
};

template <typename T>
struct StateRows {
    T value[kStateRows];

    __device__ void fetch(const void* base, int64_t offset, int64_t step, int64_t t0, int64_t length) {
        const T* p = static_cast<const T*>(base) + offset + threadIdx.x % kState;
#pragma unroll
        for (int k = 0; k < kStateRows; ++k) {
            const int64_t t = t0 + threadIdx.x / kState + kThreads / kState * k;
            if (t < length) value[k] = p[t * step];
        }
    }
    // Steps past the end become zero.
    __device__ void stage(float* tile, int steps) const {
#pragma unroll
        for (int k = 0; k < kStateRows; ++k) {
            const int t = threadIdx.x / kState + kThreads / kState * k;
            tile[threadIdx.x + kThreads * k] = t < steps ? load(&value[k]) : 0.0f;
        }
    }
};

// Steps past the end of the sequence are computed with dt = u = dy = 0, which leaves state and sums as they are.
template <typename T>
__global__ void __launch_bounds__(kThreads) scanForward(const ScanArgs p) {
    constexpr int kRow = kChannels + 8;  // row stride of sY: four steps are written at once, no bank twice
    __shared__ float sDt[kChunk * kChannels], sU[kChunk * kChannels];
    __shared__ float sY[kChunk * kRow];
    __shared__ __align__(16) float sB[kChunk * kState];
    __shared__ __align__(16) float sC[kChunk * kState];

    const int lane4 = threadIdx.x % kLanes;    // which 4 states
    const int channel = threadIdx.x / kLanes;  // within the block
    const bool bit1 = threadIdx.x & 2, bit0 = threadIdx.x & 1;
    const int64_t batch = blockIdx.y;
    const int64_t d0 = static_cast<int64_t>(blockIdx.x) * kChannels;
    const int64_t d = d0 + channel;  // whose states this thread holds
    const bool live = d < p.d_inner;
    const int64_t column = d0 + threadIdx.x % 32;  // whose inputs it stages and outputs it writes
    const bool columnLive = column < p.d_inner;
    const int64_t chunks = (p.length + kChunk - 1) / kChunk;
    const float bias = columnLive ? p.dt_bias[column] : 0.0f, skip = columnLive ? p.d[column] : 0.0f;

    float h[4] = {0, 0, 0, 0}, a2[4] = {0, 0, 0, 0};
    if (live) {
        for (int i = 0; i < 4; ++i) {
            a2[i] = p.a[d * kState + lane4 * 4 + i] * kLog2E;
            if (p.h0) h[i] = p.h0[(batch * p.d_inner + d) * kState + lane4 * 4 + i];
        }
    }
    Rows<T> rDt, rU, rZ;
    StateRows<T> rB, rC;
    auto fetch = [&](int64_t t0) {
        rDt.fetch(p.dt_pre, batch * p.dt_batch + column, p.dt_step, t0, p.length, columnLive);
        rU.fetch(p.u, batch * p.u_batch + column, p.u_step, t0, p.length, columnLive);
        rZ.fetch(p.z, batch * p.z_batch + column, p.z_step, t0, p.length, columnLive);
        rB.fetch(p.b, batch * p.b_batch, p.b_step, t0, p.length);
        rC.fetch(p.c, batch * p.c_batch, p.c_step, t0, p.length);
    };
    fetch(0);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        const int64_t t0 = chunk * kChunk;
        const int steps = static_cast<int>(p.length - t0 < kChunk ? p.length - t0 : kChunk);
        if (p.kept && live) {
            float4* kept = reinterpret_cast<float4*>(p.kept + ((batch * chunks + chunk) * p.d_inner + d) * kState);
            kept[lane4] = make_float4(h[0], h[1], h[2], h[3]);
        }
        float gate[kRows], skipped[kRows];
#pragma unroll
        for (int k = 0; k < kRows; ++k) {
            const bool in = columnLive && static_cast<int>(threadIdx.x / 32) + kWarps * k < steps;
            const float u = in ? load(&rU.value[k]) : 0.0f, z = in ? load(&rZ.value[k]) : 0.0f;
            sDt[threadIdx.x + kThreads * k] = in ? softplus(load(&rDt.value[k]) + bias) : 0.0f;
            sU[threadIdx.x + kThreads * k] = u;
            gate[k] = z * sigmoid(z);
            skipped[k] = skip * u;
        }
        rB.stage(sB, steps);
        rC.stage(sC, steps);
        __syncthreads();
        if (chunk + 1 < chunks) fetch(t0 + kChunk);
#pragma unroll 2
        for (int t4 = 0; t4 < kChunk; t4 += 4) {
            float y[4];
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                const int t = t4 + j;
                const float dt = sDt[t * kChannels + channel];
                const float du = dt * sU[t * kChannels + channel];
                const float4 b4 = reinterpret_cast<const float4*>(sB)[t * 4 + lane4];
                const float4 c4 = reinterpret_cast<const float4*>(sC)[t * 4 + lane4];
                h[0] = exp2f(dt * a2[0]) * h[0] + du * b4.x;
                h[1] = exp2f(dt * a2[1]) * h[1] + du * b4.y;
                h[2] = exp2f(dt * a2[2]) * h[2] + du * b4.z;
                h[3] = exp2f(dt * a2[3]) * h[3] + du * b4.w;
                y[j] = (h[0] * c4.x + h[1] * c4.y) + (h[2] * c4.z + h[3] * c4.w);
            }
            // Sum over the four lanes of a channel; lane q ends with step t4 + q.
#pragma unroll
            for (int j = 0; j < 2; ++j) {
                const float keep = bit1 ? y[2 + j] : y[j], give = bit1 ? y[j] : y[2 + j];
                y[j] = keep + __shfl_xor_sync(0xffffffffu, give, 2);
            }
            const float keep = bit0 ? y[1] : y[0], give = bit0 ? y[0] : y[1];
            sY[(t4 + lane4) * kRow + channel] = keep + __shfl_xor_sync(0xffffffffu, give, 1);
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < kRows; ++k) {
            const int t = threadIdx.x / 32 + kWarps * k;
            if (columnLive && t < steps)
                store(static_cast<T*>(p.out) + (batch * p.length + t0 + t) * p.d_inner + column,
                      (sY[t * kRow + threadIdx.x % 32] + skipped[k]) * gate[k]);
        }
        // The next chunk's staging touches no tile that is read here; sY is written only after its barrier.
    }
    if (live)
        for (int i = 0; i < 4; ++i) p.h_last[(batch * p.d_inner + d) * kState + lane4 * 4 + i] = h[i];
}

// Shared memory of the backward scan, in floats. The three row tiles are a few banks apart.
constexpr int kHistory = kChunk * kThreads * 4;
constexpr int kTile = kChunk * kChannels + 8;
constexpr int kBackwardFloats = kHistory + 3 * kTile + 2 * kChunk * kState + kChunk * kWarps * 32;

template <typename T>
__global__ void __launch_bounds__(kThreads, 4) scanBackward(const ScanArgs p) {
    extern __shared__ __align__(16) float shared[];
    float4* sH = reinterpret_cast<float4*>(shared);  // [kChunk][kThreads] states after each step
    float* sDt = shared + kHistory;                  // dt, replaced step by step by C.h
    float* sU = sDt + kTile;                         // u, replaced by dh.B
    float* sDy = sU + kTile;                         // dout silu(z) = dy, replaced by sum_n dh A_bar h_{t-1} A
    float* sB = sDy + kTile;
    float* sC = sB + kChunk * kState;
    float* sPart = sC + kChunk * kState;  // [kChunk][kWarps][32]: dB, dC summed over a warp's channels

    const int lane4 = threadIdx.x % kLanes;
    const int channel = threadIdx.x / kLanes;
    const int warp = threadIdx.x / 32;
    const int64_t batch = blockIdx.y;
    const int64_t d0 = static_cast<int64_t>(blockIdx.x) * kChannels;
    const int64_t d = d0 + channel;
    const bool live = d < p.d_inner;
    const int64_t column = d0 + threadIdx.x % 32;
    const bool columnLive = column < p.d_inner;
    const int64_t chunks = (p.length + kChunk - 1) / kChunk;
    const float bias = columnLive ? p.dt_bias[column] : 0.0f, skip = columnLive ? p.d[column] : 0.0f;
    // After the exchanges below a lane holds the warp's sum of one of 32 values: 16 of dB, then 16 of dC.
    const bool bit4 = threadIdx.x & 16, bit3 = threadIdx.x & 8, bit2 = threadIdx.x & 4;
    const bool bit1 = threadIdx.x & 2, bit0 = threadIdx.x & 1;
    const int slot = (bit4 ? 16 : 0) + lane4 * 4 + (bit3 ? 2 : 0) + (bit2 ? 1 : 0);

    float a2[4] = {0, 0, 0, 0}, da[4] = {0, 0, 0, 0}, g[4] = {0, 0, 0, 0};
    float dSkip = 0, dBias = 0;  // of `column`, over this warp's steps
    if (live)
        for (int i = 0; i < 4; ++i) a2[i] = p.a[d * kState + lane4 * 4 + i] * kLog2E;
    Rows<T> rDt, rU, rZ, rOut;
    StateRows<T> rB, rC;
    float4 start = make_float4(0, 0, 0, 0);  // the state before the chunk
    auto fetch = [&](int64_t chunk) {
        const int64_t t0 = chunk * kChunk;
        rDt.fetch(p.dt_pre, batch * p.dt_batch + column, p.dt_step, t0, p.length, columnLive);
        rU.fetch(p.u, batch * p.u_batch + column, p.u_step, t0, p.length, columnLive);
        rZ.fetch(p.z, batch * p.z_batch + column, p.z_step, t0, p.length, columnLive);
        rOut.fetch(p.dout, batch * p.length * p.d_inner + column, p.d_inner, t0, p.length, columnLive);
        rB.fetch(p.b, batch * p.b_batch, p.b_step, t0, p.length);
        rC.fetch(p.c, batch * p.c_batch, p.c_step, t0, p.length);
        if (live)
            start =
                reinterpret_cast<const float4*>(p.kept + ((batch * chunks + chunk) * p.d_inner + d) * kState)[lane4];
    };
    fetch(chunks - 1);
    for (int64_t chunk = chunks - 1; chunk >= 0; --chunk) {
        const int64_t t0 = chunk * kChunk;
        const int steps = static_cast<int>(p.length - t0 < kChunk ? p.length - t0 : kChunk);
        float dts[kRows], us[kRows], dys[kRows], dzs[kRows];
#pragma unroll
        for (int k = 0; k < kRows; ++k) {
            const bool in = columnLive && warp + kWarps * k < steps;
            const float z = in ? load(&rZ.value[k]) : 0.0f, dout = in ? load(&rOut.value[k]) : 0.0f;
            const float s = sigmoid(z);
            dts[k] = in ? softplus(load(&rDt.value[k]) + bias) : 0.0f;
            us[k] = in ? load(&rU.value[k]) : 0.0f;
            dys[k] = dout * z * s;
            dzs[k] = dout * s * (1.0f + z * (1.0f - s));
            dSkip += dys[k] * us[k];
            sDt[threadIdx.x + kThreads * k] = dts[k];
            sU[threadIdx.x + kThreads * k] = us[k];
            sDy[threadIdx.x + kThreads * k] = dys[k];
        }
        rB.stage(sB, steps);
        rC.stage(sC, steps);
        float4 h = start;
        __syncthreads();
        if (chunk > 0) fetch(chunk - 1);
#pragma unroll 4
        for (int t = 0; t < kChunk; ++t) {  // the states again, from the kept one
            const float dt = sDt[t * kChannels + channel];
            const float du = dt * sU[t * kChannels + channel];
            const float4 b4 = reinterpret_cast<const float4*>(sB)[t * 4 + lane4];
            h.x = exp2f(dt * a2[0]) * h.x + du * b4.x;
            h.y = exp2f(dt * a2[1]) * h.y + du * b4.y;
            h.z = exp2f(dt * a2[2]) * h.z + du * b4.z;
            h.w = exp2f(dt * a2[3]) * h.w + du * b4.w;
            sH[t * kThreads + threadIdx.x] = h;  // read back by this thread alone
        }
        __syncwarp();  // below, a channel's lanes overwrite what its other lanes read
#pragma unroll 2
        for (int t = kChunk - 1; t >= 0; --t) {
            const int at = t * kChannels + channel;
            const float dt = sDt[at], u = sU[at], dy = sDy[at];
            const float4 b4 = reinterpret_cast<const float4*>(sB)[t * 4 + lane4];
            const float4 c4 = reinterpret_cast<const float4*>(sC)[t * 4 + lane4];
            const float4 h4 = sH[t * kThreads + threadIdx.x];
            const float bs[4] = {b4.x, b4.y, b4.z, b4.w}, cs[4] = {c4.x, c4.y, c4.z, c4.w};
            const float hs[4] = {h4.x, h4.y, h4.z, h4.w};
            const float dtu = dt * u;
            float w[4] = {0, 0, 0, 0}, v[8];
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float ah = hs[i] - dtu * bs[i];  // A_bar h_{t-1}
                g[i] += dy * cs[i];                    // dh_t
                const float gah = g[i] * ah;
                w[0] += cs[i] * hs[i];
                w[1] += g[i] * bs[i];
                w[2] += gah * a2[i];
                da[i] += gah * dt;
                v[i] = g[i] * dtu;      // dB
                v[4 + i] = dy * hs[i];  // dC
                g[i] *= exp2f(dt * a2[i]);
            }
            // Sum w over the four lanes of the channel: lane q ends with w[q].
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const float keep = bit1 ? w[2 + i] : w[i], give = bit1 ? w[i] : w[2 + i];
                w[i] = keep + __shfl_xor_sync(0xffffffffu, give, 2);
            }
            {
                const float keep = bit0 ? w[1] : w[0], give = bit0 ? w[0] : w[1];
                w[0] = keep + __shfl_xor_sync(0xffffffffu, give, 1);
            }
            // Sum v over the warp's 8 channels, halving the number of values held at each exchange.
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float keep = bit4 ? v[4 + i] : v[i], give = bit4 ? v[i] : v[4 + i];
                v[i] = keep + __shfl_xor_sync(0xffffffffu, give, 16);
            }
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const float keep = bit3 ? v[2 + i] : v[i], give = bit3 ? v[i] : v[2 + i];
                v[i] = keep + __shfl_xor_sync(0xffffffffu, give, 8);
            }
            {
                const float keep = bit2 ? v[1] : v[0], give = bit2 ? v[0] : v[1];
                v[0] = keep + __shfl_xor_sync(0xffffffffu, give, 4);
            }
            sPart[(t * kWarps + warp) * 32 + slot] = v[0];
            // The channel's four lanes have read this step's inputs: the exchanges above wait for all of them.
            if (lane4 < 3) sDt[lane4 * kTile + at] = w[0];
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < kRows; ++k) {
            const int i = threadIdx.x + kThreads * k, t = warp + kWarps * k;
            if (columnLive && t < steps) {
                const int64_t at = (batch * p.length + t0 + t) * p.d_inner + column;
                const float hc = sDt[i], gb = sU[i], ga = sDy[i] * (1.0f / kLog2E);
                // d softplus(x)/dx = sigmoid(x) = 1 - exp(-softplus(x))
                const float ddtPre = (us[k] * gb + ga) * -expm1f(-dts[k]);
                dBias += ddtPre;
                store(static_cast<T*>(p.du) + at, dts[k] * gb + dys[k] * skip);
                store(static_cast<T*>(p.ddt_pre) + at, ddtPre);
                store(static_cast<T*>(p.dz) + at, dzs[k] * (hc + skip * us[k]));
            }
        }
        for (int i = threadIdx.x; i < steps * 32; i += kThreads) {
            const int t = i / 32;
            float sum = 0;
            for (int w = 0; w < kWarps; ++w) sum += sPart[(t * kWarps + w) * 32 + i % 32];
            p.dbc[((static_cast<int64_t>(blockIdx.x) * p.batch + batch) * p.length + t0 + t) * 32 + i % 32] = sum;
        }
        // Staging overwrites row elements that only this thread reads here; sPart is written after its barrier.
    }
    __syncthreads();
    sPart[threadIdx.x] = dSkip;
    sPart[kThreads + threadIdx.x] = dBias;
    __syncthreads();
    if (threadIdx.x < 32 && columnLive) {
        float skipSum = 0, biasSum = 0;
        for (int w = 0; w < kWarps; ++w) {
            skipSum += sPart[w * 32 + threadIdx.x];
            biasSum += sPart[kThreads + w * 32 + threadIdx.x];
        }
        p.dd[batch * p.d_inner + column] = skipSum;
        p.dbias[batch * p.d_inner + column] = biasSum;
    }
    if (live)
        for (int i = 0; i < 4; ++i) p.da[(batch * p.d_inner + d) * kState + lane4 * 4 + i] = da[i];
}

dim3 scanGrid(const ScanArgs& p) {
    return dim3(static_cast<unsigned>((p.d_inner + kChannels - 1) / kChannels), static_cast<unsigned>(p.batch));
}
}  // namespace

#ifndef FUSED_OPS_HOST_TEST
// Each launcher returns a cudaError_t. bf16 chooses the activations' type: 1 bfloat16, 0 float32.
extern "C" int launchScanForward(const ScanArgs* p, int bf16, cudaStream_t stream) {
    if (bf16) scanForward<__nv_bfloat16><<<scanGrid(*p), kThreads, 0, stream>>>(*p);
    else scanForward<float><<<scanGrid(*p), kThreads, 0, stream>>>(*p);
    return cudaGetLastError();
}

extern "C" int launchScanBackward(const ScanArgs* p, int bf16, cudaStream_t stream) {
    constexpr int kBytes = kBackwardFloats * static_cast<int>(sizeof(float));
    const void* kernel = bf16 ? reinterpret_cast<const void*>(&scanBackward<__nv_bfloat16>)
                              : reinterpret_cast<const void*>(&scanBackward<float>);
    const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
    if (error != cudaSuccess) return error;
    if (bf16) scanBackward<__nv_bfloat16><<<scanGrid(*p), kThreads, kBytes, stream>>>(*p);
    else scanBackward<float><<<scanGrid(*p), kThreads, kBytes, stream>>>(*p);
    return cudaGetLastError();
}

extern "C" int launchConvForward(const ConvArgs* p, int bf16, cudaStream_t stream) {
    if (bf16) convForward<__nv_bfloat16><<<convGrid(*p), kConvThreads, 0, stream>>>(*p);
    else convForward<float><<<convGrid(*p), kConvThreads, 0, stream>>>(*p);
    return cudaGetLastError();
}

extern "C" int launchConvBackward(const ConvArgs* p, int bf16, cudaStream_t stream) {
    if (bf16) convBackward<__nv_bfloat16><<<convGrid(*p), kConvThreads, 0, stream>>>(*p);
    else convBackward<float><<<convGrid(*p), kConvThreads, 0, stream>>>(*p);
    return cudaGetLastError();
}
#endif
