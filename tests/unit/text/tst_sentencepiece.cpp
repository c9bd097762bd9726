// SentencePiece vocabularies: small ones made here, run by the library.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/text/sentencepiece_model.h"
#include "engine/text/tokenizer.h"

namespace ms {
namespace {

using text::PieceVocabulary;

/// <unk> <s> </s>, the bytes, single characters, then merges: later ones rank lower.
struct Vocabulary {
    std::vector<std::string> spellings;
    PieceVocabulary v;

    Vocabulary() {
        add("<unk>", 0, 2);
        add("<s>", 0, 3);
        add("</s>", 0, 3);
        for (int b = 0; b < 256; ++b) {
            char name[8];
            std::snprintf(name, sizeof name, "<0x%02X>", b);
            add(name, 0, 6);
        }
        for (const char* merge : {"▁h", "he", "ll", "llo", "▁he", "▁hello", "▁w", "or", "▁wor", "ld", "▁world", "▁▁"})
            add(merge, -static_cast<float>(spellings.size() - 259), 1);
        for (const char* letter : {"▁", "h", "e", "l", "o", "w", "r", "d", "é"}) add(letter, -1000, 1);
        for (const std::string& s : spellings) v.pieces.push_back(s);
    }
    void add(const std::string& piece, float score, std::int64_t kind) {
        spellings.push_back(piece);
        v.scores.push_back(score);
        v.kinds.push_back(kind);
    }
    [[nodiscard]] TokenId id(const std::string& piece) const {
        return static_cast<TokenId>(std::find(spellings.begin(), spellings.end(), piece) - spellings.begin());
    }
};

class SentencePiece : public ::testing::Test {
protected:
    Vocabulary vocabulary;
    Tokenizer open(std::optional<TokenId> bos = {}) {
        auto tokenizer = Tokenizer::fromSentencePiece(text::sentencePieceFile(vocabulary.v), "t.model", bos);
        EXPECT_TRUE(tokenizer) << (tokenizer ? "" : tokenizer.error().message);
        return *tokenizer;
    }
    std::vector<TokenId> ids(const std::vector<std::string>& pieces) {
        std::vector<TokenId> out;
        for (const std::string& p : pieces) out.push_back(vocabulary.id(p));
        return out;
    }
};

TEST_F(SentencePiece, mergesByScoreAndGivesTextBack) {
    const Tokenizer t = open();
    EXPECT_EQ(t.size(), static_cast<std::int64_t>(vocabulary.spellings.size()));
    const auto check = [&](const std::string& text, const std::vector<std::string>& pieces) {
        const auto got = t.encode(text);
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(*got, ids(pieces)) << text;
        EXPECT_EQ(t.decode(*got), text);
        StreamDecoder stream(t);
        std::string all;
        for (const TokenId id : *got) all += stream.push(id);
        EXPECT_EQ(all + stream.flush(), text);
    };
    check("", {});
    check("hello world", {"▁hello", "▁world"});
    check("hello", {"▁hello"});
    check(" hello", {"▁", "▁hello"});
    check("hello  hello", {"▁hello", "▁", "▁hello"});
    check("   ", {"▁▁", "▁▁"});
    check("wo", {"▁w", "o"});
    check("é", {"▁", "é"});
    check("x\n", {"▁", "<0x78>", "<0x0A>"});                  // no piece of their own: bytes
    check("ü", {"▁", "<0xC3>", "<0xBC>"});
}

TEST_F(SentencePiece, tellsOfItsTokens) {
    const Tokenizer t = open();
    EXPECT_TRUE(t.isSpecial(1));
    EXPECT_TRUE(t.isSpecial(0));
    EXPECT_FALSE(t.isSpecial(vocabulary.id("▁hello")));
    EXPECT_EQ(t.pieceBytes(vocabulary.id("▁hello")), " hello");
    EXPECT_EQ(t.pieceBytes(vocabulary.id("<0x0A>")), "\n");
    EXPECT_EQ(t.pieceBytes(1), "<s>");
    EXPECT_EQ(t.tokenId("</s>"), 2);
    EXPECT_EQ(t.tokenId("▁world"), vocabulary.id("▁world"));
    EXPECT_FALSE(t.hasToken(static_cast<TokenId>(vocabulary.spellings.size())));
}

TEST_F(SentencePiece, beginsTextsWhereAsked) {
    const Tokenizer t = open(TokenId{1});
    const auto got = t.encode("hello");
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, ids({"<s>", "▁hello"}));
    EXPECT_EQ(t.decode(*got), "<s>hello");
}

TEST_F(SentencePiece, longTextsAreCutWhereNothingChanges) {
    const Tokenizer t = open();
    std::string text;
    std::vector<TokenId> expected;
    for (int i = 0; i < 30000; ++i) {
        text += i == 0 ? "hello" : i % 7 == 0 ? " world" : " hello";
        expected.push_back(vocabulary.id(i % 7 == 0 && i > 0 ? "▁world" : "▁hello"));
    }
    std::int64_t heard = 0;
    const auto got = t.encode(text, {}, [&](const Progress& p) {
        EXPECT_GT(p.current, heard);
        heard = p.current;
    });
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, expected);
    EXPECT_GT(heard, 0);
    EXPECT_EQ(t.decode(*got), text);

    std::stop_source source;
    source.request_stop();
    const auto stopped = t.encode(text, source.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
}

TEST_F(SentencePiece, refusesOtherBytes) {
    for (const std::string& bytes : {std::string("nonsense"), std::string(), std::string("\x0a\xff\xff\xff\xff\x0f", 6)}) {
        const auto t = Tokenizer::fromSentencePiece(bytes, "t.model");
        ASSERT_FALSE(t);
        EXPECT_EQ(t.error().code, ErrorCode::Format);
        EXPECT_NE(t.error().message.find("t.model"), std::string::npos);
        EXPECT_EQ(t.error().message.find('\n'), std::string::npos);
    }
}

TEST_F(SentencePiece, opensTokenizerModelFiles) {
    const auto path = std::filesystem::temp_directory_path() / ("ms-" + std::to_string(::getpid()) + ".model");
    std::ofstream(path, std::ios::binary) << text::sentencePieceFile(vocabulary.v);
    const auto t = Tokenizer::fromFile(path);
    std::filesystem::remove(path);
    ASSERT_TRUE(t) << t.error().message;
    EXPECT_EQ(*t->encode("hello"), ids({"▁hello"}));
}

}  // namespace
}  // namespace ms
