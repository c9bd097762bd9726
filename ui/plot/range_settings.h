// What the user can choose about the limits and the scale of values, be they drawn as colours or as heights.
#pragma once

#include <QString>

#include "ui/style/value_scale.h"

class QSettings;

namespace ms {

enum class RangeMode { Auto, Percentile, Fixed };

struct RangeSettings {
    RangeMode range = RangeMode::Auto;
    float fixedLow = 0, fixedHigh = 1;
    ScaleKind scale = ScaleKind::Linear;

    bool operator==(const RangeSettings&) const = default;

    void save(QSettings& store) const;
    /// What is not stored, or makes no sense, stays as it is.
    void load(const QSettings& store);
};

/// "min–max", "1–99 %" or "fixed", for a button.
[[nodiscard]] QString rangeText(RangeMode range);
/// "log" or "symlog"; nothing for a linear scale.
[[nodiscard]] QString scaleText(ScaleKind scale);

inline constexpr double kLowPercentile = 0.01, kHighPercentile = 0.99;

}  // namespace ms
