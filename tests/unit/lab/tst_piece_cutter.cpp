// Common token boundaries of several tokenizers.
#include <gtest/gtest.h>

#include "engine/lab/piece_cutter.h"
#include "tests/unit/text/tiny_tokenizer.h"

namespace ms {
namespace {

using test::load;
using test::tinyTokenizer;

/// A text whose tokens have these pieces; the ids do not matter.
TokenizedText cut(const std::vector<std::string>& pieces) {
    TokenizedText made;
    for (const std::string& piece : pieces) {
        made.text += piece;
        made.ends.push_back(std::ssize(made.text));
        made.input.ids.push_back(0);
    }
    return made;
}

/// "text:first+count,first+count" of each piece.
std::vector<std::string> told(std::span<const LockStepPiece> pieces) {
    std::vector<std::string> all;
    for (const LockStepPiece& piece : pieces) {
        std::string one = piece.text;
        for (const TokenSpan& span : piece.tokens) one += (&span == piece.tokens.data() ? ":" : ",") + std::to_string(span.first) + "+" + std::to_string(span.count);
        all.push_back(one);
    }
    return all;
}

using Told = std::vector<std::string>;

TEST(PieceCutter, EqualTokenizersGiveAPieceAToken) {
    const std::vector<TokenizedText> both(2, cut({"It", " was", "."}));
    EXPECT_EQ(told(cutPieces(both)), (Told{"It:0+1,0+1", " was:1+1,1+1", ".:2+1,2+1"}));
}

TEST(PieceCutter, PiecesEndWhereEveryModelHasAToken) {
    const std::vector<TokenizedText> both{cut({"ab", "c", "def", "g"}), cut({"a", "bc", "d", "e", "fg"})};
    EXPECT_EQ(told(cutPieces(both)), (Told{"abc:0+2,0+2", "defg:2+2,2+3"}));
    const std::vector<TokenizedText> three{both[0], both[1], cut({"abcdefg"})};
    EXPECT_EQ(told(cutPieces(three)), (Told{"abcdefg:0+4,0+5,0+1"}));
}

TEST(PieceCutter, TokensWithoutTextJoinThePieceThatEndsThere) {
    const std::vector<TokenizedText> both{cut({"", "a", "", "b", ""}), cut({"a", "b"})};
    EXPECT_EQ(told(cutPieces(both)), (Told{"a:0+3,0+1", "b:3+2,1+1"}));
    EXPECT_TRUE(cutPieces(std::vector<TokenizedText>{cut({}), cut({""})}).empty());
}

TEST(PieceCutter, BytesOfACharacterStayTogetherWhereOneModelHasItWhole) {
    const Tokenizer bytes = load(tinyTokenizer()), whole = load(tinyTokenizer({{"Ã", "¤"}}));  // ä is C3 A4
    const Tokenizer* const both[] = {&bytes, &whole};
    const auto read = tokenizeAlike(both, "aäb");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(told(cutPieces(*read)), (Told{"a:0+1,0+1", "ä:1+2,1+1", "b:3+1,2+1"}));
    // Two that both split it have a piece a byte.
    const Tokenizer* const split[] = {&bytes, &bytes};
    const auto halves = tokenizeAlike(split, "ä");
    ASSERT_TRUE(halves) << halves.error().message;
    EXPECT_EQ(told(cutPieces(*halves)), (Told{"\xc3:0+1,0+1", "\xa4:1+1,1+1"}));
}

/// Adds a token of itself, before the text or behind it.
nlohmann::json withAdded(bool before) {
    nlohmann::json file = tinyTokenizer({{"a", "b"}});
    file["added_tokens"].push_back(test::addedToken(300, "<s>"));
    const nlohmann::json special = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    file["post_processor"] = {{"type", "TemplateProcessing"},
                              {"single", before ? nlohmann::json{special, text} : nlohmann::json{text, special}},
                              {"pair", nlohmann::json::array()},
                              {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {300}}, {"tokens", {"<s>"}}}}}}};
    return file;
}

TEST(PieceCutter, AddedTokensStandOutsideTheText) {
    const Tokenizer before = load(withAdded(true)), behind = load(withAdded(false)), plain = load(tinyTokenizer());
    const Tokenizer* const all[] = {&before, &behind, &plain};
    const auto read = tokenizeAlike(all, "abc");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)[0].input.addedBefore, 1);
    EXPECT_EQ((*read)[0].input.addedBehind, 0);
    EXPECT_EQ((*read)[1].input.addedBefore, 0);
    EXPECT_EQ((*read)[1].input.addedBehind, 1);
    EXPECT_EQ(told(cutPieces(*read)), (Told{"ab:0+2,0+1,0+2", "c:2+1,1+2,2+1"}));
}

TEST(PieceCutter, TheSameTokenInTheTextIsOfTheText) {
    const Tokenizer behind = load(withAdded(false));
    const auto read = tokenize(behind, "<s>c");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->text, "<s>c");
    EXPECT_EQ(read->ends, (std::vector<std::int64_t>{3, 4, 4}));
    EXPECT_EQ(read->input.addedBehind, 1);
}

TEST(PieceCutter, OneTokenizersNormalisationIsTakenIfTheOthersReadItToo) {
    nlohmann::json composing = tinyTokenizer();
    composing["normalizer"] = {{"type", "NFC"}};
    const Tokenizer nfc = load(composing), plain = load(tinyTokenizer());
    const Tokenizer* const both[] = {&plain, &nfc};
    const auto read = tokenizeAlike(both, "a\u0308");  // a and a diaeresis, ä when composed
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)[0].text, "ä");
    EXPECT_EQ((*read)[1].text, "ä");
}

TEST(PieceCutter, RefusesTextsThatEveryTokenizerChangesOtherwise) {
    nlohmann::json composing = tinyTokenizer(), decomposing = tinyTokenizer();
    composing["normalizer"] = {{"type", "NFC"}};
    decomposing["normalizer"] = {{"type", "NFD"}};
    const Result<Tokenizer> nfd = Tokenizer::fromJson(decomposing.dump(), "nfd.json");
    ASSERT_TRUE(nfd) << nfd.error().message;
    const Tokenizer nfc = load(composing);
    const Tokenizer* const both[] = {&nfc, &*nfd};
    const auto read = tokenizeAlike(both, "ä");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::Unsupported);
}

TEST(PieceCutter, IllFormedTextBecomesWhatAllOfThemRead) {
    const Tokenizer plain = load(tinyTokenizer());
    const Tokenizer* const both[] = {&plain, &plain};
    const auto read = tokenizeAlike(both, "a\xff");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)[0].text, "a\ufffd");
}

TEST(PieceCutter, IdsAreAPieceEach) {
    EXPECT_EQ(told(piecesOfIds(std::vector<TokenId>{7, 0}, 2)), (Told{"7:0+1,0+1", "0:1+1,1+1"}));
}

}  // namespace
}  // namespace ms
