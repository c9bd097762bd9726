// What both kernel files share: element access in the activations' type, and the activation functions in float32.
#pragma once

#ifndef FUSED_OPS_HOST_TEST
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#endif
#include <cstdint>

namespace {

__device__ inline float load(const float* p) { return *p; }
__device__ inline float load(const __nv_bfloat16* p) { return __bfloat162float(*p); }
__device__ inline void store(float* p, float v) { *p = v; }
__device__ inline void store(__nv_bfloat16* p, float v) { *p = __float2bfloat16(v); }

__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
__device__ inline float softplus(float x) { return x > 20.0f ? x : log1pf(expf(x)); }

}  // namespace
