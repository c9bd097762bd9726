#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "engine/analysis/tensor_statistics.h"
#include "engine/base/half.h"

namespace ms {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

/// A tensor of any type that owns its bytes, one byte off any alignment, and the values those bytes stand for.
struct Stored {
    std::vector<std::byte> memory;
    std::vector<double> values;
    TensorInfo info;

    template <class T>
    void put(T element, double value) {
        const std::size_t end = memory.size();
        memory.resize(end + sizeof element);
        std::memcpy(memory.data() + end, &element, sizeof element);
        values.push_back(value);
    }
    Stored(DType type, Shape shape, const std::vector<double>& wanted) : memory(1) {
        for (const double v : wanted) switch (type) {
                case DType::F32:
                    put(static_cast<float>(v), static_cast<float>(v));
                    break;
                case DType::F16:
                    put(floatToHalf(static_cast<float>(v)), halfToFloat(floatToHalf(static_cast<float>(v))));
                    break;
                case DType::BF16:
                    put(floatToBfloat(static_cast<float>(v)), bfloatToFloat(floatToBfloat(static_cast<float>(v))));
                    break;
                case DType::F64:
                    put(v, v);
                    break;
                case DType::I8:
                    put(static_cast<std::int8_t>(v), std::trunc(v));
                    break;
                case DType::U8:
                    put(static_cast<std::uint8_t>(std::abs(v)), std::trunc(std::abs(v)));
                    break;
                case DType::Bool:
                    put(static_cast<std::uint8_t>(v > 0), v > 0);
                    break;
                case DType::I16:
                    put(static_cast<std::int16_t>(v), std::trunc(v));
                    break;
                case DType::I32:
                    put(static_cast<std::int32_t>(v), std::trunc(v));
                    break;
                case DType::I64:
                    put(static_cast<std::int64_t>(v), std::trunc(v));
                    break;
                default:  // quantised types have no elements of their own
                    break;
            }
        info = {"weight", type, shape, std::span<const std::byte>(memory).subspan(1), "file"};
    }
    Stored(const Stored&) = delete;
};

constexpr DType kFloats[] = {DType::F32, DType::F16, DType::BF16, DType::F64};
constexpr DType kIntegers[] = {DType::I8, DType::U8, DType::Bool, DType::I16, DType::I32, DType::I64};

std::vector<double> randomValues(std::int64_t count, double scale) {
    std::mt19937 random(5);
    std::vector<double> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(((random() >> 8) * 0x1p-23 - 1) * scale);
    return values;
}

/// Two blocks of Q8_0: a scale of 0.5 and -16 … 15, then a scale of 2 and zeros but for one 3.
TEST(TensorStatistics, ReadsQuantisedBlocks) {
    std::vector<std::byte> bytes;
    const auto putHalf = [&](float v) {
        const std::uint16_t half = floatToHalf(v);
        bytes.push_back(static_cast<std::byte>(half & 0xff));
        bytes.push_back(static_cast<std::byte>(half >> 8));
    };
    putHalf(0.5f);
    for (int q = -16; q < 16; ++q) bytes.push_back(static_cast<std::byte>(q));
    putHalf(2.0f);
    for (int q = 0; q < 32; ++q) bytes.push_back(static_cast<std::byte>(q == 5 ? 3 : 0));
    const TensorInfo info{"weight", DType::Q8_0, {2, 32}, bytes, "file"};
    const auto s = tensorStatistics(info, 4);
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(s->elements, 64);
    EXPECT_EQ(s->zeros, 1 + 31);
    EXPECT_EQ(s->min, -8);
    EXPECT_EQ(s->max, 7.5);
    EXPECT_NEAR(s->mean, (-8.0 + 6.0) / 64, 1e-12);
    TensorInfo cut = info;
    cut.bytes = cut.bytes.first(67);
    EXPECT_FALSE(tensorStatistics(cut, 4));
}

void expectStatistics(const Stored& tensor, std::int64_t bins) {
    SCOPED_TRACE(name(tensor.info.dtype));
    const auto s = tensorStatistics(tensor.info, bins);
    ASSERT_TRUE(s) << s.error().message;
    std::vector<double> finite;
    std::int64_t zeros = 0, nan = 0, infinite = 0;
    for (const double v : tensor.values) {
        if (std::isfinite(v)) finite.push_back(v);
        zeros += v == 0;
        nan += std::isnan(v);
        infinite += std::isinf(v);
    }
    EXPECT_EQ(s->elements, static_cast<std::int64_t>(tensor.values.size()));
    EXPECT_EQ(s->zeros, zeros);
    EXPECT_EQ(s->nan, nan);
    EXPECT_EQ(s->infinite, infinite);
    ASSERT_FALSE(finite.empty());
    const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
    EXPECT_EQ(s->min, *low);
    EXPECT_EQ(s->max, *high);
    const auto n = static_cast<double>(finite.size());
    const double mean = std::accumulate(finite.begin(), finite.end(), 0.0) / n;
    double squares = 0;
    for (const double v : finite) squares += (v - mean) * (v - mean);
    EXPECT_NEAR(s->mean, mean, 1e-12 * (*high - *low));
    EXPECT_NEAR(s->std, std::sqrt(squares / n), 1e-12 * (*high - *low));
    std::vector<std::uint64_t> histogram(static_cast<std::size_t>(bins));
    for (const double v : finite)
        ++histogram[static_cast<std::size_t>(std::min<double>(
            static_cast<double>(bins - 1), std::floor((v - *low) * (static_cast<double>(bins) / (*high - *low)))))];
    EXPECT_EQ(s->histogram, histogram);
}

TEST(TensorStatistics, AreThoseOfFloat64ForEveryType) {
    std::vector<double> broken = randomValues(70'001, 3);  // more than a piece
    for (const std::size_t i : {0u, 9u, 66'000u}) broken[i] = kNaN;
    broken[17] = kInf;
    broken[70'000] = -kInf;
    broken[100] = broken[101] = 0;
    for (const DType type : kFloats) expectStatistics(Stored(type, {70'001}, broken), 64);
    for (const DType type : kIntegers) expectStatistics(Stored(type, {70'001}, randomValues(70'001, 120)), 7);
}

TEST(TensorStatistics, SurviveTensorsWithNothingInThem) {
    for (const DType type : kFloats) {
        const auto nothing = tensorStatistics(Stored(type, {2, 2}, {kNaN, kInf, -kInf, kNaN}).info);
        ASSERT_TRUE(nothing);
        EXPECT_EQ(nothing->nan, 2);
        EXPECT_EQ(nothing->infinite, 2);
        EXPECT_TRUE(nothing->histogram.empty());
        const auto same = tensorStatistics(Stored(type, {3}, {2.5, 2.5, 2.5}).info);
        ASSERT_TRUE(same);
        EXPECT_EQ(same->std, 0);
        EXPECT_EQ(same->histogram.front(), 3u);
        const auto empty = tensorStatistics(Stored(type, {0, 5}, {}).info);
        ASSERT_TRUE(empty);
        EXPECT_EQ(empty->elements, 0);
    }
}

TEST(TensorStatistics, ReportsStopsAndRefuses) {
    const Stored tensor(DType::F32, {300, 1000}, randomValues(300'000, 1));
    std::int64_t calls = 0, last = 0, total = 0;
    ASSERT_TRUE(tensorStatistics(tensor.info, 64, {}, [&](const Progress& p) {
        ++calls;
        EXPECT_GT(p.current, last);
        last = p.current;
        total = p.total;
    }));
    EXPECT_EQ(last, total);
    EXPECT_GT(calls, 3);
    EXPECT_LE(calls, 101);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(tensorStatistics(tensor.info, 64, stop.get_token()).error().code, ErrorCode::Cancelled);
    TensorInfo torn = tensor.info;
    torn.bytes = torn.bytes.first(torn.bytes.size() - 1);
    EXPECT_EQ(tensorStatistics(torn).error().code, ErrorCode::Format);
}

TEST(TensorTile, CellsAreMeansOrLargestMagnitudes) {
    const Stored tensor(DType::F16, {37, 5, 11}, randomValues(37 * 55, 2));  // [37, 55]
    EXPECT_EQ(matrixShape(tensor.info).rows, 37);
    EXPECT_EQ(matrixShape(tensor.info).cols, 55);
    for (const auto aggregate : {TileAggregate::Mean, TileAggregate::MaxAbs})
        for (const auto& [outRows, outCols] : {std::pair{7, 9}, {1, 1}, {31, 50}, {100, 100}, {3, 100}}) {
            const std::int64_t r0 = 4, rows = 31, c0 = 5, cols = 50;
            const auto tile = tensorTile(tensor.info, r0, rows, c0, cols, outRows, outCols, aggregate);
            ASSERT_TRUE(tile) << tile.error().message;
            ASSERT_EQ(tile->rows, std::min<std::int64_t>(rows, outRows));
            ASSERT_EQ(tile->cols, std::min<std::int64_t>(cols, outCols));
            for (std::int64_t i = 0; i < tile->rows; ++i)
                for (std::int64_t j = 0; j < tile->cols; ++j) {
                    double sum = 0, largest = 0;
                    int count = 0;
                    for (std::int64_t r = i * rows / tile->rows; r < (i + 1) * rows / tile->rows; ++r)
                        for (std::int64_t c = j * cols / tile->cols; c < (j + 1) * cols / tile->cols; ++c, ++count) {
                            const double v = tensor.values[static_cast<std::size_t>((r0 + r) * 55 + c0 + c)];
                            sum += v;
                            largest = std::max(largest, std::abs(v));
                        }
                    const double expected = aggregate == TileAggregate::Mean ? sum / count : largest;
                    EXPECT_NEAR(tile->values[static_cast<std::size_t>(i * tile->cols + j)], expected, 1e-6);
                }
        }
}

TEST(TensorTile, ShowsNaNAndVectorsAndRefusesTheRest) {
    const Stored tensor(DType::F32, {2, 4}, {1, kNaN, 3, 4, 5, 6, 7, -8});
    for (const auto aggregate : {TileAggregate::Mean, TileAggregate::MaxAbs}) {
        const auto tile = tensorTile(tensor.info, 0, 2, 0, 4, 1, 2, aggregate);
        ASSERT_TRUE(tile);
        EXPECT_TRUE(std::isnan(tile->values[0]));
        EXPECT_EQ(tile->values[1], aggregate == TileAggregate::Mean ? 1.5f : 8.0f);
    }
    const Stored vector(DType::I32, {5}, {1, 2, 3, 4, 5});
    EXPECT_EQ(tensorTile(vector.info, 0, 1, 1, 4, 8, 8, TileAggregate::Mean)->values, (std::vector<float>{2, 3, 4, 5}));
    const Stored scalar(DType::F64, {}, {42});
    EXPECT_EQ(tensorTile(scalar.info, 0, 1, 0, 1, 8, 8, TileAggregate::Mean)->values, std::vector<float>{42});
    for (const auto& [r, rows, c, cols] :
         {std::tuple{0, 3, 0, 4}, {-1, 1, 0, 4}, {0, 0, 0, 4}, {0, 1, 2, 3}, {2, 1, 0, 1}})
        EXPECT_EQ(tensorTile(tensor.info, r, rows, c, cols, 4, 4, TileAggregate::Mean).error().code,
                  ErrorCode::InvalidArgument);
}

/// Address space of zeros that takes no memory until written to.
struct Zeros {
    std::size_t size;
    void* memory;
    explicit Zeros(std::size_t bytes)
        : size(bytes),
          memory(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
    ~Zeros() { munmap(memory, size); }
    Zeros(const Zeros&) = delete;
};

TEST(TensorTile, ReachesBehindTwoToThe31) {
    constexpr std::int64_t kRows = 70'001, kCols = 65'537;  // 4.6e9 elements
    const Zeros zeros(static_cast<std::size_t>(kRows * kCols) * sizeof(std::int32_t));
    ASSERT_NE(zeros.memory, MAP_FAILED);
    auto* elements = static_cast<std::int32_t*>(zeros.memory);
    elements[kRows * kCols - 1] = 7;
    elements[60'000 * kCols + 3] = 5;
    const TensorInfo info{"embedding",
                          DType::I32,
                          {kRows, kCols},
                          std::span(static_cast<const std::byte*>(zeros.memory), zeros.size),
                          "file"};
    const auto end = tensorTile(info, kRows - 2, 2, kCols - 3, 3, 8, 8, TileAggregate::Mean);
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->values, (std::vector<float>{0, 0, 0, 0, 0, 7}));
    const auto inside = tensorTile(info, 59'999, 3, 2, 2, 8, 8, TileAggregate::MaxAbs);
    ASSERT_TRUE(inside);
    EXPECT_EQ(inside->values, (std::vector<float>{0, 0, 0, 5, 0, 0}));
}

TEST(TensorStatistics, CountsPastTwoToThe31) {
    constexpr std::int64_t kElements = (std::int64_t{1} << 31) + 12'345;
    const Zeros zeros(static_cast<std::size_t>(kElements));
    ASSERT_NE(zeros.memory, MAP_FAILED);
    auto* elements = static_cast<std::int8_t*>(zeros.memory);
    elements[kElements - 1] = -3;
    elements[kElements - 2] = 4;
    elements[5] = 4;
    const auto s = tensorStatistics(
        {"mask", DType::I8, {kElements}, std::span(static_cast<const std::byte*>(zeros.memory), zeros.size), "file"},
        2);
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(s->elements, kElements);
    EXPECT_EQ(s->zeros, kElements - 3);
    EXPECT_EQ(s->min, -3);
    EXPECT_EQ(s->max, 4);
    EXPECT_EQ(s->histogram, (std::vector<std::uint64_t>{kElements - 2, 2}));
}

}  // namespace
}  // namespace ms
