#include "ui/plot/token_strip.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

namespace ms {

TokenStrip::TokenStrip(TimeAxis& axis, Selection& selection, QWidget* parent)
    : ReadoutPlot(parent), m_axis(axis), m_selection(selection), m_input(axis, selection) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    const auto repaint = qOverload<>(&QWidget::update);
    connect(&axis, &TimeAxis::changed, this, repaint);
    connect(&selection, &Selection::hoverTokenChanged, this, repaint);
    connect(&selection, &Selection::rangeChanged, this, repaint);
    connect(&selection, &Selection::tokenChanged, this, [this] {
        update();
        tellReadout();
    });
}

TokenStrip::~TokenStrip() { m_axis.setViewport(this, 0); }

void TokenStrip::setFrameSeconds(double seconds) {
    m_frameSeconds = seconds;
    update();
    tellReadout();
}

TokenColumns TokenStrip::columns() const {
    const TimeScale scale = m_axis.scale();
    return {layoutNow().plot, scale, m_axis.firstToken() / scale.tokensPerColumn, m_axis.tokenCount(), m_frameSeconds};
}

qint64 TokenStrip::tokenAt(const QPoint& position) const {
    const QRect plot = layoutNow().plot;
    return position.y() < plot.top() || position.y() > plot.bottom() ? -1 : m_input.tokenAt(position.x(), plot);
}

PlotColours TokenStrip::colours() const { return plotColours(palette()); }

void TokenStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    const HeatmapLayout layout = layoutNow();
    PlotColours colours = this->colours();
    colours.cursor = palette().color(QPalette::Text);  // there is a plain background to see it on
    colours.cursorEdge = Qt::transparent;
    const QColor accent = palette().color(QPalette::Highlight);
    painter.fillRect(layout.plot, colours.background);
    painter.save();
    painter.setClipRect(layout.plot);
    if (hasData()) {
        const TokenColumns drawn = columns();
        paintData(painter, drawn);
        const qint64 hover = figure() ? -1 : m_selection.hoverToken();
        if (showsMarks())
            paintTokenMarks(painter, drawn, {m_selection.token(), hover, m_selection.range(), accent, colours.cursor}, colours);
    } else {
        painter.setPen(colours.axis);
        painter.drawText(layout.plot, Qt::AlignCenter | Qt::TextWordWrap, emptyText());
    }
    painter.restore();
    painter.setPen(showsFocus() ? accent : colours.frame);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(layout.plot.adjusted(-1, -1, 0, 0));
    if (!hasData()) return;
    paintSides(painter, layout);
    paintTokenTicks(painter, layout.timeAxis, columns(), colours);
}

void TokenStrip::reportWidth() { m_axis.setViewport(this, isVisible() ? layoutNow().plot.width() : 0); }
void TokenStrip::hideEvent(QHideEvent*) { m_axis.setViewport(this, 0); }

void TokenStrip::choose(const QPoint& position) {
    const qint64 token = tokenAt(position);
    if (token >= 0) m_selection.setToken(token);
}

void TokenStrip::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    m_input.press(event);
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    hover(at);
    if (m_input.drag(at, layoutNow().plot) && !m_input.selectsRange()) setCursor(Qt::ClosedHandCursor);
    m_selection.setHoverToken(tokenAt(at));
    tellReadout();
}

void TokenStrip::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    if (m_input.release()) choose(event->position().toPoint());
    unsetCursor();
}

void TokenStrip::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const qint64 token = tokenAt(event->position().toPoint());
    choose(event->position().toPoint());
    if (token >= 0) Q_EMIT activated(token);
}

void TokenStrip::leaveEvent(QEvent* event) {
    m_selection.setHoverToken(-1);
    ReadoutPlot::leaveEvent(event);
}

void TokenStrip::wheelEvent(QWheelEvent* event) { m_input.wheel(event, tokenAt(event->position().toPoint())); }

void TokenStrip::keyPressEvent(QKeyEvent* event) {
    if (m_input.key(event)) return;
    if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter) return ReadoutPlot::keyPressEvent(event);
    const qint64 token = m_selection.token();
    if (token >= 0 && token < m_axis.tokenCount()) Q_EMIT activated(token);
}

}  // namespace ms
