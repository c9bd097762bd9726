// Element types that checkpoints store and kernels read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ms {

enum class DType : std::uint8_t {
    F32, F16, BF16, F64, I8, U8, Bool, I16, I32, I64,
    Q8_0, Q4_0, Q4_K, Q5_K, Q6_K,  ///< blocks that share scales, as in GGUF files; see quant_blocks.h
};

[[nodiscard]] constexpr bool isQuantised(DType type) { return type >= DType::Q8_0; }

/// Weights that share a block: 1 for plain types.
[[nodiscard]] constexpr std::size_t blockElements(DType type) {
    return !isQuantised(type) ? 1 : type == DType::Q8_0 || type == DType::Q4_0 ? 32 : 256;
}

/// Bytes of one element; 0 for quantised types, whose elements have no bytes of their own.
[[nodiscard]] constexpr std::size_t byteSize(DType type) {
    switch (type) {
        case DType::I8: case DType::U8: case DType::Bool: return 1;
        case DType::F16: case DType::BF16: case DType::I16: return 2;
        case DType::F32: case DType::I32: return 4;
        case DType::F64: case DType::I64: return 8;
        default: return 0;
    }
}

/// Bytes of one block: of one element for plain types.
[[nodiscard]] constexpr std::size_t blockBytes(DType type) {
    switch (type) {
        case DType::Q8_0: return 34;
        case DType::Q4_0: return 18;
        case DType::Q4_K: return 144;
        case DType::Q5_K: return 176;
        case DType::Q6_K: return 210;
        default: return byteSize(type);
    }
}

/// Bytes of `elements` consecutive elements, whole blocks of them.
[[nodiscard]] constexpr std::uint64_t storedBytes(DType type, std::uint64_t elements) {
    return elements / blockElements(type) * blockBytes(type);
}

/// The name safetensors or GGUF uses ("F32", "BF16", "Q4_K", …).
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
        case DType::Q8_0: return "Q8_0";
        case DType::Q4_0: return "Q4_0";
        case DType::Q4_K: return "Q4_K";
        case DType::Q5_K: return "Q5_K";
        case DType::Q6_K: return "Q6_K";
    }
    return "?";
}

}  // namespace ms
