// What mouse and keys do on any plot over the token axis: scroll, zoom, move the cursor, choose a range.
#pragma once

#include <QPoint>
#include <QRect>
#include <optional>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"

class QKeyEvent;
class QMouseEvent;
class QWheelEvent;

namespace ms {

class TokenAxisInput {
public:
    TokenAxisInput(TimeAxis& axis, Selection& selection) : m_axis(axis), m_selection(selection) {}

    /// Token at a pixel of a plot; -1 outside and behind the newest.
    [[nodiscard]] qint64 tokenAt(int x, const QRect& plot) const;

    /// Zooms around `token`; scrolls with Shift or sideways.
    void wheel(QWheelEvent* event, qint64 token);
    /// Left, right, page, home, end, plus, minus, zero. False for any other key.
    bool key(QKeyEvent* event);
    void moveCursor(qint64 tokens);

    void press(QMouseEvent* event);
    /// True while the plot is being dragged: along the axis, or, with Shift, over a range.
    bool drag(const QPoint& position, const QRect& plot);
    /// True when the press was a click.
    bool release();
    /// Where the button went down while it is.
    [[nodiscard]] const std::optional<QPoint>& pressed() const { return m_press; }
    [[nodiscard]] bool selectsRange() const { return m_selectsRange; }

private:
    TimeAxis& m_axis;
    Selection& m_selection;
    std::optional<QPoint> m_press;
    qint64 m_pressFirst = 0;
    bool m_dragged = false;
    bool m_selectsRange = false;
    int m_wheel = 0;
};

}  // namespace ms
