#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/s4.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/host/simd/complex-inl.h"
#include "engine/host/simd/recurrent_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

template <bool kRankOne>
HWY_INLINE void scanChannel(const S4Views& s, std::size_t channel) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), N = s.state.cols / 2;
    const ComplexRow A(s.A, channel, N), B(s.B, channel, N), C(s.C, channel, N), h(s.state, channel, N);
    const ComplexRow P(kRankOne ? s.P : s.A, channel, N), Q(kRankOne ? s.Q : s.A, channel, N);
    float skip = 0;
    if (s.D) std::memcpy(&skip, s.D.bytes(0, channel), sizeof skip);
    for (std::size_t t = 0; t < s.u.rows; ++t) {
        const float u = *s.u.at<const float>(t, channel);
        Complex along{hn::Zero(d), hn::Zero(d)};
        if constexpr (kRankOne) {
            for (std::size_t n = 0; n < N; n += lanes) along = mulAdd(Q.get(n), h.get(n), along);
            along = {hn::Set(d, hn::GetLane(hn::SumOfLanes(d, along.re))), hn::Set(d, hn::GetLane(hn::SumOfLanes(d, along.im)))};
        }
        FloatVec read = hn::Zero(d);
        for (std::size_t n = 0; n < N; n += lanes) {
            const Complex b = B.get(n), c = C.get(n);
            Complex next = mulAdd(A.get(n), h.get(n), scaled(b, hn::Set(d, u)));
            if constexpr (kRankOne) next = mulAdd(P.get(n), along, next);
            h.set(n, next);
            read = hn::NegMulAdd(c.im, next.im, hn::MulAdd(c.re, next.re, read));
        }
        const float y = hn::GetLane(hn::SumOfLanes(d, read)) + skip * u;
        if (s.y) *s.y.at<float>(t, channel) = y;
        *s.out.at<float>(t, channel) = s.gelu ? hn::GetLane(gelu(hn::Set(d, y))) : y;
    }
}

void S4ChannelsImpl(const S4Views& s, std::size_t first, std::size_t count) {
    for (std::size_t c = first; c < first + count; ++c) {
        if (s.P) scanChannel<true>(s, c);
        else scanChannel<false>(s, c);
    }
}

void GluRowImpl(const float* a, const float* b, std::size_t count, float* out, bool accumulate) {
    const FloatTag d;
    const FloatVec one = hn::Set(d, 1.0f);
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
        const std::size_t left = count - i;
        const FloatVec gate = hn::Div(one, hn::Add(one, exp(hn::Neg(loadPart(b + i, left)))));
        const FloatVec before = accumulate ? loadPart(out + i, left) : hn::Zero(d);
        storePart(hn::MulAdd(loadPart(a + i, left), gate, before), out + i, left);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(S4ChannelsImpl);
void s4Channels(const S4Views& views, std::size_t first, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(S4ChannelsImpl)(views, first, count);
}
HWY_EXPORT(GluRowImpl);
void gluRow(const float* a, const float* b, std::size_t count, float* out, bool accumulate) {
    HWY_DYNAMIC_DISPATCH(GluRowImpl)(a, b, count, out, accumulate);
}
}  // namespace ms::host
#endif
