#include "engine/speech/ctc_vocabulary.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>

#include "engine/formats/foreign_text.h"

namespace ms {

namespace {

constexpr std::string_view kSentencePieceSpace = "\u2581";

/// Cuts one separator off the front; true if there was one.
bool cutFront(std::string_view& text) {
    for (const std::string_view separator : {std::string_view(" "), kSentencePieceSpace})
        if (text.starts_with(separator)) {
            text.remove_prefix(separator.size());
            return true;
        }
    return false;
}

bool cutBack(std::string_view& text) {
    for (const std::string_view separator : {std::string_view(" "), kSentencePieceSpace})
        if (text.ends_with(separator)) {
            text.remove_suffix(separator.size());
            return true;
        }
    return false;
}

/// What is wrong with a piece freed of its separators; empty if nothing.
std::string problemOf(std::string_view text) {
    if (text.find(kSentencePieceSpace) != text.npos) return "has a separator inside";
    while (!text.empty()) {
        char32_t codePoint = 0;
        const std::size_t length = decodeUtf8(text, codePoint);
        if (length == 0) return "is not UTF-8";
        if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return "has a control character";
        if (codePoint == ' ') return "has a separator inside";
        text.remove_prefix(length);
    }
    return {};
}

}  // namespace

Result<CtcVocabulary> CtcVocabulary::create(const std::vector<std::string>& symbols, std::int64_t blank,
                                            const std::string& where) {
    const auto malformed = [&](const std::string& problem) { return Error{ErrorCode::Format, where + ": " + problem}; };
    if (symbols.size() < 2 || symbols.size() > kMaxCtcSymbols)
        return malformed("vocab has " + std::to_string(symbols.size()) + " symbols; 2 to " +
                         std::to_string(kMaxCtcSymbols) + " are possible");
    if (blank < 0 || static_cast<std::uint64_t>(blank) >= symbols.size())
        return malformed("blank_id " + std::to_string(blank) + " is beyond the " + std::to_string(symbols.size()) +
                         " symbols of vocab");
    if (const auto& text = symbols[static_cast<std::size_t>(blank)]; !text.empty())
        return malformed("vocab[" + std::to_string(blank) + "] is " + inQuotes(text, 40) +
                         "; the CTC blank at blank_id must be \"\"");

    CtcVocabulary vocabulary;
    vocabulary.m_blank = static_cast<SymbolId>(blank);
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        const auto bad = [&](const std::string& problem) {
            return malformed("vocab[" + std::to_string(i) + "] " + inQuotes(symbols[i], 40) + " " + problem);
        };
        if (!seen.insert(symbols[i]).second)
            return bad("is there twice");
        std::string_view text = symbols[i];
        Symbol symbol;
        symbol.breaks_before = cutFront(text);
        symbol.breaks_after = cutBack(text);
        if (const std::string problem = problemOf(text); !problem.empty()) return bad(problem);
        symbol.text = text;
        if (symbol.breaks_before && text.empty()) vocabulary.m_separators.push_back(static_cast<SymbolId>(i));
        vocabulary.m_symbols.push_back(std::move(symbol));
    }
    return vocabulary;
}

Result<CtcVocabulary> CtcVocabulary::fromConfig(const nlohmann::json& config, const std::string& file) {
    const auto malformed = [&](const std::string& problem) { return Error{ErrorCode::Format, file + ": " + problem}; };
    if (!config.is_object()) return malformed("is not a JSON object");
    const auto vocab = config.find("vocab"), blank = config.find("blank_id"), size = config.find("vocab_size");
    if (vocab == config.end() || !vocab->is_array()) return malformed("vocab must be a list of symbols");
    if (vocab->size() > kMaxCtcSymbols)
        return malformed("vocab has " + std::to_string(vocab->size()) + " symbols; at most " +
                         std::to_string(kMaxCtcSymbols) + " are possible");
    if (blank == config.end() || !blank->is_number_integer()) return malformed("blank_id must be a whole number");
    // A number above 2^63 is stored unsigned, and get<int64> would wrap it.
    const std::int64_t blankId =
        blank->is_number_unsigned() && blank->get<std::uint64_t>() > kMaxCtcSymbols
            ? static_cast<std::int64_t>(kMaxCtcSymbols)
            : blank->get<std::int64_t>();
    if (size != config.end() && !size->is_null() && (!size->is_number_integer() || *size != vocab->size()))
        return malformed("vocab_size does not match the " + std::to_string(vocab->size()) + " symbols of vocab");
    std::vector<std::string> symbols;
    for (const auto& symbol : *vocab) {
        if (!symbol.is_string()) return malformed("vocab[" + std::to_string(symbols.size()) + "] is no text");
        symbols.push_back(symbol.get<std::string>());
    }
    return create(symbols, blankId, file);
}

}  // namespace ms
