// The visible part of a matrix as pixels.
#pragma once

#include <QImage>
#include <QRectF>
#include <QSize>
#include <span>
#include <utility>
#include <vector>

#include "ui/plot/heatmap_settings.h"
#include "ui/plot/matrix.h"

namespace ms {

/// What a pixel stands for: every cell that it covers, so that none is lost; where a cell is larger than a pixel, that
/// cell. Costs a visit to each visible cell (two where pixels meet) or to each pixel, whichever are more.
class MatrixImage {
public:
    /// `visible` x: columns, y: rows of the matrix; it lies within the matrix. `size` in pixels, at least 1 × 1.
    MatrixImage(const Matrix& matrix, const QRectF& visible, QSize size);

    /// The aggregated value of every pixel: [height, width]; kMissingValue where nothing is, another NaN where something
    /// that is not finite is.
    [[nodiscard]] std::vector<float> values(Aggregate aggregate) const;
    /// The same in colours; transparent where nothing is.
    [[nodiscard]] QImage image(const HeatmapSettings& settings, const ValueScale& scale) const;

private:
    using Range = std::pair<qint64, qint64>;  // of cells
    using Ranges = std::vector<Range>;
    struct Down;                              // each visible column of cells over the cell rows of one row of pixels

    [[nodiscard]] const float* row(qint64 cellRow) const;
    /// One row of pixels; each run of pixels that show the same cells is worked out at its first.
    void valuesOf(const Range& rows, Aggregate aggregate, Down& down, std::span<float> line) const;
    [[nodiscard]] float meanOf(const Range& rows, const Range& columns, const Down& down) const;
    [[nodiscard]] float largestOf(const Range& rows, const Range& columns, const Down& down) const;
    /// Cell by cell, for what is not there or not finite, and for ties.
    [[nodiscard]] float plainValueOf(const Range& rows, const Range& columns, Aggregate aggregate) const;

    const Matrix& m_matrix;
    Ranges m_columns, m_rows;                 // per pixel column, per pixel row
    Range m_visible{0, 0};                    // columns of cells
    std::vector<std::size_t> m_firsts;        // pixel columns that show other cells than the one before, and the width
};

}  // namespace ms
