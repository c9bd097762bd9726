// Names and snippets from foreign files, made fit for a one-line message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ms {

/// `text` with control characters and malformed UTF-8 replaced by '?', cut to about `maxBytes` with "…" at the end.
[[nodiscard]] std::string shown(std::string_view text, std::size_t maxBytes = 120);

/// The same in double quotes: "backbone.layers.0.mixer.D".
[[nodiscard]] std::string inQuotes(std::string_view text, std::size_t maxBytes = 120);

/// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629: no overlong forms, no surrogates),
/// stored in `codePoint`; 0 if there is none.
std::size_t decodeUtf8(std::string_view text, char32_t& codePoint);

}  // namespace ms
