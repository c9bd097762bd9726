#include "ui/plot/cell_image.h"

#include <QPaintEngine>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace ms {

namespace {

void paintRectangles(QPainter& painter, const QRectF& area, const QImage& image) {
    const double width = area.width() / image.width(), height = area.height() / image.height();
    painter.setRenderHint(QPainter::Antialiasing, false);  // smoothed edges would leave a grid of hairlines
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width();) {
            const QRgb colour = image.pixel(x, y);
            int end = x + 1;
            while (end < image.width() && image.pixel(end, y) == colour) ++end;
            if (qAlpha(colour) > 0)
                painter.fillRect(QRectF(area.left() + x * width, area.top() + y * height, (end - x) * width, height), QColor::fromRgba(colour));
            x = end;
        }
}

/// Every cell a whole number of pixels, at least as many as the figure has there.
QImage enlarged(const QImage& image, const QSizeF& pixels) {
    const auto times = [](double wanted, int cells) { return std::max(1, static_cast<int>(std::ceil(wanted / cells))); };
    return image.scaled(image.width() * times(pixels.width(), image.width()), image.height() * times(pixels.height(), image.height()));
}

}  // namespace

void paintCellImage(QPainter& painter, const QRectF& area, const QImage& image, const FigureStyle& style) {
    if (image.isNull() || area.isEmpty()) return;
    painter.save();
    if (style.cellRectangles) {
        paintRectangles(painter, area, image);
    } else {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        painter.setRenderHint(QPainter::LosslessImageRendering);  // PDF knows JPEG
        const bool vector = painter.paintEngine()->type() != QPaintEngine::Raster;
        painter.drawImage(area, vector ? enlarged(image, area.size() * style.resolution) : image);
    }
    painter.restore();
}

}  // namespace ms
