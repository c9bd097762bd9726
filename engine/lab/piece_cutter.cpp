#include "engine/lab/piece_cutter.h"

#include <algorithm>

namespace ms {

namespace {

/// What tokens say, and where in it each ends; those added of themselves say nothing.
void spell(const Tokenizer& tokenizer, TokenizedText& to) {
    to.text.clear();
    to.ends.clear();
    bool begun = false;
    const auto behind = std::ssize(to.input.ids) - to.input.addedBehind;
    for (std::int64_t i = 0; i < std::ssize(to.input.ids); ++i) {
        if (i >= to.input.addedBefore && i < behind) to.text += tokenizer.pieceInText(to.input.ids[static_cast<std::size_t>(i)], begun);
        to.ends.push_back(std::ssize(to.text));
    }
}

/// The first token from `from` on that ends behind `end`.
std::size_t tokenBehind(const std::vector<std::int64_t>& ends, std::size_t from, std::int64_t end) {
    return static_cast<std::size_t>(std::upper_bound(ends.begin() + static_cast<std::ptrdiff_t>(from), ends.end(), end) - ends.begin());
}

}  // namespace

Result<TokenizedText> tokenize(const Tokenizer& tokenizer, std::string_view text) {
    TokenizedText made;
    MS_TRY(made.input.ids, tokenizer.encode(text));
    MS_TRY(const std::vector<TokenId> added, tokenizer.encode(""));
    const std::vector<TokenId>& ids = made.input.ids;
    // Which of the added ones stand before the text: what is left over must say the text. Of one that the tokenizer changes no
    // count does, and the most that can stand before it do.
    bool fits = false;
    ModelInput most;
    for (std::int64_t before = std::ssize(added); before >= 0 && ids.size() >= added.size(); --before) {
        const std::int64_t behind = std::ssize(added) - before;
        if (!std::equal(added.begin(), added.begin() + before, ids.begin()) || !std::equal(added.begin() + before, added.end(), ids.end() - behind)) continue;
        made.input.addedBefore = before;
        made.input.addedBehind = behind;
        spell(tokenizer, made);
        if (made.text == text) return made;
        if (!fits) most = made.input;
        fits = true;
    }
    if (fits) made.input = std::move(most);
    spell(tokenizer, made);
    return made;
}

Result<std::vector<TokenizedText>> tokenizeAlike(std::span<const Tokenizer* const> tokenizers, std::string_view text) {
    std::vector<std::string> tries{std::string(text)};  // and then what each makes of it
    for (std::size_t i = 0; i < tries.size(); ++i) {
        std::vector<TokenizedText> all;
        for (const Tokenizer* tokenizer : tokenizers) {
            MS_TRY(TokenizedText one, tokenize(*tokenizer, tries[i]));
            if (i == 0 && std::find(tries.begin(), tries.end(), one.text) == tries.end()) tries.push_back(one.text);
            all.push_back(std::move(one));
        }
        if (std::all_of(all.begin(), all.end(), [&](const TokenizedText& one) { return one.text == all.front().text; })) return all;
    }
    return Error{ErrorCode::Unsupported, "the models' tokenizers change this text, each in another way; give it in plain characters, or token ids"};
}

std::vector<LockStepPiece> cutPieces(std::span<const TokenizedText> models) {
    std::vector<LockStepPiece> pieces;
    if (models.empty()) return pieces;
    std::vector<std::size_t> next(models.size()), first(models.size());
    std::int64_t begin = 0;
    for (const std::int64_t end : models.front().ends) {
        if (end == begin) continue;
        bool common = true;
        for (std::size_t m = 0; m < models.size(); ++m) {
            next[m] = tokenBehind(models[m].ends, next[m], end);
            common = common && next[m] > 0 && models[m].ends[next[m] - 1] == end;
        }
        if (!common) continue;
        LockStepPiece piece{models.front().text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), {}};
        for (std::size_t m = 0; m < models.size(); ++m)
            piece.tokens.push_back({static_cast<std::int64_t>(first[m]), static_cast<std::int64_t>(next[m] - first[m])});
        pieces.push_back(std::move(piece));
        first = next;
        begin = end;
    }
    return pieces;
}

std::vector<LockStepPiece> piecesOfIds(std::span<const TokenId> ids, std::size_t models) {
    std::vector<LockStepPiece> pieces;
    for (std::int64_t i = 0; i < std::ssize(ids); ++i)
        pieces.push_back({std::to_string(ids[static_cast<std::size_t>(i)]), std::vector<TokenSpan>(models, TokenSpan{i, 1})});
    return pieces;
}

}  // namespace ms
