#include "ui/views/memory_ruler/ruler_curves.h"

#include <algorithm>
#include <cmath>

namespace ms {

Curve curveOver(std::span<const float> values, qint64 first, TokenRange visible, int tokensPerColumn) {
    Curve curve;
    const qint64 end = std::min(visible.end, first + static_cast<qint64>(values.size()));
    const qint64 begin = std::max(visible.first, first);
    for (qint64 column = begin / tokensPerColumn * tokensPerColumn; column < end; column += tokensPerColumn) {
        double most = std::nan("");
        for (qint64 t = std::max(column, begin); t < std::min(column + tokensPerColumn, end); ++t) {
            const auto v = static_cast<double>(values[static_cast<std::size_t>(t - first)]);
            if (std::isnan(most) || std::abs(v) > std::abs(most)) most = v;
        }
        curve.x << static_cast<double>(column) + (tokensPerColumn - 1) / 2.0;
        curve.y << most;
    }
    return curve;
}

}  // namespace ms
