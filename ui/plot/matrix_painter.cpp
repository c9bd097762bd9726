#include "ui/plot/matrix_painter.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/plot/cell_image.h"
#include "ui/plot/colour_bar.h"

namespace ms {

namespace {

constexpr int kGap = 6;
constexpr int kTick = 3;

/// Indices to label along an axis that shows [from, from + span) over `pixels`, `room` pixels for a label.
std::vector<qint64> labelled(double from, double span, int pixels, double room, qint64 count) {
    std::vector<qint64> labels;
    if (span <= 0 || pixels <= 0) return labels;
    const qint64 step = roundStep(room * span / pixels);
    const auto first = static_cast<qint64>(std::ceil((from - 0.5) / static_cast<double>(step))) * step;
    for (qint64 i = std::max<qint64>(0, first); i < count && static_cast<double>(i) + 0.5 <= from + span; i += step)
        if (static_cast<double>(i) + 0.5 >= from) labels.push_back(i);
    return labels;
}

}  // namespace

MatrixLayout MatrixLayout::of(const QRect& area, const QFontMetrics& metrics) {
    const int left = metrics.horizontalAdvance(QStringLiteral("00000")) + metrics.height() + kTick + kGap;
    const int right = colourBarWidth(metrics);
    const int bottom = 2 * metrics.height() + kTick + 2;
    MatrixLayout layout;
    layout.plot = area.adjusted(left, kGap, -right, -bottom);
    if (layout.plot.width() < 8 || layout.plot.height() < 8) layout.plot = QRect(area.left() + left, area.top() + kGap, 8, 8);
    const QRect& p = layout.plot;
    layout.rowAxis = QRect(area.left(), p.top(), p.left() - area.left(), p.height());
    layout.columnAxis = QRect(p.left(), p.bottom() + 1, p.width(), bottom);
    layout.colourBar = QRect(p.right() + 1 + kGap, p.top(), right - kGap, p.height());
    return layout;
}

void MatrixPainter::paint(QPainter& painter, const QRect& area) const {
    const MatrixLayout layout = MatrixLayout::of(area, painter.fontMetrics());
    paintPlot(painter, layout);
    if (m_scene.rows == 0) return;
    paintRows(painter, layout.rowAxis);
    paintColumns(painter, layout.columnAxis);
    if (!m_scene.style.colourBar) return;
    QString values = m_scene.axes.symbol;
    if (!m_scene.axes.unit.isEmpty()) values += QLatin1Char('\n') + m_scene.axes.unit;
    paintColourBar(painter, layout.colourBar, m_scene.colourMap, m_scene.scale, values, m_scene.colours);
}

void MatrixPainter::paintPlot(QPainter& painter, const MatrixLayout& layout) const {
    const QRect& plot = layout.plot;
    painter.fillRect(plot, m_scene.colours.background);
    painter.save();
    painter.setClipRect(plot);
    if (m_scene.rows > 0) {
        painter.fillRect(plot, QBrush(m_scene.colours.noData, Qt::BDiagPattern));
        paintCellImage(painter, plot, m_scene.image, m_scene.style);
        const double cellWidth = plot.width() / m_scene.visible.width(), cellHeight = plot.height() / m_scene.visible.height();
        const auto outline = [&](QRect box) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(m_scene.colours.cursorEdge);
            painter.drawRect(box.adjusted(-2, -2, 1, 1));
            painter.setPen(m_scene.colours.cursor);
            painter.drawRect(box.adjusted(-1, -1, 0, 0));
        };
        const auto pixels = [](double p) { return static_cast<int>(std::clamp(p, -1e6, 1e6)); };  // may be far off-screen
        const int x = plot.left() + pixels((static_cast<double>(m_scene.cursorColumn) - m_scene.visible.left()) * cellWidth);
        const int y = plot.top() + pixels((static_cast<double>(m_scene.cursorRow) - m_scene.visible.top()) * cellHeight);
        const int w = std::max(2, static_cast<int>(cellWidth)), h = std::max(2, static_cast<int>(cellHeight));
        if (m_scene.cursorRow >= 0 && m_scene.cursorColumn >= 0) outline({x, y, w, h});
        else if (m_scene.cursorRow >= 0) outline({plot.left() + 1, y, plot.width() - 2, h});
        else if (m_scene.cursorColumn >= 0) outline({x, plot.top() + 1, w, plot.height() - 2});
    }
    if (!m_scene.emptyText.isEmpty()) {
        painter.setPen(m_scene.colours.axis);
        painter.drawText(plot.adjusted(8, 4, -8, -4), Qt::AlignCenter | Qt::TextWordWrap, m_scene.emptyText);
    }
    if (!m_scene.note.isEmpty()) {
        const QRect text = painter.fontMetrics().boundingRect(m_scene.note);
        const QRect box(plot.right() - text.width() - 11, plot.top() + 4, text.width() + 8, painter.fontMetrics().height() + 2);
        QColor back = m_scene.colours.background;
        back.setAlpha(215);
        painter.fillRect(box, back);
        painter.setPen(m_scene.text);
        painter.drawText(box, Qt::AlignCenter, m_scene.note);
    }
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(m_scene.hasFocus ? m_scene.accent : m_scene.colours.frame);
    painter.drawRect(plot.adjusted(-1, -1, 0, 0));
}

void MatrixPainter::paintRows(QPainter& painter, const QRect& area) const {
    const QFontMetrics metrics = painter.fontMetrics();
    const double pixels = area.height() / m_scene.visible.height();
    for (const qint64 row : labelled(m_scene.visible.top(), m_scene.visible.height(), area.height(), metrics.height(), m_scene.rows)) {
        const int y = area.top() + static_cast<int>((static_cast<double>(row) + 0.5 - m_scene.visible.top()) * pixels);
        painter.setPen(m_scene.colours.frame);
        painter.drawLine(area.right() - kTick, y, area.right() - 1, y);
        painter.setPen(row == m_scene.cursorRow ? m_scene.accent : m_scene.colours.axis);
        const int top = std::clamp(y - metrics.height() / 2, area.top() - 3, area.bottom() - metrics.height() + 3);
        const QRect box(area.left() + metrics.height(), top, area.width() - metrics.height() - kTick - 3, metrics.height());
        const QString label = m_scene.axes.rowLabel ? m_scene.axes.rowLabel(row) : QString::number(row);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(label, Qt::ElideRight, box.width()));
    }
    painter.save();
    painter.setPen(m_scene.text);
    painter.translate(area.left(), area.bottom());
    painter.rotate(-90);
    painter.drawText(QRect(0, 0, area.height(), metrics.height()), Qt::AlignCenter,
                     metrics.elidedText(m_scene.axes.rowTitle, Qt::ElideRight, area.height()));
    painter.restore();
}

void MatrixPainter::paintColumns(QPainter& painter, const QRect& area) const {
    const QFontMetrics metrics = painter.fontMetrics();
    const double pixels = area.width() / m_scene.visible.width();
    const auto label = [&](qint64 column) {
        return m_scene.axes.columnLabel ? m_scene.axes.columnLabel(column) : QString::number(column);
    };
    const int room = metrics.horizontalAdvance(label(std::max<qint64>(0, m_scene.columns - 1))) + 16;
    for (const qint64 column : labelled(m_scene.visible.left(), m_scene.visible.width(), area.width(), room, m_scene.columns)) {
        const int x = area.left() + static_cast<int>((static_cast<double>(column) + 0.5 - m_scene.visible.left()) * pixels);
        painter.setPen(m_scene.colours.frame);
        painter.drawLine(x, area.top(), x, area.top() + kTick);
        painter.setPen(column == m_scene.cursorColumn ? m_scene.accent : m_scene.colours.axis);
        const int width = std::max(room, static_cast<int>(pixels));
        painter.drawText(QRect(x - width / 2, area.top() + kTick, width, metrics.height()), Qt::AlignCenter,
                         metrics.elidedText(label(column), Qt::ElideRight, width - 2));
    }
    painter.setPen(m_scene.text);
    painter.drawText(QRect(area.left(), area.top() + kTick + metrics.height(), area.width(), metrics.height()), Qt::AlignCenter,
                     metrics.elidedText(m_scene.axes.columnTitle, Qt::ElideRight, area.width()));
}

}  // namespace ms
