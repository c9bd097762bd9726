// Each stage on its own: splitting, merging, added tokens, normalisation, templates; on tokenizers made here.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/text/gpt2_split.h"
#include "engine/text/pre_tokenizer.h"
#include "tests/unit/text/tiny_tokenizer.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

const char* const kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string splitByScanner(std::string_view text) {
    std::string joined;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text::gpt2PieceEnd(text, begin);
        joined += (begin > 0 ? "|" : "") + std::string(text.substr(begin, end - begin));
        begin = end;
    }
    return joined;
}

std::string splitBy(const text::PreTokenizer& steps, std::string_view text) {
    std::string joined;
    const auto done = steps.run(text, {}, [&](std::string_view piece) {
        joined += (joined.empty() ? "" : "|") + std::string(piece);
        return true;
    });
    return done ? joined : done.error().message;
}

text::PreTokenizer patternSteps(const char* pattern, bool matches = true, bool gaps = true) {
    auto regex = text::Regex::compile(pattern, false);
    EXPECT_TRUE(regex) << regex.error().message;
    text::PreTokenizer steps;
    steps.add(text::SplitStep{std::move(*regex), matches, gaps});
    return steps;
}

json splitFile(const json& firstStep) {
    json file = tinyTokenizer({{"a", "b"}, {"1", "2"}, {"Ġ", "a"}});
    file["pre_tokenizer"] = {
        {"type", "Sequence"},
        {"pretokenizers", {firstStep, {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
    return file;
}

}  // namespace

TEST(Gpt2Split, CutsAsThePatternSays) {
    EXPECT_EQ(splitByScanner("Hello my friend, how's it?"), "Hello| my| friend|,| how|'s| it|?");
    EXPECT_EQ(splitByScanner("a   b"), "a|  | b");
    EXPECT_EQ(splitByScanner("a \n b  "), "a| \n| b|  ");
    EXPECT_EQ(splitByScanner("'S we'LL 'll"), "'|S| we|'|LL| '|ll");
    EXPECT_EQ(splitByScanner("x\u2003\u3000y\u00a0z"), "x|\u2003|\u3000|y|\u00a0|z");
    EXPECT_EQ(splitByScanner("٣٤ ½ ²x"), "٣٤| ½| ²|x");
}

// The same pattern through PCRE2 is a second opinion on the scanner.
TEST(Gpt2Split, AgreesWithTheRegularExpression) {
    const text::PreTokenizer steps = patternSteps(kGpt2Pattern);
    const std::vector<std::string> alphabet = {"a",      "Z",
                                               "é",      "日",
                                               "е",      "1",
                                               "½",      "٣",
                                               " ",      " ",
                                               " ",      "\n",
                                               "\t",     "\r",
                                               "'s",     "'",
                                               "'re",    "'LL",
                                               ".",      "🙂",
                                               "\u00a0", "\u3000",
                                               "\u0301", "\u200b",
                                               "\u0085", std::string(1, '\0')};
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::size_t n = 1 + random() % 24; n > 0; --n) text += alphabet[random() % alphabet.size()];
        ASSERT_EQ(splitByScanner(text), splitBy(steps, text)) << json(text).dump();
    }
}

TEST(Split, IsolatedRemovedAndInverted) {
    EXPECT_EQ(splitBy(patternSteps("[0-9]+"), "ab12cd3"), "ab|12|cd|3");
    EXPECT_EQ(splitBy(patternSteps("[0-9]+", false, true), "ab12cd3"), "ab|cd");
    EXPECT_EQ(splitBy(patternSteps("[0-9]+", true, false), "ab12cd3"), "12|3");
    EXPECT_EQ(splitBy(patternSteps("(?=b)"), "ababé"), "a|ba|bé");  // empty matches cut, too
    EXPECT_EQ(splitBy(patternSteps("z"), std::string(1000, 'x') + "zé"), std::string(1000, 'x') + "|z|é");

    EXPECT_EQ(
        pieces(load(splitFile(
                   {{"type", "Split"}, {"pattern", {{"String", "."}}}, {"behavior", "Isolated"}, {"invert", false}})),
               "ab.ab"),
        "ab|.|ab");
    EXPECT_EQ(
        pieces(load(splitFile(
                   {{"type", "Split"}, {"pattern", {{"Regex", "[a-z]+"}}}, {"behavior", "Removed"}, {"invert", true}})),
               "ab.ab"),
        "ab|ab");
}

TEST(Split, RunawayPatternIsAnError) {
    const text::PreTokenizer steps = patternSteps("(?:a+)+(?:a+)+$");
    EXPECT_NE(splitBy(steps, std::string(5000, 'a') + "b").find("too slow"), std::string::npos);
}

TEST(Digits, OneByOneOrInRuns) {
    EXPECT_EQ(pieces(load(splitFile({{"type", "Digits"}, {"individual_digits", true}})), "ab12ab"), "ab|1|2|ab");
    EXPECT_EQ(pieces(load(splitFile({{"type", "Digits"}, {"individual_digits", false}})), "ab12ab"), "ab|12|ab");
}

TEST(ByteLevel, PrefixSpace) {
    json file = tinyTokenizer({{"Ġ", "a"}});
    file["pre_tokenizer"]["add_prefix_space"] = true;
    EXPECT_EQ(pieces(load(file), "a"), " a");
    EXPECT_EQ(pieces(load(file), " a"), " a");
    EXPECT_EQ(pieces(load(file), ""), "");
}

namespace {

using Pair = std::pair<std::string, std::string>;

// The definition, without any cleverness.
std::string mergedNaively(const std::string& piece, const std::vector<Pair>& merges) {
    std::map<Pair, std::size_t> rank;
    for (std::size_t i = 0; i < merges.size(); ++i) rank[merges[i]] = i;
    std::vector<std::string> symbols;
    for (const char c : piece) symbols.emplace_back(1, c);
    for (;;) {
        std::size_t best = merges.size();
        std::size_t at = 0;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            const auto found = rank.find({symbols[i], symbols[i + 1]});
            if (found != rank.end() && found->second < best) {
                best = found->second;
                at = i;
            }
        }
        if (best == merges.size()) break;
        symbols[at] += symbols[at + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    std::string joined;
    for (const std::string& symbol : symbols) joined += (joined.empty() ? "" : "|") + symbol;
    return joined;
}

}  // namespace

TEST(Bpe, MergesAsDefinedInShortAndLongPieces) {
    std::mt19937 random(2);
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> tokens = {"a", "b", "c"};
        std::vector<Pair> merges;
        while (merges.size() < 25) {
            const Pair pair{tokens[random() % tokens.size()], tokens[random() % tokens.size()]};
            if (std::find(merges.begin(), merges.end(), pair) != merges.end()) continue;
            merges.push_back(pair);
            tokens.push_back(pair.first + pair.second);
        }
        // Out of training order, a merge can give rise to a better-ranked one.
        if (round % 2 == 1) std::shuffle(merges.begin(), merges.end(), random);
        const Tokenizer tokenizer = load(tinyTokenizer(merges));
        for (const std::size_t length : {1, 2, 7, 47, 48, 49, 50, 300}) {
            std::string piece;
            for (std::size_t i = 0; i < length; ++i) piece += static_cast<char>('a' + random() % 3);
            ASSERT_EQ(pieces(tokenizer, piece), mergedNaively(piece, merges)) << "round " << round;
        }
    }
}

TEST(Bpe, MergesAsPairsAndIgnoredForWholeTokens) {
    json file = tinyTokenizer({{"a", "b"}, {"c", "d"}});
    file["model"]["merges"] = json::parse(R"([["a", "b"], ["c", "d"]])");
    file["model"]["vocab"]["abcd"] = 300;
    EXPECT_EQ(pieces(load(file), "abcd"), "ab|cd");
    file["model"]["ignore_merges"] = true;
    EXPECT_EQ(pieces(load(file), "abcd"), "abcd");
    EXPECT_EQ(pieces(load(file), "abcda"), "ab|cd|a");
}

TEST(Bpe, BytesWithoutATokenAreUnknownOrDropped) {
    json file = tinyTokenizer();
    file["model"]["vocab"].erase("x");
    file["model"]["vocab"]["<unk>"] = 400;
    EXPECT_EQ(pieces(load(file), "axxb"), "a|b");
    file["model"]["unk_token"] = "<unk>";
    EXPECT_EQ(pieces(load(file), "axxb"), "a|<unk>|<unk>|b");
    file["model"]["fuse_unk"] = true;
    EXPECT_EQ(pieces(load(file), "axxb"), "a|<unk>|b");
}

TEST(AddedTokens, LongestLeftmostAndTheirFlags) {
    json file = tinyTokenizer();
    file["added_tokens"] = {addedToken(300, "<a>"),
                            addedToken(301, "<a><b>"),
                            addedToken(302, "<b>"),
                            addedToken(303, "word", {{"single_word", true}}),
                            addedToken(304, "<l>", {{"lstrip", true}}),
                            addedToken(305, "<r>", {{"rstrip", true}})};
    const Tokenizer tokenizer = load(file);
    EXPECT_EQ(*tokenizer.encode("<a><b><b><a><"), (std::vector<TokenId>{301, 302, 300, '<'}));
    EXPECT_EQ(*tokenizer.encode("word"), (std::vector<TokenId>{303}));
    EXPECT_EQ(*tokenizer.encode("-word-"), (std::vector<TokenId>{'-', 303, '-'}));
    EXPECT_EQ(tokenizer.encode("words")->size(), 5u);
    EXPECT_EQ(tokenizer.encode("éword")->size(), 6u);
    EXPECT_EQ(*tokenizer.encode("x \u3000<l> y"), (std::vector<TokenId>{'x', 304, ' ', 'y'}));
    EXPECT_EQ(*tokenizer.encode("x <r> \n y"), (std::vector<TokenId>{'x', ' ', 305, 'y'}));
    EXPECT_EQ(*tokenizer.encode("<r>  <l>"), (std::vector<TokenId>{305, 304}));
    EXPECT_TRUE(tokenizer.isSpecial(300));
    EXPECT_EQ(tokenizer.size(), 306);
    EXPECT_FALSE(tokenizer.hasToken(299));
}

TEST(AddedTokens, NormalizedOnesAreSoughtAfterNormalisation) {
    json file = tinyTokenizer();
    file["normalizer"] = {{"type", "NFC"}};
    file["added_tokens"] = {addedToken(300, "e\u0301", {{"normalized", true}}), addedToken(301, "o\u0301")};
    const Tokenizer tokenizer = load(file);
    EXPECT_EQ(*tokenizer.encode("\u00e9"), (std::vector<TokenId>{300}));
    EXPECT_EQ(*tokenizer.encode("e\u0301"), (std::vector<TokenId>{300}));
    EXPECT_EQ(*tokenizer.encode("o\u0301"), (std::vector<TokenId>{301}));
    EXPECT_EQ(tokenizer.encode("\u00f3")->size(), 2u);  // two bytes: the composed letter is not the token's text
}

TEST(Normalizer, FormsAlone_InSequence_AndNone) {
    json file = tinyTokenizer();
    EXPECT_EQ(load(file).encode("e\u0301")->size(), 3u);
    file["normalizer"] = {{"type", "NFC"}};
    EXPECT_EQ(load(file).decode(*load(file).encode("e\u0301 \u1e9b\u0323")), "\u00e9 \u1e9b\u0323");
    file["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFD"}}, {{"type", "NFKC"}}}}};
    EXPECT_EQ(load(file).decode(*load(file).encode("\ufb01 e\u0301")), "fi \u00e9");
}

TEST(Template, AddsItsSpecialTokens) {
    json file = tinyTokenizer();
    file["added_tokens"] = {addedToken(300, "<s>"), addedToken(301, "</s>")};
    const json single = {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                         {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                         {{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}}};
    const json special = {{"<s>", {{"id", "<s>"}, {"ids", {300}}}}, {"</s>", {{"id", "</s>"}, {"ids", {301}}}}};
    const json post = {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", special}};
    file["post_processor"] = {{"type", "Sequence"}, {"processors", {{{"type", "ByteLevel"}}, post}}};
    EXPECT_EQ(*load(file).encode("a"), (std::vector<TokenId>{300, 'a', 301}));
    EXPECT_EQ(*load(file).encode(""), (std::vector<TokenId>{300, 301}));
}
