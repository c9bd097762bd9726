#include "ui/plot/curve_painting.h"

#include <array>

#include "ui/plot/curve_tickers.h"
#include "ui/plot/heatmap_painter.h"

namespace ms {

namespace {
constexpr double kMark = 7;  // pixels, of a point that stands alone
}

QColor curveColour(int index, bool dark) {
    static constexpr std::array<QRgb, 7> kColours{0xff0072b2, 0xffd55e00, 0xff009e73, 0xffcc79a7, 0xff56b4e9, 0xffe69f00, 0xff7f7f7f};
    const QColor colour(kColours[static_cast<std::size_t>(index) % kColours.size()]);
    return dark ? colour.lighter(135) : colour;
}

void styleCurvePlot(QCustomPlot& plot, const QPalette& palette, const QFont& font, bool hasFocus) {
    const PlotColours colours = plotColours(palette);
    plot.setBackground(palette.color(QPalette::Window));
    plot.axisRect()->setBackground(colours.background);
    for (QCPAxis* axis : plot.axisRect()->axes()) {
        axis->setBasePen(hasFocus ? palette.color(QPalette::Highlight) : colours.frame);
        axis->setTickPen(colours.frame);
        axis->setSubTickPen(colours.frame);
        axis->setTickLabelColor(colours.axis);
        axis->setLabelColor(palette.color(QPalette::Text));
        axis->setTickLabelFont(font);
        axis->setLabelFont(font);
        QColor grid = colours.frame;
        grid.setAlpha(90);
        axis->grid()->setPen(QPen(grid, 0, Qt::SolidLine));
        axis->grid()->setZeroLinePen(QPen(colours.frame, 0));
    }
    plot.legend->setFont(font);
    plot.legend->setTextColor(palette.color(QPalette::Text));
    QColor back = colours.background;
    back.setAlpha(220);
    plot.legend->setBrush(back);
    plot.legend->setBorderPen(colours.frame);
    plot.legend->setRowSpacing(0);
}

void setUpAxes(QCustomPlot& plot, const CurveAxes& axes, const CurveScale& scale, bool narrow) {
    const auto apply = [](QCPAxis* axis, const QString& title, bool logarithmic) {
        axis->setLabel(title);
        axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
        if (logarithmic) axis->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
        else axis->setTicker(QSharedPointer<QCPAxisTicker>::create());
        axis->setNumberFormat(logarithmic ? QStringLiteral("gb") : QStringLiteral("g"));
        axis->setNumberPrecision(logarithmic ? 3 : 4);
    };
    apply(plot.xAxis, axes.xTitle, axes.logX);
    apply(plot.yAxis, narrow ? QString() : axes.yTitle, axes.yScale == ScaleKind::Log);
    if (axes.frameSeconds > 0) plot.xAxis->setTicker(QSharedPointer<TimeTicker>::create(plot, axes.frameSeconds));
    else if (axes.wholeX && axes.logX) plot.xAxis->setTicker(QSharedPointer<PowerTicker>::create());
    else if (axes.wholeX) plot.xAxis->setTicker(QSharedPointer<WholeTicker>::create(plot));
    if (axes.yScale == ScaleKind::Symlog) plot.yAxis->setTicker(QSharedPointer<SymlogTicker>::create(scale));
    else if (narrow && axes.yScale == ScaleKind::Linear) plot.yAxis->setTicker(QSharedPointer<NarrowTicker>::create());
}

void addCurve(QCustomPlot& plot, const Curve& curve, const CurveScale& scale, int index, bool dark) {
    QCPGraph* graph = plot.addGraph();
    graph->setData(curve.x, scale.toAxis(curve.y), true);
    graph->setName(curve.name);
    // Where points are denser than pixels a smooth wide line is a blot that takes seconds to fill.
    const bool dense = curve.x.size() > plot.axisRect()->width();
    QPen pen(curve.colour.isValid() ? curve.colour : curveColour(curve.place >= 0 ? curve.place : index, dark), dense ? 1 : 1.4);
    graph->setAntialiased(!dense);
    if (curve.dashed) pen.setStyle(Qt::DashLine);
    graph->setPen(pen);
    if (curve.x.size() == 1) graph->setScatterStyle({QCPScatterStyle::ssDiamond, pen.color(), curve.dashed ? QColor(Qt::transparent) : pen.color(), kMark});
}

void addBars(QCustomPlot& plot, const Bars& bars, const CurveScale& scale, bool dark) {
    if (bars.isEmpty()) return;
    // A closed outline as a curve that can be filled: QCPBars knows equal widths only.
    const double floor = scale.kind() == ScaleKind::Log ? kLeastBar : 0;
    QVector<double> x, y;
    for (qsizetype i = 0; i < bars.heights.size() && i + 1 < bars.edges.size(); ++i) {
        x << bars.edges[i] << bars.edges[i + 1];
        y << bars.heights[i] << bars.heights[i];
    }
    x.prepend(x.isEmpty() ? 0 : x.first());
    y.prepend(floor);
    x.append(x.last());
    y.append(floor);
    QCPGraph* graph = plot.addGraph();
    graph->setData(x, scale.toAxis(y), true);
    const QColor colour = bars.colour.isValid() ? bars.colour : curveColour(0, dark);
    QColor fill = colour;
    fill.setAlpha(150);
    graph->setPen(QPen(colour, 1));
    graph->setBrush(fill);
}

QCPItemText* addText(QCustomPlot& plot, const QString& text, QPointF place, Qt::Alignment alignment, const QColor& colour, const QFont& font) {
    auto* item = new QCPItemText(&plot);
    item->position->setType(QCPItemPosition::ptAxisRectRatio);
    item->position->setCoords(place);
    item->setPositionAlignment(alignment);
    item->setText(text);
    item->setFont(font);
    item->setColor(colour);
    return item;
}

}  // namespace ms
