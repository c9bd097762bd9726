#include <algorithm>
#include <cmath>

#include "engine/analysis/element_reader.h"
#include "engine/analysis/tensor_statistics.h"

namespace ms {

namespace {

constexpr std::int64_t kPiece = 8192;  // elements widened at a time

/// Cells [0, out) that share elements [0, size) as evenly as they can: cell i has [start(i), start(i + 1)).
struct Cells {
    std::int64_t size, out;

    /// In parts that stay below size, so that nothing overflows: i · size / out.
    [[nodiscard]] std::int64_t start(std::int64_t i) const { return size / out * i + size % out * i / out; }
};

/// Folds the elements of one row into that row of cells.
class RowFold {
public:
    RowFold(Cells cols, TileAggregate aggregate)
        : m_cols(cols), m_aggregate(aggregate), m_sums(static_cast<std::size_t>(cols.out)) {}

    void clear() {
        std::fill(m_sums.begin(), m_sums.end(), 0.0);
        m_rows = 0;
    }
    void beginRow() {
        m_cell = 0;
        ++m_rows;
    }
    /// Elements [at, at + values.size()) of the current row, in order.
    void add(std::int64_t at, std::span<const double> values) {
        for (std::size_t i = 0; i < values.size();) {
            while (m_cols.start(m_cell + 1) <= at + static_cast<std::int64_t>(i)) ++m_cell;
            const std::size_t end = std::min(values.size(), static_cast<std::size_t>(m_cols.start(m_cell + 1) - at));
            double& sum = m_sums[static_cast<std::size_t>(m_cell)];
            if (m_aggregate == TileAggregate::Mean)
                for (; i < end; ++i) sum += values[i];
            else
                for (; i < end; ++i)
                    sum = std::abs(values[i]) > sum || std::isnan(values[i]) ? std::abs(values[i]) : sum;
        }
    }
    void writeTo(float* out) const {
        for (std::int64_t j = 0; j < m_cols.out; ++j) {
            const std::int64_t count =
                m_aggregate == TileAggregate::Mean ? m_rows * (m_cols.start(j + 1) - m_cols.start(j)) : 1;
            out[j] = static_cast<float>(m_sums[static_cast<std::size_t>(j)] / static_cast<double>(count));
        }
    }

private:
    Cells m_cols;
    TileAggregate m_aggregate;
    std::vector<double> m_sums;
    std::int64_t m_cell = 0, m_rows = 0;
};

bool inside(std::int64_t first, std::int64_t count, std::int64_t size) {
    return first >= 0 && count >= 1 && first < size && count <= size - first;
}

}  // namespace

MatrixShape matrixShape(const TensorInfo& info) {
    const Shape& shape = info.shape;
    if (shape.rank() == 0) return {1, 1};
    if (shape.rank() == 1) return {1, shape[0]};
    std::int64_t cols = 1;
    for (int i = 1; i < shape.rank(); ++i) cols *= shape[i];
    return {shape[0], cols};
}

Result<TensorTile> tensorTile(const TensorInfo& info, std::int64_t firstRow, std::int64_t rows, std::int64_t firstCol,
                              std::int64_t cols, std::int64_t outRows, std::int64_t outCols, TileAggregate aggregate,
                              std::stop_token stop) {
    MS_CHECK(checkBytes(info));
    const MatrixShape shape = matrixShape(info);
    if (!inside(firstRow, rows, shape.rows) || !inside(firstCol, cols, shape.cols) || outRows < 1 || outCols < 1)
        return Error{ErrorCode::InvalidArgument, info.name + ": no such part of " + info.shape.text()};

    const Cells down{rows, std::min(rows, outRows)}, across{cols, std::min(cols, outCols)};
    TensorTile tile{down.out, across.out, std::vector<float>(static_cast<std::size_t>(down.out * across.out))};
    RowFold fold(across, aggregate);
    std::vector<double> values;
    for (std::int64_t i = 0; i < down.out; ++i) {
        fold.clear();
        for (std::int64_t row = down.start(i); row < down.start(i + 1); ++row) {
            fold.beginRow();
            for (std::int64_t at = 0; at < cols; at += kPiece) {
                if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "tensor tile: cancelled"};
                values.resize(static_cast<std::size_t>(std::min(kPiece, cols - at)));
                readElements(info, (firstRow + row) * shape.cols + firstCol + at, values);
                fold.add(at, values);
            }
        }
        fold.writeTo(tile.values.data() + i * across.out);
    }
    return tile;
}

}  // namespace ms
