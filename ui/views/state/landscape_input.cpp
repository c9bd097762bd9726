// How a landscape is turned and picked: mouse, wheel and keys.
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/views/state/landscape_plot.h"

namespace ms {

namespace {

constexpr double kRadiansPerPixel = 0.008, kKeyRadians = 0.1, kKeyPan = 24;
constexpr float kLowest = -0.3f, kSteepest = 1.5f;

}  // namespace

void LandscapePlot::turn(double yaw, double pitch) {
    m_byHand = true;
    m_orbit.yaw += static_cast<float>(yaw);
    m_orbit.pitch = std::clamp(m_orbit.pitch + static_cast<float>(pitch), kLowest, kSteepest);
    redraw(true);
}

void LandscapePlot::zoom(double factor) {
    m_byHand = true;
    m_orbit.distance = std::clamp(m_orbit.distance * static_cast<float>(factor), 0.5f, 20.0f);
    redraw(true);
}

void LandscapePlot::pan(double dx, double dy) {
    m_byHand = true;
    shift(dx, dy);
    redraw(true);
}

/// The ground follows the pointer: by pixels to the right and down.
void LandscapePlot::shift(double dx, double dy) {
    const auto unit = static_cast<float>(2 * static_cast<double>(m_orbit.distance) * std::tan(static_cast<double>(m_orbit.fov) / 2) / std::max(area().height(), 1));
    const float right = -static_cast<float>(dx) * unit, up = static_cast<float>(dy) * unit;
    const float cy = std::cos(m_orbit.yaw), sy = std::sin(m_orbit.yaw), cp = std::cos(m_orbit.pitch), sp = std::sin(m_orbit.pitch);
    const auto keep = [](float v) { return std::clamp(v, -2.0f, 2.0f); };  // the field stays findable
    m_orbit.targetX = keep(m_orbit.targetX + right * cy - up * sp * sy);
    m_orbit.targetY = keep(m_orbit.targetY + up * cp);
    m_orbit.targetZ = keep(m_orbit.targetZ - right * sy - up * sp * cy);
}

void LandscapePlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return QWidget::mousePressEvent(event);
    m_press = m_last = event->position();
    m_button = event->button();
    m_dragged = false;
}

void LandscapePlot::mouseMoveEvent(QMouseEvent* event) {
    m_hover = event->position();
    if (m_press && (m_dragged || (*m_hover - *m_press).manhattanLength() > 4)) {
        m_dragged = true;
        setCursor(Qt::ClosedHandCursor);
        const QPointF moved = *m_hover - m_last;
        m_last = *m_hover;
        if (m_button == Qt::MiddleButton || event->modifiers().testFlag(Qt::ShiftModifier)) pan(moved.x(), moved.y());
        else turn(-moved.x() * kRadiansPerPixel, moved.y() * kRadiansPerPixel);
        return;
    }
    update();
    Q_EMIT readoutChanged(readout());
}

void LandscapePlot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != m_button) return QWidget::mouseReleaseEvent(event);
    const bool click = m_press && !m_dragged && m_button == Qt::LeftButton;
    m_press.reset();
    m_dragged = false;
    m_button = Qt::NoButton;
    unsetCursor();
    if (!click) return;
    if (const auto cell = cellAt(event->position())) {
        setCursorCell(cell->first, cell->second);
        Q_EMIT cellClicked(cell->first, cell->second);
    }
}

void LandscapePlot::leaveEvent(QEvent*) {
    m_hover.reset();
    update();
    Q_EMIT readoutChanged(readout());
}

void LandscapePlot::wheelEvent(QWheelEvent* event) {
    const int delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    zoom(std::pow(0.85, delta / 120.0));
    event->accept();
}

void LandscapePlot::moveCursor(qint64 rows, qint64 columns) {
    if (!m_matrix) return;
    setCursorCell(std::clamp<qint64>(std::max<qint64>(m_cursorRow, 0) + rows, 0, m_matrix->rows - 1),
                  std::clamp<qint64>(std::max<qint64>(m_cursorColumn, 0) + columns, 0, m_matrix->columns - 1));
    Q_EMIT cellClicked(m_cursorRow, m_cursorColumn);
}

void LandscapePlot::keyPressEvent(QKeyEvent* event) {
    const bool pans = event->modifiers().testFlag(Qt::ShiftModifier), picks = event->modifiers().testFlag(Qt::ControlModifier);
    const auto arrow = [&](int right, int down) {
        if (picks) moveCursor(right, down);  // rows run to the right
        else if (pans) pan(-right * kKeyPan, -down * kKeyPan);
        else turn(right * kKeyRadians, -down * kKeyRadians);
    };
    switch (event->key()) {
        case Qt::Key_Left: return arrow(-1, 0);
        case Qt::Key_Right: return arrow(1, 0);
        case Qt::Key_Up: return arrow(0, -1);
        case Qt::Key_Down: return arrow(0, 1);
        case Qt::Key_Plus: case Qt::Key_Equal: return zoom(0.85);
        case Qt::Key_Minus: return zoom(1 / 0.85);
        case Qt::Key_0: return resetOrbit();
        case Qt::Key_Escape: Q_EMIT escapePressed(); return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
