#include "engine/text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace ms::text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

// ICU's macros read unsigned bytes.
const std::uint8_t* bytesOf(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

// Eight ASCII bytes at once: most text is mostly ASCII.
std::size_t skipAscii(std::string_view bytes, std::size_t at) {
    while (at + 8 <= bytes.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        if ((word & 0x8080808080808080u) != 0) break;
        at += 8;
    }
    while (at < bytes.size() && bytesOf(bytes)[at] < 0x80) ++at;
    return at;
}

}  // namespace

CodePoint codePointAt(std::string_view utf8, std::size_t at) {
    const std::size_t begin = at;
    UChar32 c = 0;
    U8_NEXT(bytesOf(utf8), at, utf8.size(), c);
    return {static_cast<char32_t>(c), at - begin};
}

CodePoint codePointBefore(std::string_view utf8, std::size_t end) {
    std::size_t begin = end - 1;
    while (begin > 0 && (bytesOf(utf8)[begin] & 0xC0u) == 0x80u) --begin;
    return codePointAt(utf8.substr(0, end), begin);
}

bool isValidUtf8(std::string_view bytes) {
    for (std::size_t at = skipAscii(bytes, 0); at < bytes.size(); at = skipAscii(bytes, at)) {
        UChar32 c = 0;
        U8_NEXT(bytesOf(bytes), at, bytes.size(), c);
        if (c < 0) return false;
    }
    return true;
}

std::string toValidUtf8(std::string_view bytes) {
    std::string valid;
    valid.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t begin = at;
        at = skipAscii(bytes, at);
        valid.append(bytes, begin, at - begin);
        if (at == bytes.size()) break;
        const std::size_t sequence = at;
        UChar32 c = 0;
        U8_NEXT(bytesOf(bytes), at, bytes.size(), c);  // on failure it steps over the maximal ill-formed part
        valid.append(c < 0 ? kReplacement : bytes.substr(sequence, at - sequence));
    }
    return valid;
}

std::size_t incompleteTail(std::string_view bytes) {
    // Four bytes hold any unfinished sequence together with what precedes it.
    const std::string_view tail = bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 4));
    std::int32_t length = static_cast<std::int32_t>(tail.size());
    U8_TRUNCATE_IF_INCOMPLETE(bytesOf(tail), 0, length);
    return tail.size() - static_cast<std::size_t>(length);
}

bool isLetter(char32_t c) { return (U_GET_GC_MASK(icu(c)) & U_GC_L_MASK) != 0; }

bool isNumber(char32_t c) { return (U_GET_GC_MASK(icu(c)) & U_GC_N_MASK) != 0; }

bool isWhiteSpace(char32_t c) { return u_isUWhiteSpace(icu(c)) != 0; }

bool isWordCharacter(char32_t c) {
    return (U_GET_GC_MASK(icu(c)) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 || u_isUAlphabetic(icu(c)) != 0 ||
           u_hasBinaryProperty(icu(c), UCHAR_JOIN_CONTROL) != 0;
}

}  // namespace ms::text
