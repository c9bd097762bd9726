#include "engine/text/gpt2_split.h"

#include <array>
#include <cstdint>

#include "engine/text/unicode.h"

namespace ms::text {
namespace {

enum class Class : std::uint8_t { Letter, Number, Space, Other };

constexpr std::array<Class, 128> asciiClasses() {
    std::array<Class, 128> classes{};
    for (unsigned c = 0; c < 128; ++c) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) classes[c] = Class::Letter;
        else if (c >= '0' && c <= '9') classes[c] = Class::Number;
        else if (c == ' ' || (c >= '\t' && c <= '\r')) classes[c] = Class::Space;
        else classes[c] = Class::Other;
    }
    return classes;
}
constexpr std::array<Class, 128> kAscii = asciiClasses();

struct Classified {
    Class kind;
    std::size_t bytes;
};

Classified classify(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) return {kAscii[byte], 1};
    const CodePoint c = codePointAt(text, at);
    if (isLetter(c.value)) return {Class::Letter, c.bytes};
    if (isNumber(c.value)) return {Class::Number, c.bytes};
    return {isWhiteSpace(c.value) ? Class::Space : Class::Other, c.bytes};
}

std::size_t contractionBytes(std::string_view rest) {
    for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
        if (rest.starts_with(ending)) return ending.size();
    }
    return 0;
}

}  // namespace

std::size_t gpt2PieceEnd(std::string_view text, std::size_t begin) {
    if (text[begin] == '\'') {
        if (const std::size_t bytes = contractionBytes(text.substr(begin)); bytes != 0) return begin + bytes;
    }
    Classified first = classify(text, begin);
    std::size_t end = begin + first.bytes;
    if (text[begin] == ' ' && end < text.size()) {  // " ?": one space joins the run that follows it
        const Classified next = classify(text, end);
        if (next.kind != Class::Space) {
            first = next;
            end += next.bytes;
        }
    }
    std::size_t lastBegin = begin;  // of the run's last character
    while (end < text.size()) {
        const Classified next = classify(text, end);
        if (next.kind != first.kind) {
            // \s+(?!\S) leaves the last space to what follows, if another one precedes it.
            return first.kind == Class::Space && lastBegin > begin ? lastBegin : end;
        }
        lastBegin = end;
        end += next.bytes;
    }
    return end;
}

}  // namespace ms::text
