// The output symbols of a CTC model, and how they make words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace ms {

using SymbolId = std::int32_t;

inline constexpr std::size_t kMaxCtcSymbols = 65536;

/// A symbol is a piece of text of any length. A space, or SentencePiece's "▁" (U+2581), parts words: alone as a symbol
/// of its own, in front of a piece ("▁the": a word begins) or behind it ("the ": a word ends).
class CtcVocabulary {
public:
    struct Symbol {
        std::string text;            ///< without the parting spaces; empty for the blank and for pure separators
        bool breaks_before = false;  ///< ends the word before it
        bool breaks_after = false;   ///< ends the word that it belongs to
    };

    /// `symbols` [vocab] as config.json lists them, with "" at `blank`. Errors (Format, one line opened by `where`):
    /// fewer than two symbols, blank out of range or not "", an empty, malformed or repeated symbol, control
    /// characters, a separator inside a piece.
    static Result<CtcVocabulary> create(const std::vector<std::string>& symbols, std::int64_t blank,
                                        const std::string& where);
    /// From the fields `vocab`, `blank_id` and (checked against them) `vocab_size` of config.json.
    static Result<CtcVocabulary> fromConfig(const nlohmann::json& config, const std::string& file);

    [[nodiscard]] std::size_t size() const { return m_symbols.size(); }
    [[nodiscard]] SymbolId blank() const { return m_blank; }
    [[nodiscard]] const Symbol& symbol(SymbolId id) const { return m_symbols[static_cast<std::size_t>(id)]; }

    /// Symbols that are nothing but a separator.
    [[nodiscard]] const std::vector<SymbolId>& separators() const { return m_separators; }
    [[nodiscard]] bool isSeparator(SymbolId id) const {
        return id != m_blank && m_symbols[static_cast<std::size_t>(id)].text.empty();
    }

private:
    std::vector<Symbol> m_symbols;
    std::vector<SymbolId> m_separators;
    SymbolId m_blank = 0;
};

}  // namespace ms
