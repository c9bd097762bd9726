#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/complex_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/host/simd/complex-inl.h"
#include "engine/host/simd/recurrent_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// One token of one channel: its states, Re(C·h) and ‖h‖².
template <bool kNorm>
HWY_INLINE void updateChannel(const ComplexRow& A, const ComplexRow& B, const ComplexRow& C, const ComplexRow& h, float dt, float u,
                              float* read, float* square) {
    const FloatTag d;
    const FloatVec step = hn::Set(d, dt), rate = hn::Set(d, dt * kLog2e), written = hn::Set(d, dt * u);
    FloatVec reads = hn::Zero(d), squares = hn::Zero(d);
    for (std::size_t n = 0; n < A.N; n += hn::Lanes(d)) {
        const Complex a = A.get(n), c = C.get(n);
        const Complex kept = scaled(cosSinOfProduct(step, a.im), exp2(hn::Mul(rate, a.re)));
        const Complex next = mulAdd(kept, h.get(n), scaled(B.get(n), written));
        h.set(n, next);
        reads = hn::NegMulAdd(c.im, next.im, hn::MulAdd(c.re, next.re, reads));
        if constexpr (kNorm) squares = hn::MulAdd(next.im, next.im, hn::MulAdd(next.re, next.re, squares));
    }
    *read = hn::GetLane(hn::SumOfLanes(d, reads));
    if constexpr (kNorm) *square = hn::GetLane(hn::SumOfLanes(d, squares));
}

template <bool kNorm>
HWY_INLINE void scanTile(const ComplexScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    const FloatTag d;
    const std::size_t N = s.state.cols / 2;
    float *const skip = scratch, *const reads = skip + kComplexScanBlock, *const squares = reads + kComplexScanBlock;
    std::memcpy(skip, s.D.bytes(0, first), count * sizeof(float));
    for (std::size_t t = 0; t < s.u.rows; ++t) {
        const float *const u = s.u.at<const float>(t, first), *const dt = s.dt.at<const float>(t, first);
        const ComplexRow B(s.B, t, N), C(s.C, t, N);
        for (std::size_t c = 0; c < count; ++c)
            updateChannel<kNorm>(ComplexRow(s.A, first + c, N), B, C, ComplexRow(s.state, first + c, N), dt[c], u[c], reads + c, squares + c);
        for (std::size_t c = 0; c < count; c += hn::Lanes(d)) {
            const std::size_t left = count - c;
            const FloatVec y = hn::MulAdd(hn::Set(d, 2.0f), loadPart(reads + c, left), hn::Mul(loadPart(skip + c, left), loadPart(u + c, left)));
            const FloatVec gate = silu(loadPart(s.z.at<const float>(t, first + c), left));
            storePart(hn::Mul(y, gate), s.out.at<float>(t, first + c), left);
            if (s.y) storePart(y, s.y.at<float>(t, first + c), left);
            if (s.gate) storePart(gate, s.gate.at<float>(t, first + c), left);
            if constexpr (kNorm) storePart(hn::Sqrt(loadPart(squares + c, left)), s.stateNorm.at<float>(t, first + c), left);
        }
    }
}

void ComplexScanChannelsImpl(const ComplexScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    if (s.stateNorm) scanTile<true>(s, first, count, scratch);
    else scanTile<false>(s, first, count, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(ComplexScanChannelsImpl);
void complexScanChannels(const ComplexScanViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(ComplexScanChannelsImpl)(views, first, count, scratch);
}
}  // namespace ms::host
#endif
