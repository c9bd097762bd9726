// Transcriber: what it says does not depend on how the audio comes; utterances end at silence; odd audio is refused in a line.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/audio/audio_writer.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/transcribe_file.h"

namespace ms {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Model> tinyModel() {
    auto backend = openDevice("host");
    EXPECT_TRUE(backend);
    auto model = Model::load(MS_TEST_DATA "/mamba-ctc-tiny", *backend);
    EXPECT_TRUE(model) << model.error().message;
    return *model;
}

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

/// A transcriber of the tiny model, whose weights are noise: it hears something in nearly every frame.
std::unique_ptr<Transcriber> transcriber(bool greedy) {
    TranscriberOptions options;
    options.decoding.greedy = greedy;
    options.decoding.beam.beam = 4;
    options.decoding.beam.open_frames = 50;
    options.blankPosterior = 0.3;
    options.endSilenceSeconds = 0.08;
    auto made = Transcriber::create(tinyModel(), options);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
}

struct Said {
    std::vector<std::string> words;
    std::vector<std::int64_t> begins, segments;
    void add(const std::vector<HeardWord>& heard) {
        for (const HeardWord& w : heard) {
            words.push_back(w.word.text);
            begins.push_back(w.begin);
            segments.push_back(w.segment);
        }
    }
    friend bool operator==(const Said&, const Said&) = default;
};

class TranscriberTest : public testing::TestWithParam<bool> {};

TEST_P(TranscriberTest, AnyPiecesSayTheSame) {
    const auto audio = speechClip();
    const auto t = transcriber(GetParam());
    Said whole;
    ASSERT_TRUE(t->push(audio));
    ASSERT_TRUE(t->finish());
    whole.add(t->takeFinal());
    ASSERT_FALSE(whole.words.empty());
    EXPECT_TRUE(std::is_sorted(whole.begins.begin(), whole.begins.end()));
    EXPECT_TRUE(std::is_sorted(whole.segments.begin(), whole.segments.end()));
    for (const std::size_t piece : {331u, 1280u, 7'000u}) {
        ASSERT_TRUE(t->reset());
        Said pieces;
        std::string before;
        for (std::size_t at = 0; at < audio.size(); at += piece) {
            ASSERT_TRUE(t->push(std::span(audio).subspan(at, std::min(piece, audio.size() - at))));
            pieces.add(t->takeFinal());
            for (const HeardWord& w : t->tentative()) EXPECT_FALSE(w.word.text.empty());
        }
        ASSERT_TRUE(t->finish());
        pieces.add(t->takeFinal());
        EXPECT_EQ(pieces, whole) << piece;
        EXPECT_TRUE(t->tentative().empty());
    }
}

TEST_P(TranscriberTest, FilesOfEveryKindAreReadAndNonsenseIsRefused) {
    const auto t = transcriber(GetParam());
    for (const char* name : {"speech.flac", "speech.ogg", "speech.opus", "speech.mp3"}) {
        const auto heard = transcribeFile(fs::path(MS_TEST_DATA "/audio") / name, *t);
        ASSERT_TRUE(heard) << name << heard.error().message;
        EXPECT_GT(heard->audioSeconds, 0.5);
        EXPECT_GT(heard->realTimeFactor(), 0.0);
    }
    const auto refused = transcribeFile(MS_TEST_DATA "/audio/README.md", *t);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("README.md"), std::string::npos);
    EXPECT_EQ(refused.error().message.find('\n'), std::string::npos);
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled = transcribeFile(MS_TEST_DATA "/audio/speech.flac", *t, {}, stop.get_token());
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code, ErrorCode::Cancelled);
}

INSTANTIATE_TEST_SUITE_P(Decoders, TranscriberTest, testing::Values(true, false));

TEST(Transcriber, EvaluatesSegmentsEachFromTheEmptyState) {
    const auto t = transcriber(true);
    const fs::path folder = fs::temp_directory_path() / "mambascope-tst-transcriber";
    fs::create_directories(folder);
    const auto audio = speechClip();
    ASSERT_GT(audio.size(), 16'000u);
    Said first;
    ASSERT_TRUE(t->push(std::span(audio).subspan(2'000, 9'000)));
    ASSERT_TRUE(t->finish());
    first.add(t->takeFinal());
    std::string text;
    for (const std::string& word : first.words) text += (text.empty() ? "" : " ") + word;

    const auto write = [&](const std::string& rows) {
        std::FILE* file = std::fopen((folder / "table.tsv").c_str(), "w");
        std::fputs(("start_sample\tsamples\tspeaker\ttext\n" + rows).c_str(), file);
        std::fclose(file);
    };
    const fs::path wav = folder / "speech.wav";
    auto writer = AudioWriter::create(wav, AudioFormat::WavFloat, 16000, 1);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(audio));
    ASSERT_TRUE(writer->finish());
    write("2000\t9000\tsomebody\t" + text + "\n2000\t9000\tsomebody\t" + text + "\n");
    const auto same = evaluateSpeech(wav, folder / "table.tsv", *t);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->segments, 2);
    EXPECT_EQ(same->errors.words.errors(), 0) << same->texts[0].first << " | " << same->texts[0].second;
    EXPECT_NEAR(same->audioSeconds, 2 * 9000.0 / 16000, 1e-9);

    write("0\t99999999\tsomebody\tyes\n");
    const auto beyond = evaluateSpeech(wav, folder / "table.tsv", *t);
    ASSERT_FALSE(beyond);
    EXPECT_NE(beyond.error().message.find("sample 0"), std::string::npos);
    fs::remove_all(folder);
}

TEST(Transcriber, ReadsWhatTheFolderBrings) {
    const auto nothing = readDecoding(MS_TEST_DATA "/mamba-ctc-tiny");
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->ngram, nullptr);
    TranscriberOptions options;
    options.endSilenceSeconds = -1.0;
    EXPECT_FALSE(Transcriber::create(tinyModel(), options));
}

}  // namespace
}  // namespace ms
