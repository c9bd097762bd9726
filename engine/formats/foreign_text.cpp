#include "engine/formats/foreign_text.h"

namespace ms {

std::size_t decodeUtf8(std::string_view text, char32_t& codePoint) {
    if (text.empty()) return 0;
    const auto byteAt = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byteAt(0);
    if (lead < 0x80) {
        codePoint = lead;
        return 1;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    char32_t point = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byteAt(i) & 0xc0u) != 0x80u) return 0;
        point = (point << 6) | (byteAt(i) & 0x3fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (overlong || surrogate || point > 0x10ffff) return 0;
    codePoint = point;
    return length;
}

std::string shown(std::string_view text, std::size_t maxBytes) {
    std::string out;
    while (!text.empty()) {
        if (out.size() >= maxBytes) return out + "…";
        char32_t point = 0;
        const std::size_t length = decodeUtf8(text, point);
        const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029;
        if (length == 0 || control) out += '?';
        else out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string inQuotes(std::string_view text, std::size_t maxBytes) { return '"' + shown(text, maxBytes) + '"'; }

}  // namespace ms
