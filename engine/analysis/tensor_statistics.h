// A stored tensor at a glance: its statistics, and matrices of any part of it at any resolution.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/formats/tensor_info.h"

namespace ms {

struct TensorStatistics {
    std::int64_t elements = 0;
    std::int64_t zeros = 0;
    std::int64_t nan = 0;
    std::int64_t infinite = 0;
    double min = 0, max = 0;  ///< of the finite elements, as all below; 0 if there are none
    double mean = 0;
    double std = 0;                        ///< population standard deviation
    std::vector<std::uint64_t> histogram;  ///< equal bins over [min, max]; empty if nothing is finite
};

/// Reads the tensor's bytes in one pass (types of one or two bytes) or two, a piece at a time. `bins` below 1 counts as
/// 1. `progress` counts bytes, on the calling thread, about a hundred times in all.
/// Errors: Format when the bytes are not shape × type; Cancelled.
Result<TensorStatistics> tensorStatistics(const TensorInfo& info, std::int64_t bins = 64, std::stop_token stop = {},
                                          const ProgressCallback& progress = {});

/// How a tensor of any rank is laid out as a matrix: [d0, d1·d2·…], a vector as one row, a scalar as one cell.
struct MatrixShape {
    std::int64_t rows = 0, cols = 0;
};
[[nodiscard]] MatrixShape matrixShape(const TensorInfo& info);

enum class TileAggregate : std::uint8_t {
    Mean,    ///< mean of a cell's elements
    MaxAbs,  ///< largest magnitude among them
};

struct TensorTile {
    std::int64_t rows = 0, cols = 0;
    std::vector<float> values;  ///< [rows, cols]
};

/// Elements [firstRow, firstRow + rows) × [firstCol, firstCol + cols) of the matrix, reduced to at most
/// outRows × outCols cells. Cell (i, j) covers rows firstRow + [i·rows/R, (i+1)·rows/R) of R = min(rows, outRows) and
/// columns likewise; where a cell covers one element it is that element (magnitude for MaxAbs). A NaN in a cell makes
/// it NaN. Errors: InvalidArgument for a part that is not there or an empty one; Format when the bytes are not shape ×
/// type; Cancelled.
Result<TensorTile> tensorTile(const TensorInfo& info, std::int64_t firstRow, std::int64_t rows, std::int64_t firstCol,
                              std::int64_t cols, std::int64_t outRows, std::int64_t outCols, TileAggregate aggregate,
                              std::stop_token stop = {});

}  // namespace ms
