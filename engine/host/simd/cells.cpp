#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/cells.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/host/simd/math-inl.h"
#include "engine/host/simd/recurrent_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

HWY_INLINE FloatVec sigmoid(FloatVec x) {
    const FloatVec one = hn::Set(FloatTag(), 1.0f);
    return hn::Div(one, hn::Add(one, exp(hn::Neg(x))));
}

/// (1 - e) / (1 + e), e = exp(-2|x|); below 0.3 its series, which keeps the digits that 1 - e would lose.
HWY_INLINE FloatVec tanh(FloatVec x) {
    const FloatTag d;
    const FloatVec one = hn::Set(d, 1.0f), size = hn::Abs(x), square = hn::Mul(x, x);
    const FloatVec e = exp(hn::Mul(size, hn::Set(d, -2.0f)));
    const FloatVec large = hn::CopySign(hn::Div(hn::Sub(one, e), hn::Add(one, e)), x);
    FloatVec q = hn::Set(d, 62.0f / 2835.0f);
    q = hn::MulAdd(q, square, hn::Set(d, -17.0f / 315.0f));
    q = hn::MulAdd(q, square, hn::Set(d, 2.0f / 15.0f));
    q = hn::MulAdd(q, square, hn::Set(d, -1.0f / 3.0f));
    const FloatVec small = hn::MulAdd(hn::Mul(q, square), x, x);
    return hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.3f)), small, large);
}

void FinishCellUnitsImpl(const CellUnits& u) {
    using Kind = RecurrentCellArgs::Kind;
    const FloatTag d;
    const float* const bias = reinterpret_cast<const float*>(u.bias);
    for (std::size_t i = 0; i < u.count; i += hn::Lanes(d)) {
        const std::size_t left = u.count - i, unit = u.first + i;
        const auto input = [&](std::size_t gate) HWY_ATTR { return loadPart(u.x + gate * u.hidden + unit, left); };
        const auto recurrent = [&](std::size_t gate) HWY_ATTR {
            const FloatVec sum = loadPart(u.sums + gate * u.count + i, left);
            return bias == nullptr ? sum : hn::Add(sum, loadPart(bias + gate * u.hidden + unit, left));
        };
        const auto keep = [&](std::size_t gate, FloatVec value) HWY_ATTR { storePart(value, u.sums + gate * u.count + i, left); };
        FloatVec h = hn::Zero(d);
        if (u.kind == Kind::Lstm) {
            const FloatVec in = sigmoid(hn::Add(input(0), recurrent(0))), forget = sigmoid(hn::Add(input(1), recurrent(1)));
            const FloatVec g = tanh(hn::Add(input(2), recurrent(2))), out = sigmoid(hn::Add(input(3), recurrent(3)));
            const FloatVec c = hn::MulAdd(forget, loadPart(u.c + unit, left), hn::Mul(in, g));
            storePart(c, u.c + unit, left);
            h = hn::Mul(out, tanh(c));
            keep(0, in);
            keep(1, forget);
            keep(2, g);
            keep(3, out);
        } else if (u.kind == Kind::Gru) {
            const FloatVec r = sigmoid(hn::Add(input(0), recurrent(0))), z = sigmoid(hn::Add(input(1), recurrent(1)));
            const FloatVec n = tanh(hn::MulAdd(r, recurrent(2), input(2)));
            h = hn::MulAdd(z, hn::Sub(loadPart(u.before + unit, left), n), n);
            keep(0, r);
            keep(1, z);
            keep(2, n);
        } else {
            const FloatVec sum = hn::Add(input(0), recurrent(0));
            h = u.kind == Kind::RnnTanh ? tanh(sum) : atLeast(hn::Zero(d), sum);
            keep(0, h);
        }
        storePart(h, u.h + unit, left);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(FinishCellUnitsImpl);
void finishCellUnits(const CellUnits& units) { HWY_DYNAMIC_DISPATCH(FinishCellUnitsImpl)(units); }
}  // namespace ms::host
#endif
