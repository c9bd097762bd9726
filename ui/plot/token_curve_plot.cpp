#include "ui/plot/token_curve_plot.h"

#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <limits>

#include "ui/plot/heatmap_painter.h"

namespace ms {

namespace {
double lineAt(qint64 token) {
    return token >= 0 ? static_cast<double>(token) : std::numeric_limits<double>::quiet_NaN();
}
}  // namespace

TokenCurvePlot::TokenCurvePlot(TimeAxis& axis, Selection& selection, QWidget* parent)
    : CurvePlot(parent), m_axis(axis), m_selection(selection), m_input(axis, selection) {
    alignWithHeatmaps(true);
    connect(&axis, &TimeAxis::changed, this, &TokenCurvePlot::followAxis);
    connect(&selection, &Selection::tokenChanged, this, [this](qint64 token) { setCursor(lineAt(token)); });
    connect(&selection, &Selection::hoverTokenChanged, this, [this](qint64 token) { setHoverCursor(lineAt(token)); });
    setCursor(lineAt(selection.token()));
}

TokenCurvePlot::~TokenCurvePlot() { m_axis.setViewport(this, 0); }

QRect TokenCurvePlot::columns() const { return HeatmapLayout::of(rect(), fontMetrics()).plot; }

TokenRange TokenCurvePlot::tokensToDraw() const {
    const TimeScale s = m_axis.scale();
    const qint64 first = m_axis.firstToken() - s.tokensPerColumn;
    const qint64 end = m_axis.firstToken() + (columnsIn(columns().width(), s) + 1) * qint64(s.tokensPerColumn);
    return {std::max<qint64>(0, first), std::min(end, m_axis.tokenCount())};
}

void TokenCurvePlot::followAxis() {
    const TimeScale s = m_axis.scale();
    const double left = static_cast<double>(m_axis.firstToken()) - 0.5;
    setXRange(left, left + static_cast<double>(columns().width()) * s.tokensPerColumn / s.columnPixels);
}

void TokenCurvePlot::reportWidth() { m_axis.setViewport(this, isVisible() ? columns().width() : 0); }

void TokenCurvePlot::resizeEvent(QResizeEvent* event) {
    CurvePlot::resizeEvent(event);
    reportWidth();
    followAxis();
}

void TokenCurvePlot::showEvent(QShowEvent* event) {
    CurvePlot::showEvent(event);
    reportWidth();
    followAxis();
}

void TokenCurvePlot::hideEvent(QHideEvent* event) {
    CurvePlot::hideEvent(event);
    m_axis.setViewport(this, 0);
}

void TokenCurvePlot::hover(qint64 token) {
    m_selection.setHoverToken(token);
    m_hover = token;
    Q_EMIT hoverTokenChanged(token);
}

bool TokenCurvePlot::eventFilter(QObject*, QEvent* event) {
    const auto tokenAt = [&](const QPointF& position) {
        return m_input.tokenAt(static_cast<int>(position.x()), columns());
    };
    switch (event->type()) {
        case QEvent::MouseButtonPress:
        case QEvent::MouseButtonDblClick: {
            auto* mouse = static_cast<QMouseEvent*>(event);
            QWidget::setFocus(Qt::MouseFocusReason);
            if (mouse->button() == Qt::LeftButton) m_input.press(mouse);
            return false;
        }
        case QEvent::MouseMove: {
            const QPointF at = static_cast<QMouseEvent*>(event)->position();
            m_input.drag(at.toPoint(), columns());
            hover(plotRect().contains(at.toPoint()) ? tokenAt(at) : -1);
            return false;
        }
        case QEvent::MouseButtonRelease: {
            auto* mouse = static_cast<QMouseEvent*>(event);
            const qint64 token = tokenAt(mouse->position());
            if (mouse->button() == Qt::LeftButton && m_input.release() && token >= 0) m_selection.setToken(token);
            return false;
        }
        case QEvent::Wheel: {
            auto* wheel = static_cast<QWheelEvent*>(event);
            m_input.wheel(wheel, tokenAt(wheel->position()));
            return true;
        }
        case QEvent::Leave:
            hover(-1);
            return false;
        default:
            return false;
    }
}

void TokenCurvePlot::keyPressEvent(QKeyEvent* event) {
    if (!m_input.key(event)) CurvePlot::keyPressEvent(event);
}

}  // namespace ms
