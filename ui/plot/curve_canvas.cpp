#include "ui/plot/curve_canvas.h"

namespace ms {

void CurveCanvas::paintEvent(QPaintEvent* event) {
    {
        QCPPainter painter(this);
        if (!painter.isActive()) return;
        const bool pixels = painter.paintEngine()->type() == QPaintEngine::Raster;
        const double scale = painter.deviceTransform().m11();  // of the device, beyond the plot's own pixels
        if (!pixels || scale != devicePixelRatioF()) {
            painter.setMode(QCPPainter::pmVectorized, !pixels);
            toPainter(&painter, width(), height());
            return;
        }
    }
    QCustomPlot::paintEvent(event);
}

}  // namespace ms
