// What a CurvePlot draws: curves, bars and what stands on the axes. Values, no widgets.
#pragma once

#include <QColor>
#include <QString>
#include <QVector>

#include "ui/style/value_scale.h"

namespace ms {

/// One point alone is drawn as a mark.
struct Curve {
    QString name;
    QVector<double> x, y;       ///< NaN breaks the line
    QColor colour;              ///< invalid: of the palette
    bool dashed = false;
    int place = -1;             ///< of the palette's colours; -1: as the curve's among the curves
};

/// Bars from edges[i] to edges[i + 1] of height heights[i]; edges has one more entry.
struct Bars {
    QVector<double> edges, heights;
    QColor colour;              ///< invalid: the palette's first

    [[nodiscard]] bool isEmpty() const { return heights.isEmpty(); }
};

struct CurveAxes {
    QString xTitle, yTitle;
    bool logX = false;
    ScaleKind yScale = ScaleKind::Linear;
    bool wholeX = false;        ///< x counts something: no ticks between
    double frameSeconds = 0;    ///< x counts frames of so much audio: the ticks tell times

    bool operator==(const CurveAxes&) const = default;
};

/// Colour-blind-safe colours of curves (Okabe and Ito 2008), lightened on dark backgrounds.
[[nodiscard]] QColor curveColour(int index, bool dark);

}  // namespace ms
