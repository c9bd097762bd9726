// Where a value lies between two limits, on a linear, logarithmic or symmetric logarithmic scale.
#pragma once

#include <span>
#include <vector>

namespace ms {

enum class ScaleKind {
    Linear,
    Log,     ///< positive values only
    Symlog,  ///< sign(v)·log(1 + |v|/linear): both signs over many magnitudes
};

struct ValueScale {
    float low = 0, high = 1;
    ScaleKind kind = ScaleKind::Linear;

    /// 0 at low, 1 at high. Outside values go outside; on a logarithmic scale what is not positive lies below.
    [[nodiscard]] float position(float value) const;
    /// The inverse.
    [[nodiscard]] float valueAt(float position) const;
    /// Round values to label an axis with, at most `count`, ascending.
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
