#include "ui/plot/matrix.h"

#include "ui/models/series_source.h"

namespace ms {

float Matrix::at(qint64 row, qint64 column) const {
    if (!part) return values[static_cast<std::size_t>(row * columns + column)];
    const MatrixPart& p = *part;
    if (row < p.firstRow || row >= p.firstRow + p.rows || column < p.firstColumn || column >= p.firstColumn + p.columns)
        return kMissingValue;
    return values[static_cast<std::size_t>(cellOf(row, p.firstRow, p.rows, p.cellRows) * p.cellColumns +
                                           cellOf(column, p.firstColumn, p.columns, p.cellColumns))];
}

Matrix::Block Matrix::blockOf(qint64 row, qint64 column) const {
    if (!part || isMissing(at(row, column))) return {row, row + 1, column, column + 1};
    const MatrixPart& p = *part;
    const qint64 i = cellOf(row, p.firstRow, p.rows, p.cellRows), j = cellOf(column, p.firstColumn, p.columns, p.cellColumns);
    return {cellBegin(i, p.firstRow, p.rows, p.cellRows), cellBegin(i + 1, p.firstRow, p.rows, p.cellRows),
            cellBegin(j, p.firstColumn, p.columns, p.cellColumns), cellBegin(j + 1, p.firstColumn, p.columns, p.cellColumns)};
}

}  // namespace ms
