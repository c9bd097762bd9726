// What the user can choose about a heatmap.
#pragma once

#include "ui/style/colour_map.h"

class QSettings;

namespace ms {

/// How the tokens of one pixel column, or the channels of one pixel row, become one value.
enum class Aggregate { Mean, Max };
enum class RangeMode { Auto, Percentile, Fixed };

struct HeatmapSettings {
    ColourMapId colourMap = ColourMapId::Viridis;
    RangeMode range = RangeMode::Percentile;
    float fixedLow = 0, fixedHigh = 1;
    bool logarithmic = false;
    /// Every row minus its mean, over its standard deviation, of what is visible: layers become comparable.
    bool normaliseRows = false;
    Aggregate aggregate = Aggregate::Mean;

    bool operator==(const HeatmapSettings&) const = default;

    void save(QSettings& settings) const;
    void load(const QSettings& settings);
};

inline constexpr double kLowPercentile = 0.01, kHighPercentile = 0.99;

}  // namespace ms
