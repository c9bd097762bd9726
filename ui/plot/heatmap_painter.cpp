#include "ui/plot/heatmap_painter.h"

#include <QPainter>
#include <algorithm>
#include <cstdlib>

#include "ui/plot/cell_image.h"
#include "ui/plot/colour_bar.h"
#include "ui/plot/token_columns.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

constexpr int kGap = 6;
constexpr int kTick = 3;
/// Token texts are drawn from this column width on.
constexpr int kTextColumn = 24;
}  // namespace

HeatmapLayout HeatmapLayout::of(const QRect& area, const QFontMetrics& metrics) {
    const int left = metrics.horizontalAdvance(QStringLiteral("0.0000")) + kTick + kGap;
    const int right = colourBarWidth(metrics);
    const int bottom = metrics.height() + kTick + 2;
    HeatmapLayout layout;
    layout.plot = area.adjusted(left, kGap, -right, -bottom);
    if (layout.plot.width() < 8 || layout.plot.height() < 8)
        layout.plot = QRect(area.left() + left, area.top() + kGap, 8, 8);
    const QRect& p = layout.plot;
    layout.rowAxis = QRect(area.left(), p.top(), p.left() - area.left(), p.height());
    layout.timeAxis = QRect(p.left(), p.bottom() + 1, p.width(), bottom);
    layout.colourBar = QRect(p.right() + 1 + kGap, p.top(), right - kGap, p.height());
    return layout;
}

int columnsIn(int plotWidth, const TimeScale& scale) {
    return (plotWidth + scale.columnPixels - 1) / scale.columnPixels;
}

TokenColumns HeatmapPainter::columns() const {
    return {m_layout.plot, m_scene.timeScale, m_scene.firstColumn, m_scene.tokenCount, m_scene.frameSeconds};
}

void HeatmapPainter::paint(QPainter& painter, const QRect& area) const {
    m_layout = HeatmapLayout::of(area, painter.fontMetrics());
    paintPlot(painter);
    paintRowAxis(painter);
    paintTimeAxis(painter);
    paintColourBar(painter);
}

void HeatmapPainter::paintPlot(QPainter& painter) const {
    const QRect& plot = m_layout.plot;
    painter.fillRect(plot, m_scene.colours.background);
    painter.save();
    painter.setClipRect(plot);
    paintCells(painter);
    paintCursors(painter);
    if (!m_scene.emptyText.isEmpty()) {
        painter.setPen(m_scene.colours.axis);
        painter.drawText(plot, Qt::AlignCenter | Qt::TextWordWrap, m_scene.emptyText);
    }
    paintCornerText(painter, plot, m_scene.caption, Qt::AlignLeft, m_scene.colours, m_scene.text);
    paintCornerText(painter, plot, m_scene.note, Qt::AlignRight, m_scene.colours, m_scene.text);
    painter.restore();
    painter.setPen(m_scene.hasFocus ? m_scene.accent : m_scene.colours.frame);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(plot.adjusted(-1, -1, 0, 0));
}

void HeatmapPainter::paintCells(QPainter& painter) const {
    const QRect& plot = m_layout.plot;
    const int perImageColumn = m_scene.timeScale.tokensPerColumn / m_scene.finer;
    const qint64 columnsWithTokens = (m_scene.tokenCount + perImageColumn - 1) / perImageColumn;
    const qint64 shown = std::clamp<qint64>(columnsWithTokens - m_scene.firstColumn * m_scene.finer, 0, m_scene.image.width());
    if (shown == 0) return;
    const double width = static_cast<double>(m_scene.timeScale.columnPixels) / m_scene.finer;
    const QRectF data(plot.left(), plot.top(), static_cast<double>(shown) * width, plot.height());
    painter.fillRect(data, QBrush(m_scene.colours.noData, Qt::BDiagPattern));
    paintCellImage(painter, data, m_scene.image.copy(0, 0, static_cast<int>(shown), m_scene.image.height()), m_scene.style);
}

void HeatmapPainter::paintCursors(QPainter& painter) const {
    const QRect& plot = m_layout.plot;
    const int width = std::max(1, m_scene.timeScale.columnPixels);
    paintTokenMarks(painter, columns(),
                    {m_scene.cursorToken, m_scene.hoverToken, m_scene.selected, m_scene.accent, m_scene.colours.cursor},
                    m_scene.colours);
    const qint64 cursorAt = m_scene.cursorRow - m_scene.firstRow;
    if (m_scene.cursorRow < 0 || cursorAt < 0 || cursorAt >= m_scene.rows || m_scene.tokenCount == 0) return;
    const auto y = [&](qint64 at) { return plot.top() + static_cast<int>(at * plot.height() / m_scene.rows); };
    const int top = y(cursorAt), bottom = std::max(top + 2, y(cursorAt + 1));
    const int right = std::min(plot.right() + 1, columns().xOf(m_scene.tokenCount - 1) + width);
    QColor line = m_scene.colours.cursor, edge = m_scene.colours.cursorEdge;
    line.setAlpha(210);
    edge.setAlpha(150);
    painter.fillRect(QRect(plot.left(), top - 1, right - plot.left(), 1), edge);
    painter.fillRect(QRect(plot.left(), top, right - plot.left(), 1), line);
    painter.fillRect(QRect(plot.left(), bottom - 1, right - plot.left(), 1), line);
    painter.fillRect(QRect(plot.left(), bottom, right - plot.left(), 1), edge);
}

QString HeatmapPainter::rowLabel(qint64 row) const { return m_scene.rowLabel ? m_scene.rowLabel(row) : QString::number(row); }

bool HeatmapPainter::rowLabelsAlternate(const QFontMetrics& metrics) const {
    const double rowHeight = static_cast<double>(m_layout.rowAxis.height()) / static_cast<double>(m_scene.rows);
    if (!m_scene.everyRowLabelled || rowHeight >= metrics.height() || 2 * rowHeight < metrics.height()) return false;
    for (qint64 row = m_scene.firstRow; row < m_scene.firstRow + m_scene.rows; ++row)
        if (metrics.horizontalAdvance(rowLabel(row)) > (m_layout.rowAxis.width() - kTick) / 2 - kTick - 3) return false;
    return true;
}

void HeatmapPainter::paintRowAxis(QPainter& painter) const {
    if (m_scene.rows <= 0) return;
    const QRect& area = m_layout.rowAxis;
    const double rowHeight = static_cast<double>(area.height()) / static_cast<double>(m_scene.rows);
    const int textHeight = painter.fontMetrics().height();
    const bool alternate = rowLabelsAlternate(painter.fontMetrics());
    const qint64 step = alternate ? 1 : roundStep(textHeight / rowHeight), end = m_scene.firstRow + m_scene.rows;
    const auto y = [&](qint64 row) {
        return area.top() + static_cast<int>((static_cast<double>(row - m_scene.firstRow) + 0.5) * rowHeight);
    };
    const bool marksCursor = m_scene.cursorRow >= m_scene.firstRow && m_scene.cursorRow < end;
    const auto label = [&](qint64 row, const QColor& colour) {
        painter.setPen(m_scene.colours.frame);
        painter.drawLine(area.right() - kTick, y(row), area.right() - 1, y(row));
        painter.setPen(colour);
        const int top = std::clamp(y(row) - textHeight / 2, area.top() - 3, area.bottom() - textHeight + 3);
        const int right = alternate && (row - m_scene.firstRow) % 2 == 1 ? (area.width() - kTick) / 2 : kTick + 3;
        painter.drawText(QRect(area.left(), top, area.width() - right, textHeight), Qt::AlignRight | Qt::AlignVCenter, rowLabel(row));
    };
    for (qint64 row = (m_scene.firstRow + step - 1) / step * step; row < end; row += step)
        if (!marksCursor || (alternate && row != m_scene.cursorRow) || std::abs(y(row) - y(m_scene.cursorRow)) >= textHeight - 2) label(row, m_scene.colours.axis);
    if (marksCursor) label(m_scene.cursorRow, m_scene.accent);
    paintRowScroll(painter);
}

void HeatmapPainter::paintRowScroll(QPainter& painter) const {
    if (m_scene.rows >= m_scene.allRows) return;
    const QRect& area = m_layout.rowAxis;
    const auto y = [&](qint64 row) { return area.top() + static_cast<int>(row * area.height() / m_scene.allRows); };
    painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), m_scene.colours.frame);
    const int top = y(m_scene.firstRow), bottom = std::max(top + 4, y(m_scene.firstRow + m_scene.rows));
    painter.fillRect(QRect(area.left(), std::min(top, area.bottom() - 3), 3, bottom - top), m_scene.accent);
}

void HeatmapPainter::paintTimeAxis(QPainter& painter) const {
    const QRect& area = m_layout.timeAxis;
    const TimeScale& s = m_scene.timeScale;
    const TokenColumns tokens = columns();
    if (m_scene.frameSeconds > 0 || s.columnPixels < kTextColumn || !m_scene.tokenText)
        return paintTokenTicks(painter, area, tokens, m_scene.colours);
    const QFontMetrics metrics = painter.fontMetrics();
    painter.setPen(m_scene.text);
    const qint64 end = std::min(m_scene.tokenCount, tokens.firstToken() + area.width() / s.columnPixels + 1);
    for (qint64 token = tokens.firstToken(); token < end; ++token) {
        const QRect cell(tokens.xOf(token), area.top() + kTick, s.columnPixels, metrics.height());
        if (cell.right() > area.right() + s.columnPixels / 2) break;
        painter.drawText(cell, Qt::AlignCenter,
                         metrics.elidedText(m_scene.tokenText(token), Qt::ElideRight, s.columnPixels - 3));
    }
}

void HeatmapPainter::paintColourBar(QPainter& painter) const {
    if (m_scene.tokenCount == 0 || m_scene.rows == 0 || !m_scene.style.colourBar) return;
    ms::paintColourBar(painter, m_layout.colourBar, m_scene.colourMap, m_scene.scale, m_scene.unit, m_scene.colours);
}

}  // namespace ms
