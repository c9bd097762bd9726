#include "ui/style/control_style.h"

#include <QPainter>
#include <QStyleOption>

#include "ui/style/appearance.h"

namespace ms {

ControlStyle::ControlStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void ControlStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    const bool box = element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck, ring = element == PE_IndicatorRadioButton;
    if ((!box && !ring) || !isDark(option->palette)) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing, ring);
    QColor edge = option->palette.color(QPalette::PlaceholderText);
    if (!option->state.testFlag(State_Enabled)) edge.setAlpha(110);
    painter->setPen(edge);
    painter->setBrush(Qt::NoBrush);
    if (box) painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
    else painter->drawEllipse(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5));
    painter->restore();
}

}  // namespace ms
