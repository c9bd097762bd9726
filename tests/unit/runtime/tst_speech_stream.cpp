// SpeechStream: any cutting of the audio gives the same posteriors to the bit, and they are those of the whole.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "engine/audio/audio_file.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/speech_stream.h"

namespace ms {
namespace {

std::shared_ptr<const Model> tinyModel() {
    auto backend = openDevice("host");
    EXPECT_TRUE(backend);
    auto model = Model::load(MS_TEST_DATA "/mamba-ctc-tiny", *backend);
    EXPECT_TRUE(model) << model.error().message;
    return *model;
}

std::vector<float> sound(std::size_t samples) {
    std::mt19937 engine(3);
    std::normal_distribution<float> noise(0.0f, 0.02f);
    std::vector<float> out(samples);
    for (std::size_t i = 0; i < samples; ++i)
        out[i] = noise(engine) + 0.3f * std::sin(0.05f * static_cast<float>(i) * (1.0f + 0.3f * std::sin(static_cast<float>(i) * 1e-3f)));
    return out;
}

struct Heard {
    std::vector<float> values;
    std::int64_t frames = 0;
    std::int64_t forgetAt = -1;  // the state is forgotten behind the step that holds this frame
    PosteriorSink sink() {
        return [this](TokenPos first, std::int64_t count, std::span<const float> rows) {
            EXPECT_EQ(first.value, frames);
            frames += count;
            values.insert(values.end(), rows.begin(), rows.end());
            return forgetAt >= first.value && forgetAt < frames ? AfterStep::ForgetState : AfterStep::GoOn;
        };
    }
};

TEST(SpeechStream, AnyPiecesGiveTheSamePosteriors) {
    const auto model = tinyModel();
    const auto audio = sound(30'011);
    Heard whole;
    auto stream = SpeechStream::create(model, whole.sink());
    ASSERT_TRUE(stream) << stream.error().message;
    ASSERT_TRUE((*stream)->push(audio));
    ASSERT_TRUE((*stream)->finish());
    const std::int64_t mels = (30'011 + 10'240 - 400) / 160 + 1;
    EXPECT_EQ(whole.frames, (mels + 3) / 4);
    EXPECT_EQ((*stream)->samples(), 30'011);
    for (std::size_t at = 0; at < whole.values.size(); at += static_cast<std::size_t>(model->dims().vocab)) {
        double sum = 0;
        for (std::int64_t v = 0; v < model->dims().vocab; ++v) sum += std::exp(static_cast<double>(whole.values[at + static_cast<std::size_t>(v)]));
        ASSERT_NEAR(sum, 1.0, 1e-5);
    }
    for (const std::size_t piece : {1u, 37u, 160u, 1280u, 16'001u}) {
        Heard heard;
        auto other = SpeechStream::create(model, heard.sink());
        ASSERT_TRUE(other);
        for (std::size_t at = 0; at < audio.size(); at += piece)
            ASSERT_TRUE((*other)->push(std::span(audio).subspan(at, std::min(piece, audio.size() - at))));
        ASSERT_TRUE((*other)->finish());
        EXPECT_EQ(heard.values, whole.values) << piece;
    }
    Heard again;
    ASSERT_TRUE((*stream)->reset());
    EXPECT_EQ((*stream)->frames(), 0);
}

TEST(SpeechStream, LargerStepsGiveTheSameWithinRounding) {
    const auto model = tinyModel();
    const auto audio = sound(20'000);
    Heard two, many;
    for (auto* heard : {&two, &many}) {
        SpeechStreamOptions options;
        options.framesPerStep = heard == &two ? 2 : 25;
        auto stream = SpeechStream::create(model, heard->sink(), options);
        ASSERT_TRUE(stream);
        ASSERT_TRUE((*stream)->push(audio));
        ASSERT_TRUE((*stream)->finish());
    }
    ASSERT_EQ(two.values.size(), many.values.size());
    for (std::size_t i = 0; i < two.values.size(); ++i) ASSERT_NEAR(two.values[i], many.values[i], 1e-4f);
}

TEST(SpeechStream, ForgettingTheStateBeginsAnewInTheMiddle) {
    const auto model = tinyModel();
    const auto audio = sound(16'000);
    // Where the features are the same on both sides, what follows a forgotten state is what follows the beginning.
    std::vector<float> twice = audio;
    twice.insert(twice.end(), 16'000, 0.0f);  // 100 rows of features, 25 frames: from frame 25 on behind the sound
    std::vector<float> all = twice;
    all.insert(all.end(), twice.begin(), twice.end());
    Heard forgets, keeps;
    forgets.forgetAt = 39;
    for (Heard* heard : {&forgets, &keeps}) {
        auto stream = SpeechStream::create(model, heard->sink());
        ASSERT_TRUE(stream);
        ASSERT_TRUE((*stream)->push(all));
    }
    const auto vocab = static_cast<std::ptrdiff_t>(model->dims().vocab);
    EXPECT_EQ(forgets.frames, keeps.frames);
    EXPECT_TRUE(std::equal(forgets.values.begin(), forgets.values.begin() + 40 * vocab, keeps.values.begin()));
    EXPECT_FALSE(std::equal(forgets.values.begin() + 40 * vocab, forgets.values.end(), keeps.values.begin() + 40 * vocab));

    // The same from frame 40 on, which begins at sample 25,600: a stream of its own over what lies there, with the rows before.
    Heard fresh;
    auto stream = SpeechStream::create(model, fresh.sink());
    ASSERT_TRUE(stream);
    std::vector<float> rest(all.begin() + 25'600, all.end());
    ASSERT_TRUE((*stream)->push(rest));
    // Its first frames look back on nothing where the other's look back on silence: compare once both see the same rows and the
    // state has forgotten the difference.
    double apart = 0, near = 0;
    for (std::ptrdiff_t i = 30 * vocab; i < 50 * vocab; ++i) {
        const auto at = static_cast<std::size_t>(i);
        near += std::abs(static_cast<double>(fresh.values[at]) - forgets.values[static_cast<std::size_t>(40 * vocab) + at]);
        apart += std::abs(static_cast<double>(fresh.values[at]) - keeps.values[static_cast<std::size_t>(40 * vocab) + at]);
    }
    EXPECT_LT(near, 0.5 * apart);
}

TEST(SpeechStream, RefusesTextModelsAndOddOptions) {
    auto backend = openDevice("host");
    ASSERT_TRUE(backend);
    auto text = Model::load(MS_TEST_DATA "/mamba-tiny", *backend);
    ASSERT_TRUE(text);
    const auto refused = SpeechStream::create(*text, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
    SpeechStreamOptions options;
    options.framesPerStep = 0;
    EXPECT_FALSE(SpeechStream::create(tinyModel(), {}, options));
    options = {};
    options.tailSeconds = std::nan("");
    EXPECT_FALSE(SpeechStream::create(tinyModel(), {}, options));
}

}  // namespace
}  // namespace ms
