#include "engine/analysis/row_reader.h"

#include <algorithm>

namespace ms {

RowReader readerOf(std::span<const float> values, std::int64_t width, std::int64_t first) {
    return [=](std::int64_t from, std::int64_t rows, std::int64_t firstColumn, std::int64_t columns,
               std::span<float> out) -> Result<void> {
        const std::int64_t tokens = width > 0 ? static_cast<std::int64_t>(values.size()) / width : 0;
        if (from < first || rows < 0 || from - first + rows > tokens || firstColumn < 0 || columns < 0 ||
            firstColumn + columns > width || static_cast<std::int64_t>(out.size()) < rows * columns)
            return Error{ErrorCode::InvalidArgument, "the series does not hold the rows or columns asked for"};
        for (std::int64_t r = 0; r < rows; ++r)
            std::copy_n(values.data() + (from - first + r) * width + firstColumn, columns, out.data() + r * columns);
        return {};
    };
}

RowReader readerOf(const CaptureStore& store, const SeriesKey& key) {
    return [&store, key](std::int64_t from, std::int64_t rows, std::int64_t firstColumn, std::int64_t columns,
                         std::span<float> out) -> Result<void> {
        const auto series = store.find(key);
        if (!series) return Error{ErrorCode::NotFound, key.path() + " was not captured"};
        if (series->stride != 1 || firstColumn < 0 || columns < 0 || firstColumn + columns > series->width ||
            static_cast<std::int64_t>(out.size()) < rows * columns)
            return Error{ErrorCode::InvalidArgument,
                         key.path() + " was not captured for every token and channel asked for"};
        store.read(key, TokenPos(from), rows, firstColumn, columns, out);
        return {};
    };
}

}  // namespace ms
