// A named tensor as it lies in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/base/dtype.h"
#include "engine/base/shape.h"

namespace ms {

struct TensorInfo {
    std::string name;
    DType dtype = DType::F32;
    Shape shape;
    std::span<const std::byte> bytes;  ///< row-major, little-endian, exactly shape × dtype; no alignment is promised
    std::string file;                  ///< path of the file (shard) that holds it
};

/// Shape and byte count of a tensor whose dimensions come from a foreign file. False when there are more than
/// Shape::kMaxRank or when their product (a zero counted as one) does not fit 63 bits.
[[nodiscard]] inline bool shapeBytes(std::span<const std::uint64_t> dims, DType dtype, Shape& shape,
                                     std::uint64_t& bytes) {
    shape = {};
    // Of quantised types elements are counted first, then their blocks: a row has whole ones.
    std::uint64_t product = isQuantised(dtype) ? 1 : byteSize(dtype);
    bool empty = false;
    for (const std::uint64_t dim : dims) {
        empty = empty || dim == 0;
        if (dim != 0 && __builtin_mul_overflow(product, dim, &product)) return false;
        if (product > static_cast<std::uint64_t>(INT64_MAX) || !shape.append(static_cast<std::int64_t>(dim)))
            return false;
    }
    bytes = empty ? 0 : isQuantised(dtype) ? storedBytes(dtype, product) : product;
    return true;
}

}  // namespace ms
