#include "engine/runtime/tokenizer_source.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/formats/foreign_text.h"
#include "engine/text/sentencepiece_model.h"

namespace ms {

namespace {

using nlohmann::json;

/// tokenizer.ggml.token_type
enum TokenKind : std::int64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct Vocabulary {
    std::span<const std::string_view> tokens;
    std::vector<std::int64_t> kinds;  ///< one a token

    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tokens.size()); }
};

bool flagOf(const GgufFile& gguf, const char* key, bool otherwise) {
    const GgufValue* value = gguf.find(key);
    return value == nullptr ? otherwise : value->whole().value_or(otherwise ? 1 : 0) != 0;
}

Error wrong(const std::string& file, const std::string& what) { return {ErrorCode::Format, file + ": " + what}; }

Result<Vocabulary> vocabularyOf(const GgufFile& gguf, const std::string& file) {
    Vocabulary v{gguf.texts("tokenizer.ggml.tokens"), {}};
    if (v.tokens.empty()) return wrong(file, "metadata tokenizer.ggml.tokens is missing or empty");
    if (const GgufValue* kinds = gguf.find("tokenizer.ggml.token_type")) v.kinds = kinds->integers;
    else v.kinds.assign(v.tokens.size(), kNormal);
    if (v.kinds.size() != v.tokens.size())
        return wrong(file, "metadata tokenizer.ggml.token_type has " + std::to_string(v.kinds.size()) + " entries, tokenizer.ggml.tokens " +
                               std::to_string(v.tokens.size()));
    for (const std::int64_t kind : v.kinds)
        if (kind < kNormal || kind > kByte) return wrong(file, "metadata tokenizer.ggml.token_type holds the unknown kind " + std::to_string(kind));
    return v;
}

/// The token that begins every text, if the file says so.
std::optional<TokenId> beginning(const GgufFile& gguf, const Vocabulary& v, bool otherwise) {
    const GgufValue* id = gguf.find("tokenizer.ggml.bos_token_id");
    if (!flagOf(gguf, "tokenizer.ggml.add_bos_token", otherwise) || id == nullptr) return std::nullopt;
    const auto bos = id->whole();
    return bos && *bos >= 0 && *bos < v.size() ? std::optional(static_cast<TokenId>(*bos)) : std::nullopt;
}

json split(const char* pattern) {
    return {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
}

/// How text is cut before pairs merge, by tokenizer.ggml.pre (llama-vocab.cpp). Nothing for names that are not known here.
std::optional<json> preTokenizer(std::string_view pre) {
    const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
    json gpt2 = bytes;
    gpt2["use_regex"] = true;
    const auto sequence = [](json steps) { return json{{"type", "Sequence"}, {"pretokenizers", std::move(steps)}}; };
    for (const std::string_view name : {"", "default", "gpt-2", "gpt2", "mpt", "olmo", "jais", "phi-2", "roberta-bpe"})
        if (pre == name) return gpt2;
    if (pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3" || pre == "falcon3")
        return sequence({split(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"), bytes});
    if (pre == "qwen2")
        return sequence({split(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"), bytes});
    if (pre == "falcon") return sequence({split(R"([\p{P}\$\+<=>\^~\|`]+)"), gpt2, split("[0-9][0-9][0-9]")});
    if (pre == "smollm" || pre == "starcoder" || pre == "refact" || pre == "command-r")
        return sequence({json{{"type", "Digits"}, {"individual_digits", true}}, gpt2});
    return std::nullopt;
}

/// Byte pairs, as the tokenizer.json that would say the same.
Result<std::optional<Tokenizer>> bytePairs(const GgufFile& gguf, const std::string& file) {
    MS_TRY(const Vocabulary v, vocabularyOf(gguf, file));
    const GgufValue* pre = gguf.find("tokenizer.ggml.pre");
    const std::string_view name = pre == nullptr ? std::string_view() : pre->text;
    const auto cut = preTokenizer(name);
    if (!cut)
        return Error{ErrorCode::Unsupported, file + ": tokenizer.ggml.pre " + inQuotes(name, 60) +
                                                 " is not known; open the model's safetensors instead"};
    json document = {{"model", {{"type", "BPE"}}}, {"pre_tokenizer", *cut}, {"decoder", {{"type", "ByteLevel"}}}};
    json vocab = json::object(), added = json::array(), merges = json::array();
    for (std::int64_t id = 0; id < v.size(); ++id) {
        const auto at = static_cast<std::size_t>(id);
        const std::string token(v.tokens[at]);
        if (v.kinds[at] == kUnused) continue;  // padding: no text
        vocab[token] = id;
        if (v.kinds[at] == kControl || v.kinds[at] == kUserDefined || v.kinds[at] == kUnknown)
            added.push_back({{"id", id}, {"content", token}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
                             {"normalized", false}, {"special", v.kinds[at] != kUserDefined}});
    }
    for (const std::string_view merge : gguf.texts("tokenizer.ggml.merges")) merges.push_back(std::string(merge));
    document["model"]["vocab"] = std::move(vocab);
    document["model"]["merges"] = std::move(merges);
    document["model"]["ignore_merges"] = name == "llama-bpe" || name == "llama3" || name == "llama-v3" || name == "falcon3";
    document["added_tokens"] = std::move(added);
    if (const auto bos = beginning(gguf, v, false)) {
        const std::string token(v.tokens[static_cast<std::size_t>(*bos)]);
        document["post_processor"] = {
            {"type", "TemplateProcessing"},
            {"single", {{{"SpecialToken", {{"id", token}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
            {"pair", json::array()},
            {"special_tokens", {{token, {{"id", token}, {"ids", {*bos}}, {"tokens", {token}}}}}}};
    }
    MS_TRY(Tokenizer tokenizer, Tokenizer::fromJson(document.dump(-1, ' ', false, json::error_handler_t::replace), file));
    return std::optional(std::move(tokenizer));
}

Result<std::optional<Tokenizer>> pieces(const GgufFile& gguf, const std::string& file) {
    MS_TRY(Vocabulary v, vocabularyOf(gguf, file));
    text::PieceVocabulary vocabulary;
    vocabulary.pieces.assign(v.tokens.begin(), v.tokens.end());
    if (const GgufValue* scores = gguf.find("tokenizer.ggml.scores")) vocabulary.scores = scores->reals;
    if (vocabulary.scores.size() != v.tokens.size())
        return wrong(file, "metadata tokenizer.ggml.scores has " + std::to_string(vocabulary.scores.size()) + " entries, tokenizer.ggml.tokens " +
                               std::to_string(v.tokens.size()));
    vocabulary.kinds = v.kinds;
    vocabulary.addPrefixSpace = flagOf(gguf, "tokenizer.ggml.add_space_prefix", true);
    vocabulary.removeExtraSpaces = flagOf(gguf, "tokenizer.ggml.remove_extra_whitespaces", false);
    MS_TRY(Tokenizer tokenizer, Tokenizer::fromSentencePiece(text::sentencePieceFile(vocabulary), file, beginning(gguf, v, true)));
    return std::optional(std::move(tokenizer));
}

std::optional<std::filesystem::path> tokenizerFile(const Checkpoint& checkpoint) {
    for (const char* name : {"tokenizer.json", "tokenizer.model"})
        if (std::filesystem::exists(checkpoint.folder() / name)) return checkpoint.folder() / name;
    return std::nullopt;
}

}  // namespace

Result<std::optional<Tokenizer>> tokenizerOf(const GgufFile& gguf, const std::string& file) {
    const GgufValue* model = gguf.find("tokenizer.ggml.model");
    if (model == nullptr) return std::optional<Tokenizer>();
    if (model->text == "gpt2") return bytePairs(gguf, file);
    if (model->text == "llama") return pieces(gguf, file);
    return std::optional<Tokenizer>();
}

bool hasTokenizer(const Checkpoint& checkpoint) {
    if (checkpoint.gguf() == nullptr) return tokenizerFile(checkpoint).has_value();
    const GgufValue* model = checkpoint.gguf()->find("tokenizer.ggml.model");
    return model != nullptr && (model->text == "gpt2" || model->text == "llama");
}

Result<TokenizerSource> openTokenizer(const Checkpoint& checkpoint) {
    if (checkpoint.gguf() != nullptr) {
        MS_TRY(auto tokenizer, tokenizerOf(*checkpoint.gguf(), checkpoint.configFile().string()));
        return TokenizerSource{std::move(tokenizer), checkpoint.configFile()};
    }
    const auto file = tokenizerFile(checkpoint);
    if (!file) return TokenizerSource{};
    MS_TRY(Tokenizer tokenizer, Tokenizer::fromFile(*file));
    return TokenizerSource{std::move(tokenizer), *file};
}

}  // namespace ms
