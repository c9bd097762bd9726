// Named arrays of numbers to be written: what a view shows, or what a run captured. Read in portions, never held whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/dtype.h"
#include "engine/base/result.h"

namespace ms {

/// What the places along one dimension stand for.
struct NumberAxis {
    std::string name;                    ///< "token", "layer", "channel", "state", "symbol"
    std::int64_t size = 0;
    std::int64_t first = 0, step = 1;    ///< place i is number first + i·step
    std::vector<std::int64_t> numbers = {};  ///< [size] numbers of the places instead, when they are not evenly spaced
    /// Text of a number (not of a place): a token's raw bytes, a symbol. Called on the thread that writes.
    std::function<std::string(std::int64_t number)> text = {};

    [[nodiscard]] std::int64_t numberAt(std::int64_t place) const {
        return numbers.empty() ? first + place * step : numbers[static_cast<std::size_t>(place)];
    }
};

/// Copies rows [first, first + rows) along the first axis to `out`, row-major: rows × NumberArray::rowBytes bytes of the
/// array's type; missing values are NaN. Called on the thread that writes, in any order. Its error ends the writing.
using NumberReader = std::function<Result<void>(std::int64_t first, std::int64_t rows, std::span<std::byte> out)>;

struct NumberArray {
    std::string name;      ///< unique in its source, the key in an archive: "layer.3.dt.mean"
    std::string probe;     ///< what is measured, the same in all layers: "dt.mean"
    std::string unit = {};
    DType type = DType::F32;              ///< F32, F64, I32 or I64
    std::vector<NumberAxis> axes = {};    ///< one to four, the first varies slowest; a row should fit in memory easily
    std::int64_t layer = -1;              ///< of all its values, when no axis is the layer's; -1: none
    /// Goes along in an archive; a table leaves it out (its text column says what ids would).
    bool companion = false;
    NumberReader read = {};

    [[nodiscard]] std::int64_t rows() const { return axes.empty() ? 0 : axes.front().size; }
    [[nodiscard]] std::int64_t rowElements() const;
    [[nodiscard]] std::uint64_t rowBytes() const;
    [[nodiscard]] std::uint64_t bytes() const;
    /// Rows that are read at once: about a megabyte.
    [[nodiscard]] std::int64_t portionRows() const;
};

/// What is written together, in this order. A value: whoever makes it sees to it that readers and texts stay usable until
/// the writing has ended, on another thread perhaps.
struct NumberSource {
    std::vector<NumberArray> arrays;

    /// InvalidArgument, naming the array: nothing there, a name missing or twice, no axis or more than four, an axis twice,
    /// impossible sizes, a type that is not written, no reader.
    [[nodiscard]] Result<void> check() const;
};

/// Readers of values in memory [rows, …], which they keep.
[[nodiscard]] NumberReader readerOf(std::vector<float> values);
[[nodiscard]] NumberReader readerOf(std::vector<double> values);
[[nodiscard]] NumberReader readerOf(std::vector<std::int32_t> values);
[[nodiscard]] NumberReader readerOf(std::vector<std::int64_t> values);

}  // namespace ms
