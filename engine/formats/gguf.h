// The GGUF format, versions 2 and 3 (ggml/docs/gguf.md): metadata as keys and values, tensors by name, aligned data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/formats/tensor_info.h"

namespace ms {

/// One metadata value. Texts point into the file.
struct GgufValue {
    enum class Kind { Integer, Unsigned, Float, Bool, Text, Array };
    Kind kind = Kind::Integer;
    std::int64_t integer = 0;     ///< Integer; Bool as 0 or 1
    std::uint64_t number = 0;     ///< Unsigned
    double real = 0;              ///< Float
    std::string_view text;        ///< Text
    Kind elements = Kind::Integer;  ///< of an Array
    std::vector<std::int64_t> integers;    ///< Array of Integer, Unsigned (as far as they fit) or Bool
    std::vector<float> reals;              ///< Array of Float
    std::vector<std::string_view> texts;   ///< Array of Text

    /// A whole number of either sign, or a bool; nothing for others and beyond 63 bits.
    [[nodiscard]] std::optional<std::int64_t> whole() const;
    /// A float or a whole number.
    [[nodiscard]] std::optional<double> floating() const;
};

struct GgufFile {
    std::uint32_t version = 0;
    std::vector<std::pair<std::string, GgufValue>> metadata;  ///< in the file's order
    std::vector<TensorInfo> tensors;                          ///< names as the file has them, shapes row-major

    [[nodiscard]] const GgufValue* find(std::string_view key) const;
    /// The texts of an array, empty when there is none.
    [[nodiscard]] std::span<const std::string_view> texts(std::string_view key) const;
};

/// Reads a whole file's bytes; what it returns points into them.
/// Errors: Format (counts and strings past the end, arrays within arrays, tensors that overlap or leave the file, names or
/// keys twice), Unsupported (version 1, big-endian files, block types that nothing here reads); one line naming `file` and
/// key or tensor.
Result<GgufFile> parseGguf(std::span<const std::byte> bytes, const std::string& file);

}  // namespace ms
