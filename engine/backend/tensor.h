// A handle to numbers that live on some device. Cheap to copy; views share the buffer.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/dtype.h"
#include "engine/base/shape.h"

namespace ms {

/// Memory owned by a backend; freed when the last tensor that refers to it goes.
class Buffer {
public:
    virtual ~Buffer() = default;
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
};

/// Row-major view of a buffer. Rank 1 or 2 for kernels; a rank-2 view may skip columns (rowStride > cols).
struct Tensor {
    std::shared_ptr<Buffer> buffer;
    std::uint64_t offset = 0;        ///< bytes from the buffer's start
    DType dtype = DType::F32;
    Shape shape;
    std::int64_t rowStride = 0;      ///< elements between the starts of two rows

    [[nodiscard]] explicit operator bool() const { return buffer != nullptr; }
    /// First dimension of a rank-2 view, 1 for a vector.
    [[nodiscard]] std::int64_t rows() const { return shape.rank() < 2 ? 1 : shape[0]; }
    /// Everything behind the first dimension; all of a vector.
    [[nodiscard]] std::int64_t cols() const {
        return shape.rank() < 2 ? shape.elements() : (shape[0] == 0 ? 0 : shape.elements() / shape[0]);
    }
    [[nodiscard]] bool contiguous() const { return rows() <= 1 || rowStride == cols(); }
    [[nodiscard]] std::uint64_t bytes() const {
        return storedBytes(dtype, static_cast<std::uint64_t>(shape.elements()));
    }
    /// Bytes from the first element to one past the last, skipped columns included.
    [[nodiscard]] std::uint64_t spanBytes() const {
        if (shape.elements() == 0) return 0;
        return storedBytes(dtype, static_cast<std::uint64_t>((rows() - 1) * rowStride + cols()));
    }

    /// Rows [first, first + count) as a view.
    [[nodiscard]] Tensor rowRange(std::int64_t first, std::int64_t count) const {
        Tensor t = *this;
        t.offset += storedBytes(dtype, static_cast<std::uint64_t>(first * rowStride));
        t.shape = {count, cols()};
        return t;
    }
    /// Columns [first, first + count) of every row as a view; whole blocks of a quantised tensor.
    [[nodiscard]] Tensor colRange(std::int64_t first, std::int64_t count) const {
        Tensor t = *this;
        t.offset += storedBytes(dtype, static_cast<std::uint64_t>(first));
        t.shape = {rows(), count};
        return t;
    }
    /// `count` rows, `step` apart, from row `first` on.
    [[nodiscard]] Tensor everyRow(std::int64_t first, std::int64_t step, std::int64_t count) const {
        Tensor t = rowRange(first, count);
        t.rowStride = rowStride * step;
        return t;
    }
    /// Runs of `size` consecutive rows, `step` rows apart, each as one row of size·cols elements; they overlap where
    /// size > step. The rows must be contiguous and at least `size`. What a convolution over rows multiplies.
    [[nodiscard]] Tensor unfold(std::int64_t size, std::int64_t step) const {
        Tensor t = *this;
        t.shape = {(rows() - size) / step + 1, size * cols()};
        t.rowStride = step * cols();
        return t;
    }
    /// The same contiguous elements under another shape.
    [[nodiscard]] Tensor reshaped(Shape to) const {
        Tensor t = *this;
        t.shape = to;
        t.rowStride = t.cols();
        return t;
    }
};

}  // namespace ms
