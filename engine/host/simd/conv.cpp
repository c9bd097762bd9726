#include "engine/host/simd/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/host/simd/conv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/host/simd/kernels.h"
#include "engine/host/simd/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ms::host {
namespace HWY_NAMESPACE {

/// rows [count channels, width] of `view` from channel `first`, transposed to columns[j * kConvBlock + channel].
HWY_INLINE void gatherColumns(const View& view, std::size_t first, std::size_t count, std::size_t width,
                              float* columns) {
    for (std::size_t c = 0; c < count; ++c) {
        float row[8];
        std::memcpy(row, view.bytes(first + c), width * sizeof(float));
        for (std::size_t j = 0; j < width; ++j) columns[j * kConvBlock + c] = row[j];
    }
}

template <std::size_t kWidth>  // d_conv
HWY_INLINE void convBlock(const ConvViews& v, std::size_t first, std::size_t count, float* scratch) {
    constexpr std::size_t kPast = kWidth - 1;
    const FloatTag d;
    const std::size_t lanes = hn::Lanes(d), L = v.x.rows;
    float* weight = scratch;                     // [d_conv, block]
    float* past = weight + kWidth * kConvBlock;  // [d_conv - 1, block]: the inputs before this chunk
    float* bias = past + kPast * kConvBlock;     // [block]
    gatherColumns(v.weight, first, count, kWidth, weight);
    if (kPast > 0) gatherColumns(v.state, first, count, kPast, past);
    if (v.bias) std::memcpy(bias, v.bias.bytes(0, first), count * sizeof(float));
    else std::memset(bias, 0, count * sizeof(float));

    /// Input of time t, counted from -kPast.
    const auto input = [&](std::size_t tPlusPast) HWY_ATTR -> const float* {
        return tPlusPast < kPast ? past + tPlusPast * kConvBlock : v.x.at<const float>(tPlusPast - kPast, first);
    };
    for (std::size_t t = 0; t < L; ++t) {
        const float* taps[kWidth];
        for (std::size_t j = 0; j < kWidth; ++j) taps[j] = input(t + j);
        float* out = v.out.at<float>(t, first);
        for (std::size_t c = 0; c < count; c += lanes) {
            const std::size_t left = count - c;
            FloatVec sum = load(bias + c);
            for (std::size_t j = 0; j < kWidth; ++j)
                sum = hn::MulAdd(load(weight + j * kConvBlock + c), loadPart(taps[j] + c, left), sum);
            storePart(silu(sum), out + c, left);
        }
    }
    for (std::size_t j = 0; j < kPast; ++j) {
        const float* column = input(L + j);
        for (std::size_t c = 0; c < count; ++c) *v.state.at<float>(first + c, j) = column[c];
    }
}

void ConvChannelsImpl(const ConvViews& v, std::size_t first, std::size_t count, float* scratch) {
    switch (v.weight.cols) {
        case 1:
            return convBlock<1>(v, first, count, scratch);
        case 2:
            return convBlock<2>(v, first, count, scratch);
        case 3:
            return convBlock<3>(v, first, count, scratch);
        case 4:
            return convBlock<4>(v, first, count, scratch);
        case 5:
            return convBlock<5>(v, first, count, scratch);
        case 6:
            return convBlock<6>(v, first, count, scratch);
        case 7:
            return convBlock<7>(v, first, count, scratch);
        default:
            return convBlock<8>(v, first, count, scratch);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ms::host
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ms::host {
HWY_EXPORT(ConvChannelsImpl);
void convChannels(const ConvViews& views, std::size_t first, std::size_t count, float* scratch) {
    HWY_DYNAMIC_DISPATCH(ConvChannelsImpl)(views, first, count, scratch);
}
}  // namespace ms::host
#endif
