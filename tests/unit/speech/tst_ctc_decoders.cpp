// Greedy decoding, the best path of a text, and what both decoders promise of streams.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "engine/speech/beam_decoder.h"
#include "engine/speech/ctc_alignment.h"
#include "engine/speech/greedy_decoder.h"
#include "tests/unit/speech/speech_fixture.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

/// Rows that give symbol path[t] the probability p and share the rest.
std::vector<float> rowsOf(const std::vector<std::size_t>& path, std::size_t width, double p = 0.9) {
    std::vector<float> rows;
    for (const std::size_t best : path)
        for (std::size_t i = 0; i < width; ++i)
            rows.push_back(static_cast<float>(std::log(i == best ? p : (1 - p) / static_cast<double>(width - 1))));
    return rows;
}

std::unique_ptr<CtcDecoder> beamDecoder(const CtcVocabulary& vocabulary, BeamOptions options = {},
                                        std::shared_ptr<const NgramModel> ngram = nullptr) {
    auto decoder = BeamDecoder::create(vocabulary, options, std::move(ngram));
    EXPECT_TRUE(decoder) << decoder.error().message;
    return std::move(*decoder);
}

std::shared_ptr<const NgramModel> tinyNgram() {
    auto model = NgramModel::parse(kTinyArpa, "tiny.arpa");
    EXPECT_TRUE(model) << model.error().message;
    return std::make_shared<const NgramModel>(std::move(*model));
}

std::vector<DecodedWord> allOf(CtcDecoder& decoder, const std::vector<float>& rows) {
    EXPECT_TRUE(decoder.push(rows));
    decoder.finish();
    return decoder.takeSettled();
}

std::string speech(std::mt19937& random, std::size_t words) {
    const std::vector<std::string> known{"a", "b", "ab", "seven", "zero", "hello", "oh", "it's", "rubout", "pittsburgh"};
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += known[random() % known.size()] + " ";
    return text;
}

}  // namespace

TEST(GreedyDecoder, MergesRepeatsAndDropsBlanks) {
    GreedyDecoder decoder(vocabularyOf({"", " ", "a", "b"}));
    // _  -  a  a  -  a  _  _  -  _  b  b  -
    const std::vector<float> rows = rowsOf({1, 0, 2, 2, 0, 2, 1, 1, 0, 1, 3, 3, 0}, 4);
    const auto words = allOf(decoder, rows);
    ASSERT_EQ(textOf(words), "aa b");
    EXPECT_EQ(words[0].begin, 2);
    EXPECT_EQ(words[0].end, 6);
    EXPECT_EQ(words[1].begin, 10);
    EXPECT_EQ(words[1].end, 12);
    EXPECT_NEAR(words[0].confidence, 0.9, 1e-6);
}

TEST(GreedyDecoder, ConfidenceIsTheMeanOfThePeaks) {
    GreedyDecoder decoder(vocabularyOf({"", " ", "a", "b"}));
    std::vector<float> rows = rowsOf({2}, 4, 0.5);
    for (const float x : rowsOf({2}, 4, 0.8)) rows.push_back(x);  // the same a, its peak
    for (const float x : rowsOf({3}, 4, 0.6)) rows.push_back(x);
    EXPECT_NEAR(allOf(decoder, rows).at(0).confidence, std::exp((std::log(0.8) + std::log(0.6)) / 2), 1e-6);
}

TEST(GreedyDecoder, SettlesAWordWhenItsSeparatorComes) {
    GreedyDecoder decoder(vocabularyOf({"", " ", "a", "b"}));
    ASSERT_TRUE(decoder.push(rowsOf({2, 0, 3}, 4)));
    EXPECT_TRUE(decoder.takeSettled().empty());
    EXPECT_EQ(textOf(decoder.tentative()), "ab");
    ASSERT_TRUE(decoder.push(rowsOf({1}, 4)));
    EXPECT_EQ(textOf(decoder.takeSettled()), "ab");
    EXPECT_TRUE(decoder.tentative().empty());
}

TEST(GreedyDecoder, KnowsPieces) {
    GreedyDecoder decoder(vocabularyOf({"", " ", "\u2581th", "e", "ing ", "s"}));
    const auto words = allOf(decoder, rowsOf({2, 3, 2, 4, 4, 5, 1, 5}, 6));
    EXPECT_EQ(textOf(words), "the thing s s");
    EXPECT_EQ(words[1].begin, 2);
    EXPECT_EQ(words[1].end, 5);
}

// The definition: the best of all paths that collapse to the labels.
TEST(CtcAlignment, EqualsTheBestOfAllPaths) {
    const auto vocabulary = vocabularyOf({"", " ", "a", "b"});
    std::mt19937 random(5);
    for (int round = 0; round < 300; ++round) {
        const std::size_t frames = 1 + random() % 6;
        const auto rows = randomRows(random, frames, 4, 2);
        std::vector<SymbolId> labels(1 + random() % 3);
        for (auto& label : labels) label = 2 + static_cast<SymbolId>(random() % 2);
        double best = -1e300;
        std::vector<std::size_t> bestPath;
        for (std::size_t code = 0; code < std::size_t{1} << 2 * frames; ++code) {
            std::vector<SymbolId> collapsed;
            std::vector<std::size_t> path;
            double sum = 0;
            for (std::size_t t = 0; t < frames; ++t) {
                path.push_back(code >> 2 * t & 3);
                if (path[t] != 0 && (t == 0 || path[t - 1] != path[t])) collapsed.push_back(static_cast<SymbolId>(path[t]));
                sum += static_cast<double>(rows[4 * t + path[t]]);
            }
            // Leading separators count as blanks.
            while (!collapsed.empty() && collapsed.front() == 1) collapsed.erase(collapsed.begin());
            if (collapsed == labels && sum > best) {
                best = sum;
                bestPath = path;
            }
        }
        if (bestPath.empty()) continue;
        const auto spans = alignCtc(vocabulary, labels, rows, 100);
        ASSERT_EQ(spans.size(), labels.size());
        std::size_t at = labels.size();
        std::int64_t covered = 0;
        for (std::size_t t = frames; t-- > 0;) {
            if (bestPath[t] < 2) continue;
            if (t + 1 == frames || bestPath[t + 1] != bestPath[t]) {
                ASSERT_GT(at, 0u);
                --at;
                EXPECT_EQ(spans[at].last, 100 + static_cast<std::int64_t>(t)) << round;
            }
            ++covered;
        }
        for (const auto& span : spans) covered -= span.last - span.first + 1;
        EXPECT_EQ(covered, 0) << round;
    }
}

TEST(CtcAlignment, SpreadsWhatHasNoPath) {
    const auto vocabulary = vocabularyOf({"", " ", "a", "b"});
    const std::vector<SymbolId> labels{2, 2, 3};
    const auto spans = alignCtc(vocabulary, labels, rowsOf({2, 2}, 4), 7);
    ASSERT_EQ(spans.size(), 3u);
    EXPECT_EQ(spans.front().first, 7);
    EXPECT_EQ(spans.back().last, 8);
    EXPECT_EQ(alignCtc(vocabulary, labels, {}, 7).size(), 3u);
}

class Streams : public testing::TestWithParam<int> {
public:
    static std::unique_ptr<CtcDecoder> make() {
        if (GetParam() == 0) return std::make_unique<GreedyDecoder>(letters());
        return beamDecoder(letters(), {}, GetParam() == 2 ? tinyNgram() : nullptr);
    }
};

TEST_P(Streams, SayTheSameHoweverTheyAreCut) {
    std::mt19937 random(11);
    for (int round = 0; round < 6; ++round) {
        const auto rows = spokenRows(random, speech(random, 20), 1.5 + 0.3 * round);
        const auto whole = allOf(*make(), rows);
        for (const std::size_t most : {1u, 2u, 7u, 100u}) {
            const auto decoder = make();
            std::vector<DecodedWord> settled;
            for (std::size_t at = 0; at < rows.size();) {
                const std::size_t length = std::min(rows.size() - at, 29 * (random() % (most + 1)));
                ASSERT_TRUE(decoder->push(std::span(rows).subspan(at, length)));
                at += length;
                for (auto& word : decoder->takeSettled()) settled.push_back(std::move(word));
                ASSERT_LE(settled.size(), whole.size());
                // What is settled never changes.
                ASSERT_TRUE(std::equal(settled.begin(), settled.end(), whole.begin()));
            }
            decoder->finish();
            for (auto& word : decoder->takeSettled()) settled.push_back(std::move(word));
            EXPECT_EQ(settled, whole);
        }
    }
}

TEST_P(Streams, HearWhatIsSaidAndWhen) {
    std::mt19937 random(3);
    const std::string text = speech(random, 30);
    const auto rows = spokenRows(random, text, 0.3);
    const auto words = allOf(*make(), rows);
    EXPECT_EQ(textOf(words) + " ", text);
    std::int64_t clock = 0;
    for (const auto& word : words) {
        EXPECT_GE(word.begin, clock);
        EXPECT_GT(word.end, word.begin);
        EXPECT_GT(word.confidence, 0.5);
        EXPECT_LE(word.confidence, 1.0);
        // The first letter's frame is where its posterior peaks.
        const auto first = static_cast<std::size_t>(word.text[0] - 'a' + 3);
        EXPECT_GT(rows[static_cast<std::size_t>(word.begin) * 29 + first], -1.0f) << word.text;
        clock = word.end;
    }
}

TEST_P(Streams, RefuseBadRows) {
    const auto decoder = make();
    auto rows = rowsOf({0, 3}, 29);
    EXPECT_EQ(decoder->push(std::span(rows).first(30)).error().message,
              "posteriors: 30 values are no whole rows of 29 symbols");
    rows[29 + 4] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(decoder->push(rows).error().message,
              "posteriors: symbol 4 of frame 1 is NaN; the model is broken or its input was");
    std::fill(rows.begin(), rows.end(), kNever);
    EXPECT_EQ(decoder->push(rows).error().message, "posteriors: frame 0 gives every symbol probability zero");
    EXPECT_EQ(decoder->frames(), 0);
    rows[0] = rows[29 + 3] = 0;  // certain: blank, then a
    EXPECT_EQ(textOf(allOf(*decoder, rows)), "a");
}

TEST_P(Streams, StartAnewAfterFinish) {
    std::mt19937 random(8);
    const auto rows = spokenRows(random, "hello oh", 1);
    const auto decoder = make();
    const auto first = allOf(*decoder, rows);
    const auto frames = decoder->frames();
    const auto second = allOf(*decoder, rows);
    ASSERT_EQ(textOf(first), textOf(second));
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(second[i].begin, first[i].begin + frames);
    decoder->finish();  // nothing to end
    EXPECT_TRUE(decoder->takeSettled().empty());
}

INSTANTIATE_TEST_SUITE_P(Ctc, Streams, testing::Values(0, 1, 2), [](const auto& values) {
    return values.param == 0 ? "greedy" : values.param == 1 ? "beam" : "beamWithNgram";
});

// Hours of speech, of silence and of noise: nothing grows.
TEST(BeamDecoder, MemoryStaysFlat) {
    std::mt19937 random(21);
    auto decoder = std::move(*BeamDecoder::create(letters(), {}, tinyNgram()));
    std::size_t nodes = 0;
    std::int64_t open = 0, words = 0;
    const auto feed = [&](const std::vector<float>& rows) {
        for (std::size_t at = 0; at < rows.size(); at += 29) {
            ASSERT_TRUE(decoder->push(std::span(rows).subspan(at, 29)));
            nodes = std::max(nodes, decoder->nodes());
            open = std::max(open, decoder->openFrames());
        }
        words += static_cast<std::int64_t>(decoder->takeSettled().size());
    };
    for (int minute = 0; minute < 6; ++minute) feed(spokenRows(random, speech(random, 150), 1.5));
    EXPECT_GT(words, 6 * 140);
    EXPECT_LT(nodes, 2000u);
    EXPECT_LT(open, 500);
    std::printf("speech: at most %zu nodes, %lld open frames\n", nodes, static_cast<long long>(open));
    for (int minute = 0; minute < 2; ++minute) feed(rowsOf(std::vector<std::size_t>(1500, 0), 29));
    for (int minute = 0; minute < 1; ++minute) feed(randomRows(random, 1500, 29, 0.1));
    EXPECT_LE(open, 2 * BeamOptions{}.open_frames);
    EXPECT_LT(nodes, 5000u);
}

// Noise on which hypotheses never agree: the best one decides, in the same way however the rows are cut.
TEST(BeamDecoder, DecidesTheSameHoweverItIsCut) {
    std::mt19937 random(31);
    for (const auto& symbols : {std::vector<std::string>{"", " ", "a", "b"}, {"", "\u2581a", "b", "a ", "\u2581b", " "}, {"", "a", "b"}}) {
        const auto vocabulary = vocabularyOf(symbols);
        for (const double sharpness : {0.3, 1.0, 3.0}) {
            BeamOptions options;
            options.open_frames = 10;
            const auto rows = randomRows(random, 3000, symbols.size(), sharpness);
            const auto ngram = tinyNgram();
            const auto whole = allOf(*beamDecoder(vocabulary, options, ngram), rows);
            EXPECT_GT(whole.size(), 100u);
            auto decoder = std::move(*BeamDecoder::create(vocabulary, options, ngram));
            std::vector<DecodedWord> settled;
            std::int64_t clock = 0;
            for (std::size_t at = 0; at < rows.size();) {
                const std::size_t length = std::min(rows.size() - at, symbols.size() * (random() % 9));
                ASSERT_TRUE(decoder->push(std::span(rows).subspan(at, length)));
                at += length;
                ASSERT_LE(decoder->openFrames(), 2 * options.open_frames);
                for (auto& word : decoder->takeSettled()) {
                    EXPECT_GE(word.begin, clock);
                    clock = word.end;
                    settled.push_back(std::move(word));
                }
                for (const auto& word : decoder->tentative()) EXPECT_GE(word.begin, clock);
            }
            decoder->finish();
            for (auto& word : decoder->takeSettled()) settled.push_back(std::move(word));
            EXPECT_EQ(settled, whole);
        }
    }
}

TEST(BeamDecoder, Speed) {
    std::mt19937 random(2);
    auto ngram = NgramModel::open(MS_RESOURCES "/models/speech/words.arpa.gz");
    const auto model = ngram ? std::make_shared<const NgramModel>(std::move(*ngram)) : tinyNgram();
    for (const auto& used : {std::shared_ptr<const NgramModel>(), model}) {
        const auto decoder = beamDecoder(letters(), {}, used);
        const auto rows = spokenRows(random, speech(random, 1000), 2.0);
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t at = 0; at < rows.size(); at += 58) {  // 80 ms
            ASSERT_TRUE(decoder->push(std::span(rows).subspan(at, std::min<std::size_t>(58, rows.size() - at))));
            static_cast<void>(decoder->tentative());
        }
        decoder->finish();
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::printf("beam 16%s: %.0f x real time with partial results every 80 ms\n", used ? " with n-gram" : "",
                    static_cast<double>(rows.size()) / 29 * 0.04 / seconds);
    }
}
