// tokenizer.json -> TokenizerData. Field names and their defaults follow the `tokenizers` library's serialization.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engine/text/byte_alphabet.h"
#include "engine/text/json_field.h"
#include "engine/text/tokenizer_data.h"

namespace ms::text {
namespace {

// Children of a Sequence are steps too; nesting is bounded by the parser.
constexpr std::size_t kMaxSteps = 32;

Result<std::string> typeOf(const JsonField& field) {
    MS_CHECK(field.mustBeObject());
    return field["type"].string();
}

// Applies `visit(child, type)` to a field, or to each member of a Sequence, whatever its depth.
template <class Visit>
Result<void> forEachStep(const JsonField& field, const char* membersKey, std::size_t& count, const Visit& visit) {
    if (field.missing()) return {};
    MS_TRY(const std::string type, typeOf(field));
    if (type == "Sequence") {
        const JsonField members = field[membersKey];
        MS_CHECK(members.mustBeArray());
        for (std::size_t i = 0; i < members.json().size(); ++i) {
            MS_CHECK(forEachStep(members.at(i), membersKey, count, visit));
        }
        return {};
    }
    if (++count > kMaxSteps) return field.unsupported("is step " + std::to_string(count) + "; at most 32 are read");
    return visit(field, type);
}

Result<void> readNormalizer(const JsonField& field, TokenizerData& data) {
    std::size_t count = 0;
    return forEachStep(
        field, "normalizers", count, [&](const JsonField& step, const std::string& type) -> Result<void> {
            if (data.normalizer.addForm(type)) return {};
            return step.unsupported("is " + inQuotes(type) + "; only NFC, NFD, NFKC and NFKD are supported");
        });
}

Result<SplitStep> readSplit(const JsonField& field) {
    const JsonField pattern = field["pattern"];
    const bool literal = pattern["Regex"].missing();
    const JsonField source = pattern[literal ? "String" : "Regex"];
    MS_TRY(const std::string expression, source.string());
    MS_TRY(const std::string behavior, field["behavior"].string());
    MS_TRY(const bool invert, field["invert"].booleanOr(false));
    auto regex = Regex::compile(expression, literal);
    if (!regex) return regex.error().within(source.where());

    SplitStep step{std::move(*regex)};
    if (behavior == "Isolated") return step;
    if (behavior != "Removed") {
        return field["behavior"].unsupported("is " + inQuotes(behavior) + "; only Isolated and Removed are supported");
    }
    (invert ? step.emitGaps : step.emitMatches) = false;
    return step;
}

Result<void> readPreTokenizer(const JsonField& field, TokenizerData& data) {
    std::size_t count = 0;
    bool byteLevel = false;
    MS_CHECK(
        forEachStep(field, "pretokenizers", count, [&](const JsonField& step, const std::string& type) -> Result<void> {
            // After ByteLevel the pieces are spelled in its alphabet, and patterns would see that.
            if (byteLevel) return step.unsupported("comes after ByteLevel, which must be the last pre-tokenizer");
            if (type == "Split") {
                MS_TRY(SplitStep split, readSplit(step));
                data.preTokenizer.add(std::move(split));
            } else if (type == "Digits") {
                MS_TRY(const bool individual, step["individual_digits"].booleanOr(false));
                data.preTokenizer.add(DigitsStep{individual});
            } else if (type == "ByteLevel") {
                MS_TRY(const bool addPrefixSpace, step["add_prefix_space"].booleanOr(true));
                MS_TRY(const bool useRegex, step["use_regex"].booleanOr(true));
                data.preTokenizer.add(ByteLevelStep{addPrefixSpace, useRegex});
                byteLevel = true;
            } else {
                return step.unsupported("is " + inQuotes(type) + "; only ByteLevel, Split and Digits are supported");
            }
            return {};
        }));
    if (!byteLevel) return field.unsupported("has no ByteLevel step: this is not a byte-level tokenizer");
    return {};
}

Result<void> readDecoder(const JsonField& field) {
    std::size_t count = 0;
    MS_CHECK(forEachStep(field, "decoders", count, [](const JsonField& step, const std::string& type) -> Result<void> {
        if (type == "ByteLevel") return {};
        return step.unsupported("is " + inQuotes(type) + "; only ByteLevel is supported");
    }));
    if (count != 1) return field.unsupported("must be one ByteLevel decoder");
    return {};
}

// `single` of a template: the special tokens before and after the text (sequence A).
Result<void> readTemplate(const JsonField& field, TokenizerData& data) {
    const JsonField single = field["single"];
    MS_CHECK(single.mustBeArray());
    bool afterText = false;
    for (std::size_t i = 0; i < single.json().size(); ++i) {
        const JsonField part = single.at(i);
        if (!part["Sequence"].missing()) {
            if (afterText) return part.unsupported("repeats the text");
            afterText = true;
            continue;
        }
        MS_TRY(const std::string name, part["SpecialToken"]["id"].string());
        const JsonField special = field["special_tokens"];
        const JsonField ids = special[name.c_str()]["ids"];
        MS_CHECK(ids.mustBeArray());
        for (std::size_t k = 0; k < ids.json().size(); ++k) {
            MS_TRY(const TokenId id, ids.at(k).tokenId());
            if (data.find(id) == nullptr) return ids.at(k).malformed("is an id without a token");
            (afterText ? data.suffix : data.prefix).push_back(id);
        }
    }
    if (!afterText) return single.malformed("leaves the text out (no Sequence)");
    return {};
}

Result<void> readPostProcessor(const JsonField& field, TokenizerData& data) {
    std::size_t count = 0;
    bool seen = false;
    return forEachStep(field, "processors", count, [&](const JsonField& step, const std::string& type) -> Result<void> {
        if (type == "ByteLevel") return {};  // moves offsets only
        if (type != "TemplateProcessing") {
            return step.unsupported("is " + inQuotes(type) + "; only ByteLevel and TemplateProcessing are supported");
        }
        if (std::exchange(seen, true)) return step.unsupported("is a second template");
        return readTemplate(step, data);
    });
}

Result<void> readVocabulary(const JsonField& vocab, TokenizerData& data) {
    MS_CHECK(vocab.mustBeObject());
    data.entries.reserve(vocab.json().size());
    for (const auto& [spelling, value] : vocab.json().items()) {
        MS_TRY(const TokenId id, JsonField(&value, vocab.where() + "[" + inQuotes(spelling) + "]").tokenId());
        const auto bytes = unspell(spelling);
        // The reference decodes what is not in the byte alphabet as it stands.
        data.entries.push_back({id, false, bytes.value_or(spelling)});
        data.spelled.emplace(spelling, id);
        if (bytes && bytes->size() == 1) data.bpe.byteTokens[static_cast<std::uint8_t>((*bytes)[0])] = id;
    }
    std::sort(data.entries.begin(), data.entries.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto twin = std::adjacent_find(data.entries.begin(), data.entries.end(),
                                         [](const auto& a, const auto& b) { return a.id == b.id; });
    if (twin != data.entries.end()) {
        return vocab.malformed("gives id " + std::to_string(twin->id) + " to both " + inQuotes(twin->bytes) + " and " +
                               inQuotes((twin + 1)->bytes));
    }
    return {};
}

// "a b" or ["a", "b"]
Result<std::pair<std::string, std::string>> readPair(const JsonField& merge) {
    if (merge.json().is_array()) {
        if (merge.json().size() != 2) return merge.malformed("must be a pair of tokens");
        MS_TRY(std::string left, merge.at(0).string());
        MS_TRY(std::string right, merge.at(1).string());
        return std::pair(std::move(left), std::move(right));
    }
    MS_TRY(const std::string text, merge.string());
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
        return merge.malformed("is " + inQuotes(text) + "; it must be two tokens with one space between them");
    }
    return std::pair(text.substr(0, space), text.substr(space + 1));
}

Result<void> readMerges(const JsonField& merges, TokenizerData& data) {
    MS_CHECK(merges.mustBeArray());
    const std::size_t count = merges.json().size();
    data.bpe.merges.reserve(count);
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const JsonField merge = merges.at(i);
        if (merge.json().is_string() && merge.json().get_ref<const std::string&>().starts_with("#version")) continue;
        MS_TRY(const auto pair, readPair(merge));
        if (pair.first.empty() || pair.second.empty()) return merge.malformed("has an empty token");
        const auto idOf = [&](const std::string& spelling) -> Result<TokenId> {
            const auto found = data.spelled.find(spelling);
            if (found != data.spelled.end()) return found->second;
            return merge.malformed("needs the token " + inQuotes(spelling) + ", which is not in model.vocab");
        };
        MS_TRY(const TokenId left, idOf(pair.first));
        MS_TRY(const TokenId right, idOf(pair.second));
        MS_TRY(const TokenId result, idOf(pair.first + pair.second));
        data.bpe.merges.insert(left, right, {rank++, result});
    }
    return {};
}

Result<void> readModel(const JsonField& model, TokenizerData& data) {
    MS_CHECK(model.mustBeObject());
    if (!model["type"].missing()) {  // files of old leave it out
        MS_TRY(const std::string type, model["type"].string());
        if (type != "BPE") return model["type"].unsupported("is " + inQuotes(type) + "; only BPE is supported");
    }
    MS_TRY(const bool byteFallback, model["byte_fallback"].booleanOr(false));
    if (byteFallback) return model["byte_fallback"].unsupported("is true; only byte-level BPE is supported");
    if (const JsonField dropout = model["dropout"]; !dropout.missing() && dropout.json() != 0) {
        return dropout.unsupported("is set; random tokenization is not supported, set it to null");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (model[key].missing()) continue;
        MS_TRY(const std::string affix, model[key].string());
        if (!affix.empty()) return model[key].unsupported("is " + inQuotes(affix) + "; only null is supported");
    }
    MS_TRY(data.ignoreMerges, model["ignore_merges"].booleanOr(false));
    MS_TRY(data.bpe.fuseUnknown, model["fuse_unk"].booleanOr(false));
    MS_CHECK(readVocabulary(model["vocab"], data));
    MS_CHECK(readMerges(model["merges"], data));
    if (!model["unk_token"].missing()) {
        MS_TRY(const std::string unknown, model["unk_token"].string());
        const auto found = data.spelled.find(unknown);
        if (found != data.spelled.end()) data.bpe.unknown = found->second;
        else if (!unknown.empty()) return model["unk_token"].malformed(inQuotes(unknown) + " is not in model.vocab");
    }
    return {};
}

Result<AddedToken> readAddedToken(const JsonField& field) {
    MS_CHECK(field.mustBeObject());
    AddedToken token;
    MS_TRY(token.id, field["id"].tokenId());
    MS_TRY(token.content, field["content"].string());
    MS_TRY(token.special, field["special"].booleanOr(false));
    MS_TRY(token.singleWord, field["single_word"].booleanOr(false));
    MS_TRY(token.lstrip, field["lstrip"].booleanOr(false));
    MS_TRY(token.rstrip, field["rstrip"].booleanOr(false));
    MS_TRY(token.normalized, field["normalized"].booleanOr(!token.special));
    if (token.content.empty()) return field["content"].malformed("is empty");
    if (token.content.size() > AddedTokenMatcher::kMaxContent) {
        return field["content"].unsupported("is longer than " + std::to_string(AddedTokenMatcher::kMaxContent) +
                                            " bytes");
    }
    return token;
}

// An added token has an id of its own, or names a token of the vocabulary by its id and spelling.
Result<void> checkAgainstVocabulary(const JsonField& field, const AddedToken& token, const TokenizerData& data) {
    const auto spelled = data.spelled.find(token.content);
    if (spelled != data.spelled.end() && spelled->second != token.id) {
        return field.malformed(inQuotes(token.content) + " has id " + std::to_string(token.id) +
                               " and before that id " + std::to_string(spelled->second));
    }
    if (spelled == data.spelled.end() && data.find(token.id) != nullptr) {
        return field.malformed(inQuotes(token.content) + " takes id " + std::to_string(token.id) +
                               ", which belongs to " + inQuotes(data.find(token.id)->bytes));
    }
    return {};
}

Result<void> readAddedTokens(const JsonField& field, TokenizerData& data) {
    if (field.missing()) return {};
    MS_CHECK(field.mustBeArray());
    std::vector<AddedToken> tokens;
    std::vector<TokenizerData::Entry> additional;
    std::unordered_map<TokenId, std::string> contents;
    for (std::size_t i = 0; i < field.json().size(); ++i) {
        MS_TRY(AddedToken token, readAddedToken(field.at(i)));
        MS_CHECK(checkAgainstVocabulary(field.at(i), token, data));
        if (!contents.emplace(token.id, token.content).second) {
            return field.at(i).malformed("repeats id " + std::to_string(token.id));
        }
        if (data.spelled.emplace(token.content, token.id).second) {
            additional.push_back({token.id, token.special, unspell(token.content).value_or(token.content)});
        } else {
            const auto entry = std::lower_bound(data.entries.begin(), data.entries.end(), token.id,
                                                [](const auto& e, TokenId id) { return e.id < id; });
            entry->special = token.special;
        }
        tokens.push_back(std::move(token));
    }
    data.entries.insert(data.entries.end(), std::make_move_iterator(additional.begin()),
                        std::make_move_iterator(additional.end()));
    std::sort(data.entries.begin(), data.entries.end(), [](const auto& a, const auto& b) { return a.id < b.id; });

    // Of two that normalise to the same text, the reference prefers special ones, then the order of the file.
    std::stable_partition(tokens.begin(), tokens.end(), [](const AddedToken& t) { return t.special; });
    for (const AddedToken& token : tokens) {
        if (!token.normalized) {
            data.givenTokens.add(token, token.content);
            continue;
        }
        MS_TRY(std::string pattern, data.normalizer.apply(token.content));
        data.normalizedTokens.add(token, std::move(pattern));
    }
    data.givenTokens.finish();
    data.normalizedTokens.finish();
    return {};
}

}  // namespace

Result<std::shared_ptr<const TokenizerData>> readTokenizer(std::string_view json, const std::string& name) {
    MS_TRY(const nlohmann::json document, parseJson(json, name));
    const JsonField root(&document, name + ": ");
    MS_CHECK(root.mustBeObject());
    auto data = std::make_shared<TokenizerData>();
    MS_CHECK(readModel(root["model"], *data));
    MS_CHECK(readNormalizer(root["normalizer"], *data));
    MS_CHECK(readAddedTokens(root["added_tokens"], *data));
    MS_CHECK(readPreTokenizer(root["pre_tokenizer"], *data));
    MS_CHECK(readDecoder(root["decoder"]));
    MS_CHECK(readPostProcessor(root["post_processor"], *data));
    if (data->entries.empty()) return root["model"]["vocab"].malformed("is empty");
    return std::shared_ptr<const TokenizerData>(std::move(data));
}

}  // namespace ms::text
