// Vector loads of stored types, and exp, softplus, silu. Included once per instruction set.
#if defined(MS_HOST_SIMD_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef MS_HOST_SIMD_MATH_INL_H
#undef MS_HOST_SIMD_MATH_INL_H
#else
#define MS_HOST_SIMD_MATH_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "engine/base/half.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;

inline constexpr float kLog2e = 1.44269504f;

// ---- loads and stores; `count` elements count, the rest reads as 0 and is not written ----

HWY_INLINE FloatVec load(const float* p) { return hn::LoadU(FloatTag(), p); }
HWY_INLINE FloatVec load(const hwy::float16_t* p) {
    return hn::PromoteTo(FloatTag(), hn::LoadU(hn::Rebind<hwy::float16_t, FloatTag>(), p));
}
HWY_INLINE FloatVec load(const hwy::bfloat16_t* p) {
    return hn::PromoteTo(FloatTag(), hn::LoadU(hn::Rebind<hwy::bfloat16_t, FloatTag>(), p));
}

template <class T>
HWY_INLINE FloatVec loadPart(const T* p, std::size_t count) {
    if (HWY_LIKELY(count >= hn::Lanes(FloatTag()))) return load(p);
    HWY_ALIGN T padded[HWY_MAX_BYTES / sizeof(float)] = {};
    std::memcpy(static_cast<void*>(padded), static_cast<const void*>(p), count * sizeof(T));
    return load(padded);
}

HWY_INLINE void store(FloatVec v, float* p) { hn::StoreU(v, FloatTag(), p); }
HWY_INLINE void store(FloatVec v, hwy::float16_t* p) {
#if HWY_ARCH_X86 && HWY_TARGET >= HWY_SSE4  // emulated there, by truncation
    const FloatTag d;
    HWY_ALIGN float wide[HWY_MAX_BYTES / sizeof(float)];
    hn::Store(v, d, wide);
    for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
        const std::uint16_t bits = floatToHalf(wide[i]);
        std::memcpy(static_cast<void*>(p + i), &bits, sizeof(bits));
    }
#else
    const hn::Rebind<hwy::float16_t, FloatTag> d16;
    hn::StoreU(hn::DemoteTo(d16, v), d16, p);
#endif
}

template <class T>
HWY_INLINE void storePart(FloatVec v, T* p, std::size_t count) {
    if (HWY_LIKELY(count >= hn::Lanes(FloatTag()))) return store(v, p);
    HWY_ALIGN T padded[HWY_MAX_BYTES / sizeof(float)];
    store(v, padded);
    std::memcpy(static_cast<void*>(p), static_cast<const void*>(padded), count * sizeof(T));
}

HWY_INLINE void prefetch(const void* p) {
#if defined(__GNUC__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

// ---- functions; NaN in, NaN out ----

/// max(low, x), but x where x is NaN.
HWY_INLINE FloatVec atLeast(FloatVec low, FloatVec x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    return hn::Max(low, x);  // maxps hands on its second operand when either is NaN
#else
    return hn::IfThenElse(hn::Lt(x, low), low, x);
#endif
}
HWY_INLINE FloatVec atMost(FloatVec high, FloatVec x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    return hn::Min(high, x);
#else
    return hn::IfThenElse(hn::Gt(x, high), high, x);
#endif
}

/// 2^f for |f| ≤ 1/2. 2^f - 1 over f is fitted by a polynomial of degree 5 at Chebyshev nodes: relative error 5e-9, and
/// exactly 1 at f = 0.
HWY_INLINE FloatVec exp2Fraction(FloatVec f) {
    const FloatTag d;
    FloatVec q = hn::Set(d, 0.000154531629f);
    q = hn::MulAdd(q, f, hn::Set(d, 0.00133908634f));
    q = hn::MulAdd(q, f, hn::Set(d, 0.00961808256f));
    q = hn::MulAdd(q, f, hn::Set(d, 0.0555035711f));
    q = hn::MulAdd(q, f, hn::Set(d, 0.240226508f));
    q = hn::MulAdd(q, f, hn::Set(d, 0.693147188f));
    return hn::MulAdd(q, f, hn::Set(d, 1.0f));
}

/// 2^n moved into the exponent field; `shifted` is n + 1.5·2²³, so that its low bits hold the integer n.
HWY_INLINE hn::Vec<hn::RebindToSigned<FloatTag>> exponentOf(FloatVec shifted) {
    return hn::ShiftLeft<23>(hn::BitCast(hn::RebindToSigned<FloatTag>(), shifted));
}

/// 2^f · 2^n by a product, which keeps NaN.
HWY_INLINE FloatVec scaledExp2(FloatVec f, FloatVec shifted) {
    const FloatTag d;
    const hn::RebindToSigned<FloatTag> di;
    return hn::Mul(exp2Fraction(f), hn::BitCast(d, hn::Add(exponentOf(shifted), hn::Set(di, 0x3f800000))));
}

/// 2^x, x clamped to [-126, 127].
HWY_INLINE FloatVec exp2(FloatVec x) {
    const FloatTag d;
    const FloatVec magic = hn::Set(d, 0x1.8p23f);
    x = atMost(hn::Set(d, 127.0f), atLeast(hn::Set(d, -126.0f), x));
    const FloatVec shifted = hn::Add(x, magic);
    return scaledExp2(hn::Sub(x, hn::Sub(shifted, magic)), shifted);
}

/// 2^x for |x| ≤ 125 and no NaN: the same bits, fewer steps.
HWY_INLINE FloatVec exp2InRange(FloatVec x) {
    const FloatTag d;
    const hn::RebindToSigned<FloatTag> di;
    const FloatVec magic = hn::Set(d, 0x1.8p23f);
    const FloatVec shifted = hn::Add(x, magic);
    const FloatVec p = exp2Fraction(hn::Sub(x, hn::Sub(shifted, magic)));
    return hn::BitCast(d, hn::Add(hn::BitCast(di, p), exponentOf(shifted)));
}

/// e^x, x clamped to the range of normal floats; ln 2 in two parts keeps large |x| exact.
HWY_INLINE FloatVec exp(FloatVec x) {
    const FloatTag d;
    const FloatVec magic = hn::Set(d, 0x1.8p23f);
    x = atMost(hn::Set(d, 88.0f), atLeast(hn::Set(d, -87.0f), x));
    const FloatVec shifted = hn::MulAdd(x, hn::Set(d, kLog2e), magic);
    const FloatVec n = hn::Sub(shifted, magic);
    FloatVec r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
    r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
    return scaledExp2(hn::Mul(r, hn::Set(d, kLog2e)), shifted);
}

/// log1p(exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|); log1p(e) = 2 atanh(e / (2 + e)), relative error 2e-8. Above 20
/// the second term is below half an ulp of x: linear, as torch.nn.functional.softplus.
HWY_INLINE FloatVec softplus(FloatVec x) {
    const FloatTag d;
    const FloatVec e = exp(hn::Neg(hn::Abs(x)));
    const FloatVec s = hn::Div(e, hn::Add(e, hn::Set(d, 2.0f)));
    const FloatVec w = hn::Mul(s, s);
    FloatVec q = hn::Set(d, 0.13425749f);
    q = hn::MulAdd(q, w, hn::Set(d, 0.141183099f));
    q = hn::MulAdd(q, w, hn::Set(d, 0.200037803f));
    q = hn::MulAdd(q, w, hn::Set(d, 0.333333202f));
    const FloatVec log1p = hn::MulAdd(hn::Mul(q, w), hn::Add(s, s), hn::Add(s, s));
    return hn::Add(atLeast(hn::Zero(d), x), log1p);
}

/// x / (1 + exp(-x))
HWY_INLINE FloatVec silu(FloatVec x) { return hn::Div(x, hn::Add(hn::Set(FloatTag(), 1.0f), exp(hn::Neg(x)))); }

/// erfc(z) for z ≥ 0, relative error 1.2e-7 (Press et al., Numerical Recipes, erfcc).
HWY_INLINE FloatVec complementaryError(FloatVec z) {
    const FloatTag d;
    const FloatVec t = hn::Div(hn::Set(d, 1.0f), hn::MulAdd(z, hn::Set(d, 0.5f), hn::Set(d, 1.0f)));
    FloatVec q = hn::Set(d, 0.17087277f);
    for (const float c : {-0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f, 0.09678418f, 0.37409196f,
                          1.00002368f, -1.26551223f})
        q = hn::MulAdd(q, t, hn::Set(d, c));
    return hn::Mul(t, exp(hn::NegMulAdd(z, z, q)));
}

/// x Φ(x)
HWY_INLINE FloatVec gelu(FloatVec x) {
    const FloatTag d;
    const FloatVec tail = hn::Mul(hn::Set(d, 0.5f), complementaryError(hn::Mul(hn::Abs(x), hn::Set(d, 0.707106781f))));
    return hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1.0f), tail)));
}

/// x / (1 + exp(-2 √(2/π) (x + 0.044715 x³))), which is the tanh form of gelu
HWY_INLINE FloatVec geluTanh(FloatVec x) {
    const FloatTag d;
    const FloatVec cubic = hn::MulAdd(hn::Mul(hn::Mul(x, x), hn::Set(d, 0.044715f)), x, x);
    return hn::Div(x, hn::Add(hn::Set(d, 1.0f), exp(hn::Mul(cubic, hn::Set(d, -1.59576912f)))));
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
