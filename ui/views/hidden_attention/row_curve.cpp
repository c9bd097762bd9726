#include "ui/views/hidden_attention/row_curve.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace ms {

namespace {
constexpr double kZoomStep = 0.8;
constexpr double kLeastTokens = 4;
constexpr int kDragPixels = 5;  // less is a click with an unsteady hand
}  // namespace

RowCurve::RowCurve(Selection& selection, QWidget* parent) : CurvePlot(parent), m_selection(selection) {
    connect(&selection, &Selection::hoverTokenChanged, this, [this](qint64 token) {
        setHoverCursor(token >= m_first && token < end() ? static_cast<double>(token) : std::nan(""));
    });
}

void RowCurve::setRow(std::vector<float> values, qint64 first) {
    m_values = std::move(values);
    m_first = first;
    if (m_zoom && (m_zoom->first < static_cast<double>(m_first) - 1 || m_zoom->second > static_cast<double>(end()) + 1)) m_zoom.reset();
    draw();
}

void RowCurve::clearRow() {
    m_values.clear();
    m_zoom.reset();
    clear();
}

void RowCurve::showAll() {
    m_zoom.reset();
    draw();
}

TokenRange RowCurve::visible() const {
    if (!m_zoom) return {m_first, end()};
    return {std::max(m_first, std::llround(std::floor(m_zoom->first))), std::min(end(), std::llround(std::ceil(m_zoom->second)) + 1)};
}

/// One point a token, or, where there are more than pixels, the value of largest magnitude a pixel.
void RowCurve::draw() {
    if (m_values.empty()) return;
    const TokenRange shown = visible();
    const qint64 pixels = std::max(50, width()), step = std::max<qint64>(1, (shown.end - shown.first + pixels - 1) / pixels);
    Curve curve;
    for (qint64 from = shown.first; from < shown.end; from += step) {
        qint64 most = from;
        const auto magnitude = [&](qint64 t) { return std::abs(m_values[static_cast<std::size_t>(t - m_first)]); };
        for (qint64 t = from + 1; t < std::min(from + step, shown.end); ++t)
            if (magnitude(t) > magnitude(most)) most = t;
        curve.x << static_cast<double>(most);
        curve.y << static_cast<double>(m_values[static_cast<std::size_t>(most - m_first)]);
    }
    const auto limits = m_zoom.value_or(std::pair(static_cast<double>(m_first), static_cast<double>(end() - 1)));
    if (limits.first < limits.second) setXRange(limits.first, limits.second);
    else setXRange(limits.first - 0.5, limits.first + 0.5);
    setCurves({curve});
}

qint64 RowCurve::tokenAt(const QPoint& position) const {
    if (m_values.empty() || !plotRect().contains(position)) return -1;
    return std::clamp(std::llround(xAt(position)), static_cast<long long>(m_first), static_cast<long long>(end() - 1));
}

void RowCurve::zoom(double factor, double around) {
    if (m_values.empty()) return;
    const auto all = std::pair(static_cast<double>(m_first), static_cast<double>(end() - 1));
    const auto [low, high] = m_zoom.value_or(all);
    const double width = std::max(kLeastTokens, (high - low) * factor);
    if (width >= all.second - all.first) return showAll();
    const double share = high > low ? (around - low) / (high - low) : 0.5;
    const double from = std::clamp(around - share * width, all.first, all.second - width);
    m_zoom = {from, from + width};
    draw();
}

void RowCurve::pan(double tokens) {
    if (!m_zoom) return;
    const double width = m_zoom->second - m_zoom->first;
    const double from = std::clamp(m_zoom->first + tokens, static_cast<double>(m_first), static_cast<double>(end() - 1) - width);
    m_zoom = {from, from + width};
    draw();
}

bool RowCurve::eventFilter(QObject*, QEvent* event) {
    switch (event->type()) {
        case QEvent::MouseButtonPress: {
            auto* mouse = static_cast<QMouseEvent*>(event);
            QWidget::setFocus(Qt::MouseFocusReason);
            if (mouse->button() != Qt::LeftButton) return false;
            m_press = mouse->position().toPoint();
            m_pressVisible = m_zoom.value_or(std::pair(0.0, 0.0));
            m_dragged = false;
            return false;
        }
        case QEvent::MouseMove: {
            const QPoint at = static_cast<QMouseEvent*>(event)->position().toPoint();
            if (m_press && m_zoom && (m_dragged || std::abs(at.x() - m_press->x()) > kDragPixels)) {
                m_dragged = true;
                const double perPixel = (m_zoom->second - m_zoom->first) / std::max(1, plotRect().width());
                pan(m_pressVisible.first - (at.x() - m_press->x()) * perPixel - m_zoom->first);
            }
            m_selection.setHoverToken(tokenAt(at));
            Q_EMIT tokenHovered(tokenAt(at));
            return false;
        }
        case QEvent::MouseButtonRelease: {
            auto* mouse = static_cast<QMouseEvent*>(event);
            const qint64 token = tokenAt(mouse->position().toPoint());
            const bool clicked = m_press && !m_dragged;
            m_press.reset();
            if (mouse->button() == Qt::LeftButton && clicked && token >= 0) m_selection.setToken(token);
            return false;
        }
        case QEvent::Wheel: {
            auto* wheel = static_cast<QWheelEvent*>(event);
            const double x = xAt(wheel->position().toPoint());
            const int delta = wheel->angleDelta().y() != 0 ? wheel->angleDelta().y() : wheel->angleDelta().x();
            if (wheel->modifiers().testFlag(Qt::ShiftModifier)) {
                if (m_zoom) pan(-0.1 * (m_zoom->second - m_zoom->first) * delta / 120);
            } else {
                zoom(std::pow(kZoomStep, delta / 120.0), x);
            }
            wheel->accept();
            return true;
        }
        case QEvent::Leave:
            m_selection.setHoverToken(-1);
            Q_EMIT tokenHovered(-1);
            return false;
        default: return false;
    }
}

void RowCurve::keyPressEvent(QKeyEvent* event) {
    const TokenRange shown = visible();
    const double middle = static_cast<double>(shown.first + shown.end - 1) / 2;
    switch (event->key()) {
        case Qt::Key_Plus: case Qt::Key_Equal: return zoom(kZoomStep, middle);
        case Qt::Key_Minus: return zoom(1 / kZoomStep, middle);
        case Qt::Key_0: return showAll();
        case Qt::Key_PageUp: return pan(static_cast<double>(shown.first - shown.end));
        case Qt::Key_PageDown: return pan(static_cast<double>(shown.end - shown.first));
        default: CurvePlot::keyPressEvent(event);
    }
}

void RowCurve::resizeEvent(QResizeEvent* event) {
    CurvePlot::resizeEvent(event);
    draw();
}

}  // namespace ms
