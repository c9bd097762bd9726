#include "ui/plot/token_axis_input.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cstdlib>

namespace ms {

namespace {
constexpr int kWheelStep = 120;
constexpr int kDragPixels = 5;  // less is a click with an unsteady hand
}  // namespace

qint64 TokenAxisInput::tokenAt(int x, const QRect& plot) const {
    if (x < plot.left() || x > plot.right()) return -1;
    const TimeScale s = m_axis.scale();
    const qint64 token = m_axis.firstToken() + qint64((x - plot.left()) / s.columnPixels) * s.tokensPerColumn;
    return token < m_axis.tokenCount() ? token : -1;
}

void TokenAxisInput::wheel(QWheelEvent* event, qint64 token) {
    event->accept();
    const QPoint delta = event->angleDelta();
    const TimeScale s = m_axis.scale();
    if (std::abs(delta.x()) > std::abs(delta.y()) || event->modifiers().testFlag(Qt::ShiftModifier)) {
        const int along = delta.x() != 0 ? delta.x() : delta.y();
        return m_axis.pan(-qint64(along) / 2 / s.columnPixels * s.tokensPerColumn);
    }
    m_wheel += delta.y();
    const int steps = m_wheel / kWheelStep;
    m_wheel -= steps * kWheelStep;
    if (steps != 0) m_axis.zoom(steps, token);
}

void TokenAxisInput::moveCursor(qint64 tokens) {
    const qint64 last = m_axis.tokenCount() - 1;
    if (last < 0) return;
    const qint64 from = m_selection.token() < 0 ? last : m_selection.token();
    m_selection.setToken(std::clamp<qint64>(from + tokens, 0, last));
    m_axis.ensureVisible(m_selection.token());
}

bool TokenAxisInput::key(QKeyEvent* event) {
    if (event->modifiers().testFlag(Qt::ControlModifier)) return false;
    const bool far = event->modifiers().testFlag(Qt::ShiftModifier);
    const qint64 stride = (far ? 10 : 1) * m_axis.scale().tokensPerColumn;
    switch (event->key()) {
        case Qt::Key_Left:
            moveCursor(-stride);
            return true;
        case Qt::Key_Right:
            moveCursor(stride);
            return true;
        case Qt::Key_PageUp:
            m_axis.pan(-m_axis.visibleTokens());
            return true;
        case Qt::Key_PageDown:
            m_axis.pan(m_axis.visibleTokens());
            return true;
        case Qt::Key_Home:
            m_axis.scrollTo(0);
            return true;
        case Qt::Key_End:
            m_axis.setFollow(true);
            return true;
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            m_axis.zoom(1, m_selection.token());
            return true;
        case Qt::Key_Minus:
            m_axis.zoom(-1, m_selection.token());
            return true;
        case Qt::Key_0:
            m_axis.fitAll();
            return true;
        default:
            return false;
    }
}

void TokenAxisInput::press(QMouseEvent* event) {
    m_press = event->position().toPoint();
    m_pressFirst = m_axis.firstToken();
    m_dragged = false;
    m_selectsRange = event->modifiers().testFlag(Qt::ShiftModifier);
}

bool TokenAxisInput::drag(const QPoint& position, const QRect& plot) {
    if (!m_press || (!m_dragged && (position - *m_press).manhattanLength() <= kDragPixels)) return false;
    m_dragged = true;
    if (m_selectsRange) {
        const qint64 from = tokenAt(m_press->x(), plot), to = tokenAt(position.x(), plot);
        if (from >= 0 && to >= 0) m_selection.setRange({std::min(from, to), std::max(from, to) + 1});
        return true;
    }
    const TimeScale s = m_axis.scale();
    const qint64 first = m_pressFirst - qint64(position.x() - m_press->x()) / s.columnPixels * s.tokensPerColumn;
    if (first != m_axis.firstToken()) m_axis.scrollTo(first);
    return true;
}

bool TokenAxisInput::release() {
    const bool clicked = m_press && !m_dragged;
    m_press.reset();
    if (clicked && m_selectsRange) m_selection.setRange({});
    return clicked;
}

}  // namespace ms
