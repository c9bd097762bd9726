// The symbols of a CTC model as config.json gives them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/speech/speech_fixture.h"

using namespace ms;
using nlohmann::json;

namespace {

json config() { return {{"vocab", {"", " ", "'", "a", "b"}}, {"blank_id", 0}, {"vocab_size", 5}}; }

std::string errorOf(const json& object) {
    const auto vocabulary = CtcVocabulary::fromConfig(object, "config.json");
    EXPECT_FALSE(vocabulary);
    return vocabulary ? "" : vocabulary.error().message;
}

}  // namespace

TEST(CtcVocabulary, ReadsTheConfiguration) {
    const auto vocabulary = CtcVocabulary::fromConfig(config(), "config.json");
    ASSERT_TRUE(vocabulary) << vocabulary.error().message;
    EXPECT_EQ(vocabulary->size(), 5u);
    EXPECT_EQ(vocabulary->blank(), 0);
    EXPECT_EQ(vocabulary->separators(), std::vector<SymbolId>{1});
    EXPECT_TRUE(vocabulary->isSeparator(1));
    EXPECT_FALSE(vocabulary->isSeparator(0));
    EXPECT_EQ(vocabulary->symbol(3).text, "a");
}

TEST(CtcVocabulary, KnowsPiecesThatCarrySeparators) {
    const auto vocabulary = test::vocabularyOf({"", "\u2581", " the", "ing ", "\u2581an", "\u00fc"});
    EXPECT_EQ(vocabulary.separators(), std::vector<SymbolId>{1});
    EXPECT_EQ(vocabulary.symbol(2).text, "the");
    EXPECT_TRUE(vocabulary.symbol(2).breaks_before);
    EXPECT_FALSE(vocabulary.symbol(2).breaks_after);
    EXPECT_EQ(vocabulary.symbol(3).text, "ing");
    EXPECT_TRUE(vocabulary.symbol(3).breaks_after);
    EXPECT_EQ(vocabulary.symbol(4).text, "an");
    EXPECT_TRUE(vocabulary.symbol(4).breaks_before);
    EXPECT_EQ(vocabulary.symbol(5).text, "\u00fc");
}

TEST(CtcVocabulary, NamesWhatIsWrong) {
    json c = config();
    c["blank_id"] = 1;
    EXPECT_EQ(errorOf(c), "config.json: vocab[1] is \" \"; the CTC blank at blank_id must be \"\"");
    c["blank_id"] = 5;
    EXPECT_EQ(errorOf(c), "config.json: blank_id 5 is beyond the 5 symbols of vocab");
    c["blank_id"] = 18446744073709551615u;
    EXPECT_NE(errorOf(c).find("is beyond the 5 symbols"), std::string::npos);
    c["blank_id"] = -1;
    EXPECT_EQ(errorOf(c), "config.json: blank_id -1 is beyond the 5 symbols of vocab");
    c["blank_id"] = 0.5;
    EXPECT_EQ(errorOf(c), "config.json: blank_id must be a whole number");
    c = config();
    c["vocab_size"] = 6;
    EXPECT_EQ(errorOf(c), "config.json: vocab_size does not match the 5 symbols of vocab");
    c = config();
    c["vocab"][4] = "a";
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] \"a\" is there twice");
    c["vocab"][4] = "";
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] \"\" is there twice");
    c["vocab"][4] = "a b";
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] \"a b\" has a separator inside");
    c["vocab"][4] = "a\n";
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] \"a?\" has a control character");
    c["vocab"][4] = "\xff";
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] \"?\" is not UTF-8");
    c["vocab"][4] = 7;
    EXPECT_EQ(errorOf(c), "config.json: vocab[4] is no text");
    c["vocab"] = json::array({""});
    c.erase("vocab_size");
    EXPECT_EQ(errorOf(c), "config.json: vocab has 1 symbols; 2 to 65536 are possible");
    c.erase("vocab");
    EXPECT_EQ(errorOf(c), "config.json: vocab must be a list of symbols");
    EXPECT_EQ(errorOf(json::array()), "config.json: is not a JSON object");
}
