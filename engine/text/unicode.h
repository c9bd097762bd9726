// The few questions about UTF-8 and characters that tokenizers ask; the tables are ICU's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ms::text {

struct CodePoint {
    char32_t value;
    std::size_t bytes;  ///< length of its UTF-8 sequence
};

/// The character that starts at byte `at` of valid UTF-8; `at` < utf8.size().
[[nodiscard]] CodePoint codePointAt(std::string_view utf8, std::size_t at);
/// The character that ends before byte `end` of valid UTF-8; `end` > 0.
[[nodiscard]] CodePoint codePointBefore(std::string_view utf8, std::size_t end);

[[nodiscard]] bool isValidUtf8(std::string_view bytes);

/// Each maximal ill-formed subsequence becomes one U+FFFD (Unicode 15, section 3.9, as Rust's from_utf8_lossy and
/// Python's errors="replace" do).
[[nodiscard]] std::string toValidUtf8(std::string_view bytes);

/// Number of bytes (0-3) at the end that may still become a character when more bytes follow.
[[nodiscard]] std::size_t incompleteTail(std::string_view bytes);

[[nodiscard]] bool isLetter(char32_t c);         ///< \p{L}
[[nodiscard]] bool isNumber(char32_t c);         ///< \p{N}
[[nodiscard]] bool isWhiteSpace(char32_t c);     ///< \s: the property White_Space
[[nodiscard]] bool isWordCharacter(char32_t c);  ///< \w as UTS #18 defines it

}  // namespace ms::text
