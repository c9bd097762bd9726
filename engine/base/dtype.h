// Element types that checkpoints store and kernels read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ms {

enum class DType : std::uint8_t { F32, F16, BF16, F64, I8, U8, Bool, I16, I32, I64 };

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t byteSize(DType type) {
    switch (type) {
        case DType::I8: case DType::U8: case DType::Bool: return 1;
        case DType::F16: case DType::BF16: case DType::I16: return 2;
        case DType::F32: case DType::I32: return 4;
        case DType::F64: case DType::I64: return 8;
    }
    return 0;
}

/// The name safetensors uses ("F32", "BF16", …).
[[nodiscard]] constexpr std::string_view name(DType type) {
    switch (type) {
        case DType::F32: return "F32";
        case DType::F16: return "F16";
        case DType::BF16: return "BF16";
        case DType::F64: return "F64";
        case DType::I8: return "I8";
        case DType::U8: return "U8";
        case DType::Bool: return "BOOL";
        case DType::I16: return "I16";
        case DType::I32: return "I32";
        case DType::I64: return "I64";
    }
    return "?";
}

}  // namespace ms
