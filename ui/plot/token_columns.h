// Where tokens lie along a plot, and what plots over the token axis draw alike: the axis below, the cursors, the range.
#pragma once

#include <QColor>
#include <QFontMetrics>
#include <QRect>
#include <QString>
#include <vector>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/style/appearance.h"

class QPainter;

namespace ms {

struct TokenColumns {
    QRect plot;
    TimeScale scale;
    qint64 firstColumn = 0;
    qint64 tokenCount = 0;
    double frameSeconds = 0;  ///< of audio that a token stands for; 0: tokens are counted, not timed

    [[nodiscard]] qint64 firstToken() const { return firstColumn * scale.tokensPerColumn; }
    [[nodiscard]] double pixelsPerToken() const { return static_cast<double>(scale.columnPixels) / scale.tokensPerColumn; }
    /// Left edge of a token's column; far outside, some pixel outside.
    [[nodiscard]] int xOf(qint64 token) const;
    /// Left edge of the column at a time, in seconds.
    [[nodiscard]] int xOfTime(double seconds) const;
};

struct AxisTick {
    int x = 0;
    QString text;

    bool operator==(const AxisTick&) const = default;
};
/// Between two ticks of an axis of time, and how many decimals their texts need.
struct TimeStep {
    double seconds = 1;
    int decimals = 0;
};
/// The smallest round step whose labels fit. `end`: the latest time on the axis, in seconds; `perSecond`: pixels.
[[nodiscard]] TimeStep timeStep(double end, double perSecond, const QFontMetrics& metrics);
/// Round token numbers, or round times when tokens are frames, as close as their texts allow.
[[nodiscard]] std::vector<AxisTick> tokenTicks(const TokenColumns& columns, const QFontMetrics& metrics);
/// The ticks below the plot.
void paintTokenTicks(QPainter& painter, const QRect& area, const TokenColumns& columns, const PlotColours& colours);

struct TokenMarks {
    qint64 cursor = -1, hover = -1;  ///< -1: none
    TokenRange range;                ///< marked at its edges; empty: none
    QColor accent, hoverLine;
};
void paintTokenMarks(QPainter& painter, const TokenColumns& columns, const TokenMarks& marks, const PlotColours& colours);

/// A few words in one of the plot's upper corners.
void paintCornerText(QPainter& painter, const QRect& plot, const QString& text, Qt::Alignment side, const PlotColours& colours,
                     const QColor& ink);

}  // namespace ms
