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
ValueScale widened(float low, float high, ScaleKind kind) {
    const bool positive = kind == ScaleKind::Log;
    if (low > high) return {positive ? 0.1f : 0.0f, 1.0f, kind};
    if (low == high) {
        const float margin = low == 0 ? 1.0f : std::abs(low) * 0.01f;
        return {positive ? low / 1.01f : low - margin, high + margin, kind};
    }
    return {low, high, kind};
}

float symlog(float value, float linear) { return std::copysign(std::log1p(std::abs(value) / linear), value); }

}  // namespace

float ValueScale::linear() const {
    const float most = std::max(std::abs(low), std::abs(high));
    return most > 0 ? most * 1e-3f : 1.0f;
}

float ValueScale::position(float value) const {
    if (kind == ScaleKind::Linear) return (value - low) / (high - low);
    if (kind == ScaleKind::Symlog) {
        const float l = linear(), from = symlog(low, l);
        return (symlog(value, l) - from) / (symlog(high, l) - from);
    }
    if (value <= 0) return -1.0f;
    return std::log(value / low) / std::log(high / low);
}

float ValueScale::valueAt(float position) const {
    if (kind == ScaleKind::Linear) return low + position * (high - low);
    if (kind == ScaleKind::Symlog) {
        const float l = linear(), from = symlog(low, l);
        const float s = from + position * (symlog(high, l) - from);
        return std::copysign(std::expm1(std::abs(s)) * l, s);
    }
    return low * std::pow(high / low, position);
}

std::vector<float> ValueScale::ticks(int count) const {
    std::vector<float> ticks;
    if (!(high > low) || count < 1) return ticks;
    if (kind == ScaleKind::Symlog) {
        std::vector<float> decades;
        if (low <= 0 && high >= 0) decades.push_back(0);
        for (float d = std::pow(10.0f, std::ceil(std::log10(linear()))); d <= std::max(std::abs(low), std::abs(high)); d *= 10) {
            if (d <= high) decades.push_back(d);
            if (-d >= low) decades.push_back(-d);
        }
        std::sort(decades.begin(), decades.end());
        const std::size_t step = std::max<std::size_t>(1, (decades.size() + static_cast<std::size_t>(count) - 1) / static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < decades.size(); i += step) ticks.push_back(decades[i]);
        return ticks;
    }
    if (kind == ScaleKind::Log && high / low > 20) {
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

ValueScale rangeOf(std::span<const float> values, ScaleKind kind) {
    const bool positive = kind == ScaleKind::Log;
    float low = std::numeric_limits<float>::max();
    float high = std::numeric_limits<float>::lowest();
    for (const float v : values) {
        if (!std::isfinite(v) || (positive && v <= 0)) continue;
        low = std::min(low, v);
        high = std::max(high, v);
    }
    return widened(low, high, kind);
}

ValueScale percentileRange(std::span<const float> values, double lowShare, double highShare, ScaleKind kind) {
    const bool positive = kind == ScaleKind::Log;
    std::vector<float> finite;
    finite.reserve(values.size());
    for (const float v : values)
        if (std::isfinite(v) && (!positive || v > 0)) finite.push_back(v);
    if (finite.empty()) return widened(1, 0, kind);
    const auto pick = [&](double share) {
        const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(finite.size() - 1) + 0.5);
        std::nth_element(finite.begin(), finite.begin() + index, finite.end());
        return finite[static_cast<std::size_t>(index)];
    };
    const float low = pick(lowShare);
    return widened(low, pick(highShare), kind);
}

ValueScale centred(ValueScale scale) {
    scale.high = std::max(std::abs(scale.low), std::abs(scale.high));
    scale.low = -scale.high;
    return scale;
}

}  // namespace ms
