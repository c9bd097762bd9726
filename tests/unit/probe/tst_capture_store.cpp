#include <gtest/gtest.h>

#include <cmath>

#include "engine/probe/capture_store.h"

namespace ms {
namespace {

const SeriesKey kKey{ProbePoint::Dt, LayerIndex(1), Reduction::None};

float valueAt(std::int64_t token, std::int64_t column) { return static_cast<float>(token) + 0.001f * static_cast<float>(column); }

void append(CaptureStore& store, std::int64_t first, std::int64_t rows, std::int64_t width, std::int64_t stride = 1) {
    const CaptureEntry entry{kKey, width, stride, 0, 0, 1};
    std::vector<float> values;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) values.push_back(valueAt(first + r * stride, c));
    store.append({TokenPos(first), rows * stride, {{&entry, TokenPos(first), rows, values}}});
}

float at(const CaptureStore& store, std::int64_t token, std::int64_t column) {
    float value = 0;
    store.read(kKey, TokenPos(token), 1, column, 1, std::span(&value, 1));
    return value;
}

TEST(CaptureStore, ReturnsWhatWasAppended) {
    CaptureStore store;
    append(store, 0, 3, 5);
    append(store, 3, 4, 5);
    std::vector<float> out(7 * 2);
    EXPECT_EQ(store.read(kKey, TokenPos(0), 7, 3, 2, out), 7);
    for (std::int64_t t = 0; t < 7; ++t)
        for (std::int64_t c = 0; c < 2; ++c) EXPECT_EQ(out[static_cast<std::size_t>(t * 2 + c)], valueAt(t, c + 3));
    EXPECT_EQ(store.find(kKey)->end, TokenPos(7));
}

TEST(CaptureStore, ReadsMissingRowsAsNaN) {
    CaptureStore store;
    append(store, 10, 2, 1);
    EXPECT_TRUE(std::isnan(at(store, 9, 0)));
    EXPECT_EQ(at(store, 10, 0), 10.0f);
    EXPECT_TRUE(std::isnan(at(store, 12, 0)));
    float value = 1;
    EXPECT_EQ(store.read({ProbePoint::Y, LayerIndex(0), Reduction::None}, TokenPos(0), 1, 0, 1, std::span(&value, 1)), 0);
    EXPECT_TRUE(std::isnan(value));
}

TEST(CaptureStore, StaysUnderItsCapAndSpillsTheRest) {
    constexpr std::uint64_t kCap = 4 << 20;
    constexpr std::int64_t kWidth = 1536, kTokens = 8000;  // 49 MB in all
    CaptureStore store(kCap);
    for (std::int64_t t = 0; t < kTokens; t += 100) {
        append(store, t, 100, kWidth);
        EXPECT_LE(store.use().memoryBytes, kCap + (1 << 20));
    }
    EXPECT_GT(store.use().spilledBytes, 40u << 20);
    EXPECT_EQ(store.use().lostRows, 0);
    for (const std::int64_t t : {0, 1, 777, 4001, 7999}) EXPECT_EQ(at(store, t, 1535), valueAt(t, 1535)) << t;
    append(store, 5, 1, kWidth);  // a replay writes into the spilled past
    EXPECT_EQ(at(store, 5, 7), valueAt(5, 7));
}

TEST(CaptureStore, ForgetsBehindATruncation) {
    CaptureStore store;
    append(store, 0, 3000, 64);
    store.truncate(TokenPos(1500));
    EXPECT_EQ(at(store, 1499, 3), valueAt(1499, 3));
    EXPECT_TRUE(std::isnan(at(store, 1500, 3)));
    EXPECT_EQ(store.find(kKey)->end, TokenPos(1500));
    append(store, 1500, 2, 64);
    EXPECT_EQ(at(store, 1501, 3), valueAt(1501, 3));
    EXPECT_TRUE(std::isnan(at(store, 1502, 3)));
    store.clear();
    EXPECT_TRUE(store.series().empty());
    EXPECT_EQ(store.use().memoryBytes, 0u);
}

TEST(CaptureStore, KeepsStridedSeriesByPosition) {
    CaptureStore store;
    append(store, 0, 5, 2, 8);
    EXPECT_EQ(at(store, 32, 1), valueAt(32, 1));
    EXPECT_EQ(store.find(kKey)->end, TokenPos(33));
}

}  // namespace
}  // namespace ms
