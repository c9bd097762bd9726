#include "ui/plot/readout_plot.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>

namespace ms {

ReadoutPlot::ReadoutPlot(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void ReadoutPlot::setEmptyText(const QString& text) {
    m_emptyText = text;
    update();
}

void ReadoutPlot::setFigureStyle(const FigureStyle& style) {
    m_figure = style;
    update();
}

bool ReadoutPlot::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    // The header's read-out may be cut short where docks are narrow.
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), readout(), this);
    return true;
}

void ReadoutPlot::leaveEvent(QEvent*) {
    hover({-1, -1});
    tellReadout();
}

void ReadoutPlot::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Escape: Q_EMIT escapePressed(); return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
