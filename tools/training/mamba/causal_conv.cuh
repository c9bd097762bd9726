// Causal depthwise convolution with bias and SiLU, forward and backward; launched from fused_ops.cu.
#pragma once

#include "kernel_common.cuh"

struct ConvArgs {
    const void* x;               // [batch, L, d_inner]
    const float *weight, *bias;  // [d_inner, 4], [d_inner]
    const void* state;           // contiguous [batch, 3, d_inner]: the inputs before x, or null
    void* out;                   // contiguous [batch, L, d_inner]
    const void* dout;            // as out; from here on backward only
    void* dx;                    // contiguous [batch, L, d_inner]
    float* dparam;               // [batch * ceil(L/32), d_inner, 5]: 4 taps, then bias; to be summed
    int64_t x_batch, x_step;
    int64_t batch, length, d_inner;
};

namespace {

constexpr int kConv = 4;       // d_conv
constexpr int kConvTile = 32;  // steps of a convolution block
constexpr int kConvThreads = 128;

// x_t of one channel, reaching back into the carried inputs for t < 0.
template <typename T>
__device__ inline float convInput(const ConvArgs& p, int64_t batch, int64_t t, int64_t d) {
    if (t >= 0) return load(static_cast<const T*>(p.x) + batch * p.x_batch + t * p.x_step + d);
    if (!p.state) return 0.0f;
    return load(static_cast<const T*>(p.state) + (batch * (kConv - 1) + kConv - 1 + t) * p.d_inner + d);
}

// out_t = silu(bias + sum_k weight_k x_{t-3+k}); one thread walks one channel through one tile of steps.
template <typename T>
__global__ void __launch_bounds__(kConvThreads) convForward(const ConvArgs p) {
    const int64_t d = static_cast<int64_t>(blockIdx.x) * kConvThreads + threadIdx.x;
    const int64_t batch = blockIdx.z, t0 = static_cast<int64_t>(blockIdx.y) * kConvTile;
    if (d >= p.d_inner) return;
    float w[kConv], x[kConv] = {0, 0, 0, 0};
    for (int k = 0; k < kConv; ++k) w[k] = p.weight[d * kConv + k];
    for (int k = 0; k < kConv - 1; ++k) x[k + 1] = convInput<T>(p, batch, t0 - (kConv - 1) + k, d);
    const float bias = p.bias[d];
    const int64_t end = t0 + kConvTile < p.length ? t0 + kConvTile : p.length;
    for (int64_t t = t0; t < end; ++t) {
        for (int k = 0; k < kConv - 1; ++k) x[k] = x[k + 1];
        x[kConv - 1] = convInput<T>(p, batch, t, d);
        float s = bias;
        for (int k = 0; k < kConv; ++k) s += w[k] * x[k];
        store(static_cast<T*>(p.out) + (batch * p.length + t) * p.d_inner + d, s * sigmoid(s));
    }
}

template <typename T>
__global__ void __launch_bounds__(kConvThreads) convBackward(const ConvArgs p) {
    const int64_t d = static_cast<int64_t>(blockIdx.x) * kConvThreads + threadIdx.x;
    const int64_t batch = blockIdx.z, t0 = static_cast<int64_t>(blockIdx.y) * kConvTile;
    if (d >= p.d_inner) return;
    float w[kConv], x[kConv] = {0, 0, 0, 0}, ds[kConv] = {0, 0, 0, 0}, dw[kConv] = {0, 0, 0, 0};
    float db = 0;
    for (int k = 0; k < kConv; ++k) w[k] = p.weight[d * kConv + k];
    for (int k = 0; k < kConv - 1; ++k) x[k + 1] = convInput<T>(p, batch, t0 - (kConv - 1) + k, d);
    const float bias = p.bias[d];
    const int64_t end = t0 + kConvTile < p.length ? t0 + kConvTile : p.length;
    for (int64_t t = t0; t < end + kConv - 1; ++t) {  // 3 steps of the next tile feed this one's dx
        for (int k = 0; k < kConv - 1; ++k) {
            x[k] = x[k + 1];
            ds[k] = ds[k + 1];  // ds[k]: step t - 3 + k
        }
        ds[kConv - 1] = 0.0f;
        if (t < p.length) {
            x[kConv - 1] = convInput<T>(p, batch, t, d);
            float s = bias;
            for (int k = 0; k < kConv; ++k) s += w[k] * x[k];
            const float sig = sigmoid(s);
            const float dout = load(static_cast<const T*>(p.dout) + (batch * p.length + t) * p.d_inner + d);
            ds[kConv - 1] = dout * sig * (1.0f + s * (1.0f - sig));
            if (t < end) {
                for (int k = 0; k < kConv; ++k) dw[k] += ds[kConv - 1] * x[k];
                db += ds[kConv - 1];
            }
        }
        const int64_t at = t - (kConv - 1);  // all four steps that read x_at are in the window now
        if (at >= t0) {
            float dx = 0;
            for (int k = 0; k < kConv; ++k) dx += w[k] * ds[kConv - 1 - k];
            store(static_cast<T*>(p.dx) + (batch * p.length + at) * p.d_inner + d, dx);
        }
    }
    float* out = p.dparam + ((batch * gridDim.y + blockIdx.y) * p.d_inner + d) * (kConv + 1);
    for (int k = 0; k < kConv; ++k) out[k] = dw[k];
    out[kConv] = db;
}

dim3 convGrid(const ConvArgs& p) {
    return dim3(static_cast<unsigned>((p.d_inner + kConvThreads - 1) / kConvThreads),
                static_cast<unsigned>((p.length + kConvTile - 1) / kConvTile), static_cast<unsigned>(p.batch));
}

}  // namespace
