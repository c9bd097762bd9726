#include "ui/views/hidden_attention/attention_window.h"

#include <algorithm>
#include <cmath>

namespace ms {

QRectF windowAround(qint64 token, qint64 size, qint64 count) {
    const qint64 side = std::min(size, count);
    const auto first = static_cast<double>(std::clamp<qint64>(token - size / 2, 0, count - side));
    return {first, first, static_cast<double>(side), static_cast<double>(side)};
}

QRectF keptSmall(const QRectF& window, qint64 count) {
    const double most = static_cast<double>(std::min(kLargestTile, count));
    QRectF kept = window;
    const QPointF centre = window.center();
    kept.setSize({std::min(window.width(), most), std::min(window.height(), most)});
    kept.moveCenter(centre);
    kept.moveLeft(std::clamp(kept.left(), 0.0, static_cast<double>(count) - kept.width()));
    kept.moveTop(std::clamp(kept.top(), 0.0, static_cast<double>(count) - kept.height()));
    return kept;
}

TileWindow tileOf(const QRectF& window, qint64 count) {
    const auto along = [count](double from, double to) {
        const qint64 first = std::clamp<qint64>(std::llround(std::floor(from + 1e-6)), 0, count);
        // A window between cells touches one more than a tile may have.
        const qint64 end = std::clamp<qint64>(std::llround(std::ceil(to - 1e-6)), first, std::min(count, first + kLargestTile));
        return std::pair(first, end);
    };
    const auto [t0, t1] = along(window.top(), window.bottom());
    const auto [s0, s1] = along(window.left(), window.right());
    return {t0, t1, s0, s1};
}

}  // namespace ms
