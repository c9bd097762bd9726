// GPT-2's pre-tokenizer pattern as a hand-written scanner: linear, without backtracking.
#pragma once

#include <cstddef>
#include <string_view>

namespace ms::text {

/// End of the piece that starts at byte `begin` (< text.size()) under
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (openai/gpt-2, encoder.py).
/// Every character belongs to a piece. `text` is valid UTF-8.
[[nodiscard]] std::size_t gpt2PieceEnd(std::string_view text, std::size_t begin);

}  // namespace ms::text
