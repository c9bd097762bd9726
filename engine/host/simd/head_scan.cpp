#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/head_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "engine/host/simd/math-inl.h"
#include "engine/host/simd/recurrent_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// What all channels of a head share at one token.
struct HeadToken {
    float decay = 1, write = 0, again = 0;  ///< factors of h, of this token's u Bᵀ and of the last token's
    const float *B = nullptr, *C = nullptr, *before = nullptr;  ///< [d_state]; before: the last token's B
};

inline float element(const View& v, std::size_t row, std::size_t column) {
    float value = 0;
    std::memcpy(&value, v.bytes(row, column), sizeof value);
    return value;
}

template <bool kTrapezoid>
HWY_INLINE HeadToken headToken(const HeadScanViews& s, std::size_t head, std::size_t t) {
    const std::size_t column = head / s.headsPerGroup * s.state.cols;
    const float dt = element(s.dt, t, head), a = element(s.A, kTrapezoid ? t : 0, head);
    HeadToken token;
    token.decay = std::exp(dt * a);
    token.write = dt;
    token.B = s.B.at<const float>(t, column);
    token.C = s.C.at<const float>(t, column);
    if constexpr (kTrapezoid) {
        const float lambda = element(s.lambda, t, head);
        token.write = dt * lambda;
        token.again = token.decay * dt * (1.0f - lambda);
        token.before = t > 0 ? s.B.at<const float>(t - 1, column) : s.kPrev.at<const float>(0, column);
    }
    return token;
}

/// One token of kRows channels: their states, C·h and ‖h‖². The rows share the loads of B and C, and their sums are chains
/// that do not wait for each other.
template <std::size_t kRows, bool kTrapezoid, bool kNorm>
HWY_INLINE void updateRows(const HeadScanViews& s, const HeadToken& token, std::size_t channel, const float* written,
                           const float* again, float* reads, float* squares) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), N = s.state.cols;
    const FloatVec decay = hn::Set(d, token.decay);
    float* h[kRows];
    FloatVec read[kRows], square[kRows];
    for (std::size_t r = 0; r < kRows; ++r) {
        h[r] = s.state.at<float>(channel + r);
        read[r] = square[r] = hn::Zero(d);
    }
    const auto step = [&](std::size_t n, std::size_t left) HWY_ATTR {
        const FloatVec B = loadPart(token.B + n, left), C = loadPart(token.C + n, left);
        FloatVec before = hn::Zero(d);
        if constexpr (kTrapezoid) before = loadPart(token.before + n, left);
        for (std::size_t r = 0; r < kRows; ++r) {
            FloatVec next = hn::Mul(decay, loadPart(h[r] + n, left));
            if constexpr (kTrapezoid) next = hn::MulAdd(hn::Set(d, again[r]), before, next);
            next = hn::MulAdd(hn::Set(d, written[r]), B, next);
            storePart(next, h[r] + n, left);
            read[r] = hn::MulAdd(C, next, read[r]);
            if constexpr (kNorm) square[r] = hn::MulAdd(next, next, square[r]);
        }
    };
    std::size_t n = 0;
    for (; n + lanes <= N; n += lanes) step(n, lanes);
    if (n < N) step(n, N - n);
    for (std::size_t r = 0; r < kRows; ++r) {
        reads[r] = hn::GetLane(hn::SumOfLanes(d, read[r]));
        if constexpr (kNorm) squares[r] = hn::GetLane(hn::SumOfLanes(d, square[r]));
    }
}

template <bool kTrapezoid, bool kNorm>
HWY_INLINE void scanHead(const HeadScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    float *const written = scratch, *const again = written + kHeadScanBlock, *const squares = again + kHeadScanBlock;
    const std::size_t head = first / s.headDim;
    const float skip = element(s.D, 0, head);
    for (std::size_t t = 0; t < s.u.rows; ++t) {
        const HeadToken token = headToken<kTrapezoid>(s, head, t);
        const float* const u = s.u.at<const float>(t, first);
        float* const out = s.out.at<float>(t, first);
        const float* const last = !kTrapezoid ? nullptr
                                  : t > 0     ? s.u.at<const float>(t - 1, first)
                                              : s.vPrev.at<const float>(0, first);
        for (std::size_t c = 0; c < count; ++c) {
            written[c] = token.write * u[c];
            if constexpr (kTrapezoid) again[c] = token.again * last[c];
        }
        std::size_t c = 0;
        for (; c + 4 <= count; c += 4)
            updateRows<4, kTrapezoid, kNorm>(s, token, first + c, written + c, again + c, out + c, squares + c);
        for (; c < count; ++c)
            updateRows<1, kTrapezoid, kNorm>(s, token, first + c, written + c, again + c, out + c, squares + c);
        for (c = 0; c < count; ++c) out[c] += skip * u[c];
        if constexpr (kNorm)
            for (c = 0; c < count; ++c) *s.stateNorm.at<float>(t, first + c) = std::sqrt(squares[c]);
    }
}

void HeadScanChannelsImpl(const HeadScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    const bool trapezoid = static_cast<bool>(s.lambda), norm = static_cast<bool>(s.stateNorm);
    if (trapezoid && norm) scanHead<true, true>(s, first, count, scratch);
    else if (trapezoid) scanHead<true, false>(s, first, count, scratch);
    else if (norm) scanHead<false, true>(s, first, count, scratch);
    else scanHead<false, false>(s, first, count, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(HeadScanChannelsImpl);
void headScanChannels(const HeadScanViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(HeadScanChannelsImpl)(views, first, count, scratch);
}
}  // namespace ms::host
#endif
