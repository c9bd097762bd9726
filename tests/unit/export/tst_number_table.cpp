// Lines of a tidy table: quoting, columns, values that read back as the same bits.
#include "engine/export/number_table.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

#include "tests/unit/export/csv_reader.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

std::string field(std::string_view text) {
    std::string out;
    appendCsvField(out, text);
    return out;
}

/// All lines of a source, header included.
std::string tableOf(const NumberSource& source) {
    EXPECT_TRUE(source.check().ok());
    NumberTable table(source);
    std::string text = table.header();
    for (const NumberArray& array : source.arrays) {
        if (array.companion) continue;
        std::vector<std::byte> bytes(array.bytes());
        EXPECT_TRUE(array.read(0, array.rows(), bytes).ok());
        table.appendLines(text, array, 0, bytes, array.rows() * array.rowElements());
    }
    return text;
}

template <class T>
NumberArray array(std::string name, std::string probe, std::vector<NumberAxis> axes, std::vector<T> values, DType type) {
    NumberArray a{std::move(name), std::move(probe)};
    a.type = type;
    a.axes = std::move(axes);
    a.read = readerOf(std::move(values));
    return a;
}

}  // namespace

TEST(CsvField, QuotesWhatWouldBeMisread) {
    EXPECT_EQ(field("the"), "the");
    EXPECT_EQ(field(""), "");
    EXPECT_EQ(field("a,b"), "\"a,b\"");
    EXPECT_EQ(field("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(field("\n"), "\"\n\"");
    EXPECT_EQ(field("\r\n"), "\"\r\n\"");
    EXPECT_EQ(field("#"), "\"#\"");
    EXPECT_EQ(field(" the"), "\" the\"");
    EXPECT_EQ(field("größe 日本"), "größe 日本");
}

TEST(CsvField, SpellsBytesThatAreNoText) {
    EXPECT_EQ(field("\xe2\x82"), "<0xE2><0x82>");
    EXPECT_EQ(field("a\xff,"), "\"a<0xFF>,\"");
    EXPECT_EQ(field(std::string_view("a\0b", 3)), "a<0x00>b");
}

TEST(NumberTable, TokensTimesChannelsOfALayer) {
    const std::vector<std::string> pieces{" a", "\"", "\n"};
    const NumberAxis tokens{"token", 3, 10, 1, {}, [&](std::int64_t t) { return pieces[static_cast<std::size_t>(t - 10)]; }};
    NumberSource source;
    source.arrays.push_back(array<float>("layer.3.dt", "dt", {tokens, {"channel", 2}}, {1, 2.5f, -3, NAN, 1e-30f, 1e9f}, DType::F32));
    source.arrays[0].layer = 3;
    EXPECT_EQ(tableOf(source),
              "token,text,layer,channel,value\n"
              "10,\" a\",3,0,1\n"
              "10,\" a\",3,1,2.5\n"
              "11,\"\"\"\",3,0,-3\n"
              "11,\"\"\"\",3,1,\n"
              "12,\"\n\",3,0,1e-30\n"
              "12,\"\n\",3,1,1e+09\n");
}

TEST(NumberTable, OtherAxesAndSeveralProbes) {
    const NumberAxis symbols{"symbol", 2, 0, 1, {}, [](std::int64_t s) { return std::string(1, static_cast<char>('a' + s)); }};
    NumberSource source;
    source.arrays.push_back(array<float>("posteriors", "posterior", {{"token", 1}, symbols}, {0.25f, 0.75f}, DType::F32));
    source.arrays.push_back(array<std::int64_t>("sizes", "size", {{"layer", 2, 0, 1, {4, 9}}}, {7, std::int64_t{1} << 60}, DType::I64));
    source.arrays.push_back(array<std::int32_t>("ids", "id", {{"token", 1}}, {5}, DType::I32));
    source.arrays.back().companion = true;
    EXPECT_EQ(tableOf(source),
              "probe,token,text,layer,channel,symbol,symbol_text,value\n"
              "posterior,0,,,,0,a,0.25\n"
              "posterior,0,,,,1,b,0.75\n"
              "size,,,4,,,,7\n"
              "size,,,9,,,,1152921504606846976\n");
}

TEST(NumberTable, StepsAndThreeDimensions) {
    NumberSource source;
    source.arrays.push_back(array<double>("state", "state", {{"token", 2, 0, 16}, {"channel", 2}, {"state", 2}},
                                          {0, 1, 2, 3, 4, 5, 6, 0.1}, DType::F64));
    const CsvFile csv = readCsv(tableOf(source));
    ASSERT_EQ(csv.rows.size(), 8u);
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(csv.rows[i].at("token"), i < 4 ? "0" : "16");
        EXPECT_EQ(csv.rows[i].at("channel"), std::to_string(i / 2 % 2));
        EXPECT_EQ(csv.rows[i].at("state"), std::to_string(i % 2));
    }
    EXPECT_EQ(csv.rows[7].at("value"), "0.1");
}

TEST(NumberTable, ValuesReadBackAsTheSameBits) {
    std::mt19937 random(5);
    std::vector<float> values{0.0f, -0.0f, 0.1f, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    while (values.size() < 20000) values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    NumberSource source;
    source.arrays.push_back(array<float>("x", "x", {{"token", static_cast<std::int64_t>(values.size())}}, values, DType::F32));
    const CsvFile csv = readCsv(tableOf(source));
    ASSERT_EQ(csv.rows.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string& text = csv.rows[i].at("value");
        ASSERT_EQ(text.empty(), std::isnan(values[i])) << text;
        if (text.empty()) continue;
        float value = 0;
        ASSERT_EQ(std::from_chars(text.data(), text.data() + text.size(), value).ec, std::errc()) << text;
        ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(values[i])) << text;
    }
}

TEST(NumberSource, RefusesWhatCannotBeWritten) {
    const auto refused = [](const std::function<void(NumberArray&)>& spoil, const std::string& part) {
        NumberSource source;
        source.arrays.push_back(array<float>("x", "x", {{"token", 1}}, {1}, DType::F32));
        spoil(source.arrays[0]);
        expectError(source.check(), ErrorCode::InvalidArgument, {part});
    };
    refused([](NumberArray& a) { a.name.clear(); }, "has no name");
    refused([](NumberArray& a) { a.type = DType::BF16; }, "BF16");
    refused([](NumberArray& a) { a.read = {}; }, "no reader");
    refused([](NumberArray& a) { a.axes.clear(); }, "0 dimensions");
    refused([](NumberArray& a) { a.axes.assign(5, {"token", 1}); }, "5 dimensions");
    refused([](NumberArray& a) { a.axes.assign(2, {"token", 1}); }, "twice");
    refused([](NumberArray& a) { a.axes[0].size = -1; }, "impossible size");
    refused([](NumberArray& a) { a.axes = {{"a", std::int64_t{1} << 40}, {"b", std::int64_t{1} << 40}}; }, "impossible size");
    refused([](NumberArray& a) { a.axes[0].numbers = {1, 2}; }, "2 numbers");
    expectError(NumberSource{}.check(), ErrorCode::InvalidArgument, {"no numbers"});

    NumberSource twice;
    for (int i = 0; i < 2; ++i) twice.arrays.push_back(array<float>("x", "x", {{"token", 1}}, {1}, DType::F32));
    expectError(twice.check(), ErrorCode::InvalidArgument, {"\"x\"", "twice"});
}

TEST(NumberSource, MemoryReadersRefuseRowsBeyond) {
    const NumberReader read = readerOf(std::vector<float>{1, 2, 3, 4});
    std::vector<std::byte> out(8);
    EXPECT_TRUE(read(1, 1, out).ok());
    EXPECT_EQ(valuesOf<float>(out), (std::vector<float>{3, 4}));
    EXPECT_FALSE(read(2, 1, out).ok());
    EXPECT_FALSE(read(-1, 1, out).ok());
}
