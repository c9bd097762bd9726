// Gives a QCustomPlot the program's colours, curves and bars. For ui/plot alone: the header speaks QCustomPlot.
#pragma once

#include <QFont>
#include <QPalette>

#include "ui/plot/curve_limits.h"
#include "ui/plot/qcustomplot_api.h"

namespace ms {

/// Background, axes, grid and legend; the frame of what has the focus is the highlight's.
void styleCurvePlot(QCustomPlot& plot, const QPalette& palette, const QFont& font, bool hasFocus);
/// Titles, tickers and the kind of each axis. `scale` lives as long as the plot. `narrow`: the y axis has as much room as
/// a heatmap's row numbers, and its title stands elsewhere.
void setUpAxes(QCustomPlot& plot, const CurveAxes& axes, const CurveScale& scale, bool narrow);
/// `index` chooses the colour of a curve that has none.
void addCurve(QCustomPlot& plot, const Curve& curve, const CurveScale& scale, int index, bool dark);
/// Bars need not be equally wide.
void addBars(QCustomPlot& plot, const Bars& bars, const CurveScale& scale, bool dark);
/// A text at a place of the plot's inside, given as shares of its width and height.
QCPItemText* addText(QCustomPlot& plot, const QString& text, QPointF place, Qt::Alignment alignment, const QColor& colour, const QFont& font);

}  // namespace ms
