// Characters of UTF-8 text. A character here is a code point; a malformed byte is one too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "engine/formats/foreign_text.h"

namespace ms {

/// Bytes of the character at the start of `text`, which is not empty.
inline std::size_t characterBytes(std::string_view text, char32_t& codePoint) {
    const std::size_t length = decodeUtf8(text, codePoint);
    if (length > 0) return length;
    codePoint = U'\uFFFD';
    return 1;
}

/// Calls visit(code point, its bytes) for each character.
template <class Visit>
void eachCharacter(std::string_view text, Visit visit) {
    while (!text.empty()) {
        char32_t codePoint = 0;
        const std::size_t length = characterBytes(text, codePoint);
        visit(codePoint, text.substr(0, length));
        text.remove_prefix(length);
    }
}

inline std::size_t characterCount(std::string_view text) {
    std::size_t count = 0;
    eachCharacter(text, [&](char32_t, std::string_view) { ++count; });
    return count;
}

/// Bytes of the first `characters` characters.
inline std::size_t bytesOf(std::string_view text, std::size_t characters) {
    std::size_t bytes = 0;
    for (char32_t ignored = 0; characters > 0 && bytes < text.size(); --characters) bytes += characterBytes(text.substr(bytes), ignored);
    return bytes;
}

}  // namespace ms
