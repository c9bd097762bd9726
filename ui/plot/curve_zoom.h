// What the mouse means to a plot that owns its x range: zoom, pan, or a click.
#pragma once

#include <QPoint>
#include <optional>

#include "ui/plot/curve_limits.h"

namespace ms {

class CurveZoom {
public:
    /// What the user looks at; fits(): everything.
    [[nodiscard]] const Span& visible() const { return m_visible; }
    void show(double low, double high) { m_visible = {low, high}; }
    void showAll() { m_visible = {}; }

    void press(const QPoint& at);
    /// Pixels to move the axis by since the last call; 0 while no button is down or the mouse has hardly moved.
    [[nodiscard]] int drag(const QPoint& at);
    /// True: nothing was dragged, it was a click.
    [[nodiscard]] bool release();
    /// Whole steps of a wheel; what is left counts for the next call.
    [[nodiscard]] int wheelSteps(int angle);

private:
    Span m_visible;
    std::optional<QPoint> m_press;
    bool m_dragged = false;
    int m_lastX = 0, m_wheel = 0;
};

}  // namespace ms
