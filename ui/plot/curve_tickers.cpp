#include "ui/plot/curve_tickers.h"

#include <algorithm>
#include <cmath>

#include "ui/plot/colour_bar.h"
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
