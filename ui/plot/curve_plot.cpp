#include "ui/plot/curve_plot.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/plot/colour_bar.h"
#include "ui/plot/heatmap_painter.h"
#include "ui/plot/qcustomplot_api.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kWheelStep = 120;
constexpr double kPadding = 0.04;  // of the axis, above and below the data

/// A closed outline as a curve that can be filled: QCPBars knows equal widths only.
void addBars(QCustomPlot& plot, const QVector<double>& edges, const QVector<double>& heights, const QColor& colour, double floor) {
    QCPGraph* graph = plot.addGraph();
    QVector<double> x, y;
    for (qsizetype i = 0; i < heights.size() && i + 1 < edges.size(); ++i) {
        x << edges[i] << edges[i + 1];
        y << heights[i] << heights[i];
    }
    x.prepend(x.isEmpty() ? 0 : x.first());
    y.prepend(floor);
    x.append(x.last());
    y.append(floor);
    graph->setData(x, y, true);
    QColor fill = colour;
    fill.setAlpha(150);
    graph->setPen(QPen(colour, 1));
    graph->setBrush(fill);
}

/// Ticks at whole numbers, those that a heatmap's time axis of the same width has.
class WholeTicker final : public QCPAxisTicker {
public:
    explicit WholeTicker(const QCustomPlot& plot) : m_plot(plot) {}

protected:
    double getTickStep(const QCPRange& range) override {
        const int label = m_plot.fontMetrics().horizontalAdvance(groupedText(std::max<qint64>(std::llround(range.upper), 1000))) + 24;
        return static_cast<double>(roundStep(label * range.size() / std::max(1, m_plot.axisRect()->width())));
    }
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return groupedText(std::llround(tick)); }

private:
    const QCustomPlot& m_plot;
};

/// Labels that fit beside a heatmap's row numbers.
class NarrowTicker final : public QCPAxisTicker {
public:
    NarrowTicker() { setTickCount(4); }

protected:
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        QString text = QString::number(tick, 'g', 3);
        return text.replace(QLatin1String("e-0"), QLatin1String("e-")).replace(QLatin1String("e+0"), QLatin1String("e")).replace(QLatin1Char('-'), QChar(0x2212));
    }
};

}  // namespace

QColor curveColour(int index, bool dark) {
    static constexpr std::array<QRgb, 7> kColours{0xff0072b2, 0xffd55e00, 0xff009e73, 0xffcc79a7, 0xff56b4e9, 0xffe69f00, 0xff7f7f7f};
    const QColor colour(kColours[static_cast<std::size_t>(index) % kColours.size()]);
    return dark ? colour.lighter(135) : colour;
}

CurvePlot::CurvePlot(QWidget* parent) : QWidget(parent), m_plot(new QCustomPlot(this)), m_cursor(kNone), m_hover(kNone) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    m_plot->setMouseTracking(true);
    m_plot->installEventFilter(this);
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setPlottingHint(QCP::phFastPolylines);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setMinimumSize(40, 40);
    setFocusPolicy(Qt::StrongFocus);
    m_plot->axisRect()->setupFullAxesBox();
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setTickLabels(false);
        axis->setTicks(false);
    }
    m_plot->addLayer(QStringLiteral("cursors"));
    m_plot->layer(QStringLiteral("cursors"))->setMode(QCPLayer::lmBuffered);
    for (QCPItemStraightLine** line : {&m_hoverLine, &m_cursorLine}) {
        *line = new QCPItemStraightLine(m_plot);
        (*line)->setLayer(QStringLiteral("cursors"));
    }
    restyle();
    applyAxes();
}

void CurvePlot::restyle() {
    const PlotColours colours = plotColours(palette());
    m_plot->setBackground(palette().color(QPalette::Window));
    m_plot->axisRect()->setBackground(colours.background);
    for (QCPAxis* axis : m_plot->axisRect()->axes()) {
        axis->setBasePen(hasFocus() ? palette().color(QPalette::Highlight) : colours.frame);
        axis->setTickPen(colours.frame);
        axis->setSubTickPen(colours.frame);
        axis->setTickLabelColor(colours.axis);
        axis->setLabelColor(palette().color(QPalette::Text));
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        QColor grid = colours.frame;
        grid.setAlpha(90);
        axis->grid()->setPen(QPen(grid, 0, Qt::SolidLine));
        axis->grid()->setZeroLinePen(QPen(colours.frame, 0));
    }
    m_plot->legend->setFont(font());
    m_plot->legend->setTextColor(palette().color(QPalette::Text));
    QColor back = colours.background;
    back.setAlpha(220);
    m_plot->legend->setBrush(back);
    m_plot->legend->setBorderPen(colours.frame);
    m_plot->legend->setRowSpacing(0);
}

void CurvePlot::setAxes(const CurveAxes& axes) {
    if (axes == m_axes) return;
    m_axes = axes;
    applyAxes();
}

void CurvePlot::applyAxes() {
    const auto apply = [](QCPAxis* axis, const QString& title, bool logarithmic) {
        axis->setLabel(title);
        axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
        if (logarithmic) axis->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
        else axis->setTicker(QSharedPointer<QCPAxisTicker>::create());
        axis->setNumberFormat(logarithmic ? QStringLiteral("gb") : QStringLiteral("g"));
        axis->setNumberPrecision(logarithmic ? 3 : 4);
    };
    apply(m_plot->xAxis, m_axes.xTitle, m_axes.logX);
    apply(m_plot->yAxis, m_aligned ? QString() : m_axes.yTitle, m_axes.logY);
    if (m_axes.wholeX) m_plot->xAxis->setTicker(QSharedPointer<WholeTicker>::create(*m_plot));
    if (m_aligned && !m_axes.logY) m_plot->yAxis->setTicker(QSharedPointer<NarrowTicker>::create());
    replot();
}

void CurvePlot::setCurves(const std::vector<Curve>& curves) {
    m_curves = curves;
    m_edges.clear();
    m_heights.clear();
    replot();
}

void CurvePlot::setHistogram(const QVector<double>& edges, const QVector<double>& heights, const QColor& colour) {
    m_curves.clear();
    m_edges = edges;
    m_heights = heights;
    m_barColour = colour;
    replot();
}

void CurvePlot::clear() { setCurves({}); }

void CurvePlot::setEmptyText(const QString& text) {
    if (text == m_emptyText) return;
    m_emptyText = text;
    replot();
}

void CurvePlot::showLegend(bool show) {
    m_legend = show;
    replot();
}

void CurvePlot::setXRange(double low, double high) {
    if (low == m_xLow && high == m_xHigh) return;
    m_xLow = low;
    m_xHigh = high;
    replot();
}

void CurvePlot::setYRange(double low, double high) {
    if (low == m_yLow && high == m_yHigh) return;
    m_yLow = low;
    m_yHigh = high;
    replot();
}

void CurvePlot::alignWithHeatmaps(bool align) {
    m_aligned = align;
    applyAxes();
}

void CurvePlot::setCursor(double x) {
    if (x == m_cursor || (std::isnan(x) && std::isnan(m_cursor))) return;
    m_cursor = x;
    moveLines();
}

void CurvePlot::setHoverCursor(double x) {
    if (x == m_hover || (std::isnan(x) && std::isnan(m_hover))) return;
    m_hover = x;
    moveLines();
}

void CurvePlot::moveLines() {
    placeLines();
    m_hoverLine->layer()->replot();  // a layer of their own: the curves are not drawn again
}

void CurvePlot::placeLines() {
    const auto move = [this](QCPItemStraightLine* line, double x) {
        line->setVisible(!std::isnan(x));
        if (std::isnan(x)) return;
        line->point1->setCoords(x, m_plot->yAxis->range().lower);
        line->point2->setCoords(x, m_plot->yAxis->range().upper);
    };
    move(m_hoverLine, m_hover);
    move(m_cursorLine, m_cursor);
    m_hoverLine->setPen(QPen(palette().color(QPalette::Mid), 1));
    m_cursorLine->setPen(QPen(palette().color(QPalette::Highlight), 1));
}

void CurvePlot::applyRanges() {
    const bool zoomed = ownsRange() && m_zoomLow < m_zoomHigh;
    double xLow = zoomed ? m_zoomLow : m_xLow, xHigh = zoomed ? m_zoomHigh : m_xHigh, yLow = m_yLow, yHigh = m_yHigh;
    const bool fitX = xLow == xHigh, fitY = yLow == yHigh;
    if (fitX) xLow = INFINITY, xHigh = -INFINITY;
    if (fitY) yLow = INFINITY, yHigh = -INFINITY;
    const auto include = [](double v, bool logarithmic, double& low, double& high) {
        if (!std::isfinite(v) || (logarithmic && v <= 0)) return;
        low = std::min(low, v);
        high = std::max(high, v);
    };
    for (const Curve& curve : m_curves)
        for (qsizetype i = 0; i < curve.y.size(); ++i) {
            if (fitX) include(curve.x[i], m_axes.logX, xLow, xHigh);
            if (fitY && (fitX || (curve.x[i] >= xLow && curve.x[i] <= xHigh))) include(curve.y[i], m_axes.logY, yLow, yHigh);
        }
    if (fitX)
        for (const double e : m_edges) include(e, m_axes.logX, xLow, xHigh);
    if (fitY) {
        for (const double h : m_heights) include(h, m_axes.logY, yLow, yHigh);
        if (!m_heights.isEmpty() && !m_axes.logY) yLow = 0;
        if (!m_heights.isEmpty() && m_axes.logY) yLow = 0.5;
    }
    const auto widen = [](double& low, double& high, bool logarithmic, double padding) {
        if (!(low <= high)) low = logarithmic ? 0.1 : 0, high = 1;
        if (logarithmic) {
            const double factor = low == high ? 2 : std::pow(high / low, padding);
            low /= factor;
            high *= factor;
        } else {
            const double margin = low == high ? std::max(1e-6, std::abs(low) * 0.05) : (high - low) * padding;
            low -= margin;
            high += margin;
        }
    };
    if (fitX) widen(xLow, xHigh, m_axes.logX, 0);
    if (fitY) {
        const bool zeroed = !m_heights.isEmpty();
        const double floor = yLow;
        widen(yLow, yHigh, m_axes.logY, kPadding);
        if (zeroed) yLow = floor;
    }
    m_plot->xAxis->setRange(xLow, xHigh);
    m_plot->yAxis->setRange(yLow, yHigh);
}

void CurvePlot::replot() {
    restyle();
    m_plot->clearPlottables();
    for (QCPItemText* text : std::exchange(m_texts, {})) m_plot->removeItem(text);
    applyRanges();
    addCurves();
    addTexts();
    if (m_aligned) {
        const QRect heatmap = HeatmapLayout::of(rect(), fontMetrics()).plot;
        m_plot->axisRect()->setAutoMargins(QCP::msBottom);
        m_plot->axisRect()->setMargins({heatmap.left(), 6, width() - 1 - heatmap.right(), 0});
    } else {
        m_plot->axisRect()->setAutoMargins(QCP::msAll);
        m_plot->axisRect()->setMinimumMargins({6, 6, 10, 4});
    }
    if (!m_axes.logY) m_plot->yAxis->ticker()->setTickCount(std::clamp(plotRect().height() / (2 * fontMetrics().height()), 2, 5));
    placeLines();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::addCurves() {
    const bool dark = isDark(palette());
    if (!m_heights.isEmpty())
        addBars(*m_plot, m_edges, m_heights, m_barColour.isValid() ? m_barColour : curveColour(0, dark), m_axes.logY ? 0.5 : 0);
    for (std::size_t i = 0; i < m_curves.size(); ++i) {
        const Curve& curve = m_curves[i];
        QCPGraph* graph = m_plot->addGraph();
        graph->setData(curve.x, curve.y, true);
        graph->setName(curve.name);
        // Where points are denser than pixels a smooth wide line is a blot that takes seconds to fill.
        const bool dense = curve.x.size() > plotRect().width();
        QPen pen(curve.colour.isValid() ? curve.colour : curveColour(static_cast<int>(i), dark), dense ? 1 : 1.4);
        graph->setAntialiased(!dense);
        if (curve.dashed) pen.setStyle(Qt::DashLine);
        graph->setPen(pen);
    }
    m_plot->legend->setVisible(m_legend && m_curves.size() > 1);
}

void CurvePlot::addTexts() {
    const auto add = [this](const QString& text, double x, double y, Qt::Alignment alignment, const QColor& colour) {
        auto* item = new QCPItemText(m_plot);
        item->position->setType(QCPItemPosition::ptAxisRectRatio);
        item->position->setCoords(x, y);
        item->setPositionAlignment(alignment);
        item->setText(text);
        item->setFont(font());
        item->setColor(colour);
        m_texts.push_back(item);
        return item;
    };
    if (m_curves.empty() && m_heights.isEmpty() && !m_emptyText.isEmpty())
        add(m_emptyText, 0.5, 0.5, Qt::AlignCenter, plotColours(palette()).axis);
    if (!m_aligned || m_axes.yTitle.isEmpty()) return;
    QCPItemText* title = add(m_axes.yTitle, 0, 0, Qt::AlignLeft | Qt::AlignTop, palette().color(QPalette::Text));
    title->setPadding({6, 4, 4, 2});
    QColor back = plotColours(palette()).background;
    back.setAlpha(215);
    title->setBrush(back);
}

QRect CurvePlot::plotRect() const { return m_plot->axisRect()->rect(); }
double CurvePlot::xAt(const QPoint& position) const { return m_plot->xAxis->pixelToCoord(position.x()); }

QPoint CurvePlot::pointOf(double x, double y) const {
    return {static_cast<int>(m_plot->xAxis->coordToPixel(x)), static_cast<int>(m_plot->yAxis->coordToPixel(y))};
}

QString CurvePlot::readoutAt(const QPoint& position) const {
    const double x = xAt(position);
    const auto row = [&](const QString& name, double at, double value) {
        return QStringLiteral("%1 = %2   %3 = %4").arg(name, shortText(value), m_axes.xTitle, shortText(at));
    };
    for (qsizetype i = 0; i < m_heights.size(); ++i)
        if (x >= m_edges[i] && x < m_edges[i + 1])
            return tr("%1 between %2 and %3").arg(shortText(m_heights[i]), shortText(m_edges[i]), shortText(m_edges[i + 1]));
    QString best;
    double least = std::numeric_limits<double>::infinity();
    for (const Curve& curve : m_curves) {
        const auto at = std::lower_bound(curve.x.begin(), curve.x.end(), x);
        for (const qsizetype i : {at - curve.x.begin() - 1, at - curve.x.begin()}) {
            if (i < 0 || i >= curve.x.size() || !std::isfinite(curve.y[i])) continue;
            const QPoint p = pointOf(curve.x[i], curve.y[i]) - position;
            const double distance = std::hypot(p.x(), p.y());
            if (distance >= least) continue;
            least = distance;
            best = row(curve.name.isEmpty() ? m_axes.yTitle : curve.name, curve.x[i], curve.y[i]);
        }
    }
    return best;
}

void CurvePlot::paintOn(QPainter& painter, const QSize& size) {
    QPicture picture;
    {
        QCPPainter recorded(&picture);
        recorded.setMode(QCPPainter::pmVectorized);
        m_plot->toPainter(&recorded, size.width(), size.height());
    }
    picture.play(&painter);
}

bool CurvePlot::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_plot) {
        if (event->type() == QEvent::MouseButtonPress) {
            const QPoint at = static_cast<QMouseEvent*>(event)->position().toPoint();
            setFocus(Qt::MouseFocusReason);
            m_press = at;
            m_dragged = false;
            if (!ownsRange() && plotRect().contains(at)) Q_EMIT clicked(xAt(at), m_plot->yAxis->pixelToCoord(at.y()));
        } else if (event->type() == QEvent::MouseButtonRelease) {
            const QPoint at = static_cast<QMouseEvent*>(event)->position().toPoint();
            if (ownsRange() && m_press && !m_dragged && plotRect().contains(at)) Q_EMIT clicked(xAt(at), m_plot->yAxis->pixelToCoord(at.y()));
            m_press.reset();
        } else if (event->type() == QEvent::MouseButtonDblClick && ownsRange()) {
            m_zoomLow = m_zoomHigh = 0;
            replot();
        } else if (event->type() == QEvent::Wheel) {
            auto* wheel = static_cast<QWheelEvent*>(event);
            m_wheel += wheel->angleDelta().y();
            const int steps = m_wheel / kWheelStep;
            m_wheel -= steps * kWheelStep;
            if (steps != 0) zoom(steps, xAt(wheel->position().toPoint()));
            return true;
        } else if (event->type() == QEvent::MouseMove) {
            const QPoint at = static_cast<QMouseEvent*>(event)->position().toPoint();
            if (ownsRange() && m_press && (m_dragged || (at - *m_press).manhattanLength() > 5)) {
                pan(at.x() - (m_dragged ? m_lastDrag : m_press->x()));
                m_dragged = true;
                m_lastDrag = at.x();
            }
            if (plotRect().contains(at)) Q_EMIT hovered(xAt(at), m_plot->yAxis->pixelToCoord(at.y()));
            Q_EMIT readoutChanged(plotRect().contains(at) ? readoutAt(at) : QString());
        } else if (event->type() == QEvent::Leave) {
            Q_EMIT hovered(kNone, kNone);
            Q_EMIT readoutChanged({});
        }
    }
    return QWidget::eventFilter(watched, event);
}

void CurvePlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) replot();
    QWidget::changeEvent(event);
}

void CurvePlot::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (m_aligned) replot();
    Q_EMIT resized();
}

void CurvePlot::zoom(int steps, double x) {
    if (!ownsRange()) return Q_EMIT zoomRequested(steps, x);
    const double factor = std::pow(0.8, steps);
    m_plot->xAxis->scaleRange(factor, x);  // respects a logarithmic axis
    m_zoomLow = m_plot->xAxis->range().lower;
    m_zoomHigh = m_plot->xAxis->range().upper;
    replot();
}

void CurvePlot::pan(double pixels) {
    const double left = plotRect().left() - pixels, right = plotRect().right() + 1 - pixels;
    m_zoomLow = m_plot->xAxis->pixelToCoord(left);
    m_zoomHigh = m_plot->xAxis->pixelToCoord(right);
    replot();
}

void CurvePlot::keyPressEvent(QKeyEvent* event) {
    const int step = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
    switch (event->key()) {
        case Qt::Key_Left: Q_EMIT stepRequested(-step); return;
        case Qt::Key_Right: Q_EMIT stepRequested(step); return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        case Qt::Key_Plus: case Qt::Key_Equal: return zoom(1, m_plot->xAxis->range().center());
        case Qt::Key_Minus: return zoom(-1, m_plot->xAxis->range().center());
        case Qt::Key_0:
            m_zoomLow = m_zoomHigh = 0;
            return replot();
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
