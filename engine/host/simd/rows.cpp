#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

void RmsNormRowImpl(const float* x, const std::byte* weight, std::size_t d, float eps, float* out) {
    const FloatTag tag;
    const std::size_t lanes = hn::Lanes(tag);
    FloatVec sum0 = hn::Zero(tag), sum1 = hn::Zero(tag);
    std::size_t i = 0;
    for (; i + 2 * lanes <= d; i += 2 * lanes) {
        const FloatVec a = load(x + i), b = load(x + i + lanes);
        sum0 = hn::MulAdd(a, a, sum0);
        sum1 = hn::MulAdd(b, b, sum1);
    }
    for (; i < d; i += lanes) {
        const FloatVec a = loadPart(x + i, d - i);
        sum0 = hn::MulAdd(a, a, sum0);
    }
    const float squares = hn::GetLane(hn::SumOfLanes(tag, hn::Add(sum0, sum1)));
    const FloatVec scale = hn::Set(tag, 1.0f / std::sqrt(squares / static_cast<float>(d) + eps));
    const float* w = reinterpret_cast<const float*>(weight);
    for (i = 0; i < d; i += lanes)
        storePart(hn::Mul(hn::Mul(loadPart(x + i, d - i), scale), loadPart(w + i, d - i)), out + i, d - i);
}

float SumRowImpl(const float* x, std::size_t count) {
    const FloatTag tag;
    const std::size_t lanes = hn::Lanes(tag);
    FloatVec sums[4] = {hn::Zero(tag), hn::Zero(tag), hn::Zero(tag), hn::Zero(tag)};
    std::size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
        for (std::size_t k = 0; k < 4; ++k) sums[k] = hn::Add(sums[k], load(x + i + k * lanes));
    for (; i < count; i += lanes) sums[0] = hn::Add(sums[0], loadPart(x + i, count - i));
    return hn::GetLane(hn::SumOfLanes(tag, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
}

/// Mean and sum of squared deviations of the ring's first `rows` rows, for a vector of channels.
HWY_INLINE void recompute(const View& history, std::size_t rows, std::size_t channel, std::size_t left, FloatVec& mean,
                          FloatVec& squares) {
    const FloatTag tag;
    // Relative to one of the values, so that equal values have no deviation at all.
    const FloatVec base = loadPart(history.at<const float>(0, channel), left);
    FloatVec sum = hn::Zero(tag);
    for (std::size_t r = 1; r < rows; ++r)
        sum = hn::Add(sum, hn::Sub(loadPart(history.at<const float>(r, channel), left), base));
    mean = hn::Add(base, hn::Div(sum, hn::Set(tag, static_cast<float>(rows))));
    squares = hn::Zero(tag);
    for (std::size_t r = 0; r < rows; ++r) {
        const FloatVec difference = hn::Sub(loadPart(history.at<const float>(r, channel), left), mean);
        squares = hn::MulAdd(difference, difference, squares);
    }
}

// Welford 1962: a new value joins the mean while the ring fills, and replaces the oldest once it is full.
void SlideWindowImpl(const WindowStep& s, std::size_t first, std::size_t count) {
    const FloatTag tag;
    const std::size_t window = s.history.rows, slot = s.now % window, rows = std::min(s.now + 1, window);
    const bool full = s.now >= window, wraps = slot + 1 == window;
    const FloatVec n = hn::Set(tag, static_cast<float>(rows)), zero = hn::Zero(tag);
    for (std::size_t c = first; c < first + count; c += hn::Lanes(tag)) {
        const std::size_t left = first + count - c;
        float* const ring = s.history.at<float>(slot, c);
        const FloatVec value = loadPart(s.x + c, left), oldest = loadPart(ring, left);
        storePart(value, ring, left);
        const FloatVec before = s.now == 0 ? zero : loadPart(s.moments.at<float>(1, c), left);
        const FloatVec old = s.now == 0 ? zero : loadPart(s.moments.at<float>(0, c), left);
        const FloatVec delta = hn::Sub(value, full ? oldest : old);
        FloatVec mean = hn::Add(old, hn::Div(delta, n));
        const FloatVec change = full ? hn::Add(hn::Sub(value, mean), hn::Sub(oldest, old)) : hn::Sub(value, mean);
        FloatVec squares = hn::MulAdd(delta, change, before);
        // Where a large value has left, what remains is mostly its rounding error (false for NaN, too). Once per turn of
        // the ring everything is made anew, so that nothing drifts.
        const auto exact = hn::Ge(squares, hn::Mul(hn::Set(tag, 0.5f), before));
        if (wraps || (full && !hn::AllTrue(tag, exact))) {
            FloatVec newMean, newSquares;
            recompute(s.history, rows, c, left, newMean, newSquares);
            mean = wraps ? newMean : hn::IfThenElse(exact, mean, newMean);
            squares = wraps ? newSquares : hn::IfThenElse(exact, squares, newSquares);
        }
        storePart(mean, s.moments.at<float>(0, c), left);
        storePart(squares, s.moments.at<float>(1, c), left);
        const FloatVec deviation = hn::Sqrt(hn::Div(squares, n));
        storePart(hn::IfThenElse(hn::Eq(deviation, zero), zero, hn::Div(deviation, mean)), s.out + c, left);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(RmsNormRowImpl);
void rmsNormRow(const float* x, const std::byte* weight, std::size_t d, float eps, float* out) {
    HWY_DYNAMIC_DISPATCH(RmsNormRowImpl)(x, weight, d, eps, out);
}
HWY_EXPORT(SumRowImpl);
float sumRow(const float* x, std::size_t count) { return HWY_DYNAMIC_DISPATCH(SumRowImpl)(x, count); }
HWY_EXPORT(SlideWindowImpl);
void slideWindow(const WindowStep& step, std::size_t first, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(SlideWindowImpl)(step, first, count);
}
}  // namespace ms::host
#endif
