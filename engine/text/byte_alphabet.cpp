#include "engine/text/byte_alphabet.h"

#include <array>

#include "engine/text/unicode.h"

namespace ms::text {
namespace {

constexpr bool isPrintableLatin1(unsigned byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// All characters lie below U+0144, so two UTF-8 bytes suffice.
struct Alphabet {
    std::array<std::string, 256> spelling;
    std::array<std::int16_t, 0x144> byteOf{};

    Alphabet() {
        byteOf.fill(-1);
        unsigned next = 0x100;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const unsigned c = isPrintableLatin1(byte) ? byte : next++;
            byteOf[c] = static_cast<std::int16_t>(byte);
            if (c < 0x80) {
                spelling[byte] = std::string(1, static_cast<char>(c));
            } else {
                spelling[byte] = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
            }
        }
    }
};

const Alphabet& alphabet() {
    static const Alphabet instance;
    return instance;
}

}  // namespace

std::string_view byteSpelling(std::uint8_t byte) { return alphabet().spelling[byte]; }

std::string spell(std::string_view bytes) {
    std::string spelling;
    spelling.reserve(bytes.size() * 2);
    for (const char byte : bytes) spelling += byteSpelling(static_cast<std::uint8_t>(byte));
    return spelling;
}

std::optional<std::string> unspell(std::string_view spelling) {
    std::string bytes;
    bytes.reserve(spelling.size());
    for (std::size_t at = 0; at < spelling.size();) {
        const CodePoint c = codePointAt(spelling, at);
        const auto& byteOf = alphabet().byteOf;
        if (c.value >= byteOf.size() || byteOf[c.value] < 0) return std::nullopt;
        bytes += static_cast<char>(byteOf[c.value]);
        at += c.bytes;
    }
    return bytes;
}

}  // namespace ms::text
