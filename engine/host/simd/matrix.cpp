#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/matrix.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/base/quant_blocks.h"
#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// Rows 0, rowStep, … of `weight` against kTokens rows of x, two accumulators each: an element's order of summation is
/// the same whatever kRows and kTokens are.
template <std::size_t kRows, std::size_t kTokens, class T>
HWY_INLINE void dotBlock(const DotRows& a, const T* weight, std::size_t rowStep, const float* x, float* out) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    FloatVec even[kRows][kTokens], odd[kRows][kTokens];
    for (std::size_t r = 0; r < kRows; ++r)
        for (std::size_t t = 0; t < kTokens; ++t) even[r][t] = odd[r][t] = hn::Zero(d);

    std::size_t k = 0;
    for (; k + 2 * lanes <= a.K; k += 2 * lanes) {
        for (std::size_t r = 0; r < kRows; ++r) {
            const T* p = weight + r * rowStep * a.K + k;
            const FloatVec w0 = load(p), w1 = load(p + lanes);
            for (std::size_t t = 0; t < kTokens; ++t) {
                even[r][t] = hn::MulAdd(w0, load(x + t * a.xStride + k), even[r][t]);
                odd[r][t] = hn::MulAdd(w1, load(x + t * a.xStride + k + lanes), odd[r][t]);
            }
        }
    }
    for (; k < a.K; k += lanes) {
        const std::size_t left = a.K - k;
        for (std::size_t r = 0; r < kRows; ++r) {
            const FloatVec w = loadPart(weight + r * rowStep * a.K + k, left);
            for (std::size_t t = 0; t < kTokens; ++t)
                even[r][t] = hn::MulAdd(w, loadPart(x + t * a.xStride + k, left), even[r][t]);
        }
    }
    for (std::size_t r = 0; r < kRows; ++r)
        for (std::size_t t = 0; t < kTokens; ++t)
            out[t * a.outStride + r * rowStep] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even[r][t], odd[r][t])));
}

template <class T>
HWY_INLINE void dotRow(const DotRows& a, const T* weight, float* out) {
    std::size_t t = 0;
    for (; t + 4 <= a.L; t += 4) dotBlock<1, 4>(a, weight, 1, a.x + t * a.xStride, out + t * a.outStride);
    const float* x = a.x + t * a.xStride;
    out += t * a.outStride;
    if (a.L - t == 3) dotBlock<1, 3>(a, weight, 1, x, out);
    if (a.L - t == 2) dotBlock<1, 2>(a, weight, 1, x, out);
    if (a.L - t == 1) dotBlock<1, 1>(a, weight, 1, x, out);
}

/// Four runs of rows side by side: a prefetcher follows each of them, which brings up to twice the bandwidth of one.
template <class T>
HWY_INLINE void dotStored(const DotRows& a) {
    const T* weight = reinterpret_cast<const T*>(a.weight);
    const std::size_t run = a.rows / 4;
    for (std::size_t n = 0; n < run; ++n) {
        if (a.L == 1) dotBlock<4, 1>(a, weight + n * a.K, run, a.x, a.out + n);
        else
            for (std::size_t r = n; r < 4 * run; r += run) dotRow(a, weight + r * a.K, a.out + r);
    }
    for (std::size_t n = 4 * run; n < a.rows; ++n) dotRow(a, weight + n * a.K, a.out + n);
}

/// Row by row through floats in the cache.
void dotQuantised(const DotRows& a) {
    DotRows row = a;
    row.rows = 1;
    for (std::size_t n = 0; n < a.rows; ++n) {
        dequantise(a.type, a.weight + storedBytes(a.type, n * a.K), a.K, a.widened);
        dotRow(row, static_cast<const float*>(a.widened), a.out + n);
    }
}

void DotRowsImpl(const DotRows& a) {
    if (isQuantised(a.type)) return dotQuantised(a);
    if (a.type == DType::F32) return dotStored<float>(a);
    if (a.type == DType::F16) return dotStored<hwy::float16_t>(a);
    dotStored<hwy::bfloat16_t>(a);
}

template <class T>
HWY_INLINE void widenStored(const std::byte* stored, std::size_t count, float* out) {
    const T* p = reinterpret_cast<const T*>(stored);
    const std::size_t lanes = hn::Lanes(FloatTag());
    for (std::size_t i = 0; i < count; i += lanes) storePart(loadPart(p + i, count - i), out + i, count - i);
}

void WidenImpl(DType type, const std::byte* stored, std::size_t count, float* out) {
    if (isQuantised(type)) return dequantise(type, stored, count, out);
    if (type == DType::F16) return widenStored<hwy::float16_t>(stored, count, out);
    if (type == DType::BF16) return widenStored<hwy::bfloat16_t>(stored, count, out);
    std::memcpy(out, stored, count * sizeof(float));
}

void FinishSumsImpl(const Finish& finish, const float* sums, std::size_t count, float* out) {
    const std::size_t lanes = hn::Lanes(FloatTag());
    const float* bias = reinterpret_cast<const float*>(finish.bias);
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t left = count - i;
        FloatVec v = loadPart(sums + i, left);
        if (bias != nullptr) v = hn::Add(v, loadPart(bias + i, left));
        if (finish.accumulate) v = hn::Add(loadPart(out + i, left), v);
        if (finish.activation == Activation::Softplus) v = softplus(v);
        if (finish.activation == Activation::Silu) v = silu(v);
        if (finish.activation == Activation::Gelu) v = gelu(v);
        if (finish.activation == Activation::GeluTanh) v = geluTanh(v);
        storePart(v, out + i, left);
    }
}

std::string_view InstructionSetImpl() {
#if HWY_TARGET == HWY_AVX3
    return "AVX-512";
#else
    return hwy::TargetName(HWY_TARGET);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(DotRowsImpl);
HWY_EXPORT(WidenImpl);
HWY_EXPORT(FinishSumsImpl);
HWY_EXPORT(InstructionSetImpl);

void dotRows(const DotRows& args) { HWY_DYNAMIC_DISPATCH(DotRowsImpl)(args); }
void widen(DType type, const std::byte* stored, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(WidenImpl)(type, stored, count, out);
}
void finishSums(const Finish& finish, const float* sums, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(FinishSumsImpl)(finish, sums, count, out);
}
std::string_view instructionSet() { return HWY_DYNAMIC_DISPATCH(InstructionSetImpl)(); }
}  // namespace ms::host
#endif
