// SoundTrack: what goes in comes out, peaks equal a search through the samples.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "engine/audio/sound_track.h"

namespace ms {
namespace {

std::vector<float> noise(std::size_t n, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    std::vector<float> out(n);
    for (float& x : out) x = value(engine);
    return out;
}

TEST(SoundTrack, GivesBackWhatWasAppendedInAnyPieces) {
    auto track = SoundTrack::create(16000);
    ASSERT_TRUE(track) << track.error().message;
    const auto sound = noise(10'007, 1);
    for (std::size_t at = 0, n = 1; at < sound.size(); at += n, n = n * 3 % 1009 + 1)
        ASSERT_TRUE((*track)->append(std::span(sound).subspan(at, std::min(n, sound.size() - at))));
    EXPECT_EQ((*track)->samples(), 10'007);
    std::vector<float> out(500);
    EXPECT_EQ((*track)->read(3000, out), 500);
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], sound[3000 + i], 1.0f / 32768);
    EXPECT_EQ((*track)->read(9'807, out), 200);
    EXPECT_EQ(out[200], 0.0f);
    EXPECT_EQ((*track)->read(-100, out), 400);
    EXPECT_EQ(out[99], 0.0f);
    EXPECT_NEAR(out[100], sound[0], 1.0f / 32768);
}

TEST(SoundTrack, PeaksEqualASearch) {
    auto track = SoundTrack::create(16000);
    ASSERT_TRUE(track);
    const auto sound = noise(5'000, 2);
    ASSERT_TRUE((*track)->append(sound));
    for (const double step : {0.4, 1.0, 7.5, 80.0, 160.0, 320.0, 1600.0}) {
        std::vector<SoundPeaks> peaks(40);
        (*track)->peaks(160, step, peaks);
        for (std::size_t i = 0; i < peaks.size(); ++i) {
            const auto first = 160 + std::llround(static_cast<double>(i) * step);
            const auto end = std::max(first + 1, 160 + std::llround(static_cast<double>(i + 1) * step));
            float low = 1.0f, high = -1.0f;
            for (auto s = first; s < end && s < 5'000; ++s) {
                low = std::min(low, sound[static_cast<std::size_t>(s)]);
                high = std::max(high, sound[static_cast<std::size_t>(s)]);
            }
            EXPECT_NEAR(peaks[i].low, low, 1.0f / 32768) << step << " " << i;
            EXPECT_NEAR(peaks[i].high, high, 1.0f / 32768) << step << " " << i;
        }
    }
}

TEST(SoundTrack, ClipsAndSilencesWhatIsNoSample) {
    auto track = SoundTrack::create(8000);
    ASSERT_TRUE(track);
    const float odd[] = {2.0f, -3.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
    ASSERT_TRUE((*track)->append(odd));
    std::vector<float> out(4);
    (*track)->read(0, out);
    EXPECT_EQ(out, (std::vector<float>{32767.0f / 32768.0f, -1.0f, 0.0f, 0.0f}));
    (*track)->clear();
    EXPECT_EQ((*track)->samples(), 0);
    EXPECT_EQ((*track)->read(0, out), 0);
}

TEST(SoundTrack, SixteenBitSamplesComeOutAsTheyWentIn) {
    auto track = SoundTrack::create(16000);
    ASSERT_TRUE(track);
    std::vector<float> all(65'536), out(65'536);
    for (int i = 0; i < 65'536; ++i) all[static_cast<std::size_t>(i)] = static_cast<float>(i - 32'768) / 32768.0f;
    ASSERT_TRUE((*track)->append(all));
    (*track)->read(0, out);
    EXPECT_EQ(out, all);
}

TEST(SoundTrack, RefusesWhatCannotBe) {
    EXPECT_FALSE(SoundTrack::create(0));
    const auto nowhere = SoundTrack::create(16000, "/nowhere/at/all");
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(SoundTrack, IsReadWhileItGrows) {
    auto track = SoundTrack::create(16000);
    ASSERT_TRUE(track);
    std::jthread writer([&] {
        const std::vector<float> block(160, 0.5f);
        for (int i = 0; i < 500; ++i) ASSERT_TRUE((*track)->append(block));
    });
    std::vector<float> out(160);
    std::vector<SoundPeaks> peaks(10);
    while ((*track)->samples() < 80'000) {
        const std::int64_t inside = (*track)->read(0, out);
        if (inside == 160) {
            ASSERT_NEAR(out[159], 0.5f, 1e-4f);
        }
        (*track)->peaks(0, 1600.0, peaks);
    }
    (*track)->peaks(0, 1600.0, peaks);
    EXPECT_NEAR(peaks[0].high, 0.5f, 1e-4f);
}

}  // namespace
}  // namespace ms
