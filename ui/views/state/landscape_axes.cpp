// The labels around a landscape and the ring around the cell looked at: text over the picture, placed by its camera.
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/plot/colour_bar.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"
#include "ui/views/state/landscape_plot.h"

namespace ms {

void LandscapePlot::paintAxes(QPainter& painter) const {
    const QFontMetrics metrics = fontMetrics();
    const double rows = static_cast<double>(m_shown.field->rows), columns = static_cast<double>(m_shown.field->columns);
    // Labels stand at the floor's near edges, and heights at the upright edge farthest left.
    const double nearColumn = std::cos(m_shown.orbit.yaw) >= 0 ? columns : 0, nearRow = std::sin(m_shown.orbit.yaw) >= 0 ? rows : 0;
    const auto away = [](double edge, double count) { return edge > 0 ? edge + 0.035 * count : edge - 0.035 * count; };
    const auto text = [&](const QPointF& at, const QString& label, Qt::Alignment align = Qt::AlignCenter) {
        QRectF box(0, 0, metrics.horizontalAdvance(label) + 2, metrics.height());
        box.moveCenter(at);
        if (align.testFlag(Qt::AlignRight)) box.moveRight(at.x());
        if (box.right() > area().right() && at.x() < area().right()) box.moveRight(area().right());
        if (box.left() < area().left() && at.x() > area().left()) box.moveLeft(area().left() + 1);
        painter.drawText(box, Qt::AlignCenter, label);
    };
    const auto axis = [&](bool alongRows) {
        const double count = alongRows ? rows : columns;
        const auto place = [&](double i) {
            return alongRows ? project(i, away(nearColumn, columns), 0) : project(away(nearRow, rows), i, 0);
        };
        const auto from = place(0), to = place(count);
        if (!from || !to) return;
        const auto label = [&](qint64 i) {
            const auto& named = alongRows ? m_axes.rowLabel : m_axes.columnLabel;
            return named ? named(i) : QString::number(i);
        };
        const double length = std::hypot(to->x() - from->x(), to->y() - from->y());
        const double room = metrics.horizontalAdvance(label(static_cast<qint64>(count) - 1)) + metrics.height();
        const qint64 step = roundStep(room * count / std::max(length, 1.0));
        painter.setPen(plotColours(palette()).axis);
        for (qint64 i = 0; i < static_cast<qint64>(count); i += step)
            if (const auto at = place(static_cast<double>(i) + 0.5)) text(*at, label(i));
        painter.setPen(palette().color(QPalette::Text));
        const QPointF middle = (*from + *to) / 2;
        const auto centre = project(rows / 2, columns / 2, 0);
        const double side = centre && middle.x() < centre->x() ? -1 : 1;
        const QString& title = alongRows ? m_axes.rowTitle : m_axes.columnTitle;
        const double slope = length > 0 ? std::abs(to->y() - from->y()) / length : 0;
        text(middle + QPointF(side * slope * (metrics.horizontalAdvance(title) / 2.0 + room * 0.7), slope < 0.7 ? metrics.height() * 1.1 + slope * metrics.horizontalAdvance(title) / 2.0 : metrics.height() * 0.7), title);
    };
    axis(true);
    axis(false);

    std::optional<QPointF> left;
    double edgeRow = 0, edgeColumn = 0;
    for (const auto& [row, column] : {std::pair(rows - nearRow, nearColumn), std::pair(nearRow, columns - nearColumn)})
        if (const auto foot = project(row, column, 0); foot && (!left || foot->x() < left->x())) {
            left = foot;
            edgeRow = row;
            edgeColumn = column;
        }
    const auto top = project(edgeRow, edgeColumn, 1);
    if (!left || !top || std::abs(left->y() - top->y()) < 2 * metrics.height()) return;
    painter.setPen(plotColours(palette()).axis);
    const int count = std::clamp(static_cast<int>(std::abs(left->y() - top->y()) / (1.6 * metrics.height())), 2, 5);
    for (const float tick : m_heightScale.ticks(count))
        if (const float position = m_heightScale.position(tick); position >= 0 && position <= 1)
            if (const auto at = project(edgeRow, edgeColumn, static_cast<double>(position)); at && at->y() < left->y() - 0.7 * metrics.height())
                text(*at - QPointF(4, 0), shortText(static_cast<double>(tick)), Qt::AlignRight);
}

void LandscapePlot::paintMarker(QPainter& painter) const {
    const auto cell = pointedCell();
    const auto at = cell ? pointOf(cell->first, cell->second) : std::nullopt;
    if (!at || m_dragged) return;
    const PlotColours colours = plotColours(palette());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colours.cursorEdge, 3));
    painter.drawEllipse(*at, 4, 4);
    painter.setPen(QPen(colours.cursor, 1.4));
    painter.drawEllipse(*at, 4, 4);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

}  // namespace ms
