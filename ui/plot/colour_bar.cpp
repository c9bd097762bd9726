#include "ui/plot/colour_bar.h"

#include <QImage>
#include <QPainter>
#include <algorithm>

#include "ui/style/number_text.h"

namespace ms {

namespace {
constexpr int kBarWidth = 11;
constexpr int kGap = 6;
constexpr int kTick = 3;
}  // namespace

int colourBarWidth(const QFontMetrics& metrics) {
    return kGap + kBarWidth + kTick + metrics.horizontalAdvance(QStringLiteral("0.00000"));
}

void paintColourBar(QPainter& painter, const QRect& area, ColourMapId mapId, const ValueScale& scale, const QString& unit,
                    const PlotColours& colours) {
    const ColourMap& map = ColourMap::get(mapId);
    const QFontMetrics metrics = painter.fontMetrics();
    // One picture: in a vector file a stack of rectangles would show its seams.
    QImage bar(1, std::max(1, area.height()), QImage::Format_RGB32);
    for (int y = 0; y < bar.height(); ++y)
        bar.setPixel(0, bar.height() - 1 - y, map.at(static_cast<float>(y) / static_cast<float>(std::max(1, bar.height() - 1))));
    painter.setRenderHint(QPainter::LosslessImageRendering);
    painter.drawImage(QRect(area.left(), area.top(), kBarWidth, area.height()), bar);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(colours.frame);
    painter.drawRect(QRect(area.left() - 1, area.top() - 1, kBarWidth + 1, area.height() + 1));
    const int count = std::clamp(2 * area.height() / (3 * metrics.height()), 3, 8);
    const auto isInside = [&](float tick) { return tick >= std::min(scale.low, scale.high) && tick <= std::max(scale.low, scale.high); };
    std::vector<float> ticks = scale.ticks(count);
    if (std::count_if(ticks.begin(), ticks.end(), isInside) < 2) ticks = {scale.low, scale.high};  // a bar too low for round values
    for (const float tick : ticks) {
        const int y = area.bottom() - static_cast<int>(scale.position(tick) * static_cast<float>(area.height() - 1));
        if (y < area.top() - 1 || y > area.bottom() + 1) continue;
        painter.setPen(colours.frame);
        painter.drawLine(area.left() + kBarWidth, y, area.left() + kBarWidth + kTick - 1, y);
        painter.setPen(colours.axis);
        const int top = std::clamp(y - metrics.height() / 2, area.top() - 4, area.bottom() - metrics.height() + 4);
        painter.drawText(QRect(area.left() + kBarWidth + kTick + 2, top, area.width(), metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, shortText(static_cast<double>(tick)));
    }
    if (!unit.isEmpty())
        painter.drawText(QRect(area.left(), area.bottom() + kTick, area.width(), unit.contains(QLatin1Char('\n')) ? 2 * metrics.height() : metrics.height()),
                         Qt::AlignLeft, unit);
}

qint64 roundStep(double least) {
    qint64 power = 1;
    for (;; power *= 10)
        for (const qint64 step : {1, 2, 5})
            if (static_cast<double>(step * power) >= least) return step * power;
}

}  // namespace ms
