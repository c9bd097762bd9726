// Where an analysis gets its captured values from: rows of a series, a few tokens and columns at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/result.h"
#include "engine/probe/capture_store.h"

namespace ms {

/// Copies columns [firstColumn, firstColumn + columns) of the rows of positions [first, first + rows) to `out`
/// [rows, columns]. Called by the threads of the analysis, several at once, in
/// any order; an error ends the analysis and is what it returns.
using RowReader = std::function<Result<void>(std::int64_t first, std::int64_t rows, std::int64_t firstColumn,
                                             std::int64_t columns, std::span<float> out)>;

/// Reads from `values` [tokens, width], whose first row is position `first`. The values must outlive the reader.
/// The reader's error is InvalidArgument for rows or columns that are not there.
[[nodiscard]] RowReader readerOf(std::span<const float> values, std::int64_t width, std::int64_t first = 0);

/// Reads a captured series, what nobody captured as NaN. The store must outlive the reader.
/// The reader's errors: NotFound without such a series, InvalidArgument if it does not hold every token or the columns.
[[nodiscard]] RowReader readerOf(const CaptureStore& store, const SeriesKey& key);

}  // namespace ms
