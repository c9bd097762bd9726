// Numbers as the window writes them.
#pragma once

#include <QString>

namespace ms {

/// The shortest text that reads back as the same float: exact, without false digits.
[[nodiscard]] QString exactText(float value);
/// Three to four significant digits, for axes and read-outs that need not be exact.
[[nodiscard]] QString shortText(double value);
/// A speed: one decimal below a hundred, none above.
[[nodiscard]] QString rateText(double perSecond);
/// "12 345" with thin spaces.
[[nodiscard]] QString groupedText(qint64 value);
/// "1:02.480": minutes, seconds and so many decimals, rounded; minutes go on beyond 59.
[[nodiscard]] QString timeText(double seconds, int decimals = 3);

}  // namespace ms
