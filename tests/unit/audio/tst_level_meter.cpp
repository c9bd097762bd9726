#include "engine/audio/level_meter.h"

#include <limits>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

TEST(LevelMeter, MeasuresASine) {
    LevelMeter meter;
    inPieces(tone(1000.0, 16000, 16000, 0.5), 1, 3, [&](auto piece) { meter.push(piece); });
    const Level level = meter.take();
    EXPECT_NEAR(level.peak_db, -6.02f, 0.01f);
    EXPECT_NEAR(level.rms_db, -9.03f, 0.01f);
    EXPECT_EQ(level.samples, 16000);
    EXPECT_EQ(level.clipped, 0);
}

TEST(LevelMeter, CountsClippingOverBlocks) {
    LevelMeter meter;
    const std::vector<float> loud = tone(100.0, 16000, 1600, 2.0);
    std::int64_t wanted = 0;
    for (const float x : loud) wanted += std::abs(x) >= 32767.0f / 32768.0f ? 1 : 0;
    ASSERT_GT(wanted, 1000);
    meter.push(loud);
    EXPECT_EQ(meter.take().clipped, wanted);
    EXPECT_EQ(meter.take().clipped, 0);
    meter.push(std::vector<float>{1.0f, -1.0f, 32767.0f / 32768.0f, 0.999f});
    EXPECT_EQ(meter.take().clipped, 3);
    EXPECT_EQ(meter.totalClipped(), wanted + 3);
    meter.reset();
    EXPECT_EQ(meter.totalClipped(), 0);
}

TEST(LevelMeter, SilenceAndNoNumbersAreTheBottom) {
    LevelMeter meter;
    EXPECT_EQ(meter.take().rms_db, Level::kSilence);
    meter.push(std::vector<float>{0.0f, std::numeric_limits<float>::quiet_NaN(), 1e-20f});
    const Level level = meter.take();
    EXPECT_EQ(level.peak_db, Level::kSilence);
    EXPECT_EQ(level.rms_db, Level::kSilence);
    EXPECT_EQ(level.samples, 3);
}

}  // namespace
}  // namespace ms
