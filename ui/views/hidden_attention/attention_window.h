// The part of the attention matrix that is looked at: never the whole of a long session.
#pragma once

#include <QRectF>
#include <QtGlobal>

namespace ms {

/// A tile has at most so many rows and columns.
inline constexpr qint64 kLargestTile = 512;

/// Rows [t0, t1) are queries, columns [s0, s1) keys.
struct TileWindow {
    qint64 t0 = 0, t1 = 0, s0 = 0, s1 = 0;

    bool operator==(const TileWindow&) const = default;
    [[nodiscard]] bool empty() const { return t0 >= t1 || s0 >= s1; }
    [[nodiscard]] bool contains(const TileWindow& other) const {
        return t0 <= other.t0 && t1 >= other.t1 && s0 <= other.s0 && s1 >= other.s1;
    }
};

/// `size` tokens around `token` both ways, among `count`. x: keys, y: queries, as MatrixPlot has it.
[[nodiscard]] QRectF windowAround(qint64 token, qint64 size, qint64 count);
/// The same window inside `count` tokens and no larger than a tile, its middle kept where that can be.
[[nodiscard]] QRectF keptSmall(const QRectF& window, qint64 count);
/// Every cell that the window touches.
[[nodiscard]] TileWindow tileOf(const QRectF& window, qint64 count);

}  // namespace ms
