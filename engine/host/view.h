// A tensor resolved to memory: what the kernels see.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/dtype.h"

namespace ms::host {

/// Row-major; an empty view (data == nullptr) stands for an absent optional argument.
struct View {
    std::byte* data = nullptr;
    DType type = DType::F32;
    std::size_t rows = 0, cols = 0;
    std::size_t stride = 0;  ///< elements between the starts of two rows

    explicit operator bool() const { return data != nullptr; }
    [[nodiscard]] std::byte* bytes(std::size_t row, std::size_t column = 0) const {
        return data + storedBytes(type, row * stride + column);
    }
    /// Element pointer; for foreign (memory-mapped) tensors it may be misaligned: read it by vector loads or memcpy.
    template <class T>
    [[nodiscard]] T* at(std::size_t row, std::size_t column = 0) const {
        return reinterpret_cast<T*>(bytes(row, column));
    }
};

}  // namespace ms::host
