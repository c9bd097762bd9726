// FeatureWindow: however rows come and windows go, the frames see the same rows.
#include <gtest/gtest.h>

#include <random>

#include "engine/models/feature_window.h"

namespace ms {
namespace {

constexpr std::int64_t kWidth = 3;
const InputDims kInput{InputDims::Kind::Features, kWidth, 4, 6, 3};
const FeatureStatistics kStatistics{{1, -2, 0.5f}, {2, 0.5f, 4}};

std::vector<float> signal(std::int64_t rows) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < rows * kWidth; ++i) values.push_back(static_cast<float>(i * 37 % 101) / 7 - 5);
    return values;
}

/// What frame i reads, by the definition: rows 4 i - 6 … 4 i + 6, zeros outside the signal.
std::vector<float> expectedFrame(const std::vector<float>& rows, std::int64_t frame) {
    std::vector<float> out;
    for (std::int64_t r = 4 * frame - 6; r <= 4 * frame + 6; ++r)
        for (std::int64_t c = 0; c < kWidth; ++c) {
            const bool inside = r >= 0 && (r + 1) * kWidth <= static_cast<std::int64_t>(rows.size());
            const auto i = static_cast<std::size_t>(c);
            out.push_back(inside ? (rows[static_cast<std::size_t>(r * kWidth + c)] - kStatistics.mean[i]) / kStatistics.std[i] : 0.0f);
        }
    return out;
}

/// Frame `i` of a window.
std::vector<float> frameOf(std::span<const float> window, std::int64_t i) {
    const auto part = window.subspan(static_cast<std::size_t>(i * 4 * kWidth), static_cast<std::size_t>(kInput.rows(1) * kWidth));
    return {part.begin(), part.end()};
}

TEST(FeatureWindow, GivesEveryFrameItsRowsHoweverTheyCome) {
    std::mt19937 random(5);
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 7, 12, 13, 100, 203}) {
        const std::vector<float> all = signal(rows);
        FeatureWindow window(kStatistics, kInput);
        std::int64_t pushed = 0, frames = 0;
        const auto drain = [&] {
            while (window.ready() > 0) {
                const std::int64_t count = std::min<std::int64_t>(window.ready(), 1 + random() % 5);
                const std::span<const float> taken = window.take(count);
                ASSERT_EQ(static_cast<std::int64_t>(taken.size()), kInput.rows(count) * kWidth);
                for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(frameOf(taken, i), expectedFrame(all, frames + i)) << rows << " rows, frame " << frames + i;
                frames += count;
                EXPECT_EQ(window.framesTaken(), frames);
            }
        };
        while (pushed < rows) {
            const std::int64_t count = std::min<std::int64_t>(rows - pushed, random() % 9);
            window.push(std::span(all).subspan(static_cast<std::size_t>(pushed * kWidth), static_cast<std::size_t>(count * kWidth)));
            pushed += count;
            EXPECT_EQ(window.rowsPushed(), pushed);
            // A frame is there as soon as its last row, 4 i + 6, is.
            EXPECT_EQ(frames + window.ready(), pushed < 7 ? 0 : (pushed - 7) / 4 + 1);
            if (random() % 3 != 0) drain();
        }
        window.finish();
        drain();
        EXPECT_EQ(frames, (rows + 3) / 4) << rows << " rows";
        EXPECT_EQ(window.ready(), 0);
        window.finish();
        EXPECT_EQ(window.ready(), 0);
    }
}

TEST(FeatureWindow, NothingGivesNothing) {
    FeatureWindow window(kStatistics, kInput);
    EXPECT_EQ(window.ready(), 0);
    window.push({});
    window.finish();
    EXPECT_EQ(window.ready(), 0);
}

TEST(FeatureWindow, StartsAnew) {
    const std::vector<float> all = signal(20);
    FeatureWindow window(kStatistics, kInput);
    window.push(all);
    EXPECT_EQ(window.take(2).size(), 17u * kWidth);
    window.finish();
    window.reset();
    EXPECT_EQ(window.framesTaken(), 0);
    window.push(all);
    EXPECT_EQ(frameOf(window.take(1), 0), expectedFrame(all, 0));
}

}  // namespace
}  // namespace ms
