// GPT-2's spelling of bytes: a vocabulary file writes every byte as one printable character ("Ġ" is the space).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ms::text {

/// The character that stands for a byte, as UTF-8: printable Latin-1 stands for itself, the other 68 bytes follow from
/// U+0100 in order (bytes_to_unicode of GPT-2's encoder).
[[nodiscard]] std::string_view byteSpelling(std::uint8_t byte);

/// The spelling of a whole piece.
[[nodiscard]] std::string spell(std::string_view bytes);

/// The bytes a spelling stands for; nothing if a character is not of the alphabet. `spelling` is valid UTF-8.
[[nodiscard]] std::optional<std::string> unspell(std::string_view spelling);

}  // namespace ms::text
