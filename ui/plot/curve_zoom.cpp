#include "ui/plot/curve_zoom.h"

namespace ms {

namespace {
constexpr int kWheelStep = 120;
constexpr int kDragStart = 5;  // pixels that a hand trembles
}  // namespace

void CurveZoom::press(const QPoint& at) {
    m_press = at;
    m_lastX = at.x();
    m_dragged = false;
}

int CurveZoom::drag(const QPoint& at) {
    if (!m_press || (!m_dragged && (at - *m_press).manhattanLength() <= kDragStart)) return 0;
    m_dragged = true;
    const int pixels = at.x() - m_lastX;
    m_lastX = at.x();
    return pixels;
}

bool CurveZoom::release() {
    const bool clicked = m_press && !m_dragged;
    m_press.reset();
    return clicked;
}

int CurveZoom::wheelSteps(int angle) {
    m_wheel += angle;
    const int steps = m_wheel / kWheelStep;
    m_wheel -= steps * kWheelStep;
    return steps;
}

}  // namespace ms
