// Where a value lies between two limits, on a linear, logarithmic or symmetric logarithmic scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <vector>

namespace ms {

enum class ScaleKind {
    Linear,
    Log,     ///< positive values only
    Symlog,  ///< sign(v)·log(1 + |v|/linear): both signs over many magnitudes
};

/// How far from zero a symlog scale that reaches to ±most is close to a straight line.
template <std::floating_point T>
[[nodiscard]] T symlogLinear(T most) {
    return most > 0 ? std::max(most * T(1e-3), std::numeric_limits<T>::min()) : T(1);
}
/// sign(v)·log(1 + |v|/linear).
template <std::floating_point T>
[[nodiscard]] T symlog(T value, T linear) {
    return std::copysign(std::log1p(std::abs(value) / linear), value);
}
template <std::floating_point T>
[[nodiscard]] T symlogInverse(T position, T linear) {
    return std::copysign(std::expm1(std::abs(position)) * linear, position);
}

struct ValueScale {
    float low = 0, high = 1;
    ScaleKind kind = ScaleKind::Linear;

    /// 0 at low, 1 at high. Outside values go outside; on a logarithmic scale what is not positive lies below.
    [[nodiscard]] float position(float value) const;
    /// The inverse.
    [[nodiscard]] float valueAt(float position) const;
    /// Round values to label an axis with, about `count`, ascending. Symlog: zero and powers of ten as far apart as that many
    /// allow, the largest first.
    [[nodiscard]] std::vector<float> ticks(int count) const;

    /// Symlog: values smaller than this are drawn linearly, a thousandth of the largest limit.
    [[nodiscard]] float linear() const;

    bool operator==(const ValueScale&) const = default;
};

/// Least and greatest finite value (positive ones only on a logarithmic scale). {0, 1} when there is none.
[[nodiscard]] ValueScale rangeOf(std::span<const float> values, ScaleKind kind);
/// The values below which `lowShare` and `highShare` of all lie.
[[nodiscard]] ValueScale percentileRange(std::span<const float> values, double lowShare, double highShare,
                                         ScaleKind kind);
/// The scale with zero in its middle, for signed values on a diverging map.
[[nodiscard]] ValueScale centred(ValueScale scale);

}  // namespace ms
