#include "engine/audio/voice_activity.h"

#include <limits>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

std::vector<VoiceFrame> activity(std::span<const float> samples, unsigned seed = 1,
                                 const VoiceActivityConfig& config = {}) {
    auto voice = VoiceActivity::create(config);
    std::vector<VoiceFrame> frames;
    if (!voice) return frames;
    inPieces(samples, 1, seed, [&](auto piece) { voice->push(piece, frames); });
    return frames;
}

double share(std::span<const VoiceFrame> frames) {
    const auto speech =
        std::count_if(frames.begin(), frames.end(), [](const VoiceFrame& frame) { return frame.speech; });
    return static_cast<double>(speech) / static_cast<double>(frames.size());
}

std::vector<std::size_t> ends(std::span<const VoiceFrame> frames) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (frames[i].utterance_end) found.push_back(i);
    return found;
}

void append(std::vector<float>& all, const std::vector<float>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

void mix(std::vector<float>& all, const std::vector<float>& more) {
    for (std::size_t n = 0; n < all.size(); ++n) all[n] += more[n];
}

TEST(VoiceActivity, FindsSpeechBetweenPauses) {
    // Two seconds of a quiet room, the clip, two more seconds, the clip, two seconds.
    std::vector<float> audio(32000, 0.0f);
    for (int i = 0; i < 2; ++i) {
        append(audio, speech());
        append(audio, std::vector<float>(32000, 0.0f));
    }
    for (const double room : {0.0, 1e-4, 1e-3}) {
        std::vector<float> heard = audio;
        mix(heard, noise(heard.size(), room));
        const std::vector<VoiceFrame> frames = activity(heard);
        ASSERT_EQ(frames.size(), 1400u);
        EXPECT_LT(share(std::span(frames).first(200)), 0.01) << room;
        EXPECT_GT(share(std::span(frames).subspan(200, 400)), 0.4) << room;
        EXPECT_LT(share(std::span(frames).subspan(640, 150)), 0.01) << room;
        const std::vector<std::size_t> found = ends(frames);
        ASSERT_GE(found.size(), 2u) << room;
        // An end lies 700 ms behind the last speech frame, so before the next clip begins.
        EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](std::size_t i) { return i > 500 && i < 750; })) << room;
        EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](std::size_t i) { return i > 1100 && i < 1350; }))
            << room;
    }
}

TEST(VoiceActivity, EndComesAfterTheSilenceAskedFor) {
    for (const int silence : {300, 700, 1500}) {
        std::vector<float> audio(16000, 0.0f);
        append(audio, tone(500.0, 16000, 8000, 0.1));
        append(audio, std::vector<float>(48000, 0.0f));
        mix(audio, noise(audio.size(), 1e-4));
        VoiceActivityConfig config;
        config.end_silence_ms = silence;
        const std::vector<VoiceFrame> frames = activity(audio, 1, config);
        std::size_t last = 0;
        for (std::size_t i = 0; i < frames.size(); ++i)
            if (frames[i].speech) last = i;
        const std::vector<std::size_t> found = ends(frames);
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0], last + static_cast<std::size_t>(silence / 10));
        EXPECT_NEAR(static_cast<double>(last), 150 + 20, 10);  // the tone's end and the hangover
    }
}

TEST(VoiceActivity, NoiseAloneIsNoSpeech) {
    for (const double level : {1e-5, 1e-3, 3e-2}) {
        const std::vector<VoiceFrame> frames = activity(noise(16000 * 10, level, 3));
        EXPECT_EQ(share(std::span(frames).subspan(400)), 0.0) << level;  // the first window is spent learning the room
        EXPECT_NEAR(frames.back().noise_db, 20.0 * std::log10(level), 2.0) << level;
    }
}

TEST(VoiceActivity, TheFloorFollowsARoomThatGetsLouderAndQuieter) {
    std::vector<float> audio = noise(16000 * 5, 1e-3, 1);
    append(audio, noise(16000 * 6, 2e-2, 2));
    append(audio, noise(16000 * 5, 1e-3, 3));
    const std::vector<VoiceFrame> frames = activity(audio);
    EXPECT_EQ(share(std::span(frames).subspan(900, 200)), 0.0);
    EXPECT_EQ(share(std::span(frames).subspan(1130)), 0.0);
    EXPECT_NEAR(frames[1090].noise_db, -34.0f, 3.0f);
    EXPECT_NEAR(frames.back().noise_db, -60.0f, 3.0f);
}

TEST(VoiceActivity, SpeechFromTheFirstSampleCounts) {
    const std::vector<float> clip = speech();
    const auto loudest = std::max_element(clip.begin(), clip.end());
    const std::vector<VoiceFrame> frames = activity(std::span<const float>(&*loudest, 1600));
    EXPECT_TRUE(frames[4].speech);
}

TEST(VoiceActivity, ClicksAndHumAreNoSpeech) {
    std::vector<float> audio = noise(48000, 1e-4);
    for (std::size_t n = 4000; n < audio.size(); n += 8000) audio[n] = 0.9f;
    for (float& x : audio) x += 0.2f;  // offset
    EXPECT_LT(share(activity(audio)), 0.02);
}

TEST(VoiceActivity, AnyCutGivesTheSame) {
    const std::vector<float> clip = speech();
    const std::vector<VoiceFrame> once = activity(clip, 1);
    ASSERT_EQ(once.size(), 400u);
    for (const unsigned seed : {0u, 2u, 3u}) {
        const std::vector<VoiceFrame> other = activity(clip, seed);
        ASSERT_EQ(other.size(), once.size());
        for (std::size_t i = 0; i < once.size(); ++i) {
            EXPECT_EQ(other[i].speech, once[i].speech);
            EXPECT_EQ(other[i].level_db, once[i].level_db);
            EXPECT_EQ(other[i].noise_db, once[i].noise_db);
        }
    }
}

TEST(VoiceActivity, SurvivesNoNumbersAndRefusesBadSettings) {
    std::vector<float> broken(3200, std::numeric_limits<float>::quiet_NaN());
    append(broken, speech());
    EXPECT_GT(share(activity(broken)), 0.3);
    for (const VoiceActivityConfig& config :
         {VoiceActivityConfig{.sample_rate = 11025}, VoiceActivityConfig{.threshold_db = -1},
          VoiceActivityConfig{.lowest_db = 1}, VoiceActivityConfig{.onset_ms = -1},
          VoiceActivityConfig{.hangover_ms = -1}, VoiceActivityConfig{.end_silence_ms = 0},
          VoiceActivityConfig{.noise_window_ms = 0}})
        EXPECT_FALSE(VoiceActivity::create(config));
}

}  // namespace
}  // namespace ms
