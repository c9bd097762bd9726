#include "ui/style/value_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/style/quantiles.h"

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

/// Zero and ± powers of ten of a symlog scale, ascending, none closer than `count` evenly spaced ones would stand. The
/// largest come first: what is left out is close to zero.
std::vector<float> decades(const ValueScale& scale, int count) {
    std::vector<float> chosen;
    const auto offer = [&](float value) {
        if (value < scale.low || value > scale.high) return;
        const float position = scale.position(value);
        for (const float other : chosen)
            if (std::abs(scale.position(other) - position) * static_cast<float>(count) < 1) return;
        chosen.push_back(value);
    };
    offer(0);
    const float most = std::max(std::abs(scale.low), std::abs(scale.high));
    const int last = static_cast<int>(std::floor(std::log10(most) + 1e-6f));
    for (int e = last; e >= last - 3 && std::pow(10.0, e) >= static_cast<double>(scale.linear()) * (1 - 1e-6); --e) {
        const auto decade = static_cast<float>(std::pow(10.0, e));
        offer(decade);
        offer(-decade);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

}  // namespace

float ValueScale::linear() const {
    return symlogLinear(std::max(std::abs(low), std::abs(high)));
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
        return symlogInverse(s, l);
    }
    return low * std::pow(high / low, position);
}

std::vector<float> ValueScale::ticks(int count) const {
    std::vector<float> ticks;
    if (!(high > low) || !std::isfinite(low) || !std::isfinite(high) || count < 1) return ticks;
    if (kind == ScaleKind::Symlog) ticks = decades(*this, count);
    if (ticks.size() > 1) return ticks;
    ticks.clear();  // within one decade: round steps say more
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
    constexpr std::size_t kLanes = 4;  // a comparison need not wait for the one before
    float low[kLanes], high[kLanes];
    std::fill_n(low, kLanes, std::numeric_limits<float>::max());
    std::fill_n(high, kLanes, std::numeric_limits<float>::lowest());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float v = values[i];
        if (!std::isfinite(v) || (positive && v <= 0)) continue;
        low[i % kLanes] = std::min(low[i % kLanes], v);
        high[i % kLanes] = std::max(high[i % kLanes], v);
    }
    return widened(*std::min_element(low, low + kLanes), *std::max_element(high, high + kLanes), kind);
}

ValueScale percentileRange(std::span<const float> values, double lowShare, double highShare, ScaleKind kind) {
    const auto limits = quantiles(values, kind == ScaleKind::Log, lowShare, highShare);
    return limits ? widened(limits->first, limits->second, kind) : widened(1, 0, kind);
}

ValueScale centred(ValueScale scale) {
    scale.high = std::max(std::abs(scale.low), std::abs(scale.high));
    scale.low = -scale.high;
    return scale;
}

}  // namespace ms
