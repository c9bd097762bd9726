#include "ui/plot/token_columns.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/plot/colour_bar.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

constexpr int kTick = 3;
constexpr int kLabelGap = 24;
constexpr int kOverhang = 20;  // of a label beside the plot

constexpr std::array kTimeSteps{
    TimeStep{0.01, 2}, TimeStep{0.02, 2}, TimeStep{0.05, 2}, TimeStep{0.1, 1}, TimeStep{0.2, 1}, TimeStep{0.5, 1},
    TimeStep{1, 0},    TimeStep{2, 0},    TimeStep{5, 0},    TimeStep{10, 0},  TimeStep{15, 0},  TimeStep{30, 0},
    TimeStep{60, 0},   TimeStep{120, 0},  TimeStep{300, 0},  TimeStep{600, 0}, TimeStep{1800, 0}, TimeStep{3600, 0}};

std::vector<AxisTick> timeTicks(const TokenColumns& columns, qint64 endToken, const QFontMetrics& metrics) {
    const double perSecond = columns.pixelsPerToken() / columns.frameSeconds;
    const double begin = static_cast<double>(columns.firstToken()) * columns.frameSeconds;
    const double end = static_cast<double>(endToken) * columns.frameSeconds;
    const TimeStep step = timeStep(end, perSecond, metrics);
    std::vector<AxisTick> ticks;
    for (double at = std::ceil(begin / step.seconds - 1e-6); at * step.seconds < end; ++at)
        ticks.push_back({columns.xOfTime(at * step.seconds), timeText(at * step.seconds, step.decimals)});
    return ticks;
}

}  // namespace

TimeStep timeStep(double end, double perSecond, const QFontMetrics& metrics) {
    const auto fits = [&](const TimeStep& step) {
        return step.seconds * perSecond >= metrics.horizontalAdvance(timeText(end, step.decimals)) + kLabelGap;
    };
    const auto found = std::find_if(kTimeSteps.begin(), kTimeSteps.end(), fits);
    return found != kTimeSteps.end() ? *found : kTimeSteps.back();
}

int TokenColumns::xOf(qint64 token) const {
    const qint64 column = token / scale.tokensPerColumn - firstColumn;
    return plot.left() + static_cast<int>(std::clamp<qint64>(column, -2, 1 << 20)) * scale.columnPixels;
}

int TokenColumns::xOfTime(double seconds) const {
    const double tokens = seconds / frameSeconds - static_cast<double>(firstToken());
    return plot.left() + static_cast<int>(std::clamp(std::round(tokens * pixelsPerToken()), -1e6, 1e6));
}

std::vector<AxisTick> tokenTicks(const TokenColumns& columns, const QFontMetrics& metrics) {
    const qint64 inside = static_cast<qint64>(columns.plot.width() / columns.pixelsPerToken()) + 1;
    const qint64 end = std::min(columns.tokenCount, columns.firstToken() + inside);
    if (columns.frameSeconds > 0) return timeTicks(columns, end, metrics);
    const int labelWidth = metrics.horizontalAdvance(groupedText(std::max<qint64>(end, 1000))) + kLabelGap;
    const qint64 step = roundStep(labelWidth / columns.pixelsPerToken());
    std::vector<AxisTick> ticks;
    for (qint64 token = (columns.firstToken() + step - 1) / step * step; token < end; token += step)
        ticks.push_back({columns.xOf(token) + columns.scale.columnPixels / 2, groupedText(token)});
    return ticks;
}

void paintTokenTicks(QPainter& painter, const QRect& area, const TokenColumns& columns, const PlotColours& colours) {
    const QFontMetrics metrics = painter.fontMetrics();
    for (const AxisTick& tick : tokenTicks(columns, metrics)) {
        painter.setPen(colours.frame);
        painter.drawLine(tick.x, area.top(), tick.x, area.top() + kTick);
        const int half = metrics.horizontalAdvance(tick.text) / 2;
        if (tick.x - half < area.left() - kOverhang || tick.x + half > area.right() + kOverhang) continue;
        painter.setPen(colours.axis);
        painter.drawText(QRect(tick.x - half - 2, area.top() + kTick, 2 * half + 5, metrics.height()), Qt::AlignCenter, tick.text);
    }
}

void paintTokenMarks(QPainter& painter, const TokenColumns& columns, const TokenMarks& marks, const PlotColours& colours) {
    const QRect& plot = columns.plot;
    const int width = std::max(1, columns.scale.columnPixels);
    if (!marks.range.empty()) {
        QColor band = marks.accent;
        const int from = columns.xOf(marks.range.first), to = columns.xOf(marks.range.end - 1) + width;
        painter.fillRect(QRect(from, plot.top(), to - from, 3), band);
        painter.fillRect(QRect(from, plot.bottom() - 2, to - from, 3), band);
        band.setAlpha(200);
        painter.fillRect(QRect(from - 1, plot.top(), 1, plot.height()), band);
        painter.fillRect(QRect(to, plot.top(), 1, plot.height()), band);
    }
    if (marks.hover >= 0 && marks.hover < columns.tokenCount) {
        QColor faint = marks.hoverLine;
        faint.setAlpha(110);
        painter.fillRect(QRect(columns.xOf(marks.hover) + width / 2, plot.top(), 1, plot.height()), faint);
    }
    if (marks.cursor < 0 || marks.cursor >= columns.tokenCount) return;
    const int x = columns.xOf(marks.cursor);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(colours.cursorEdge);
    painter.drawRect(QRect(x - 2, plot.top() - 3, width + 3, plot.height() + 5));
    painter.setPen(colours.cursor);
    painter.drawRect(QRect(x - 1, plot.top() - 2, width + 1, plot.height() + 3));
}

void paintCornerText(QPainter& painter, const QRect& plot, const QString& text, Qt::Alignment side, const PlotColours& colours,
                     const QColor& ink) {
    if (text.isEmpty()) return;
    const int width = painter.fontMetrics().horizontalAdvance(text) + 8;
    const QRect box(side == Qt::AlignLeft ? plot.left() + 4 : plot.right() - width - 3, plot.top() + 4, width,
                    painter.fontMetrics().height() + 2);
    QColor back = colours.background;
    back.setAlpha(215);
    painter.fillRect(box, back);
    painter.setPen(ink);
    painter.drawText(box, Qt::AlignCenter, text);
}

}  // namespace ms
