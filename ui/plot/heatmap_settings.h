// What the user can choose about how values become colours; every view with a colour bar has one of these.
#pragma once

#include <span>

#include "ui/plot/range_settings.h"
#include "ui/style/colour_map.h"

namespace ms {

/// How the tokens of one pixel column, or the channels of one pixel row, become one value.
enum class Aggregate { Mean, Max };

struct HeatmapSettings : RangeSettings {
    HeatmapSettings() { range = RangeMode::Percentile; }

    ColourMapId colourMap = ColourMapId::Viridis;
    /// Signed values: zero stays in the middle of a diverging map.
    bool centred = false;
    /// Every row minus its mean, over its standard deviation, of what is visible: layers become comparable.
    bool normaliseRows = false;
    Aggregate aggregate = Aggregate::Mean;

    bool operator==(const HeatmapSettings&) const = default;

    /// What fits a measure until the user chooses: a diverging map around zero when it is signed.
    [[nodiscard]] static HeatmapSettings forSign(bool isSigned);

    void save(QSettings& settings) const;
    void load(const QSettings& settings);
};

/// "log, 0.001 to 0.1": how values became colours.
[[nodiscard]] QString describe(const ValueScale& scale);

/// The limits the settings ask for, over `values`.
[[nodiscard]] ValueScale rangeFor(const HeatmapSettings& settings, std::span<const float> values);

}  // namespace ms
