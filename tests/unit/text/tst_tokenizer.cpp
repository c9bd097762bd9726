// The published GPT-NeoX tokenizer against the reference library's ids, and what any text must survive.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "engine/text/normalizer.h"
#include "engine/text/tokenizer.h"
#include "engine/text/unicode.h"
#include "tests/support/gunzip.h"

using namespace ms;

namespace {

const std::filesystem::path kFolder = std::filesystem::path(MS_TEST_DATA) / "tokenizers" / "gpt-neox-20b";

const Tokenizer& neox() {
    static const Tokenizer tokenizer = [] {
        const std::filesystem::path file = std::filesystem::temp_directory_path() / ("mambascope-neox-" + std::to_string(getpid()) + ".json");
        gunzip(kFolder / "tokenizer.json.gz", file);
        Result<Tokenizer> loaded = Tokenizer::fromFile(file);
        std::filesystem::remove(file);
        if (!loaded) throw std::runtime_error(loaded.error().message);
        return *loaded;
    }();
    return tokenizer;
}

nlohmann::json golden() {
    std::ifstream file(kFolder / "golden.json");
    return nlohmann::json::parse(file);
}

std::vector<TokenId> encoded(std::string_view text) {
    const auto ids = neox().encode(text);
    EXPECT_TRUE(ids) << ids.error().message;
    return ids ? *ids : std::vector<TokenId>();
}

std::string streamed(const std::vector<TokenId>& ids) {
    StreamDecoder decoder(neox());
    std::string text;
    for (const TokenId id : ids) {
        const std::string part = decoder.push(id);
        EXPECT_TRUE(text::isValidUtf8(part));
        text += part;
    }
    return text + decoder.flush();
}

std::string randomBytes(std::mt19937& random, std::size_t bytes, unsigned limit) {
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>(random() % limit);
    return text;
}

}  // namespace

TEST(GptNeox, EncodesAndDecodesAsTheReference) {
    const nlohmann::json rows = golden();
    ASSERT_EQ(rows.size(), 54u);
    for (const auto& row : rows) {
        const auto text = row["text"].get<std::string>();
        const auto ids = row["ids"].get<std::vector<TokenId>>();
        EXPECT_EQ(encoded(text), ids) << row["text"].dump();
        EXPECT_EQ(neox().decode(ids), row["decoded"].get<std::string>()) << row["text"].dump();
        EXPECT_EQ(streamed(ids), row["decoded"].get<std::string>()) << row["text"].dump();
    }
}

// Past the size where the piece cache sets in.
TEST(GptNeox, LongTextsGiveTheTokensOfTheirParts) {
    std::string text;
    std::vector<TokenId> ids;
    while (text.size() < 200'000) {
        for (const auto& row : golden()) {
            text += row["text"].get<std::string>() + "<|endoftext|>";
            for (const auto& id : row["ids"]) ids.push_back(id.get<TokenId>());
            ids.push_back(0);
        }
    }
    EXPECT_EQ(encoded(text), ids);
}

TEST(GptNeox, KnowsItsTokens) {
    EXPECT_EQ(neox().size(), 50277);
    EXPECT_TRUE(neox().hasToken(0));
    EXPECT_TRUE(neox().hasToken(50276));
    EXPECT_FALSE(neox().hasToken(50277));  // the model's padding rows
    EXPECT_FALSE(neox().hasToken(-1));
    EXPECT_EQ(neox().tokenId("<|endoftext|>"), 0);
    EXPECT_EQ(neox().tokenId("ĠHello"), 24387);
    EXPECT_EQ(neox().tokenId("no such token"), std::nullopt);
    EXPECT_TRUE(neox().isSpecial(0));
    EXPECT_TRUE(neox().isSpecial(1));
    EXPECT_FALSE(neox().isSpecial(2));
    EXPECT_FALSE(neox().isSpecial(50276));  // added, but ordinary text
    EXPECT_EQ(neox().pieceBytes(24387), " Hello");
    EXPECT_EQ(neox().pieceBytes(50276), "  ");
    EXPECT_EQ(neox().pieceBytes(50300), "");
    EXPECT_EQ(neox().decode(std::vector<TokenId>{24387, 50300, -7, 13}), " Hello,");
}

TEST(GptNeox, AnyBytesComeBackWithBrokenOnesReplaced) {
    std::mt19937 random(7);
    text::Normalizer nfc;
    ASSERT_TRUE(nfc.addForm("NFC"));
    for (int round = 0; round < 300; ++round) {
        const std::string bytes = randomBytes(random, random() % 400, round % 2 == 0 ? 256 : 128);
        const std::string expected = *nfc.apply(text::toValidUtf8(bytes));
        const auto ids = encoded(bytes);
        ASSERT_EQ(neox().decode(ids), expected);
        ASSERT_EQ(streamed(ids), expected);
    }
}

TEST(GptNeox, TextSurvivesAtEveryCut) {
    const std::string text = "naïve 日本語 🙂👨‍👩‍👧 \u00a0 é\r\n\tx";
    for (std::size_t end = 0; end <= text.size(); ++end) {
        const std::string expected = text::toValidUtf8(text.substr(0, end));
        EXPECT_EQ(neox().decode(encoded(text.substr(0, end))), expected) << end;
    }
}

TEST(StreamDecoder, HoldsBackUnfinishedCharacters) {
    // U+1D518 has no token of its own: four tokens, one character.
    const std::vector<TokenId> ids = encoded("\U0001D518");
    ASSERT_EQ(ids, (std::vector<TokenId>{172, 240, 231, 235}));
    StreamDecoder decoder(neox());
    EXPECT_EQ(decoder.push(172), "");
    EXPECT_EQ(decoder.push(240), "");
    EXPECT_EQ(decoder.push(231), "");
    EXPECT_EQ(decoder.push(235), "\U0001D518");
    EXPECT_EQ(decoder.flush(), "");

    EXPECT_EQ(decoder.push(172), "");
    EXPECT_EQ(decoder.push(66), "\uFFFDa");  // the sequence broke off
    EXPECT_EQ(decoder.push(172), "");
    EXPECT_EQ(decoder.push(240), "");
    EXPECT_EQ(decoder.flush(), "\uFFFD");
    EXPECT_EQ(decoder.push(66), "a");
}

TEST(StreamDecoder, RandomTokensGiveTheWholeDecoding) {
    std::mt19937 random(11);
    for (int round = 0; round < 200; ++round) {
        std::vector<TokenId> ids(random() % 50);
        // Mostly single bytes (ids 2 to 257), where characters break.
        for (TokenId& id : ids) id = static_cast<TokenId>(random() % (round % 2 == 0 ? 260 : 50300));
        EXPECT_EQ(streamed(ids), neox().decode(ids));
    }
}

TEST(GptNeox, CanBeStoppedAndTellsProgress) {
    std::string text;
    while (text.size() < 3'000'000) text += "a selective scan keeps what it needs ";
    std::stop_source source;
    std::vector<std::int64_t> seen;
    const auto stopped = neox().encode(text, source.get_token(), [&](const Progress& progress) {
        EXPECT_EQ(progress.total, static_cast<std::int64_t>(text.size()));
        seen.push_back(progress.current);
        if (seen.size() == 3) source.request_stop();
    });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(seen.size(), 3u);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

namespace {

// Prints; the round trip is what is asserted.
void timeLongText(const char* what, const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    const auto ids = encoded(text);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << what << ": " << text.size() << " bytes, " << ids.size() << " tokens, " << seconds << " s, "
              << static_cast<double>(text.size()) * 1e-6 / seconds << " MB/s\n";
    EXPECT_EQ(neox().decode(ids), text);
}

constexpr std::size_t kLong = 10'000'000;

}  // namespace

TEST(LongText, WordsThatRepeatAndWordsThatDoNot) {
    std::mt19937 random(3);
    std::vector<std::string> words;
    for (int i = 0; i < 20000; ++i) {
        std::string word;
        for (std::size_t n = 2 + random() % 9; n > 0; --n) word += static_cast<char>('a' + random() % 26);
        words.push_back(word);
    }
    std::string repeated, fresh;
    while (repeated.size() < kLong) {
        // Squaring favours the first words, roughly as language does.
        const double u = static_cast<double>(random() % 10000) / 10000.0;
        repeated += words[static_cast<std::size_t>(u * u * u * u * 20000.0)];
        repeated += random() % 12 == 0 ? ".\n" : " ";
    }
    while (fresh.size() < kLong / 4) {
        for (std::size_t n = 2 + random() % 9; n > 0; --n) fresh += static_cast<char>('a' + random() % 26);
        fresh += ' ';
    }
    timeLongText("words of a vocabulary", repeated);
    timeLongText("random words", fresh);
}

TEST(LongText, OnePiece) {
    timeLongText("one letter", std::string(kLong, 'x'));
    std::mt19937 random(5);
    std::string letters;
    for (std::size_t i = 0; i < kLong / 4; ++i) letters += static_cast<char>('a' + random() % 26);
    timeLongText("random letters without a space", letters);
}

TEST(LongText, SpacesAndBrokenBytes) {
    timeLongText("spaces", std::string(kLong, ' '));
    const auto ids = encoded(std::string(kLong / 4, '\xff'));
    EXPECT_EQ(neox().decode(ids).size(), 3 * kLong / 4);  // U+FFFD each
}
