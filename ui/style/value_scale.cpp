#include "ui/style/value_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ms {

namespace {

/// 1, 2 or 5 times a power of ten, at least `value`.
double roundUp(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * power >= value * (1 - 1e-9)) return step * power;
    return 10 * power;
}

/// A scale needs two different ends.
ValueScale widened(float low, float high, bool positive) {
    if (low > high) return {positive ? 0.1f : 0.0f, 1.0f, positive};
    if (low == high) {
        const float margin = low == 0 ? 1.0f : std::abs(low) * 0.01f;
        return {positive ? low / 1.01f : low - margin, high + margin, positive};
    }
    return {low, high, positive};
}

}  // namespace

float ValueScale::position(float value) const {
    if (!logarithmic) return (value - low) / (high - low);
    if (value <= 0) return -1.0f;
    return std::log(value / low) / std::log(high / low);
}

float ValueScale::valueAt(float position) const {
    if (!logarithmic) return low + position * (high - low);
    return low * std::pow(high / low, position);
}

std::vector<float> ValueScale::ticks(int count) const {
    std::vector<float> ticks;
    if (!(high > low) || count < 1) return ticks;
    if (logarithmic && high / low > 20) {
        const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-6));
        const int last = static_cast<int>(std::floor(std::log10(high) + 1e-6));
        const int step = std::max(1, (last - first + count) / count);
        for (int e = first; e <= last; e += step) ticks.push_back(std::pow(10.0f, static_cast<float>(e)));
        return ticks;
    }
    const double step = roundUp((static_cast<double>(high) - low) / count);
    for (double t = std::ceil(low / step - 1e-6) * step; t <= high + step * 1e-6; t += step)
        ticks.push_back(std::abs(t) < step * 1e-6 ? 0.0f : static_cast<float>(t));
    return ticks;
}

ValueScale rangeOf(std::span<const float> values, bool positive) {
    float low = std::numeric_limits<float>::max();
    float high = std::numeric_limits<float>::lowest();
    for (const float v : values) {
        if (!std::isfinite(v) || (positive && v <= 0)) continue;
        low = std::min(low, v);
        high = std::max(high, v);
    }
    return widened(low, high, positive);
}

ValueScale percentileRange(std::span<const float> values, double lowShare, double highShare, bool positive) {
    std::vector<float> finite;
    finite.reserve(values.size());
    for (const float v : values)
        if (std::isfinite(v) && (!positive || v > 0)) finite.push_back(v);
    if (finite.empty()) return widened(1, 0, positive);
    const auto pick = [&](double share) {
        const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(finite.size() - 1) + 0.5);
        std::nth_element(finite.begin(), finite.begin() + index, finite.end());
        return finite[static_cast<std::size_t>(index)];
    };
    const float low = pick(lowShare);
    return widened(low, pick(highShare), positive);
}

}  // namespace ms
