// ARPA files: probabilities by hand and by definition, and every way in which a file can be wrong.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "engine/speech/ngram_model.h"
#include "engine/speech/word_scorer.h"
#include "tests/unit/speech/speech_fixture.h"

using namespace ms;
using namespace ms::test;

namespace {

NgramModel modelOf(const std::string& text) {
    auto model = NgramModel::parse(text, "m.arpa");
    EXPECT_TRUE(model) << model.error().message;
    return std::move(*model);
}

double sentence(const NgramModel& model, const std::vector<std::string>& words) {
    double sum = 0;
    NgramState state = model.start();
    for (const auto& word : words) {
        const auto known = model.find(word);
        const WordId id = known ? *known : model.unknown().value();
        sum += model.log10Probability(state, id);
        state = model.after(state, id);
    }
    return sum + model.log10Probability(state, model.sentenceEnd().value());
}

std::string changed(const std::string& from, const std::string& to) {
    std::string text = kTinyArpa;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

std::string errorOf(const std::string& text) {
    const auto model = NgramModel::parse(text, "m.arpa");
    EXPECT_FALSE(model);
    if (model) return {};
    EXPECT_EQ(model.error().code, ErrorCode::Format);
    EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
    return model.error().message;
}

/// A random back-off model of any order; log10 values of all kinds.
std::string randomArpa(std::mt19937& random, int order, const std::vector<std::string>& words) {
    std::uniform_real_distribution<double> value(-4, 0);
    std::vector<std::vector<std::string>> grams{{""}};
    std::string header = "\\data\\\n", body;
    for (int n = 1; n <= order; ++n) {
        std::vector<std::vector<std::string>> next;
        body += "\\" + std::to_string(n) + "-grams:\n";
        std::size_t count = 0;
        for (const auto& parent : grams) {
            for (const auto& word : words) {
                if (n > 1 && random() % 3 != 0) continue;
                std::vector<std::string> gram = n == 1 ? std::vector<std::string>{} : parent;
                gram.push_back(word);
                body += std::to_string(value(random));
                for (const auto& part : gram) body += (random() % 2 ? "\t" : "  ") + part;
                if (random() % 4 != 0 && n < order) body += "\t" + std::to_string(value(random) + 2);
                body += random() % 5 ? "\n" : "\r\n";
                next.push_back(gram);
                ++count;
            }
        }
        header += "ngram " + std::to_string(n) + "=" + std::to_string(count) + "\n";
        std::shuffle(next.begin(), next.end(), random);
        grams = std::move(next);
        if (grams.size() > 60) grams.resize(60);
    }
    return header + "\n" + body + "\\end\\\n";
}

}  // namespace

TEST(NgramModel, ScoresAsComputedByHand) {
    const NgramModel model = modelOf(kTinyArpa);
    EXPECT_EQ(model.order(), 3);
    EXPECT_EQ(model.count(1), 7u);
    EXPECT_EQ(model.count(2), 5u);
    EXPECT_EQ(model.count(3), 2u);
    // a | <s>: listed -0.4. b | <s> a: listed -0.1. a | a b: listed -0.35.
    // b | b a: not listed; backoff(b a) 0, then a b listed -0.6. </s> | a b: not listed; backoff(a b) -0.15, b </s> -0.8
    EXPECT_NEAR(sentence(model, {"a", "b", "a", "b"}), -0.4 - 0.1 - 0.35 - 0.6 - 0.15 - 0.8, 1e-6);
    // c | <s>: backoff(<s>) -0.5, c -2. ab | <s> c: c is a history of weight 0.125, then ab -1.3
    // zzz = <unk> | c ab: nothing, <unk> -1.5. </s> | ab <unk>: backoff(<unk>) -0.1, </s> -1.1
    EXPECT_NEAR(sentence(model, {"c", "ab", "zzz"}), -0.5 - 2 + 0.125 - 1.3 - 1.5 - 0.1 - 1.1, 1e-6);
    EXPECT_NEAR(sentence(model, {}), -0.5 - 1.1, 1e-6);
}

TEST(NgramModel, AgreesWithTheDefinition) {
    const std::vector<std::string> words{"<s>", "</s>", "<unk>", "a", "b", "it's", "\u00fcber"};
    std::mt19937 random(9);
    for (int order = 1; order <= 5; ++order) {
        const std::string text = randomArpa(random, order, words);
        const NgramModel model = modelOf(text);
        ASSERT_EQ(model.order(), order);
        const ArpaTwin twin(text);
        for (int round = 0; round < 200; ++round) {
            std::vector<std::string> history{"<s>"};
            NgramState state = model.start();
            for (int i = 0; i < 7; ++i) {
                const auto& word = words[random() % words.size()];
                const WordId id = model.find(word).value();
                EXPECT_EQ(model.word(id), word);
                ASSERT_NEAR(model.log10Probability(state, id), twin.log10(history, word), 1e-9);
                state = model.after(state, id);
                history.push_back(word);
            }
        }
    }
}

TEST(NgramModel, KnowsItsWords) {
    const NgramModel model = modelOf(kTinyArpa);
    EXPECT_FALSE(model.find("zzz"));
    EXPECT_FALSE(model.find(""));
    EXPECT_FALSE(model.find("A"));
    EXPECT_EQ(model.word(model.find("ab").value()), "ab");
    EXPECT_EQ(model.unknown(), model.find("<unk>"));
    EXPECT_EQ(model.start().length, 1);
    EXPECT_LT(model.memoryBytes(), 1000u);
}

TEST(NgramModel, RefusesMalformedFiles) {
    EXPECT_EQ(errorOf(""), "m.arpa: has no line \\data\\; it is no ARPA language model");
    EXPECT_EQ(errorOf("ngram 1=2\n\\1-grams:\n"), "m.arpa: has no line \\data\\; it is no ARPA language model");
    EXPECT_EQ(errorOf("\\data\\\n"), "m.arpa: line 1: expected \"ngram 1=COUNT\" after \\data\\");
    EXPECT_EQ(errorOf(changed("ngram 2 = 5", "ngram 2 = 6")), "m.arpa: line 24: the 2-grams end after 5 of 6");
    EXPECT_EQ(errorOf(changed("ngram 2 = 5", "ngram 2 = 4")), "m.arpa: line 22: more 2-grams than the 4 promised");
    EXPECT_EQ(errorOf(changed("ngram 1=7", "ngram 1=0")), "m.arpa: line 8: promises no words; a model needs some");
    EXPECT_EQ(errorOf(changed("ngram 2 = 5", "ngram 3 = 5")), "m.arpa: line 5: expected the count of 2-grams, found that of 3-grams");
    EXPECT_EQ(errorOf(changed("ngram 1=7", "ngram 1=9223372036854775808")),
              "m.arpa: line 4: promises 9223372036854775808 1-grams, more than the file can hold");
    EXPECT_EQ(errorOf(changed("ngram 1=7", "ngram 1=99999999999999999999")),
              "m.arpa: line 4: expected \"ngram N=COUNT\", found \"ngram 1=99999999999999999999\"");
    EXPECT_EQ(errorOf(changed("ngram 1=7", "ngram 1=-7")), "m.arpa: line 4: expected \"ngram N=COUNT\", found \"ngram 1=-7\"");
    EXPECT_EQ(errorOf(changed("\\2-grams:", "\\3-grams:")), "m.arpa: line 17: expected \\2-grams:, found \"\\3-grams:\"");
    EXPECT_EQ(errorOf(changed("\\end\\", "")), "m.arpa: line 28: ends without \\end\\; the file is cut off");
    EXPECT_EQ(errorOf(std::string(kTinyArpa).substr(0, 160)), "m.arpa: line 18: expected 2 words, found \"-0\"");
    for (const char* number : {"nan", "inf", "-inf", "1", "-1e4", "x", "0x1p-3", "1e999"})
        EXPECT_EQ(errorOf(changed("-0.7\ta", std::string(number) + "\ta")),
                  "m.arpa: line 12: expected a log10 probability from -1000 to 0, found \"" + std::string(number) + "?a?-0.25\"");
    EXPECT_EQ(errorOf(changed("a\t-0.25", "a\tnan")), "m.arpa: line 12: expected a log10 backoff weight from -1000 to 1000, found \"nan\"");
    EXPECT_EQ(errorOf(changed("a\t-0.25", "a\t-0.25 b")), "m.arpa: line 12: expected 1 words, found more: \"-0.7?a?-0.25 b\"");
    EXPECT_EQ(errorOf(changed("-2\tc\t0.125", "-2")), "m.arpa: line 15: expected 1 words, found \"-2\"");
    EXPECT_EQ(errorOf(changed("-2\tc", "-2\tb")), "m.arpa: line 15: the same n-gram as in line 13");
    EXPECT_EQ(errorOf(changed("-0.5\tb a", "-0.5\ta b")), "m.arpa: line 21: the same n-gram as in line 19");
    EXPECT_EQ(errorOf(changed("-0.5\tb a", "-0.5\tb d")), "m.arpa: line 21: word \"d\" is not among the 1-grams");
    EXPECT_EQ(errorOf(changed("-0.35\ta b a", "-0.35\tb b a")),
              "m.arpa: line 26: the first 2 words of \"-0.35?b b a\" are not among the 2-grams");
    EXPECT_EQ(errorOf("\\data\\\nngram 1=1\nngram 2=0\nngram 3=0\nngram 4=0\nngram 5=0\nngram 6=0\n"),
              "m.arpa: line 7: orders above 5 are not supported");
}

TEST(NgramModel, EveryTruncationIsRefused) {
    const std::string text = kTinyArpa;
    const std::size_t end = text.rfind("\\end\\") + 5;
    for (std::size_t length = 0; length < end; ++length) EXPECT_FALSE(NgramModel::parse(std::string_view(text).substr(0, length), "m.arpa"));
}

TEST(NgramModel, MissingFile) { EXPECT_EQ(NgramModel::open("/nonexistent/words.arpa").error().code, ErrorCode::NotFound); }

TEST(WordScorer, SpellsUnknownWords) {
    const NgramModel model = modelOf(kTinyArpa);
    const WordScorer scorer(model, {0.5, 0.25, -2, true});
    NgramState state = scorer.start();
    EXPECT_NEAR(scorer.word("a", state), 0.5 * -0.4 * std::numbers::ln10 + 0.25, 1e-6);
    // <unk> | <s> a: backoff(<s> a) -0.2, a <unk> -1.25; four characters, one of two bytes
    EXPECT_NEAR(scorer.word("\u00fcber", state), 0.5 * (-1.45 * std::numbers::ln10 - 8) + 0.25, 1e-6);
    EXPECT_NEAR(scorer.end(state), 0.5 * (-0.05 - 0.1 - 1.1) * std::numbers::ln10, 1e-6);
    EXPECT_EQ(WordScorer(model, {0.5, 0.25, -2, false}).end(state), 0.0);
    const NgramState start = scorer.start();
    EXPECT_EQ(scorer.running("", start), 0.0);
    EXPECT_EQ(scorer.running("a", start), 0.0);
    EXPECT_NEAR(scorer.running("ac", start), 0.5 * ((-0.5 - 1.5) * std::numbers::ln10 - 4) + 0.25, 1e-6);
}

// The file that ships: it loads, and what it says is a probability.
TEST(NgramModel, TheShippedModelSumsToOne) {
    const auto opened = NgramModel::open(MS_RESOURCES "/models/speech/words.arpa.gz");
    ASSERT_TRUE(opened) << opened.error().message;
    const NgramModel& model = *opened;
    EXPECT_EQ(model.order(), 3);
    EXPECT_LE(std::filesystem::file_size(MS_RESOURCES "/models/speech/words.arpa.gz"), 450'000u);
    const auto words = static_cast<WordId>(model.count(1));
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        NgramState state = round % 4 == 0 ? model.start() : NgramState{};
        for (int i = 0; i < round % 3; ++i) state = model.after(state, static_cast<WordId>(random() % words));
        double sum = 0;
        for (WordId id = 0; id < words; ++id)
            if (id != *model.sentenceStart()) sum += std::pow(10, model.log10Probability(state, id));
        EXPECT_NEAR(sum, 1, 5e-3) << round;
    }
    EXPECT_GT(sentence(model, {"p", "i", "t", "t", "s", "b", "u", "r", "g", "h"}), -14);
    std::printf("%zu words, %zu + %zu n-grams in %zu bytes\n", model.count(1), model.count(2), model.count(3), model.memoryBytes());
}
