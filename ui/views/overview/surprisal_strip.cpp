#include "ui/views/overview/surprisal_strip.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/plot/heatmap_painter.h"
#include "ui/plot/token_names.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

constexpr int kTop = 5;
/// Higher than any strip: a heatmap's layout gives up its margins when there is no room for a plot.
constexpr int kAnyHeight = 200;

QColor colourOf(float bits, Compare compare, bool dark) {
    if (!std::isfinite(bits)) return QColor(kNanColour);
    if (compare != Compare::Difference) return QColor(surprisalColour(bits, dark));
    return QColor(ColourMap::get(ColourMapId::Diverging).at(0.5f + bits / (2 * kSurprisalFull)));
}

}  // namespace

SurprisalStrip::SurprisalStrip(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QWidget(parent),
      m_tokens(tokens),
      m_axis(axis),
      m_selection(selection),
      m_columns(tokens),
      m_input(axis, selection) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    const auto changed = [this](qint64 first) {
        m_columns.invalidate(first);
        update();
    };
    connect(&tokens, &TokenLog::appended, this, changed);
    connect(&tokens, &TokenLog::truncated, this, changed);
    connect(&tokens, &TokenLog::cleared, this, [changed] { changed(0); });
    connect(&axis, &TimeAxis::changed, this, qOverload<>(&QWidget::update));
    connect(&selection, &Selection::hoverTokenChanged, this, qOverload<>(&QWidget::update));
    connect(&selection, &Selection::rangeChanged, this, qOverload<>(&QWidget::update));
    connect(&selection, &Selection::tokenChanged, this, &SurprisalStrip::refreshReadout);
}

void SurprisalStrip::refreshReadout() {
    update();
    Q_EMIT readoutChanged();
}

void SurprisalStrip::setCompare(Compare compare) {
    m_columns.setCompare(compare);
    refreshReadout();
}

void SurprisalStrip::setFigureStyle(const FigureStyle& style) {
    m_figure = style;
    update();
}

QSize SurprisalStrip::sizeHint() const { return {640, kTop + fontMetrics().height() + 1}; }

QRect SurprisalStrip::plotRect() const {
    const QRect heatmap = HeatmapLayout::of(QRect(0, 0, width(), kAnyHeight), fontMetrics()).plot;
    return {heatmap.left(), kTop, heatmap.width(), height() - kTop};
}

int SurprisalStrip::xOf(qint64 token, const QRect& plot) const {
    const TimeScale s = m_axis.scale();
    const qint64 column = (token - m_axis.firstToken()) / s.tokensPerColumn;
    return plot.left() + static_cast<int>(std::clamp<qint64>(column, -2, 1 << 20)) * s.columnPixels;
}

void SurprisalStrip::paintColumns(QPainter& painter, const QRect& plot) {
    const TimeScale s = m_axis.scale();
    const qint64 count = std::min(m_axis.tokenCount(), m_tokens.size());
    const bool dark = isDark(palette());
    for (int c = 0; c < columnsIn(plot.width(), s); ++c) {
        const qint64 first = m_axis.firstToken() + static_cast<qint64>(c) * s.tokensPerColumn;
        if (first >= count) break;
        const float bits = m_columns.column(first, std::min(first + s.tokensPerColumn, count));
        const QRect column(plot.left() + c * s.columnPixels, plot.top(), s.columnPixels, plot.height());
        if (isMissing(bits)) painter.fillRect(column, QBrush(plotColours(palette()).noData, Qt::BDiagPattern));
        else painter.fillRect(column, colourOf(bits, m_columns.compare(), dark));
    }
}

void SurprisalStrip::paintCursors(QPainter& painter, const QRect& plot) const {
    const PlotColours colours = plotColours(palette());
    const int width = std::max(1, m_axis.scale().columnPixels);
    const auto isThere = [&](qint64 token) { return token >= 0 && token < m_axis.tokenCount(); };
    if (const TokenRange range = m_selection.range(); !range.empty()) {
        const int from = xOf(range.first, plot), to = xOf(range.end - 1, plot) + width;
        painter.fillRect(QRect(from, plot.top(), to - from, 2), palette().color(QPalette::Highlight));
    }
    if (!m_figure && isThere(m_selection.hoverToken())) {
        QColor faint =
            isDark(palette()) ? colours.cursor : colours.cursorEdge;  // the strip's colours are pale on light
        faint.setAlpha(110);
        painter.fillRect(QRect(xOf(m_selection.hoverToken(), plot) + width / 2, plot.top(), 1, plot.height()), faint);
    }
    if (!isThere(m_selection.token())) return;
    const int x = xOf(m_selection.token(), plot);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(colours.cursorEdge);
    painter.drawRect(QRect(x - 2, plot.top() - 3, width + 3, plot.height() + 5));
    painter.setPen(colours.cursor);
    painter.drawRect(QRect(x - 1, plot.top() - 2, width + 1, plot.height() + 3));
}

void SurprisalStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const PlotColours colours = plotColours(palette());
    const QRect plot = plotRect();
    painter.fillRect(plot, colours.background);
    painter.save();
    painter.setClipRect(plot);
    paintColumns(painter, plot);
    if (!m_figure || m_figure->marks) paintCursors(painter, plot);
    painter.restore();
    painter.setPen(hasFocus() && !m_figure ? palette().color(QPalette::Highlight) : colours.frame);
    painter.drawRect(plot.adjusted(-1, -1, 0, 0));
    painter.setPen(colours.axis);
    painter.drawText(QRect(0, plot.top(), plot.left() - 5, plot.height()), Qt::AlignRight | Qt::AlignVCenter,
                     tr("bits"));
}

QString SurprisalStrip::readout() const {
    const qint64 token = m_hover >= 0 ? m_hover : hasFocus() ? m_selection.token() : -1;
    if (token < 0 || token >= m_tokens.size()) return {};
    const float bits = m_columns.of(token);
    const QString shown = isMissing(bits) ? token == 0 ? tr("nothing was expected") : tr("no baseline")
                                          : tr("%1 bits").arg(exactText(bits));
    const QString what = m_columns.compare() == Compare::Difference ? tr("surprisal − baseline") : tr("surprisal");
    return tr("%1 = %2   %3").arg(what, shown, TokenNames(m_tokens, m_frameSeconds).name(token));
}

void SurprisalStrip::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    m_input.press(event);
}

void SurprisalStrip::mouseMoveEvent(QMouseEvent* event) {
    m_hover = m_input.tokenAt(event->position().toPoint().x(), plotRect());
    m_input.drag(event->position().toPoint(), plotRect());
    m_selection.setHoverToken(m_hover);
    Q_EMIT readoutChanged();
}

void SurprisalStrip::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    const qint64 token = m_input.tokenAt(event->position().toPoint().x(), plotRect());
    if (m_input.release() && token >= 0) m_selection.setToken(token);
}

void SurprisalStrip::leaveEvent(QEvent*) {
    m_hover = -1;
    m_selection.setHoverToken(-1);
    Q_EMIT readoutChanged();
}

void SurprisalStrip::wheelEvent(QWheelEvent* event) {
    m_input.wheel(event, m_input.tokenAt(event->position().toPoint().x(), plotRect()));
}

void SurprisalStrip::keyPressEvent(QKeyEvent* event) {
    if (m_input.key(event)) return;
    if (event->key() == Qt::Key_Space) Q_EMIT runPauseRequested();
    else QWidget::keyPressEvent(event);
}

void SurprisalStrip::focusInEvent(QFocusEvent*) { refreshReadout(); }
void SurprisalStrip::focusOutEvent(QFocusEvent*) { refreshReadout(); }

}  // namespace ms
