#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/probe.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// Mean and sum of squared deviations of a run of values, for kVectors vectors of channels.
template <std::size_t kVectors>
struct Moments {
    FloatVec mean[kVectors], squares[kVectors];

    HWY_INLINE Moments() {
        for (std::size_t v = 0; v < kVectors; ++v) mean[v] = squares[v] = hn::Zero(FloatTag());
    }
    /// Welford 1962. `n` counts this value; equal values leave the mean and add no deviation.
    HWY_INLINE void add(const float* row, std::size_t left, std::size_t n) {
        const FloatTag d;
        const FloatVec share = hn::Set(d, 1.0f / static_cast<float>(n));
        for (std::size_t v = 0; v < kVectors; ++v) {
            const FloatVec value = loadPart(row + v * hn::Lanes(d), left - v * hn::Lanes(d));
            const FloatVec delta = hn::Sub(value, mean[v]);
            mean[v] = hn::MulAdd(delta, share, mean[v]);
            squares[v] = hn::MulAdd(delta, hn::Sub(value, mean[v]), squares[v]);
        }
    }
};

/// The window at offset j of a block is the tail of the block before, from offset j + 1 on, and this block up to j.
/// Tails are built backward and kept, heads forward, and both are joined: nothing that has left is ever subtracted.
template <std::size_t kVectors>
HWY_INLINE void windowGroup(const WindowViews& w, std::size_t channel, std::size_t left, float* tails) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), width = kVectors * lanes, W = w.history.rows, end = w.start + w.x.rows;
    const auto row = [&](std::size_t block, std::size_t offset) HWY_ATTR -> const float* {
        return block + offset < w.start ? w.history.at<const float>(offset, channel)
                                        : w.x.at<const float>(block + offset - w.start, channel);
    };
    for (std::size_t block = w.start / W * W; block < end; block += W) {
        const std::size_t low = block < w.start ? w.start - block : 0, high = std::min(W, end - block);
        if (block > 0) {
            Moments<kVectors> tail;
            for (std::size_t offset = W - 1; offset > low; --offset) {
                tail.add(row(block - W, offset), left, W - offset);
                if (offset > high) continue;
                float* const kept = tails + (offset - 1) * 2 * width;  // what offset - 1 of this block still sees
                for (std::size_t v = 0; v < kVectors; ++v) {
                    hn::StoreU(tail.mean[v], d, kept + v * lanes);
                    hn::StoreU(tail.squares[v], d, kept + width + v * lanes);
                }
            }
        }
        Moments<kVectors> head;
        for (std::size_t offset = 0; offset < high; ++offset) {
            head.add(row(block, offset), left, offset + 1);
            if (offset < low) continue;
            const bool joined = block > 0 && offset + 1 < W;
            const float inHead = static_cast<float>(offset + 1), inTail = static_cast<float>(W - 1 - offset);
            const float all = joined ? static_cast<float>(W) : inHead;
            const FloatVec headShare = hn::Set(d, inHead / all), tailShare = hn::Set(d, inTail / all);
            const FloatVec between = hn::Set(d, inHead * inTail / all), perValue = hn::Set(d, 1.0f / all);
            float* const out = w.out.at<float>(block + offset - w.start, channel);
            for (std::size_t v = 0; v < kVectors; ++v) {
                FloatVec mean = head.mean[v], squares = head.squares[v];
                if (joined) {  // Chan, Golub and LeVeque 1979
                    const float* const kept = tails + offset * 2 * width + v * lanes;
                    const FloatVec tailMean = load(kept), delta = hn::Sub(mean, tailMean);
                    mean = hn::MulAdd(mean, headShare, hn::Mul(tailMean, tailShare));
                    squares = hn::MulAdd(hn::Mul(delta, delta), between, hn::Add(squares, load(kept + width)));
                }
                const FloatVec deviation = hn::Sqrt(hn::Mul(squares, perValue)), zero = hn::Zero(d);
                storePart(hn::IfThenElse(hn::Eq(squares, zero), zero, hn::Div(deviation, mean)), out + v * lanes,
                          left - v * lanes);
            }
        }
    }
    for (std::size_t t = w.x.rows - std::min(w.x.rows, W); t < w.x.rows; ++t)
        for (std::size_t v = 0; v < kVectors; ++v)
            storePart(loadPart(w.x.at<const float>(t, channel + v * lanes), left - v * lanes),
                      w.history.at<float>((w.start + t) % W, channel + v * lanes), left - v * lanes);
}

void WindowChannelsImpl(const WindowViews& w, std::size_t first, std::size_t count, float* scratch) {
    // As many vectors side by side as stay in registers: the longer the run in each row, the better memory delivers.
    constexpr std::size_t kVectors = HWY_MAX_BYTES >= 64 ? 8 : 4;
    const std::size_t lanes = hn::Lanes(FloatTag()), end = first + count;
    std::size_t c = first;
    for (; c + kVectors * lanes <= end; c += kVectors * lanes) windowGroup<kVectors>(w, c, end - c, scratch);
    for (; c < end; c += lanes) windowGroup<1>(w, c, end - c, scratch);
}

void RetentionChannelsImpl(const RetentionViews& r, std::size_t first, std::size_t count, float* scratch) {
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), d_state = r.A.cols;
    float* const A = scratch;  // [d_state, channels of a tile], times log2(e)
    std::fill_n(A, d_state * kRetentionBlock, 0.0f);
    for (std::size_t c = 0; c < count; ++c)
        for (std::size_t n = 0; n < d_state; ++n) {
            float a = 0;
            std::memcpy(&a, r.A.bytes(first + c, n), sizeof a);
            A[n * kRetentionBlock + c] = a * kLog2e;
        }
    const FloatVec share = hn::Set(d, 1.0f / static_cast<float>(d_state));
    for (std::size_t t = 0; t < r.dt.rows; ++t)
        for (std::size_t c = 0; c < count; c += lanes) {
            const FloatVec dt = loadPart(r.dt.at<const float>(t, first + c), count - c);
            FloatVec sum = hn::Zero(d);
            for (std::size_t n = 0; n < d_state; ++n)
                sum = hn::Add(sum, exp2(hn::Mul(dt, load(A + n * kRetentionBlock + c))));
            storePart(hn::Mul(sum, share), r.out.at<float>(t, first + c), count - c);
        }
}

void WriteStrengthRowImpl(const float* dt, const float* u, float norm, std::size_t count, float* out) {
    const FloatTag d;
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
        const FloatVec product = hn::Mul(loadPart(dt + i, count - i), loadPart(u + i, count - i));
        storePart(hn::Mul(hn::Abs(product), hn::Set(d, norm)), out + i, count - i);
    }
}

void ScaleClampRowImpl(float* x, const float* scale, const float* low, const float* high, std::size_t count) {
    const std::size_t lanes = hn::Lanes(FloatTag());
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t left = count - i;
        const FloatVec scaled = hn::Mul(loadPart(x + i, left), loadPart(scale + i, left));
        storePart(atMost(loadPart(high + i, left), atLeast(loadPart(low + i, left), scaled)), x + i, left);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(WindowChannelsImpl);
void windowChannels(const WindowViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(WindowChannelsImpl)(views, first, count, scratch);
}
HWY_EXPORT(RetentionChannelsImpl);
void retentionChannels(const RetentionViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(RetentionChannelsImpl)(views, first, count, scratch);
}
HWY_EXPORT(WriteStrengthRowImpl);
void writeStrengthRow(const float* dt, const float* u, float norm, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(WriteStrengthRowImpl)(dt, u, norm, count, out);
}
HWY_EXPORT(ScaleClampRowImpl);
void scaleClampRow(float* x, const float* scale, const float* low, const float* high, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(ScaleClampRowImpl)(x, scale, low, high, count);
}
}  // namespace ms::host
#endif
