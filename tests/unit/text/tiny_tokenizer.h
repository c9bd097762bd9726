// A tokenizer of 256 bytes, a few merges and what a test adds, as the JSON of its file.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/byte_alphabet.h"
#include "engine/text/tokenizer.h"

namespace ms::test {

inline nlohmann::json tinyTokenizer(const std::vector<std::pair<std::string, std::string>>& merges = {}) {
    nlohmann::json vocab = nlohmann::json::object();
    for (int byte = 0; byte < 256; ++byte) {
        vocab[std::string(text::byteSpelling(static_cast<std::uint8_t>(byte)))] = byte;
    }
    nlohmann::json mergeList = nlohmann::json::array();
    for (const auto& [left, right] : merges) {
        if (!vocab.contains(left + right)) vocab[left + right] = vocab.size();
        mergeList.push_back(left + " " + right);
    }
    return {{"added_tokens", nlohmann::json::array()},
            {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
            {"decoder", {{"type", "ByteLevel"}}},
            {"post_processor", nullptr},
            {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", mergeList}}}};
}

/// Flags beyond the plain ones come in `more`.
inline nlohmann::json addedToken(int id, const std::string& content, const nlohmann::json& more = {}) {
    nlohmann::json token = {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
                            {"rstrip", false}, {"normalized", false}, {"special", true}};
    if (!more.is_null()) token.update(more);
    return token;
}

inline Tokenizer load(const nlohmann::json& file) {
    Result<Tokenizer> tokenizer = Tokenizer::fromJson(file.dump(), "tiny.json");
    if (!tokenizer) throw std::runtime_error(tokenizer.error().message);
    return std::move(*tokenizer);
}

/// The pieces a text falls into, joined by '|'; the text must not hold one.
inline std::string pieces(const Tokenizer& tokenizer, std::string_view utf8) {
    const auto ids = tokenizer.encode(utf8);
    if (!ids) return ids.error().message;
    std::string joined;
    for (const TokenId id : *ids) joined += (joined.empty() ? "" : "|") + tokenizer.pieceBytes(id);
    return joined;
}

}  // namespace ms::test
