#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

void RmsNormRowImpl(const float* x, const std::byte* weight, std::size_t d, float eps, float* out) {
    const FloatTag tag;
    const std::size_t lanes = hn::Lanes(tag);
    FloatVec sum0 = hn::Zero(tag), sum1 = hn::Zero(tag);
    std::size_t i = 0;
    for (; i + 2 * lanes <= d; i += 2 * lanes) {
        const FloatVec a = load(x + i), b = load(x + i + lanes);
        sum0 = hn::MulAdd(a, a, sum0);
        sum1 = hn::MulAdd(b, b, sum1);
    }
    for (; i < d; i += lanes) {
        const FloatVec a = loadPart(x + i, d - i);
        sum0 = hn::MulAdd(a, a, sum0);
    }
    const float squares = hn::GetLane(hn::SumOfLanes(tag, hn::Add(sum0, sum1)));
    const FloatVec scale = hn::Set(tag, 1.0f / std::sqrt(squares / static_cast<float>(d) + eps));
    const float* w = reinterpret_cast<const float*>(weight);
    for (i = 0; i < d; i += lanes)
        storePart(hn::Mul(hn::Mul(loadPart(x + i, d - i), scale), loadPart(w + i, d - i)), out + i, d - i);
}

void LayerNormRowImpl(const float* x, const std::byte* weight, const std::byte* bias, std::size_t d, float eps, float* out) {
    const FloatTag tag;
    const std::size_t lanes = hn::Lanes(tag);
    FloatVec sum = hn::Zero(tag);
    for (std::size_t i = 0; i < d; i += lanes) sum = hn::Add(sum, loadPart(x + i, d - i));
    const float share = 1.0f / static_cast<float>(d), mean = hn::GetLane(hn::SumOfLanes(tag, sum)) * share;
    FloatVec squares = hn::Zero(tag);  // of deviations: nothing cancels
    std::size_t i = 0;
    for (; i + lanes <= d; i += lanes) {
        const FloatVec v = hn::Sub(load(x + i), hn::Set(tag, mean));
        squares = hn::MulAdd(v, v, squares);
    }
    float rest = 0;
    for (; i < d; ++i) rest += (x[i] - mean) * (x[i] - mean);
    const float variance = (hn::GetLane(hn::SumOfLanes(tag, squares)) + rest) * share;
    const FloatVec scale = hn::Set(tag, 1.0f / std::sqrt(variance + eps));
    const float* w = reinterpret_cast<const float*>(weight);
    const float* b = reinterpret_cast<const float*>(bias);
    for (i = 0; i < d; i += lanes) {
        FloatVec v = hn::Mul(hn::Mul(hn::Sub(loadPart(x + i, d - i), hn::Set(tag, mean)), scale), loadPart(w + i, d - i));
        if (b != nullptr) v = hn::Add(v, loadPart(b + i, d - i));
        storePart(v, out + i, d - i);
    }
}

void GateRowImpl(const float* a, const float* b, Activation activation, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; i += hn::Lanes(FloatTag())) {
        const std::size_t left = count - i;
        const FloatVec v = loadPart(b + i, left);
        const FloatVec gate = activation == Activation::Silu ? silu(v) : activation == Activation::Gelu ? gelu(v) : geluTanh(v);
        storePart(hn::Mul(loadPart(a + i, left), gate), out + i, left);
    }
}

float SumRowImpl(const float* x, std::size_t count) {
    const FloatTag tag;
    const std::size_t lanes = hn::Lanes(tag);
    FloatVec sums[4] = {hn::Zero(tag), hn::Zero(tag), hn::Zero(tag), hn::Zero(tag)};
    std::size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
        for (std::size_t k = 0; k < 4; ++k) sums[k] = hn::Add(sums[k], load(x + i + k * lanes));
    for (; i < count; i += lanes) sums[0] = hn::Add(sums[0], loadPart(x + i, count - i));
    return hn::GetLane(hn::SumOfLanes(tag, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(RmsNormRowImpl);
void rmsNormRow(const float* x, const std::byte* weight, std::size_t d, float eps, float* out) {
    HWY_DYNAMIC_DISPATCH(RmsNormRowImpl)(x, weight, d, eps, out);
}
HWY_EXPORT(LayerNormRowImpl);
void layerNormRow(const float* x, const std::byte* weight, const std::byte* bias, std::size_t d, float eps, float* out) {
    HWY_DYNAMIC_DISPATCH(LayerNormRowImpl)(x, weight, bias, d, eps, out);
}
HWY_EXPORT(GateRowImpl);
void gateRow(const float* a, const float* b, Activation activation, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(GateRowImpl)(a, b, activation, count, out);
}
HWY_EXPORT(SumRowImpl);
float sumRow(const float* x, std::size_t count) { return HWY_DYNAMIC_DISPATCH(SumRowImpl)(x, count); }
}  // namespace ms::host
#endif
