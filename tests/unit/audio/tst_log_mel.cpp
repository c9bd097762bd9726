#include "engine/audio/log_mel.h"

#include <limits>
#include <thread>

#include "tests/unit/audio/audio_support.h"

namespace ms {
namespace {

using namespace test;

std::vector<float> features(std::span<const float> samples, const FeatureConfig& config, unsigned seed) {
    auto mel = LogMel::create(config);
    std::vector<float> rows;
    if (!mel) return rows;
    std::int64_t made = 0;
    inPieces(samples, 1, seed, [&](auto piece) { made += mel->push(piece, rows); });
    EXPECT_EQ(made, mel->rows());
    EXPECT_EQ(static_cast<std::size_t>(made * config.mels), rows.size());
    return rows;
}

/// One row straight from the definition, in double: the DFT as a sum, the filters as formulas.
std::vector<double> rowByDefinition(std::span<const float> frame, const FeatureConfig& config) {
    const int bins = config.fft / 2 + 1;
    std::vector<double> power(static_cast<std::size_t>(bins));
    for (int k = 0; k < bins; ++k) {
        double re = 0.0, im = 0.0;
        for (int n = 0; n < config.window; ++n) {
            const double w = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * n / config.window);
            const double angle = 2.0 * std::numbers::pi *
                                 static_cast<double>(static_cast<std::int64_t>(k) * n % config.fft) / config.fft;
            re += w * static_cast<double>(frame[static_cast<std::size_t>(n)]) * std::cos(angle);
            im -= w * static_cast<double>(frame[static_cast<std::size_t>(n)]) * std::sin(angle);
        }
        power[static_cast<std::size_t>(k)] = re * re + im * im;
    }
    const auto toMel = [](double f) {
        return f < 1000.0 ? f / (200.0 / 3.0) : 15.0 + std::log(f / 1000.0) / (std::log(6.4) / 27.0);
    };
    const auto toHz = [](double m) {
        return m < 15.0 ? m * (200.0 / 3.0) : 1000.0 * std::exp((m - 15.0) * (std::log(6.4) / 27.0));
    };
    const auto corner = [&](int i) {
        return toHz(toMel(config.low_hz) + (toMel(config.high_hz) - toMel(config.low_hz)) * i / (config.mels + 1));
    };
    std::vector<double> row;
    for (int b = 0; b < config.mels; ++b) {
        double sum = 0.0;
        for (int k = 0; k < bins; ++k) {
            const double f = static_cast<double>(k) * config.sample_rate / config.fft;
            const double up = (f - corner(b)) / (corner(b + 1) - corner(b)),
                         down = (corner(b + 2) - f) / (corner(b + 2) - corner(b + 1));
            sum += std::max(0.0, std::min(up, down)) * power[static_cast<std::size_t>(k)];
        }
        row.push_back(std::log(sum + config.floor));
    }
    return row;
}

void compareWithDefinition(std::span<const float> samples, const FeatureConfig& config, const std::string& what) {
    const std::vector<float> rows = features(samples, config, 7);
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()),
              config.rows(static_cast<std::int64_t>(samples.size())) * config.mels)
        << what;
    for (std::size_t m = 0; m * static_cast<std::size_t>(config.mels) < rows.size(); m += 5) {
        const std::vector<double> wanted =
            rowByDefinition(samples.subspan(m * static_cast<std::size_t>(config.hop)), config);
        for (std::size_t b = 0; b < wanted.size(); ++b) {
            const double got = static_cast<double>(rows[m * wanted.size() + b]);
            // Around ln 1 = 0 the relative error of a logarithm means nothing: there, that of its argument.
            ASSERT_LE(std::abs(got - wanted[b]), 1e-5 * std::max(std::abs(wanted[b]), 0.1))
                << what << ", row " << m << ", bin " << b;
        }
    }
}

TEST(LogMel, EqualsTheDefinition) {
    const FeatureConfig config;
    const std::vector<float> clip = speech();
    compareWithDefinition(std::span(clip).subspan(12000, 16000), config, "speech");
    compareWithDefinition(tone(1000.0, 16000, 4000, 1.0), config, "full scale");
    compareWithDefinition(tone(313.0, 16000, 4000, 1e-5), config, "faint");
    compareWithDefinition(noise(4000, 0.3), config, "noise");
}

TEST(LogMel, EqualsTheDefinitionForOtherNumbers) {
    compareWithDefinition(noise(3000, 0.1), {8000, 200, 80, 256, 40, 0.0, 4000.0, 1e-3}, "8 kHz");
    compareWithDefinition(noise(3000, 0.1), {22050, 333, 111, 334, 23, 50.0, 9000.0, 1e-8}, "odd sizes");
    compareWithDefinition(noise(3000, 0.1), {16000, 512, 512, 512, 128, 20.0, 8000.0, 1e-5},
                          "filters narrower than bins");
}

TEST(LogMel, AnyCutGivesTheSameBits) {
    const FeatureConfig config;
    const std::vector<float> clip = speech();
    auto mel = LogMel::create(config);
    ASSERT_TRUE(mel);
    std::vector<float> once;
    EXPECT_EQ(mel->push(clip, once), 398);
    for (unsigned seed = 0; seed < 6; ++seed) EXPECT_EQ(features(clip, config, seed), once) << seed;
    mel->reset();
    std::vector<float> again;
    mel->push(clip, again);
    EXPECT_EQ(again, once);
}

TEST(LogMel, CountsOnlyFramesInsideTheAudio) {
    const FeatureConfig config;
    for (const std::int64_t samples : {0, 1, 399, 400, 559, 560, 561, 16000}) {
        const std::int64_t rows = samples < 400 ? 0 : (samples - 400) / 160 + 1;
        EXPECT_EQ(config.rows(samples), rows);
        EXPECT_EQ(static_cast<std::int64_t>(features(noise(static_cast<std::size_t>(samples), 0.1), config, 3).size()),
                  rows * 80)
            << samples;
    }
}

TEST(LogMel, SilenceIsTheFloor) {
    for (const float x : features(std::vector<float>(1600, 0.0f), {}, 1)) ASSERT_FLOAT_EQ(x, std::log(1e-5f));
}

TEST(LogMel, NoNumberCountsAsZero) {
    std::vector<float> broken = noise(4000, 0.1), mended = broken;
    const float bad[]{std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                      -std::numeric_limits<float>::infinity(), 3e38f};
    for (std::size_t i = 0; i < 40; ++i) {
        broken[i * 97] = bad[i % 4];
        mended[i * 97] = 0.0f;
    }
    EXPECT_EQ(features(broken, {}, 1), features(mended, {}, 1));
}

TEST(LogMel, RefusesNumbersThatMakeNoSense) {
    const auto refuses = [](auto change, const char* field) {
        FeatureConfig config;
        change(config);
        expectRefusal(LogMel::create(config), field);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    refuses([](auto& c) { c.sample_rate = 0; }, "sample_rate");
    refuses([](auto& c) { c.window = 0; }, "window");
    refuses([](auto& c) { c.window = 513; }, "window");
    refuses([](auto& c) { c.hop = 0; }, "hop");
    refuses([](auto& c) { c.hop = 401; }, "hop");
    refuses([](auto& c) { c.fft = 511; }, "fft");
    refuses([](auto& c) { c.fft = 1 << 30; }, "fft");
    refuses([](auto& c) { c.mels = 0; }, "mels");
    refuses([](auto& c) { c.mels = 1 << 30; }, "mels");
    refuses([](auto& c) { c.low_hz = -1; }, "low_hz");
    refuses([](auto& c) { c.high_hz = 10; }, "low_hz");
    refuses([](auto& c) { c.high_hz = 8001; }, "high_hz");
    refuses([](auto& c) { c.floor = 0; }, "floor");
    refuses([nan](auto& c) { c.floor = nan; }, "floor");
    refuses([nan](auto& c) { c.low_hz = nan; }, "low_hz");
    refuses([nan](auto& c) { c.high_hz = nan; }, "low_hz");
}

TEST(LogMel, MayBeMadeAndDroppedOnManyThreads) {
    const std::vector<float> clip = noise(8000, 0.1);
    const std::vector<float> wanted = features(clip, {}, 1);
    std::vector<std::thread> threads;
    std::vector<int> same(4, 0);
    for (std::size_t t = 0; t < same.size(); ++t)
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < 20; ++i) same[t] += features(clip, {}, i + 1) == wanted ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(same, std::vector<int>(4, 20));
}

}  // namespace
}  // namespace ms
