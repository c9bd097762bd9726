#include "ui/plot/heatmap_painter.h"

#include <QPainter>
#include <algorithm>
#include <cstdlib>

#include "ui/plot/colour_bar.h"
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

int HeatmapPainter::xOf(qint64 token) const {
    const TimeScale& s = m_scene.timeScale;
    const qint64 column = token / s.tokensPerColumn - m_scene.firstColumn;
    return m_layout.plot.left() + static_cast<int>(std::clamp<qint64>(column, -2, 1 << 20)) * s.columnPixels;
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
    const qint64 columnsWithTokens =
        (m_scene.tokenCount + m_scene.timeScale.tokensPerColumn - 1) / m_scene.timeScale.tokensPerColumn;
    const qint64 shown = std::clamp<qint64>(columnsWithTokens - m_scene.firstColumn, 0, m_scene.image.width());
    if (shown > 0) {
        const QRect data(plot.left(), plot.top(), static_cast<int>(shown) * m_scene.timeScale.columnPixels,
                         plot.height());
        painter.fillRect(data, QBrush(m_scene.colours.noData, Qt::BDiagPattern));
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.drawImage(data, m_scene.image, QRect(0, 0, static_cast<int>(shown), m_scene.image.height()));
    }
    paintCursors(painter);
    if (!m_scene.emptyText.isEmpty()) {
        painter.setPen(m_scene.colours.axis);
        painter.drawText(plot, Qt::AlignCenter | Qt::TextWordWrap, m_scene.emptyText);
    }
    paintCorner(painter, m_scene.caption, Qt::AlignLeft);
    paintCorner(painter, m_scene.note, Qt::AlignRight);
    painter.restore();
    painter.setPen(m_scene.hasFocus ? m_scene.accent : m_scene.colours.frame);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(plot.adjusted(-1, -1, 0, 0));
}

void HeatmapPainter::paintCorner(QPainter& painter, const QString& text, Qt::Alignment side) const {
    if (text.isEmpty()) return;
    const QRect& plot = m_layout.plot;
    const int width = painter.fontMetrics().horizontalAdvance(text) + 8;
    const QRect box(side == Qt::AlignLeft ? plot.left() + 4 : plot.right() - width - 3, plot.top() + 4, width,
                    painter.fontMetrics().height() + 2);
    QColor back = m_scene.colours.background;
    back.setAlpha(215);
    painter.fillRect(box, back);
    painter.setPen(m_scene.text);
    painter.drawText(box, Qt::AlignCenter, text);
}

void HeatmapPainter::paintCursors(QPainter& painter) const {
    const QRect& plot = m_layout.plot;
    const int width = std::max(1, m_scene.timeScale.columnPixels);
    if (!m_scene.selected.empty()) {
        QColor band = m_scene.accent;
        const int from = xOf(m_scene.selected.first), to = xOf(m_scene.selected.end - 1) + width;
        painter.fillRect(QRect(from, plot.top(), to - from, 3), band);
        painter.fillRect(QRect(from, plot.bottom() - 2, to - from, 3), band);
        band.setAlpha(200);
        painter.fillRect(QRect(from - 1, plot.top(), 1, plot.height()), band);
        painter.fillRect(QRect(to, plot.top(), 1, plot.height()), band);
    }
    if (m_scene.hoverToken >= 0 && m_scene.hoverToken < m_scene.tokenCount) {
        QColor faint = m_scene.colours.cursor;
        faint.setAlpha(110);
        painter.fillRect(QRect(xOf(m_scene.hoverToken) + width / 2, plot.top(), 1, plot.height()), faint);
    }
    if (m_scene.cursorToken >= 0 && m_scene.cursorToken < m_scene.tokenCount) {
        const int x = xOf(m_scene.cursorToken);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(m_scene.colours.cursorEdge);
        painter.drawRect(QRect(x - 2, plot.top() - 3, width + 3, plot.height() + 5));
        painter.setPen(m_scene.colours.cursor);
        painter.drawRect(QRect(x - 1, plot.top() - 2, width + 1, plot.height() + 3));
    }
    const qint64 cursorAt = m_scene.cursorRow - m_scene.firstRow;
    if (m_scene.cursorRow < 0 || cursorAt < 0 || cursorAt >= m_scene.rows || m_scene.tokenCount == 0) return;
    const auto y = [&](qint64 at) { return plot.top() + static_cast<int>(at * plot.height() / m_scene.rows); };
    const int top = y(cursorAt), bottom = std::max(top + 2, y(cursorAt + 1));
    const int right = std::min(plot.right() + 1, xOf(m_scene.tokenCount - 1) + width);
    QColor line = m_scene.colours.cursor, edge = m_scene.colours.cursorEdge;
    line.setAlpha(210);
    edge.setAlpha(150);
    painter.fillRect(QRect(plot.left(), top - 1, right - plot.left(), 1), edge);
    painter.fillRect(QRect(plot.left(), top, right - plot.left(), 1), line);
    painter.fillRect(QRect(plot.left(), bottom - 1, right - plot.left(), 1), line);
    painter.fillRect(QRect(plot.left(), bottom, right - plot.left(), 1), edge);
}

void HeatmapPainter::paintRowAxis(QPainter& painter) const {
    if (m_scene.rows <= 0) return;
    const QRect& area = m_layout.rowAxis;
    const double rowHeight = static_cast<double>(area.height()) / static_cast<double>(m_scene.rows);
    const int textHeight = painter.fontMetrics().height();
    const qint64 step = roundStep(textHeight / rowHeight), end = m_scene.firstRow + m_scene.rows;
    const auto y = [&](qint64 row) {
        return area.top() + static_cast<int>((static_cast<double>(row - m_scene.firstRow) + 0.5) * rowHeight);
    };
    const bool marksCursor = m_scene.cursorRow >= m_scene.firstRow && m_scene.cursorRow < end;
    const auto label = [&](qint64 row, const QColor& colour) {
        painter.setPen(m_scene.colours.frame);
        painter.drawLine(area.right() - kTick, y(row), area.right() - 1, y(row));
        painter.setPen(colour);
        const int top = std::clamp(y(row) - textHeight / 2, area.top() - 3, area.bottom() - textHeight + 3);
        painter.drawText(QRect(area.left(), top, area.width() - kTick - 3, textHeight), Qt::AlignRight | Qt::AlignVCenter,
                         m_scene.rowLabel ? m_scene.rowLabel(row) : QString::number(row));
    };
    for (qint64 row = (m_scene.firstRow + step - 1) / step * step; row < end; row += step)
        if (!marksCursor || std::abs(y(row) - y(m_scene.cursorRow)) >= textHeight - 2) label(row, m_scene.colours.axis);
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
    const QFontMetrics metrics = painter.fontMetrics();
    const TimeScale& s = m_scene.timeScale;
    const double pixelsPerToken = static_cast<double>(s.columnPixels) / s.tokensPerColumn;
    const qint64 firstToken = m_scene.firstColumn * s.tokensPerColumn;
    const qint64 endToken =
        std::min(m_scene.tokenCount, firstToken + static_cast<qint64>(area.width() / pixelsPerToken) + 1);
    if (s.columnPixels >= kTextColumn && m_scene.tokenText) {
        painter.setPen(m_scene.text);
        for (qint64 token = firstToken; token < endToken; ++token) {
            const QRect cell(xOf(token), area.top() + kTick, s.columnPixels, metrics.height());
            if (cell.right() > area.right() + s.columnPixels / 2) break;
            painter.drawText(cell, Qt::AlignCenter,
                             metrics.elidedText(m_scene.tokenText(token), Qt::ElideRight, s.columnPixels - 3));
        }
        return;
    }
    const int labelWidth = metrics.horizontalAdvance(groupedText(std::max<qint64>(endToken, 1000))) + 24;
    const qint64 step = roundStep(labelWidth / pixelsPerToken);
    for (qint64 token = (firstToken + step - 1) / step * step; token < endToken; token += step) {
        const int x = xOf(token) + s.columnPixels / 2;
        painter.setPen(m_scene.colours.frame);
        painter.drawLine(x, area.top(), x, area.top() + kTick);
        const QString label = groupedText(token);
        const int half = metrics.horizontalAdvance(label) / 2;
        if (x - half < area.left() - 20 || x + half > area.right() + 20) continue;
        painter.setPen(m_scene.colours.axis);
        painter.drawText(QRect(x - half - 2, area.top() + kTick, 2 * half + 5, metrics.height()), Qt::AlignCenter,
                         label);
    }
}

void HeatmapPainter::paintColourBar(QPainter& painter) const {
    if (m_scene.tokenCount == 0) return;
    ms::paintColourBar(painter, m_layout.colourBar, m_scene.colourMap, m_scene.scale, m_scene.unit, m_scene.colours);
}

}  // namespace ms
