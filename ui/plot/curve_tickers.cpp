#include "ui/plot/curve_tickers.h"

#include <algorithm>
#include <cmath>

#include "ui/plot/colour_bar.h"
#include "ui/plot/token_columns.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

/// Three digits, the exponent without padding, a true minus.
QString tickText(double value) {
    QString text = QString::number(value, 'g', 3);
    text.replace(QLatin1String("e-0"), QLatin1String("e-")).replace(QLatin1String("e+0"), QLatin1String("e"));
    return text.replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

double WholeTicker::getTickStep(const QCPRange& range) {
    const int label = m_plot.fontMetrics().horizontalAdvance(groupedText(std::max<qint64>(std::llround(range.upper), 1000))) + 24;
    return static_cast<double>(roundStep(label * range.size() / std::max(1, m_plot.axisRect()->width())));
}

QString WholeTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return groupedText(std::llround(tick)); }

QString PowerTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return groupedText(std::llround(tick)); }

QVector<double> TimeTicker::createTickVector(double, const QCPRange& range) {
    const double begin = (range.lower + 0.5) * m_frameSeconds, end = (range.upper + 0.5) * m_frameSeconds;
    const double perSecond = std::max(1, m_plot.axisRect()->width()) / std::max(end - begin, 1e-9);
    const TimeStep step = timeStep(end, perSecond, m_plot.fontMetrics());
    m_decimals = step.decimals;
    QVector<double> ticks;
    for (double at = std::ceil(begin / step.seconds - 1e-6); at * step.seconds <= end; ++at) ticks << at * step.seconds / m_frameSeconds - 0.5;
    return ticks;
}

QString TimeTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return timeText((tick + 0.5) * m_frameSeconds, m_decimals); }

QString NarrowTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return tickText(tick); }

QVector<double> SymlogTicker::createTickVector(double, const QCPRange& range) {
    // One look at the scale for curves and colour bars: what is a round value there is one here.
    const ValueScale shown{static_cast<float>(m_scale.toValue(range.lower)), static_cast<float>(m_scale.toValue(range.upper)), ScaleKind::Symlog};
    QVector<double> ticks;
    for (const float value : shown.ticks(tickCount())) ticks << m_scale.toAxis(static_cast<double>(value));
    return ticks;
}

QString SymlogTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return tickText(m_scale.toValue(tick)); }

}  // namespace ms
