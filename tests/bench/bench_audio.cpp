// What the way from samples to features costs, as a share of real time on one core: printed, not judged.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "engine/audio/log_mel.h"
#include "engine/audio/resampler.h"
#include "engine/audio/voice_activity.h"
#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

constexpr int kSeconds = 60;

void report(const char* what, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    std::printf("%8.5f x real time  %s\n", spent.count() / kSeconds, what);
}

/// A minute of `channels` channels in chunks of 80 ms.
void resampleAll(int rate, int channels) {
    auto resampler = Resampler::create(rate, channels);
    ASSERT_TRUE(resampler);
    const auto chunk = static_cast<std::size_t>(rate * 8 / 100 * channels);
    const std::vector<float> audio = test::noise(chunk, 0.1);
    std::vector<float> out;
    const std::string what = std::to_string(rate) + " Hz, " + std::to_string(channels) + " channels to 16 kHz";
    report(what.c_str(), [&] {
        for (int i = 0; i < kSeconds * 100 / 8; ++i) {
            out.clear();
            resampler->push(audio, out);
        }
    });
}

TEST(AudioCost, AMinute) {
    for (const auto& [rate, channels] :
         {std::pair{8000, 1}, {22050, 1}, {44100, 1}, {44100, 2}, {48000, 2}, {16000, 2}})
        resampleAll(rate, channels);
    const std::vector<float> audio = test::noise(kSeconds * 16000, 0.1);
    auto mel = LogMel::create({});
    auto voice = VoiceActivity::create();
    ASSERT_TRUE(mel && voice);
    std::vector<float> rows;
    std::vector<VoiceFrame> frames;
    report("log-mel features", [&] {
        for (std::size_t at = 0; at < audio.size(); at += 1280) mel->push(std::span(audio).subspan(at, 1280), rows);
    });
    report("voice activity", [&] { voice->push(audio, frames); });
}

}  // namespace
}  // namespace ms
