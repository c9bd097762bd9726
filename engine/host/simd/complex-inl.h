// Vectors of complex numbers in rows of N real parts, then N imaginary ones. Included once per instruction set.
#if defined(MS_HOST_SIMD_COMPLEX_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef MS_HOST_SIMD_COMPLEX_INL_H
#undef MS_HOST_SIMD_COMPLEX_INL_H
#else
#define MS_HOST_SIMD_COMPLEX_INL_H
#endif

#include "engine/host/simd/math-inl.h"
#include "engine/host/view.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// A vector of complex numbers.
struct Complex {
    FloatVec re, im;
};
/// a + b c
HWY_INLINE Complex mulAdd(Complex b, Complex c, Complex a) {
    return {hn::NegMulAdd(b.im, c.im, hn::MulAdd(b.re, c.re, a.re)), hn::MulAdd(b.im, c.re, hn::MulAdd(b.re, c.im, a.im))};
}
HWY_INLINE Complex scaled(Complex c, FloatVec by) { return {hn::Mul(c.re, by), hn::Mul(c.im, by)}; }

/// A row of N real parts, then N imaginary ones.
struct ComplexRow {
    float* row;
    std::size_t N;
    ComplexRow(const View& v, std::size_t at, std::size_t states) : row(v.at<float>(at)), N(states) {}
    [[nodiscard]] HWY_INLINE Complex get(std::size_t n) const { return {loadPart(row + n, N - n), loadPart(row + N + n, N - n)}; }
    HWY_INLINE void set(std::size_t n, Complex v) const {
        storePart(v.re, row + n, N - n);
        storePart(v.im, row + N + n, N - n);
    }
};

/// The leading half of a float's digits: products of two such are exact.
HWY_INLINE FloatVec upperDigits(FloatVec x) {
    const FloatTag d;
    return hn::And(x, hn::BitCast(d, hn::Set(hn::RebindToUnsigned<FloatTag>(), 0xfffff000u)));
}

/// (cos, sin) of a·b, of at most some thousand turns, with the digits that the product's rounding would lose; π/2 in three parts,
/// then minimax polynomials on [-π/4, π/4], as in Cephes. NaN in, NaN out.
HWY_INLINE Complex cosSinOfProduct(FloatVec a, FloatVec b) {
    const FloatTag d;
    const hn::RebindToSigned<FloatTag> di;
    const FloatVec upperA = upperDigits(a), upperB = upperDigits(b), angle = hn::Mul(upperA, upperB);
    const FloatVec rest = hn::MulAdd(hn::Sub(a, upperA), b, hn::Mul(upperA, hn::Sub(b, upperB)));
    const auto quarter = hn::NearestInt(hn::Mul(hn::Add(angle, rest), hn::Set(d, 0.636619772f)));
    const FloatVec turns = hn::ConvertTo(d, quarter);
    FloatVec x = hn::NegMulAdd(turns, hn::Set(d, 1.5703125f), angle);
    x = hn::NegMulAdd(turns, hn::Set(d, 4.837512969970703125e-4f), x);
    x = hn::Add(hn::NegMulAdd(turns, hn::Set(d, 7.54978995489188e-8f), x), rest);
    const FloatVec s = hn::Mul(x, x);
    FloatVec sine = hn::MulAdd(hn::Set(d, -1.9515295891e-4f), s, hn::Set(d, 8.3321608736e-3f));
    sine = hn::MulAdd(sine, s, hn::Set(d, -1.6666654611e-1f));
    sine = hn::MulAdd(hn::Mul(sine, s), x, x);
    FloatVec cosine = hn::MulAdd(hn::Set(d, 2.443315711809948e-5f), s, hn::Set(d, -1.388731625493765e-3f));
    cosine = hn::MulAdd(cosine, s, hn::Set(d, 4.166664568298827e-2f));
    cosine = hn::MulAdd(hn::Mul(cosine, s), s, hn::MulAdd(s, hn::Set(d, -0.5f), hn::Set(d, 1.0f)));
    const auto odd = hn::RebindMask(d, hn::TestBit(quarter, hn::Set(di, 1)));
    const auto sign = [&](auto bits) HWY_ATTR { return hn::BitCast(d, hn::ShiftLeft<30>(hn::And(bits, hn::Set(di, 2)))); };
    return {hn::Xor(hn::IfThenElse(odd, sine, cosine), sign(hn::Add(quarter, hn::Set(di, 1)))),
            hn::Xor(hn::IfThenElse(odd, cosine, sine), sign(quarter))};
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
