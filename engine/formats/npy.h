// One array as numpy.save writes it: a header in text, then the elements (numpy/lib/format.py).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/base/dtype.h"
#include "engine/base/result.h"
#include "engine/base/shape.h"

namespace ms {

/// NumPy's name of a type, "<f4"; null for BF16, which it does not know.
[[nodiscard]] const char* numpyType(DType type);

/// Magic, version 1.0, length and dictionary, padded so that the elements begin at a multiple of 64 bytes.
[[nodiscard]] std::string npyHeader(const std::string& descr, const Shape& shape);

struct NpyArray {
    DType dtype = DType::F32;
    Shape shape;
    std::span<const std::byte> bytes;  ///< row-major, little-endian, exactly shape × dtype; no alignment is promised
};

/// Reads an array of numbers in C order from all of `bytes`, versions 1.0 to 3.0 of the format; what it returns points
/// into them. Errors, one line opened by `label`: Format; Unsupported for other element types, Fortran order or more
/// dimensions than a Shape has.
[[nodiscard]] Result<NpyArray> parseNpy(std::span<const std::byte> bytes, const std::string& label);

}  // namespace ms
