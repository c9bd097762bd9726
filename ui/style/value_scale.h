// Where a value lies between two limits, on a linear or logarithmic scale.
#pragma once

#include <span>
#include <vector>

namespace ms {

struct ValueScale {
    float low = 0, high = 1;
    bool logarithmic = false;

    /// 0 at low, 1 at high. Outside values go outside; on a logarithmic scale what is not positive lies below.
    [[nodiscard]] float position(float value) const;
    /// The inverse.
    [[nodiscard]] float valueAt(float position) const;
    /// Round values to label an axis with, at most `count`, ascending.
    [[nodiscard]] std::vector<float> ticks(int count) const;

    bool operator==(const ValueScale&) const = default;
};

/// Least and greatest finite value (positive ones only when `positive`). {0, 1} when there is none.
[[nodiscard]] ValueScale rangeOf(std::span<const float> values, bool positive);
/// The values below which `lowShare` and `highShare` of all lie.
[[nodiscard]] ValueScale percentileRange(std::span<const float> values, double lowShare, double highShare,
                                         bool positive);

}  // namespace ms
