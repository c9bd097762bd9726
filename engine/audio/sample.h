// One audio sample: float, full scale at ±1.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace ms {

/// Nothing audible is 60 dB over full scale: what lies beyond is garbage that would drown everything else.
inline constexpr float kLoudestSample = 1000.0f;

/// The sample, or 0 for NaN, infinities and values beyond kLoudestSample.
inline float usableSample(float x) { return std::abs(x) <= kLoudestSample ? x : 0.0f; }

/// Mean of a frame's channels, each made usable first. `frame`: [channels].
inline float mixFrame(std::span<const float> frame) {
    float sum = 0.0f;
    for (const float x : frame) sum += usableSample(x);
    return sum / static_cast<float>(frame.size());
}

}  // namespace ms
