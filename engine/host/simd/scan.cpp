#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// dst[j * dstStride + i] = src[i * srcStride + j] for i < rows, j < cols, by 4×4 blocks.
HWY_INLINE void transpose(const float* src, std::size_t srcStride, std::size_t rows, std::size_t cols, float* dst,
                          std::size_t dstStride) {
#if HWY_TARGET == HWY_SCALAR
    const std::size_t fullRows = 0, fullCols = 0;
#else
    const hn::FixedTag<float, 4> d;
    const std::size_t fullRows = rows / 4 * 4, fullCols = cols / 4 * 4;
    for (std::size_t i = 0; i < fullRows; i += 4) {
        for (std::size_t j = 0; j < fullCols; j += 4) {
            const float* s = src + i * srcStride + j;
            float* t = dst + j * dstStride + i;
            const auto a = hn::LoadU(d, s), b = hn::LoadU(d, s + srcStride);
            const auto c = hn::LoadU(d, s + 2 * srcStride), e = hn::LoadU(d, s + 3 * srcStride);
            const auto abLow = hn::InterleaveLower(d, a, b), abHigh = hn::InterleaveUpper(d, a, b);
            const auto ceLow = hn::InterleaveLower(d, c, e), ceHigh = hn::InterleaveUpper(d, c, e);
            hn::StoreU(hn::ConcatLowerLower(d, ceLow, abLow), d, t);
            hn::StoreU(hn::ConcatUpperUpper(d, ceLow, abLow), d, t + dstStride);
            hn::StoreU(hn::ConcatLowerLower(d, ceHigh, abHigh), d, t + 2 * dstStride);
            hn::StoreU(hn::ConcatUpperUpper(d, ceHigh, abHigh), d, t + 3 * dstStride);
        }
    }
#endif
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = i < fullRows ? fullCols : 0; j < cols; ++j)
            std::memcpy(dst + j * dstStride + i, src + i * srcStride + j, sizeof(float));
}

/// A and state of a channel: a decode step meets both cold, and each tile is too short for the hardware to catch on.
HWY_INLINE void prefetchRow(const ScanViews& s, std::size_t channel) {
    for (std::size_t n = 0; n < s.A.cols; n += 16) {
        prefetch(s.A.at<const float>(channel, n));
        prefetch(s.state.at<const float>(channel, n));
    }
}

/// Lane = channel: B_t and C_t are broadcast, A and h lie transposed in scratch. T is the type of u, dt, B, C, z, out.
template <class T, bool kNorm>
HWY_INLINE void scanBlockOf(const ScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), L = s.u.rows, N = s.A.cols;
    const std::size_t W = (count + lanes - 1) / lanes * lanes;
    float* HWY_RESTRICT A = scratch;      // [d_state, W] times log2(e)
    float* HWY_RESTRICT h = A + N * W;    // [d_state, W]
    float* HWY_RESTRICT D = h + N * W;    // [W]
    float* HWY_RESTRICT bias = D + W;     // [W]
    float* HWY_RESTRICT dt = bias + W;    // [W] of token t, as are the following
    float* HWY_RESTRICT gate = dt + W;    // [W]
    float* HWY_RESTRICT B = gate + W;     // [d_state]
    float* HWY_RESTRICT C = B + N;        // [d_state]
    for (std::size_t i = 0; i < count; ++i) prefetchRow(s, first + i);
    if (W != count) std::fill(scratch, dt, 0.0f);  // lanes without a channel
    if (!s.dtBias) std::fill(bias, dt, 0.0f);
    transpose(s.A.at<const float>(first), s.A.stride, count, N, A, W);
    transpose(s.state.at<const float>(first), s.state.stride, count, N, h, W);
    for (std::size_t i = 0; i < N * W; i += lanes) store(hn::Mul(load(A + i), hn::Set(d, kLog2e)), A + i);
    std::memcpy(D, s.D.bytes(0, first), count * sizeof(float));
    if (s.dtBias) std::memcpy(bias, s.dtBias.bytes(0, first), count * sizeof(float));

    for (std::size_t t = 0; t < L; ++t) {
        for (std::size_t n = 0; n < N; n += lanes) {
            storePart(loadPart(s.B.at<const T>(t, n), N - n), B + n, N - n);
            storePart(loadPart(s.C.at<const T>(t, n), N - n), C + n, N - n);
        }
        // The rows of one block are pages apart: no hardware prefetcher follows them.
        const std::size_t ahead = std::min(t + 4, L - 1);
        for (std::size_t c = 0; c < count; c += 64 / sizeof(T)) {
            prefetch(s.u.at<const T>(ahead, first + c));
            prefetch(s.dt.at<const T>(ahead, first + c));
            if (s.z) prefetch(s.z.at<const T>(ahead, first + c));
        }
        // The long chains of softplus and silu run side by side here instead of at both ends of every sum over n.
        for (std::size_t c = 0; c < count; c += lanes) {
            const std::size_t left = count - c;
            FloatVec step = loadPart(s.dt.at<const T>(t, first + c), left);
            if (s.softplus) step = softplus(hn::Add(step, load(bias + c)));
            store(step, dt + c);
            if (!s.z) continue;
            const FloatVec open = silu(loadPart(s.z.at<const T>(t, first + c), left));
            store(open, gate + c);
            if (s.gate) storePart(open, s.gate.at<float>(t, first + c), left);
        }
        for (std::size_t c = 0; c < count; c += lanes) {
            const std::size_t left = count - c;
            const FloatVec u = loadPart(s.u.at<const T>(t, first + c), left), step = load(dt + c);
            const FloatVec dtu = hn::Mul(step, u);
            FloatVec y = hn::Zero(d), squares = hn::Zero(d);
            for (std::size_t n = 0; n < N; ++n) {
                const FloatVec abar = exp2(hn::Mul(step, load(A + n * W + c)));
                const FloatVec next = hn::MulAdd(abar, load(h + n * W + c), hn::Mul(dtu, hn::Set(d, B[n])));
                store(next, h + n * W + c);
                y = hn::MulAdd(hn::Set(d, C[n]), next, y);
                if constexpr (kNorm) squares = hn::MulAdd(next, next, squares);
            }
            y = hn::MulAdd(load(D + c), u, y);
            if constexpr (kNorm) storePart(hn::Sqrt(squares), s.stateNorm.at<float>(t, first + c), left);
            if (s.y) storePart(y, s.y.at<float>(t, first + c), left);
            storePart(s.z ? hn::Mul(y, load(gate + c)) : y, s.out.at<T>(t, first + c), left);
        }
    }
    transpose(h, W, N, count, s.state.at<float>(first), s.state.stride);
}

void ScanChannelsImpl(const ScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    const bool norm = static_cast<bool>(s.stateNorm);
    if (s.u.type == DType::F32) {
        if (norm) return scanBlockOf<float, true>(s, first, count, scratch);
        return scanBlockOf<float, false>(s, first, count, scratch);
    }
    if (norm) return scanBlockOf<hwy::float16_t, true>(s, first, count, scratch);
    scanBlockOf<hwy::float16_t, false>(s, first, count, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(ScanChannelsImpl);
void scanChannels(const ScanViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(ScanChannelsImpl)(views, first, count, scratch);
}
}  // namespace ms::host
#endif
