// A language model among a decoder's hypotheses: its sums against a float64 recomputation, what a choice may change, and what it must not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/runtime/devices.h"
#include "engine/runtime/transcribe_file.h"
#include "tests/support/double_mamba.h"
#include "tests/unit/text/tiny_tokenizer.h"

namespace ms {
namespace {

namespace fs = std::filesystem;

class Rescoring : public testing::Test {
protected:
    void SetUp() override {
        // mamba-tiny with letters to read: bytes are tokens, and a few pairs; its weights are noise, but the same noise for everybody.
        m_folder = fs::temp_directory_path() / ("mambascope-rescoring-" + std::to_string(::getpid()));
        fs::create_directories(m_folder);
        for (const char* name : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(MS_TEST_DATA "/mamba-tiny") / name, m_folder / name, fs::copy_options::overwrite_existing);
        writeTokenizer(test::tinyTokenizer({{"Ġ", "a"}, {"Ġ", "t"}, {"Ġt", "h"}, {"e", "r"}, {"i", "n"}}));
        m_backend = *openDevice("host");
        m_model = load();
    }
    void TearDown() override { fs::remove_all(m_folder); }

    void writeTokenizer(const nlohmann::json& tokenizer) const { std::ofstream(m_folder / "tokenizer.json") << tokenizer.dump(); }
    std::shared_ptr<const Model> load() const {
        auto model = Model::load(m_folder, m_backend);
        EXPECT_TRUE(model) << model.error().message;
        return *model;
    }
    std::unique_ptr<HypothesisRescorer> rescorer(const RescoreOptions& options = {}) const {
        auto made = HypothesisRescorer::create(m_model, options);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    std::vector<TokenId> ids(const std::string& text) const { return *m_model->tokenizer()->encode(text); }

    /// ln P(ids | begin of text, before) in float64; ids without a token are masked out.
    double lnOf(const std::vector<TokenId>& before, const std::vector<TokenId>& ids) const {
        test::DoubleMamba mamba(m_model->checkpoint(), m_model->dims(), m_model->info().normEps);
        test::Doubles logits = mamba.step(*m_model->beginOfText());
        for (const TokenId id : before) logits = mamba.step(id);
        double ln = 0;
        for (const TokenId id : ids) {
            double sum = 0;
            for (std::int64_t i = 0; i < m_model->tokenCount(); ++i) sum += std::exp(logits[static_cast<std::size_t>(i)]);
            ln += logits[static_cast<std::size_t>(id)] - std::log(sum);
            logits = mamba.step(id);
        }
        return ln;
    }
    static std::vector<DecodedWord> words(const std::string& text) {
        std::istringstream in(text);
        std::vector<DecodedWord> words;
        for (std::string word; in >> word;) words.push_back({word, 0, 1, 1});
        return words;
    }
    static SpeechHypothesis hypothesis(const std::string& text, double acoustic = 0, double ngram = 0) {
        return {words(text), acoustic, ngram, 0};
    }

    std::unique_ptr<Transcriber> transcriber(bool rescored, int hypotheses = 16, double weight = 1.0) const {
        TranscriberOptions options;
        options.decoding.beam.beam = 8;
        options.decoding.beam.open_frames = 50;
        options.decoding.rescore = {.lm_weight = weight, .ngram_weight = 0.4, .word_bonus = 0, .hypotheses = hypotheses, .margin = 100};
        if (rescored) options.decoding.languageModel = m_model;
        options.blankPosterior = 0.3;
        options.endSilenceSeconds = 0.08;
        auto model = Model::load(MS_TEST_DATA "/mamba-ctc-tiny", m_backend);
        EXPECT_TRUE(model);
        auto made = Transcriber::create(*model, options);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }

    fs::path m_folder;
    std::shared_ptr<Backend> m_backend;
    std::shared_ptr<const Model> m_model;
};

std::vector<float> speechClip() {
    auto file = AudioFile::open(MS_TEST_DATA "/audio/speech.flac");
    EXPECT_TRUE(file);
    std::vector<float> all;
    EXPECT_TRUE(readResampled(*file, 16000, [&](std::span<const float> piece) -> Result<void> {
        all.insert(all.end(), piece.begin(), piece.end());
        return {};
    }));
    return all;
}

/// Everything that is final, the audio in pieces of `piece` samples. Whatever was final once is compared with the whole at the end.
std::vector<HeardWord> heard(Transcriber& t, std::span<const float> audio, std::size_t piece) {
    EXPECT_TRUE(t.reset());
    std::vector<HeardWord> all;
    const auto take = [&] {
        for (HeardWord& word : t.takeFinal()) all.push_back(std::move(word));
    };
    for (std::size_t at = 0; at < audio.size(); at += piece) {
        EXPECT_TRUE(t.push(audio.subspan(at, std::min(piece, audio.size() - at))));
        take();
        for (const HeardWord& word : t.tentative())
            EXPECT_TRUE(all.empty() || word.begin >= all.back().end) << "tentative words lie behind the final ones";
    }
    EXPECT_TRUE(t.finish());
    take();
    return all;
}

std::vector<std::string> textsOf(const std::vector<HeardWord>& words) {
    std::vector<std::string> texts;
    for (const HeardWord& word : words) texts.push_back(std::to_string(word.begin) + "-" + std::to_string(word.end) + " " + word.word.text);
    return texts;
}

TEST_F(Rescoring, ContinuationsScoreAsInFloat64) {
    auto scorer = ContinuationScorer::create(m_model);
    ASSERT_TRUE(scorer) << scorer.error().message;
    // Equal ones, an empty one, one that is another's beginning, branches at several depths, no order.
    const std::vector<std::vector<TokenId>> texts{ids(" there was a time."), ids(" there was"), {}, ids(" there is another"), ids("x"),
                                                  ids(" there was a time."), ids(" there was a thing"), ids(" o")};
    for (const std::string& before : {std::string(), std::string("Once and again")}) {
        ASSERT_TRUE((*scorer)->restart());
        ASSERT_TRUE((*scorer)->read(ids(before)));
        for (int round = 0; round < 2; ++round) {  // the second time from where the first one left off
            const auto ln = (*scorer)->score(texts);
            ASSERT_TRUE(ln) << ln.error().message;
            ASSERT_EQ(ln->size(), texts.size());
            for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_NEAR((*ln)[i], lnOf(ids(before), texts[i]), 2e-4) << before << i;
            EXPECT_EQ((*ln)[2], 0.0);
            EXPECT_EQ((*ln)[0], (*ln)[5]);
        }
    }
    const auto none = (*scorer)->score({});
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    const std::vector<std::vector<TokenId>> padding{{static_cast<TokenId>(m_model->tokenCount())}};
    ASSERT_FALSE((*scorer)->score(padding));
}

TEST_F(Rescoring, WordsBecomeProse) {
    EXPECT_EQ(proseWord("HELLO", true, "'"), "Hello");
    EXPECT_EQ(proseWord("Hello", false, "'"), "hello");
    EXPECT_EQ(proseWord("i", false, "'"), "I");
    EXPECT_EQ(proseWord("i'm", false, "\u2019"), "I\u2019m");
    EXPECT_EQ(proseWord("it's", false, "\u2019"), "it\u2019s");
    EXPECT_EQ(proseWord("it", true, "'"), "It");
    EXPECT_EQ(proseWord("école", true, "'"), "école");  // other letters stay
    EXPECT_EQ(proseWord("", true, "'"), "");
}

TEST_F(Rescoring, ScoresAreWeightedSumsBehindTheSettledWords) {
    const std::vector<SpeechHypothesis> list{hypothesis("there was", -2, -9), hypothesis("their was", -2.25, -8), hypothesis("there", -7, -3)};
    const RescoreOptions options{.lm_weight = 0.7, .ngram_weight = 0.3, .word_bonus = 1.5, .hypotheses = 16, .margin = 100};
    const auto r = rescorer(options);
    ASSERT_TRUE(r->settle(words("i see")));
    ASSERT_TRUE(r->settle(words("that")));
    const auto language = r->languageScores(list);
    ASSERT_TRUE(language) << language.error().message;
    double best = -1e9;
    std::size_t winner = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::string text;
        for (const auto& word : list[i].words) text += " " + word.text;
        const double ln = lnOf(ids("I see that"), ids(text + "."));
        EXPECT_NEAR((*language)[i], ln, 2e-4);
        const double score = list[i].acoustic + 0.3 * list[i].ngram + 0.7 * ln + 1.5 * static_cast<double>(list[i].words.size());
        if (score > best) {
            best = score;
            winner = i;
        }
    }
    const auto chosen = r->choose(list);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(*chosen, winner);
    // A new utterance knows nothing of the old one.
    ASSERT_TRUE(r->restart());
    const auto fresh = r->languageScores(list);
    ASSERT_TRUE(fresh);
    EXPECT_NEAR((*fresh)[0], lnOf({}, ids("There was.")), 2e-4);
}

TEST_F(Rescoring, WithoutWeightTheDecodersOrderStays) {
    const auto r = rescorer({.lm_weight = 0, .ngram_weight = 1, .word_bonus = 0, .hypotheses = 16, .margin = 100});
    const std::vector<SpeechHypothesis> list{hypothesis("b", -1, -2), hypothesis("a", -1, -2), hypothesis("c", -2, -2)};
    EXPECT_EQ(*r->choose(list), 0u);
    EXPECT_EQ(*r->choose(std::span(list).first(1)), 0u);
}

TEST_F(Rescoring, OnlyTheFewAndNearAreLookedAt) {
    // By these weights the last is best by far.
    std::vector<SpeechHypothesis> list{hypothesis("a", -9), hypothesis("b", -5), hypothesis("c", -1)};
    for (std::size_t i = 0; i < list.size(); ++i) list[i].score = -2.0 * static_cast<double>(i);
    const auto chosen = [&](int hypotheses, double margin) {
        return *rescorer({.lm_weight = 0, .ngram_weight = 0, .word_bonus = 0, .hypotheses = hypotheses, .margin = margin})->choose(list);
    };
    EXPECT_EQ(chosen(64, 5), 2u);
    EXPECT_EQ(chosen(64, 3), 1u);
    EXPECT_EQ(chosen(2, 5), 1u);
    EXPECT_EQ(chosen(64, 0), 0u);
}

TEST_F(Rescoring, AnyPiecesSayTheSameAndFinalWordsStay) {
    const auto audio = speechClip();
    const auto t = transcriber(true);
    const auto whole = heard(*t, audio, audio.size());
    ASSERT_FALSE(whole.empty());
    for (const std::size_t piece : {331u, 1280u, 7'000u}) EXPECT_EQ(textsOf(heard(*t, audio, piece)), textsOf(whole)) << piece;
    EXPECT_TRUE(t->tentative().empty());
}

TEST_F(Rescoring, TheBeamDecidesWhenItsFirstIsAllThereIsToChooseFrom) {
    const auto audio = speechClip();
    const auto plain = textsOf(heard(*transcriber(false), audio, 1280));
    EXPECT_EQ(textsOf(heard(*transcriber(true, 1), audio, 1280)), plain);
    EXPECT_NE(textsOf(heard(*transcriber(true, 16, 5.0), audio, 1280)), plain) << "the test's language model has a say";
}

TEST_F(Rescoring, UnfitModelsAreRefusedInALine) {
    const auto errorOf = [&](std::shared_ptr<const Model> model) {
        const auto made = HypothesisRescorer::create(std::move(model), {});
        EXPECT_FALSE(made);
        return made ? std::string() : made.error().message;
    };
    EXPECT_NE(errorOf(*Model::load(MS_TEST_DATA "/mamba-tiny", m_backend)).find("no tokenizer.json"), std::string::npos);
    EXPECT_NE(errorOf(*Model::load(MS_TEST_DATA "/mamba-ctc-tiny", m_backend)).find("mamba-ctc-tiny"), std::string::npos);
    auto adds = test::tinyTokenizer();
    adds["added_tokens"].push_back(test::addedToken(256, "<s>"));
    adds["post_processor"] = {{"type", "TemplateProcessing"},
                              {"single", {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
                              {"pair", nlohmann::json::array()},
                              {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {256}}, {"tokens", {"<s>"}}}}}}};
    writeTokenizer(adds);
    EXPECT_NE(errorOf(load()).find("adds tokens to every text"), std::string::npos);
    EXPECT_FALSE(HypothesisRescorer::create(m_model, {.lm_weight = -1}));
    EXPECT_FALSE(HypothesisRescorer::create(m_model, {.hypotheses = 0}));

    TranscriberOptions greedy;
    greedy.decoding.greedy = true;
    greedy.decoding.languageModel = m_model;
    const auto made = Transcriber::create(*Model::load(MS_TEST_DATA "/mamba-ctc-tiny", m_backend), greedy);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument);
}

TEST_F(Rescoring, WeightsComeFromDecoderJson) {
    const auto options = RescoreOptions::fromJson({{"lm_weight", 0.25}, {"word_bonus", -1}, {"hypotheses", 32}, {"note", "x"}}, "decoder.json", {.ngram_weight = 0.75});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->lm_weight, 0.25);
    EXPECT_EQ(options->ngram_weight, 0.75);
    EXPECT_EQ(options->word_bonus, -1);
    EXPECT_EQ(options->hypotheses, 32);
    const auto errorOf = [](const nlohmann::json& json) { return RescoreOptions::fromJson(json, "decoder.json", {}).error().message; };
    EXPECT_EQ(errorOf({{"hypotheses", 1.5}}), "decoder.json: rescore: hypotheses: is not a whole number from 1 to 4096");
    EXPECT_EQ(errorOf({{"lm_weight", "x"}}), "decoder.json: rescore: lm_weight: is no number");
    EXPECT_EQ(errorOf({{"ngram_weight", -1}}), "decoder.json: rescore: ngram_weight: -1.0 is not a number from 0.0 to 100.0");
    EXPECT_EQ(errorOf(3), "decoder.json: rescore: is not a JSON object");

    const auto write = [&](const nlohmann::json& json) { std::ofstream(m_folder / "decoder.json") << json.dump(); };
    write({{"lm_weight", 0.6}, {"word_bonus", 2}});
    EXPECT_EQ(readDecoding(m_folder)->rescore.ngram_weight, 0.6) << "the decoder's own, unless told otherwise";
    EXPECT_EQ(readDecoding(m_folder)->rescore.word_bonus, 2);
    write({{"lm_weight", 0.6}, {"word_bonus", 2}, {"rescore", {{"ngram_weight", 0.1}}}});
    EXPECT_EQ(readDecoding(m_folder)->rescore.ngram_weight, 0.1);
    EXPECT_EQ(readDecoding(m_folder)->rescore.word_bonus, 2);
    write({{"rescore", {{"hypotheses", 0}}}});
    EXPECT_NE(readDecoding(m_folder).error().message.find("decoder.json: rescore: hypotheses"), std::string::npos);
}

}  // namespace
}  // namespace ms
