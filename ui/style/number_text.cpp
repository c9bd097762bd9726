#include "ui/style/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ms {

QString exactText(float value) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    std::array<char, 48> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return QString::fromLatin1(text.data(), end - text.data()).replace(QLatin1Char('-'), QChar(0x2212));
}

QString shortText(double value) {
    const double magnitude = std::abs(value);
    QString text;
    if (value == 0) text = QStringLiteral("0");
    else if (magnitude >= 1e5 || magnitude < 1e-3) text = QString::number(value, 'g', 3);
    else text = QString::number(value, 'g', 4);
    return text.replace(QLatin1Char('-'), QChar(0x2212));
}

QString rateText(double perSecond) { return QString::number(perSecond, 'f', perSecond < 100 ? 1 : 0); }

QString groupedText(qint64 value) {
    QString digits = QString::number(value);
    for (qsizetype at = digits.size() - 3; at > (value < 0 ? 1 : 0); at -= 3) digits.insert(at, QChar(0x202F));
    return digits;
}

QString timeText(double seconds, int decimals) {
    decimals = std::clamp(decimals, 0, 6);
    const double unit = std::pow(10.0, decimals);
    const qint64 ticks = std::isfinite(seconds) ? std::llround(std::clamp(seconds, -1e9, 1e9) * unit) : 0;
    const qint64 perMinute = 60 * std::llround(unit), left = std::abs(ticks) % perMinute;
    QString text = QStringLiteral("%1:%2").arg(std::abs(ticks) / perMinute).arg(left / std::llround(unit), 2, 10, QLatin1Char('0'));
    if (decimals > 0) text += QStringLiteral(".%1").arg(left % std::llround(unit), decimals, 10, QLatin1Char('0'));
    return ticks < 0 ? QChar(0x2212) + text : text;
}

}  // namespace ms
