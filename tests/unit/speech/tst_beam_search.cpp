// Prefix beam search against the definition (all paths) and against a plain twin without streaming.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numbers>

#include "engine/speech/beam_decoder.h"
#include "tests/unit/speech/speech_fixture.h"

using namespace ms;
using namespace ms::test;

namespace {

double logSum(double a, double b) {
    if (a < b) std::swap(a, b);
    return b == kLogZero ? a : a + std::log(1 + std::exp(b - a));
}

/// Words of a label string by the rules of CtcVocabulary::Symbol, the last one apart if nothing ends it.
struct Spelled {
    std::vector<std::string> complete;
    std::string running;
};

Spelled spell(const std::vector<std::string>& symbols, const std::vector<SymbolId>& labels) {
    std::string text;
    for (const SymbolId label : labels) text += symbols[static_cast<std::size_t>(label)];
    Spelled spelled;
    for (const char c : text) {
        if (c != ' ') {
            spelled.running += c;
        } else if (!spelled.running.empty()) {
            spelled.complete.push_back(std::exchange(spelled.running, {}));
        }
    }
    return spelled;
}

/// The score of words by its definition.
double wordScore(const ArpaTwin& twin, const WordScoreOptions& options, const std::vector<std::string>& words, bool end) {
    std::vector<std::string> history{"<s>"};
    double score = 0;
    for (const std::string& word : words) {
        const bool known = twin.has(word);
        double ln = twin.log10(history, known ? word : "<unk>") * std::numbers::ln10;
        if (!known) ln += options.spelling * static_cast<double>(word.size());
        score += options.lm_weight * ln + options.word_bonus;
        history.push_back(known ? word : "<unk>");
    }
    return end ? score + options.lm_weight * twin.log10(history, "</s>") * std::numbers::ln10 : score;
}

/// The score of a hypothesis on its way: a running word that no known word begins with counts as unknown already.
double scoreSoFar(const ArpaTwin& twin, const WordScoreOptions& options, Spelled spelled) {
    if (!spelled.running.empty() && !twin.begins(spelled.running)) spelled.complete.push_back(spelled.running);
    return wordScore(twin, options, spelled.complete, false);
}

/// Without leading and repeated separators.
std::vector<SymbolId> withoutIdleSeparators(const std::vector<std::string>& symbols, const std::vector<SymbolId>& labels) {
    std::vector<SymbolId> kept;
    for (const SymbolId label : labels) {
        const bool separator = symbols[static_cast<std::size_t>(label)] == " ";
        if (separator && (kept.empty() || symbols[static_cast<std::size_t>(kept.back())] == " ")) continue;
        kept.push_back(label);
    }
    return kept;
}

/// ln mass of every label string over all paths.
std::map<std::vector<SymbolId>, double> massesOf(const std::vector<std::string>& symbols, const std::vector<float>& rows) {
    const std::size_t width = symbols.size(), frames = rows.size() / width;
    std::map<std::vector<SymbolId>, double> masses;
    std::vector<std::size_t> path(frames, 0);
    while (true) {
        std::vector<SymbolId> labels;
        double sum = 0;
        for (std::size_t t = 0; t < frames; ++t) {
            if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) labels.push_back(static_cast<SymbolId>(path[t]));
            sum += static_cast<double>(rows[t * width + path[t]]);
        }
        const auto [entry, fresh] = masses.try_emplace(withoutIdleSeparators(symbols, labels), kLogZero);
        entry->second = logSum(entry->second, sum);
        std::size_t t = 0;
        while (t < frames && ++path[t] == width) path[t++] = 0;
        if (t == frames) return masses;
    }
}

struct Case {
    std::vector<std::string> symbols;
    std::size_t frames;
};

/// The list is that of the best strings of `ended` (string -> ln mass), in order, with their sums; `settled` are the words that are not
/// in it any more.
void expectBestOf(const std::vector<SpeechHypothesis>& list, const std::map<std::vector<SymbolId>, double>& ended,
                  const std::vector<DecodedWord>& settled, const std::vector<std::string>& symbols, const WordScoreOptions& options,
                  const ArpaTwin* twin) {
    struct Expected {
        std::string text;
        double acoustic, ngram, score;
    };
    WordScoreOptions plain = options;  // ln P alone
    plain.lm_weight = 1;
    plain.word_bonus = 0;
    std::vector<Expected> all;
    for (const auto& [labels, mass] : ended) {
        Spelled spelled = spell(symbols, labels);
        if (!spelled.running.empty()) spelled.complete.push_back(spelled.running);
        auto& e = all.emplace_back(Expected{"", mass, 0, mass});
        for (const auto& word : spelled.complete) e.text += (e.text.empty() ? "" : " ") + word;
        if (twin == nullptr) continue;
        e.ngram = wordScore(*twin, plain, spelled.complete, options.sentence_end);
        e.score += wordScore(*twin, options, spelled.complete, options.sentence_end);
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    ASSERT_EQ(list.size(), std::min<std::size_t>(25, all.size()));
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto words = settled;
        words.insert(words.end(), list[i].words.begin(), list[i].words.end());
        EXPECT_EQ(textOf(words), all[i].text) << i;
        EXPECT_NEAR(list[i].acoustic, all[i].acoustic, 1e-9) << i;
        EXPECT_NEAR(list[i].ngram, all[i].ngram, 1e-9) << i;
        EXPECT_NEAR(list[i].score, all[i].score, 1e-9) << i;
        for (const DecodedWord& word : list[i].words) {
            EXPECT_LT(word.begin, word.end);
            EXPECT_TRUE(word.confidence > 0 && word.confidence <= 1) << word.confidence;
        }
    }
}

class BruteForce : public testing::TestWithParam<bool> {};

}  // namespace

TEST_P(BruteForce, FindsTheBestOfAllStrings) {
    const bool withNgram = GetParam();
    const ArpaTwin twin(kTinyArpa);
    auto parsed = NgramModel::parse(kTinyArpa, "tiny.arpa");
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto ngram = std::make_shared<const NgramModel>(std::move(*parsed));
    std::mt19937 random(17);
    const std::vector<Case> cases{{{"", " ", "a", "b"}, 1},       {{"", " ", "a", "b"}, 5}, {{"", " ", "a", "b"}, 7},
                                  {{"", " ", "a"}, 9},            {{"", "a", "b"}, 7},      {{"", " ", "a", "b", "ab", "'"}, 5},
                                  {{"", " a", "b", " b", "a"}, 5}, {{"", "a ", "b", " ", " a"}, 6}};
    for (const Case& c : cases) {
        for (int round = 0; round < 12; ++round) {
            const auto rows = randomRows(random, c.frames, c.symbols.size(), 0.5 + 0.2 * round);
            BeamOptions options;
            options.beam = 4096;
            options.token_margin = options.beam_margin = 1e6;
            options.words = {0.3 + 0.1 * round, 0.7, -1.5, round % 2 == 0};
            const auto created = BeamDecoder::create(vocabularyOf(c.symbols), options, withNgram ? ngram : nullptr);
            ASSERT_TRUE(created);
            BeamDecoder& decoder = **created;
            std::vector<DecodedWord> words;
            for (std::size_t t = 0; t < c.frames; ++t) {
                ASSERT_TRUE(decoder.push(std::span(rows).subspan(t * c.symbols.size(), c.symbols.size())));
                for (auto& word : decoder.takeSettled()) words.push_back(word);
            }
            double best = kLogZero, bestAtEnd = kLogZero;
            std::vector<std::string> bestWords;
            std::map<std::vector<SymbolId>, double> ended;  // the string without a separator at its end -> ln mass
            for (const auto& [labels, mass] : massesOf(c.symbols, rows)) {
                const double score = withNgram ? scoreSoFar(twin, options.words, spell(c.symbols, labels)) : 0;
                best = std::max(best, mass + score);
                auto text = labels;
                if (text.size() > 1 && c.symbols[static_cast<std::size_t>(text.back())] == " " &&
                    !spell(c.symbols, {text.begin(), text.end() - 1}).running.empty())
                    text.pop_back();
                const auto [entry, fresh] = ended.try_emplace(text, kLogZero);
                entry->second = logSum(entry->second, mass);
            }
            EXPECT_NEAR(decoder.bestScore(), best, 1e-9);
            for (const auto& [labels, mass] : ended) {
                Spelled spelled = spell(c.symbols, labels);
                if (!spelled.running.empty()) spelled.complete.push_back(spelled.running);
                const double score = withNgram ? wordScore(twin, options.words, spelled.complete, options.words.sentence_end) : 0;
                if (mass + score > bestAtEnd) {
                    bestAtEnd = mass + score;
                    bestWords = spelled.complete;
                }
            }
            expectBestOf(decoder.hypotheses(25), ended, words, c.symbols, options.words, withNgram ? &twin : nullptr);
            decoder.finish();
            for (auto& word : decoder.takeSettled()) words.push_back(word);
            std::string expected;
            for (const auto& word : bestWords) expected += (expected.empty() ? "" : " ") + word;
            EXPECT_EQ(textOf(words), expected) << c.symbols.size() << " symbols, " << c.frames << " frames, round " << round;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(BeamSearch, BruteForce, testing::Bool(),
                         [](const auto& values) { return values.param ? "withNgram" : "soundAlone"; });

namespace {

/// Algorithm 1 of Hannun et al. over whole strings: nothing is shared, nothing is settled.
std::string plainBeamSearch(const std::vector<std::string>& symbols, const std::vector<float>& rows, const BeamOptions& options,
                            const ArpaTwin& twin) {
    struct Mass {
        double blank = kLogZero, label = kLogZero;
    };
    const std::size_t width = symbols.size();
    using Beam = std::map<std::vector<SymbolId>, Mass>;
    Beam beam{{{}, {0, kLogZero}}};
    const auto score = [&](const auto& entry) {
        return logSum(entry.second.blank, entry.second.label) +
               scoreSoFar(twin, options.words, spell(symbols, entry.first));
    };
    for (std::size_t t = 0; t * width < rows.size(); ++t) {
        const float* row = rows.data() + t * width;
        const double floor = static_cast<double>(*std::max_element(row, row + width)) - options.token_margin;
        Beam next;
        for (const auto& [labels, mass] : beam) {
            const double both = logSum(mass.blank, mass.label);
            for (std::size_t s = 0; s < width; ++s) {
                const double p = row[s];
                if (p < floor) continue;
                auto longer = labels;
                longer.push_back(static_cast<SymbolId>(s));
                const bool idle = symbols[s] == " " && (labels.empty() || symbols[static_cast<std::size_t>(labels.back())] == " ");
                if (s == 0) {
                    next[labels].blank = logSum(next[labels].blank, both + p);
                } else if (idle) {
                    next[labels].label = logSum(next[labels].label, both + p);
                } else if (!labels.empty() && labels.back() == static_cast<SymbolId>(s)) {
                    if (mass.label > kLogZero) next[labels].label = logSum(next[labels].label, mass.label + p);
                    if (mass.blank > kLogZero) next[longer].label = logSum(next[longer].label, mass.blank + p);
                } else {
                    next[longer].label = logSum(next[longer].label, both + p);
                }
            }
        }
        std::vector<std::pair<double, Beam::const_iterator>> ranked;
        for (auto it = next.cbegin(); it != next.cend(); ++it) ranked.emplace_back(score(*it), it);
        std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        beam.clear();
        for (std::size_t i = 0; i < ranked.size() && i < static_cast<std::size_t>(options.beam); ++i)
            if (ranked[i].first >= ranked[0].first - options.beam_margin) beam.insert(*ranked[i].second);
    }
    double best = kLogZero;
    std::string text;
    for (const auto& [labels, mass] : beam) {
        double sound = logSum(mass.blank, mass.label);
        auto other = labels;
        Spelled spelled = spell(symbols, labels);
        if (!spelled.running.empty()) {
            other.push_back(1);
            spelled.complete.push_back(spelled.running);
            if (const auto twice = beam.find(other); twice != beam.end())
                sound = logSum(sound, logSum(twice->second.blank, twice->second.label));
        }
        const double total = sound + wordScore(twin, options.words, spelled.complete, true);
        if (total <= best) continue;
        best = total;
        text.clear();
        for (const auto& word : spelled.complete) text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

}  // namespace

TEST(BeamSearch, SettlingChangesNothing) {
    std::vector<std::string> symbols{"", " ", "'"};
    for (char c = 'a'; c <= 'z'; ++c) symbols.emplace_back(1, c);
    const ArpaTwin twin(kTinyArpa);
    const auto ngram = std::make_shared<const NgramModel>(*NgramModel::parse(kTinyArpa, "tiny.arpa"));
    std::mt19937 random(4);
    std::size_t early = 0;
    for (int round = 0; round < 12; ++round) {
        BeamOptions options;
        options.beam = 3 + round;
        options.open_frames = 1'000'000;
        std::string said;
        for (int i = 0; i < 15; ++i) said += std::vector<std::string>{"a ", "b ", "ab ", "ba ", "seven "}[random() % 5];
        const auto rows = spokenRows(random, said, 0.9 + 0.1 * round);
        auto decoder = std::move(*BeamDecoder::create(letters(), options, ngram));
        ASSERT_TRUE(decoder->push(rows));
        auto words = decoder->takeSettled();
        early += words.size();
        decoder->finish();
        for (auto& word : decoder->takeSettled()) words.push_back(word);
        EXPECT_EQ(textOf(words), plainBeamSearch(symbols, rows, options, twin)) << round;
    }
    EXPECT_GT(early, 50u) << "the test is about words that were settled before the end";
}

TEST(BeamSearch, AnyHypothesisMayBeWhatWasSaidAndSettledWordsStay) {
    const auto ngram = std::make_shared<const NgramModel>(*NgramModel::parse(kTinyArpa, "tiny.arpa"));
    std::mt19937 random(9);
    const auto rows = spokenRows(random, "a b ab seven ba a seven b", 1.6);
    auto decoder = std::move(*BeamDecoder::create(letters(), {}, ngram));
    ASSERT_TRUE(decoder->push(rows));
    const auto settled = decoder->takeSettled();
    ASSERT_FALSE(settled.empty());
    const auto list = decoder->hypotheses(1000);
    ASSERT_GT(list.size(), 2u);
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
    for (const SpeechHypothesis& hypothesis : list)
        EXPECT_TRUE(hypothesis.words.empty() || hypothesis.words.front().begin >= settled.back().end);
    decoder->finishWith(list[2]);
    EXPECT_EQ(decoder->takeSettled(), list[2].words);
    EXPECT_TRUE(decoder->tentative().empty());
    // The next utterance begins anew.
    ASSERT_TRUE(decoder->push(rows));
    EXPECT_EQ(textOf(decoder->takeSettled()), textOf(settled));
    decoder->finish();
    EXPECT_EQ(textOf(decoder->takeSettled()), textOf(list[0].words));
}

TEST(BeamSearch, TheNgramDecidesWhatTheSoundLeavesOpen) {
    const auto ngram = std::make_shared<const NgramModel>(*NgramModel::parse(kTinyArpa, "tiny.arpa"));
    const CtcVocabulary vocabulary = vocabularyOf({"", " ", "a", "b", "c"});
    const auto lnOf = [](std::vector<double> p) {
        std::vector<float> row;
        for (const double x : p) row.push_back(static_cast<float>(std::log(x)));
        return row;
    };
    std::vector<float> rows;
    for (const auto& row : {lnOf({.01, .01, .96, .01, .01}), lnOf({.01, .96, .01, .01, .01}), lnOf({.01, .01, .01, .45, .52})})
        rows.insert(rows.end(), row.begin(), row.end());
    const auto decoded = [&](std::shared_ptr<const NgramModel> model) {
        auto decoder = std::move(*BeamDecoder::create(vocabulary, {}, std::move(model)));
        EXPECT_TRUE(decoder->push(rows));
        decoder->finish();
        return textOf(decoder->takeSettled());
    };
    EXPECT_EQ(decoded(nullptr), "a c");
    EXPECT_EQ(decoded(ngram), "a b");
}

TEST(BeamOptions, AreReadFromJson) {
    const auto options = BeamOptions::fromJson({{"lm_weight", 0.75}, {"word_bonus", -1}, {"beam", 32}, {"note", "x"}}, "decoder.json");
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->beam, 32);
    EXPECT_EQ(options->words.lm_weight, 0.75);
    EXPECT_EQ(options->words.word_bonus, -1);
    const auto errorOf = [](const nlohmann::json& json) { return BeamOptions::fromJson(json, "decoder.json").error().message; };
    EXPECT_EQ(errorOf({{"beam", 0}}), "decoder.json: beam: is not a whole number from 1 to 4096");
    EXPECT_EQ(errorOf({{"beam", 1.5}}), "decoder.json: beam: is not a whole number from 1 to 4096");
    EXPECT_EQ(errorOf({{"beam", 1e300}}), "decoder.json: beam: is not a whole number from 1 to 4096");
    EXPECT_EQ(errorOf({{"lm_weight", "x"}}), "decoder.json: lm_weight: is no number");
    EXPECT_EQ(errorOf({{"lm_weight", -1}}), "decoder.json: lm_weight: -1.0 is not a number from 0.0 to 100.0");
    EXPECT_EQ(errorOf(nlohmann::json::array()), "decoder.json: is not a JSON object");
}
