#include "ui/plot/curve_plot.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/plot/curve_canvas.h"
#include "ui/plot/curve_painting.h"
#include "ui/plot/heatmap_painter.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kMostCorrections = 3;
/// Coordinates inside the axis, and what is written at them.
std::vector<std::pair<double, QString>> ticksOf(const QCPAxis& axis) {
    const QVector<double> coordinates = axis.tickVector();
    const QVector<QString> labels = axis.tickVectorLabels();
    std::vector<std::pair<double, QString>> ticks;
    for (qsizetype i = 0; i < std::min(coordinates.size(), labels.size()); ++i)
        if (axis.range().contains(coordinates[i])) ticks.emplace_back(coordinates[i], labels[i]);
    return ticks;
}

}  // namespace

CurvePlot::CurvePlot(QWidget* parent) : QWidget(parent), m_plot(new CurveCanvas(this)), m_cursor(kNone), m_hover(kNone) {
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
    connect(m_plot, &QCustomPlot::afterReplot, this, &CurvePlot::correct);
    applyAxes();
}

void CurvePlot::setAxes(const CurveAxes& axes) {
    if (axes == m_axes) return;
    m_axes = axes;
    applyAxes();
}

void CurvePlot::applyAxes() {
    setUpAxes(*m_plot, m_axes, m_yScale, m_aligned);
    replot();
}

void CurvePlot::setCurves(const std::vector<Curve>& curves) {
    m_curves = curves;
    m_bars = {};
    replot();
}

void CurvePlot::setHistogram(const QVector<double>& edges, const QVector<double>& heights, const QColor& colour) {
    m_curves.clear();
    m_bars = {edges, heights, colour};
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

void CurvePlot::placeLegendBeside() {
    m_plot->axisRect()->insetLayout()->take(m_plot->legend);
    auto* column = new QCPLayoutGrid;
    column->addElement(0, 0, m_plot->legend);
    column->addElement(1, 0, new QCPLayoutElement(m_plot));  // takes the height that the entries leave
    column->setRowStretchFactor(0, 0.001);
    column->setMargins({0, 6, 6, 0});
    m_plot->plotLayout()->addElement(0, 1, column);
    m_plot->plotLayout()->setColumnStretchFactor(1, 0.001);
    replot();
}

void CurvePlot::setXRange(double low, double high) {
    if (m_xRange == Span{low, high}) return;
    m_xRange = {low, high};
    replot();
}

void CurvePlot::setYRange(double low, double high) {
    if (m_yRange == Span{low, high}) return;
    m_yRange = {low, high};
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

void CurvePlot::setFigureStyle(const FigureStyle& style) {
    m_figure = style;
    if (!style.steadyScale || !m_aligned) m_steady.reset();
    else if (!m_steady) m_steady = SteadyAxis{m_yScale, {m_plot->yAxis->range().lower, m_plot->yAxis->range().upper}};
    replot();
}

/// Labels and margins depend on the room that the last drawing left: twice leaves nothing to change.
bool CurvePlot::settle() {
    for (int round = 0; round < 2 && !m_fresh; ++round) {
        replot();
        m_plot->replot(QCustomPlot::rpImmediateRefresh);
        m_fresh = round == 1;
    }
    return true;
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
    move(m_hoverLine, m_figure ? kNone : m_hover);
    move(m_cursorLine, m_figure && !m_figure->marks ? kNone : m_cursor);
    m_hoverLine->setPen(QPen(palette().color(QPalette::Mid), 1));
    m_cursorLine->setPen(QPen(palette().color(QPalette::Highlight), 1));
}

void CurvePlot::applyLimits() {
    CurveLimits limits = limitsOf(m_curves, m_bars, m_axes, ownsRange() ? m_zoom.visible() : m_xRange, m_yRange);
    if (m_steady) {
        const bool same = limits.yScale.kind() != ScaleKind::Symlog;  // else its coordinates are of another axis
        limits.yScale = m_steady->scale;
        limits.y = same && !m_curves.empty() ? Span{std::min(m_steady->y.low, limits.y.low), std::max(m_steady->y.high, limits.y.high)} : m_steady->y;
    }
    m_yScale = limits.yScale;
    m_plot->xAxis->setRange(limits.x.low, limits.x.high);
    m_plot->yAxis->setRange(limits.y.low, limits.y.high);
}

void CurvePlot::replot() {
    const bool dark = isDark(palette());
    m_fresh = false;
    styleCurvePlot(*m_plot, palette(), font(), hasFocus() && !m_figure);
    m_plot->clearPlottables();
    for (QCPItemText* text : std::exchange(m_texts, {})) m_plot->removeItem(text);
    applyLimits();
    addBars(*m_plot, m_bars, m_yScale, dark);
    for (std::size_t i = 0; i < m_curves.size(); ++i) addCurve(*m_plot, m_curves[i], m_yScale, static_cast<int>(i), dark);
    m_plot->legend->setVisible(m_legend && m_curves.size() > 1);
    addTexts();
    placeMargins();
    placeLines();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::placeMargins() {
    if (m_aligned) {
        const QRect heatmap = HeatmapLayout::of(rect(), fontMetrics()).plot;
        m_plot->axisRect()->setAutoMargins(QCP::msBottom);
        m_plot->axisRect()->setMargins({heatmap.left(), 6, width() - 1 - heatmap.right(), 0});
    } else {
        m_plot->axisRect()->setAutoMargins(QCP::msAll);
        m_plot->axisRect()->setMinimumMargins({6, 6, 10, 4});
    }
    m_placedFor = plotRect().size();
    const int lines = m_placedFor.height() / fontMetrics().height();
    if (m_axes.yScale == ScaleKind::Linear) m_plot->yAxis->ticker()->setTickCount(std::clamp(lines / 2, 2, 5));
    if (m_axes.yScale == ScaleKind::Symlog) m_plot->yAxis->ticker()->setTickCount(std::clamp(2 * lines / 3, 3, 9));
    if (const auto log = m_plot->yAxis->ticker().dynamicCast<QCPAxisTickerLog>()) {
        const QCPRange range = m_plot->yAxis->range();  // a label every so many decades that they do not touch
        log->setLogBase(std::pow(10.0, std::max(1.0, std::ceil(1.4 * std::log10(range.upper / range.lower) / std::max(lines, 1)))));
    }
    // A title longer than its axis would be cut at both ends.
    const bool room = fontMetrics().horizontalAdvance(m_axes.yTitle) <= plotRect().height() + fontMetrics().height();
    if (!m_aligned) m_plot->yAxis->setLabel(room ? m_axes.yTitle : QString());
}

/// Margins are known only when they were laid out, and what fits between them then.
void CurvePlot::correct() {
    if (plotRect().size() == m_placedFor || m_corrections >= kMostCorrections) {
        m_corrections = 0;
        return;
    }
    ++m_corrections;
    replot();
}

void CurvePlot::addTexts() {
    if (m_curves.empty() && m_bars.isEmpty() && !m_emptyText.isEmpty())
        m_texts.push_back(addText(*m_plot, m_emptyText, {0.5, 0.5}, Qt::AlignCenter, plotColours(palette()).axis, font()));
    if (!m_aligned || m_axes.yTitle.isEmpty()) return;
    QCPItemText* title = addText(*m_plot, m_axes.yTitle, {0, 0}, Qt::AlignLeft | Qt::AlignTop, palette().color(QPalette::Text), font());
    m_texts.push_back(title);
    title->setPadding({6, 4, 4, 2});
    QColor back = plotColours(palette()).background;
    back.setAlpha(215);
    title->setBrush(back);
}

QRect CurvePlot::plotRect() const { return m_plot->axisRect()->rect(); }
double CurvePlot::xAt(const QPoint& position) const { return m_plot->xAxis->pixelToCoord(position.x()); }
double CurvePlot::yAt(const QPoint& position) const { return m_yScale.toValue(m_plot->yAxis->pixelToCoord(position.y())); }

QPoint CurvePlot::pointOf(double x, double y) const {
    return {static_cast<int>(m_plot->xAxis->coordToPixel(x)), static_cast<int>(m_plot->yAxis->coordToPixel(m_yScale.toAxis(y)))};
}

QString CurvePlot::readoutAt(const QPoint& position) const {
    const double x = xAt(position);
    const auto row = [&](const QString& name, double at, double value) {
        return QStringLiteral("%1 = %2   %3 = %4").arg(name, shortText(value), m_axes.xTitle, shortText(at));
    };
    for (qsizetype i = 0; i < m_bars.heights.size(); ++i)
        if (x >= m_bars.edges[i] && x < m_bars.edges[i + 1])
            return tr("%1 between %2 and %3").arg(shortText(m_bars.heights[i]), shortText(m_bars.edges[i]), shortText(m_bars.edges[i + 1]));
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

std::vector<std::pair<double, QString>> CurvePlot::xTicks() const { return ticksOf(*m_plot->xAxis); }

std::vector<std::pair<double, QString>> CurvePlot::yTicks() const {
    std::vector<std::pair<double, QString>> ticks = ticksOf(*m_plot->yAxis);
    for (auto& tick : ticks) tick.first = m_yScale.toValue(tick.first);
    return ticks;
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
    if (watched != m_plot) return QWidget::eventFilter(watched, event);
    switch (event->type()) {
        case QEvent::MouseButtonPress: press(static_cast<QMouseEvent*>(event)->position().toPoint()); break;
        case QEvent::MouseButtonRelease: release(static_cast<QMouseEvent*>(event)->position().toPoint()); break;
        case QEvent::MouseMove: hover(static_cast<QMouseEvent*>(event)->position().toPoint()); break;
        case QEvent::MouseButtonDblClick:
            if (ownsRange()) showAll();
            break;
        case QEvent::Wheel: {
            auto* wheel = static_cast<QWheelEvent*>(event);
            if (const int steps = m_zoom.wheelSteps(wheel->angleDelta().y()); steps != 0) zoom(steps, xAt(wheel->position().toPoint()));
            return true;
        }
        case QEvent::Leave:
            Q_EMIT hovered(kNone, kNone);
            Q_EMIT readoutChanged({});
            break;
        default: break;
    }
    return QWidget::eventFilter(watched, event);
}

/// Where the owner sets the range nothing can be dragged: a press is a click already.
void CurvePlot::press(const QPoint& at) {
    setFocus(Qt::MouseFocusReason);
    m_zoom.press(at);
    if (!ownsRange()) click(at);
}

void CurvePlot::release(const QPoint& at) {
    if (m_zoom.release() && ownsRange()) click(at);
}

void CurvePlot::click(const QPoint& at) {
    if (plotRect().contains(at)) Q_EMIT clicked(xAt(at), yAt(at));
}

void CurvePlot::hover(const QPoint& at) {
    if (const int pixels = m_zoom.drag(at); pixels != 0 && ownsRange()) pan(pixels);
    const bool inside = plotRect().contains(at);
    if (inside) Q_EMIT hovered(xAt(at), yAt(at));
    Q_EMIT readoutChanged(inside ? readoutAt(at) : QString());
}

void CurvePlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) replot();
    QWidget::changeEvent(event);
}

void CurvePlot::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_fresh = false;
    if (m_aligned) replot();
    Q_EMIT resized();
}

void CurvePlot::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    replot();
}

void CurvePlot::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    replot();
}

void CurvePlot::zoom(int steps, double x) {
    if (!ownsRange()) return Q_EMIT zoomRequested(steps, x);
    const double factor = std::pow(0.8, steps);
    m_plot->xAxis->scaleRange(factor, x);  // respects a logarithmic axis
    m_zoom.show(m_plot->xAxis->range().lower, m_plot->xAxis->range().upper);
    replot();
}

void CurvePlot::pan(double pixels) {
    const double left = plotRect().left() - pixels, right = plotRect().right() + 1 - pixels;
    m_zoom.show(m_plot->xAxis->pixelToCoord(left), m_plot->xAxis->pixelToCoord(right));
    replot();
}

void CurvePlot::showAll() {
    m_zoom.showAll();
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
        case Qt::Key_0: return showAll();
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
