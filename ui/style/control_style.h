// Fusion with check boxes and radio buttons that can be seen on dark backgrounds: Fusion outlines them darker than the window.
#pragma once

#include <QProxyStyle>

namespace ms {

class ControlStyle : public QProxyStyle {
    Q_OBJECT
public:
    ControlStyle();
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
};

}  // namespace ms
