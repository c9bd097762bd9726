// The colour bar beside a heatmap: map, limits, ticks, unit.
#pragma once

#include <QFontMetrics>
#include <QRect>
#include <QString>

#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"
#include "ui/style/value_scale.h"

class QPainter;

namespace ms {

/// Width of the bar with its labels, the gap before it included.
[[nodiscard]] int colourBarWidth(const QFontMetrics& metrics);

/// `area` begins at the bar's left edge. `unit` stands below it, in one line or two.
void paintColourBar(QPainter& painter, const QRect& area, ColourMapId map, const ValueScale& scale, const QString& unit,
                    const PlotColours& colours);

/// Round labels for an axis of `count` rows or columns: 1, 2, 5, 10, 20, … at least `least`.
[[nodiscard]] qint64 roundStep(double least);

}  // namespace ms
