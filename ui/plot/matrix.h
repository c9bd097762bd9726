// A matrix that does not grow with time: a state, a weight, a tile of hidden attention.
#pragma once

#include <QtGlobal>
#include <optional>
#include <vector>

namespace ms {

/// A part of a matrix too large to hold, at a resolution that is: cell (i, j) of cellRows × cellColumns covers the
/// matrix rows firstRow + [i·rows/cellRows, (i+1)·rows/cellRows) and columns likewise.
struct MatrixPart {
    qint64 firstRow = 0, rows = 0, firstColumn = 0, columns = 0;
    qint64 cellRows = 0, cellColumns = 0;

    bool operator==(const MatrixPart&) const = default;
    /// Every cell is one element.
    [[nodiscard]] bool exact() const { return cellRows == rows && cellColumns == columns; }
};

struct Matrix {
    qint64 rows = 0, columns = 0;
    std::vector<float> values;        // [rows, columns]; kMissingValue: not there
    std::optional<MatrixPart> part;   ///< set: values are [cellRows, cellColumns] of this part, the rest is not there
    bool magnitudes = false;          ///< cells of more than one element show the largest magnitude, else the mean

    /// The value that stands for an element.
    [[nodiscard]] float at(qint64 row, qint64 column) const;
    /// Elements [first, end) that share the value of an element.
    struct Block { qint64 firstRow, endRow, firstColumn, endColumn; };
    [[nodiscard]] Block blockOf(qint64 row, qint64 column) const;
};

/// The cell of `cells` over elements [first, first + count) that covers an element of it.
[[nodiscard]] constexpr qint64 cellOf(qint64 element, qint64 first, qint64 count, qint64 cells) {
    return ((element - first + 1) * cells - 1) / count;
}
/// The element that a cell begins with.
[[nodiscard]] constexpr qint64 cellBegin(qint64 cell, qint64 first, qint64 count, qint64 cells) { return first + cell * count / cells; }

}  // namespace ms
