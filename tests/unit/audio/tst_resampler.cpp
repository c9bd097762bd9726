#include "engine/audio/resampler.h"

#include <limits>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

std::vector<float> resample(std::span<const float> samples, int rate, int channels, unsigned seed) {
    auto resampler = Resampler::create(rate, channels);
    std::vector<float> out;
    if (!resampler) return out;
    inPieces(samples, static_cast<std::size_t>(channels), seed, [&](auto piece) { resampler->push(piece, out); });
    resampler->flush(out);
    return out;
}

TEST(Resampler, AnyCutGivesTheSameBits) {
    for (const int rate : {8000, 11025, 16000, 22050, 44100, 48000, 192000, 1000, 768000}) {
        const int channels = rate == 44100 ? 2 : rate == 48000 ? 3 : 1;
        const std::vector<float> input = noise(static_cast<std::size_t>(20011 * channels), 0.1);
        const std::vector<float> once = resample(input, rate, channels, 1);
        EXPECT_EQ(once.size(), static_cast<std::size_t>(std::llround(20011.0 * 16000 / rate))) << rate;
        EXPECT_EQ(resample(input, rate, channels, 2), once) << rate;
        EXPECT_EQ(resample(input, rate, channels, 0), once) << rate;  // frame by frame
    }
}

TEST(Resampler, SixteenKilohertzMonoPassesUnchanged) {
    const std::vector<float> input = noise(5001, 0.1);
    EXPECT_EQ(resample(input, 16000, 1, 3), input);
}

/// Root mean square of what is left of `got` once the tone is taken out, against the tone; the ends are left out.
double errorOfTone(std::span<const float> got, double hz, double amplitude) {
    const std::vector<float> wanted = tone(hz, 16000, got.size(), amplitude);
    double error = 0.0, power = 0.0;
    for (std::size_t n = 200; n + 200 < got.size(); ++n) {
        const double d = static_cast<double>(got[n]) - static_cast<double>(wanted[n]);
        error += d * d;
        power += static_cast<double>(wanted[n]) * static_cast<double>(wanted[n]);
    }
    return std::sqrt(error / power);
}

TEST(Resampler, TonesKeepTheirPlaceAndShape) {
    for (const int rate : {44100, 48000, 22050, 96000}) {
        for (const double hz : {100.0, 1000.0, 4000.0, 6400.0})
            EXPECT_LT(errorOfTone(resample(tone(hz, rate, static_cast<std::size_t>(rate)), rate, 1, 4), hz, 0.5), 1e-4)
                << rate << " Hz, tone " << hz;
        // The roll-off begins: within half a decibel at 7 kHz, 3 at 7.3.
        EXPECT_NEAR(rms(resample(tone(7000.0, rate, static_cast<std::size_t>(rate)), rate, 1, 4)), std::sqrt(0.125),
                    0.02);
    }
}

TEST(Resampler, WhatTheNewRateCannotHoldIsGone) {
    for (const double hz : {9000.0, 12000.0, 15500.0, 20000.0})
        EXPECT_LT(rms(resample(tone(hz, 44100, 44100), 44100, 1, 4)), 0.5 * 1e-2 * 0.3) << hz;
    const std::vector<float> none = resample(tone(12000.0, 48000, 48000), 48000, 1, 4);
    EXPECT_LT(rms(std::span(none).subspan(200, 15000)), 1e-5);
}

TEST(Resampler, OutputComesWithinTheStatedLatency) {
    for (const int rate : {8000, 44100, 48000, 11025}) {
        auto resampler = Resampler::create(rate, 1);
        ASSERT_TRUE(resampler);
        EXPECT_LE(resampler->latency(), 0.007) << rate;
        std::vector<float> out;
        const std::vector<float> input = noise(static_cast<std::size_t>(rate), 0.1);
        double worst = 0.0;
        for (std::size_t n = 0; n < input.size(); ++n) {
            resampler->push(std::span(input).subspan(n, 1), out);
            worst = std::max(worst, static_cast<double>(n + 1) / rate - static_cast<double>(out.size()) / 16000);
        }
        EXPECT_LE(worst, resampler->latency()) << rate;
        EXPECT_GE(worst, 0.5 * resampler->latency()) << rate << ": the statement is idle";
    }
    EXPECT_EQ(Resampler::create(16000, 2)->latency(), 0.0);
}

TEST(Resampler, ChannelsAreMixedAndNoNumberSpreads) {
    const std::vector<float> left = tone(440.0, 44100, 4410);
    std::vector<float> both;
    for (const float x : left) both.insert(both.end(), {x, 0.0f});
    const std::vector<float> mixed = resample(both, 44100, 2, 1);
    const std::vector<float> alone = resample(left, 44100, 1, 1);
    ASSERT_EQ(mixed.size(), alone.size());
    for (std::size_t n = 0; n < mixed.size(); ++n) ASSERT_NEAR(mixed[n], alone[n] / 2, 1e-6);

    std::vector<float> broken(1000, std::numeric_limits<float>::quiet_NaN());
    for (const float x : resample(broken, 44100, 1, 1)) ASSERT_EQ(x, 0.0f);
}

TEST(Resampler, ResetForgets) {
    auto resampler = Resampler::create(44100, 1);
    ASSERT_TRUE(resampler);
    const std::vector<float> input = noise(3000, 0.1);
    std::vector<float> first, second;
    resampler->push(input, first);
    resampler->flush(first);
    resampler->reset();
    resampler->push(input, second);
    resampler->flush(second);
    EXPECT_EQ(first, second);
}

TEST(Resampler, NothingAndNextToNothing) {
    EXPECT_TRUE(resample({}, 44100, 1, 1).empty());
    EXPECT_EQ(resample(std::vector<float>{0.5f}, 8000, 1, 1).size(), 2u);
    for (const auto& [rate, channels] : {std::pair{0, 1}, {999, 1}, {800000, 1}, {16000, 0}, {16000, 65}})
        EXPECT_FALSE(Resampler::create(rate, channels)) << rate << ", " << channels;
}

}  // namespace
}  // namespace ms
