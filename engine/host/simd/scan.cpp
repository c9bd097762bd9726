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

/// The scratch of one tile; lane = channel, W channels padded to whole vectors.
struct Tile {
    std::size_t W, N;
    float *A, *h;             // [d_state, W]; A times log2(e)
    float *D, *bias, *reach;  // [W]; reach: the largest |A| of a channel, NaN when one of them is no finite number
    float *dt, *dtu, *gate, *y, *squares;  // [W] of token t
    float *B, *C;                          // [d_state] of token t

    Tile(float* scratch, std::size_t width, std::size_t d_state) : W(width), N(d_state) {
        A = scratch;
        h = A + N * W;
        D = h + N * W;
        bias = D + W;
        reach = bias + W;
        dt = reach + W;
        dtu = dt + W;
        gate = dtu + W;
        y = gate + W;
        squares = y + W;
        B = squares + W;
        C = B + N;
    }
};

/// A and state of a channel: a decode step meets both cold, and each tile is too short for the hardware to catch on.
HWY_INLINE void prefetchRow(const ScanViews& s, std::size_t channel) {
    for (std::size_t n = 0; n < s.A.cols; n += 16) {
        prefetch(s.A.at<const float>(channel, n));
        prefetch(s.state.at<const float>(channel, n));
    }
}

HWY_INLINE void loadTile(const ScanViews& s, std::size_t first, std::size_t count, const Tile& tile) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    for (std::size_t i = 0; i < count; ++i) prefetchRow(s, first + i);
    std::fill(tile.D, tile.reach, 0.0f);
    if (tile.W != count) std::fill(tile.A, tile.D, 0.0f);  // lanes without a channel
    transpose(s.A.at<const float>(first), s.A.stride, count, tile.N, tile.A, tile.W);
    transpose(s.state.at<const float>(first), s.state.stride, count, tile.N, tile.h, tile.W);
    std::memcpy(tile.D, s.D.bytes(0, first), count * sizeof(float));
    if (s.dtBias) std::memcpy(tile.bias, s.dtBias.bytes(0, first), count * sizeof(float));
    for (std::size_t c = 0; c < tile.W; c += lanes) {
        FloatVec reach = hn::Zero(d), finite = hn::Zero(d);
        for (std::size_t n = 0; n < tile.N; ++n) {
            const FloatVec a = hn::Mul(load(tile.A + n * tile.W + c), hn::Set(d, kLog2e));
            store(a, tile.A + n * tile.W + c);
            reach = hn::Max(reach, hn::Abs(a));
            finite = hn::MulAdd(a, hn::Zero(d), finite);
        }
        store(hn::Add(reach, finite), tile.reach + c);
    }
}

/// Everything of token t that does not depend on the state. The long chains of softplus and silu run side by side here
/// instead of at both ends of every sum over n.
template <class T>
HWY_INLINE void prepareToken(const ScanViews& s, std::size_t first, std::size_t count, std::size_t t,
                             const Tile& tile) {
    const std::size_t lanes = hn::Lanes(FloatTag());
    for (std::size_t n = 0; n < tile.N; n += lanes) {
        storePart(loadPart(s.B.at<const T>(t, n), tile.N - n), tile.B + n, tile.N - n);
        storePart(loadPart(s.C.at<const T>(t, n), tile.N - n), tile.C + n, tile.N - n);
    }
    for (std::size_t c = 0; c < count; c += lanes) {
        const std::size_t left = count - c;
        FloatVec dt = loadPart(s.dt.at<const T>(t, first + c), left);
        if (s.softplus) dt = softplus(hn::Add(dt, load(tile.bias + c)));
        store(dt, tile.dt + c);
        store(hn::Mul(dt, loadPart(s.u.at<const T>(t, first + c), left)), tile.dtu + c);
        if (s.z) store(silu(loadPart(s.z.at<const T>(t, first + c), left)), tile.gate + c);
    }
}

/// h = exp(dt A) h + dt B u and y = C·h for kVectors vectors of channels from c on. Without kGuard, dt A is known to
/// keep the exponential within the normal floats; the bits are the same with it.
template <std::size_t kVectors, bool kNorm, bool kGuard>
HWY_INLINE void updateState(const Tile& tile, std::size_t c) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    const float* HWY_RESTRICT A = tile.A + c;
    float* HWY_RESTRICT h = tile.h + c;
    const float* HWY_RESTRICT B = tile.B;
    const float* HWY_RESTRICT C = tile.C;
    FloatVec dt[kVectors], dtu[kVectors], y[kVectors], squares[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
        dt[v] = load(tile.dt + c + v * lanes);
        dtu[v] = load(tile.dtu + c + v * lanes);
        y[v] = squares[v] = hn::Zero(d);
    }
    for (std::size_t n = 0; n < tile.N; ++n) {
        const FloatVec b = hn::Set(d, B[n]), read = hn::Set(d, C[n]);
        for (std::size_t v = 0; v < kVectors; ++v) {
            const std::size_t i = n * tile.W + v * lanes;
            const FloatVec x = hn::Mul(dt[v], load(A + i));
            const FloatVec abar = kGuard ? exp2(x) : exp2InRange(x);
            const FloatVec next = hn::MulAdd(abar, load(h + i), hn::Mul(dtu[v], b));
            store(next, h + i);
            y[v] = hn::MulAdd(read, next, y[v]);
            if constexpr (kNorm) squares[v] = hn::MulAdd(next, next, squares[v]);
        }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
        store(y[v], tile.y + c + v * lanes);
        if constexpr (kNorm) store(squares[v], tile.squares + c + v * lanes);
    }
}

template <bool kNorm>
HWY_INLINE void updateStates(const Tile& tile) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d);
    const auto inRange = [&](std::size_t c) HWY_ATTR {
        const FloatVec most = hn::Mul(hn::Abs(load(tile.dt + c)), load(tile.reach + c));
        return hn::AllTrue(d, hn::Lt(most, hn::Set(d, 125.0f)));  // false for NaN
    };
    std::size_t c = 0;
    for (; c + 2 * lanes <= tile.W; c += 2 * lanes) {
        if (HWY_LIKELY(inRange(c) && inRange(c + lanes))) updateState<2, kNorm, false>(tile, c);
        else updateState<2, kNorm, true>(tile, c);
    }
    if (c < tile.W) updateState<1, kNorm, true>(tile, c);
}

template <class T>
HWY_INLINE void writeToken(const ScanViews& s, std::size_t first, std::size_t count, std::size_t t, const Tile& tile) {
    const std::size_t lanes = hn::Lanes(FloatTag());
    for (std::size_t c = 0; c < count; c += lanes) {
        const std::size_t left = count - c;
        const FloatVec u = loadPart(s.u.at<const T>(t, first + c), left);
        const FloatVec y = hn::MulAdd(load(tile.D + c), u, load(tile.y + c)), gate = load(tile.gate + c);
        storePart(s.z ? hn::Mul(y, gate) : y, s.out.at<T>(t, first + c), left);
        if (s.y) storePart(y, s.y.at<float>(t, first + c), left);
        if (s.gate) storePart(gate, s.gate.at<float>(t, first + c), left);
        if (s.stateNorm) storePart(hn::Sqrt(load(tile.squares + c)), s.stateNorm.at<float>(t, first + c), left);
    }
}

/// T is the type of u, dt, B, C, z and out.
template <class T>
HWY_INLINE void scanTile(const ScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    const std::size_t lanes = hn::Lanes(FloatTag()), L = s.u.rows;
    const Tile tile(scratch, (count + lanes - 1) / lanes * lanes, s.A.cols);
    std::fill(tile.dt, tile.B, 0.0f);
    loadTile(s, first, count, tile);
    for (std::size_t t = 0; t < L; ++t) {
        // The rows of one tile are pages apart: no hardware prefetcher follows them.
        const std::size_t ahead = std::min(t + 4, L - 1);
        for (std::size_t c = 0; c < count; c += 64 / sizeof(T)) {
            prefetch(s.u.at<const T>(ahead, first + c));
            prefetch(s.dt.at<const T>(ahead, first + c));
            if (s.z) prefetch(s.z.at<const T>(ahead, first + c));
        }
        prepareToken<T>(s, first, count, t, tile);
        if (s.stateNorm) updateStates<true>(tile);
        else updateStates<false>(tile);
        writeToken<T>(s, first, count, t, tile);
    }
    transpose(tile.h, tile.W, tile.N, count, s.state.at<float>(first), s.state.stride);
}

void ScanChannelsImpl(const ScanViews& s, std::size_t first, std::size_t count, float* scratch) {
    if (s.u.type == DType::F32) scanTile<float>(s, first, count, scratch);
    else scanTile<hwy::float16_t>(s, first, count, scratch);
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
