// parseSafetensors: what it reads, and one line for everything it refuses.
#include "engine/formats/safetensors.h"

#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr auto kFormat = ErrorCode::Format;

Result<std::vector<TensorInfo>> parse(const std::string& content) {
    return parseSafetensors(asBytes(content), "m.safetensors");
}

/// A file whose only tensor "x" has these fields and 8 bytes of data.
Result<std::vector<TensorInfo>> parseFields(const std::string& fields) {
    static std::string s_content;
    s_content = safetensors("{\"x\":{" + fields + "}}", std::string(8, '\0'));
    return parse(s_content);
}

}  // namespace

TEST(Safetensors, readsTensorsInFileOrder) {
    const std::string content = safetensors(
        R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]},)"
        R"("a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},)"
        R"("none":{"dtype":"I64","shape":[0,3],"data_offsets":[2,2]}}   )",
        raw<std::uint16_t>(0x3f80) + floats({1.5f, -2.0f}));
    const auto tensors = parse(content);
    ASSERT_TRUE(tensors.ok()) << tensors.error().message;
    ASSERT_EQ(tensors->size(), 3u);
    EXPECT_EQ((*tensors)[0].name, "a");
    EXPECT_EQ((*tensors)[0].dtype, DType::BF16);
    EXPECT_EQ((*tensors)[0].shape, Shape{});
    EXPECT_EQ((*tensors)[1].name, "none");
    EXPECT_TRUE((*tensors)[1].bytes.empty());
    EXPECT_EQ((*tensors)[2].shape, (Shape{1, 2}));
    EXPECT_EQ(valuesOf<float>((*tensors)[2].bytes), (std::vector<float>{1.5f, -2.0f}));
    EXPECT_EQ((*tensors)[2].file, "m.safetensors");
}

TEST(Safetensors, handsOutMetadata) {
    SafetensorsMetadata metadata;
    const auto tensors = parseSafetensors(
        asBytes(safetensors(R"({"__metadata__":{"format":"pt","b":"two\nlines"}})", "")), "m.safetensors", &metadata);
    ASSERT_TRUE(tensors.ok()) << tensors.error().message;
    EXPECT_EQ(metadata, (SafetensorsMetadata{{"format", "pt"}, {"b", "two\nlines"}}));
}

TEST(Safetensors, knowsEveryType) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16, DType::F64, DType::I8, DType::U8, DType::Bool,
                             DType::I16, DType::I32, DType::I64}) {
        const auto size = byteSize(type);
        const std::string content =
            safetensors("{\"x\":{\"dtype\":\"" + std::string(name(type)) + "\",\"shape\":[1],\"data_offsets\":[0," +
                            std::to_string(size) + "]}}",
                        std::string(size, '\0'));
        const auto tensors = parse(content);
        ASSERT_TRUE(tensors.ok()) << tensors.error().message;
        EXPECT_EQ(tensors->front().dtype, type);
    }
}

TEST(Safetensors, skipsUnknownFieldsAndEmptyFiles) {
    EXPECT_TRUE(
        parseFields(
            R"("dtype":"F32","new":{"a":[1,{"b":-2.5}],"shape":[7]},"other":[[null]],"shape":[2],"data_offsets":[0,8])")
            .ok());
    const auto empty = parse(safetensors("{}", ""));
    ASSERT_TRUE(empty.ok());
    EXPECT_TRUE(empty->empty());
}

TEST(Safetensors, refusesBadHeaderLengths) {
    expectError(parse("abc"), kFormat, {"m.safetensors", "only 3 bytes", "download"});
    expectError(parse(raw(std::uint64_t{1} << 63) + "{}"), kFormat, {"9223372036854775808 bytes", "100 MB"});
    expectError(parse(raw(std::uint64_t{100'000'001}) + "{}"), kFormat, {"100 MB"});
    expectError(parse(raw(std::uint64_t{50}) + "{}"), kFormat, {"header of 50 bytes but has only 10"});
    expectError(parse(raw(std::uint64_t{0})), kFormat, {"'{'"});
    expectError(parse(safetensors(" {}", "")), kFormat, {"'{'"});
}

TEST(Safetensors, refusesBadJson) {
    expectError(parse(safetensors("{\"x\":", "")), kFormat, {"not valid JSON"});
    expectError(parse(safetensors("{\"\xff\xfe\":{}}", "")), kFormat, {"not valid JSON", "UTF-8"});
    expectError(parse(safetensors("{} x", "")), kFormat, {"not valid JSON"});
    expectError(parse(safetensors("{\"x\":" + std::string(100'000, '['), "")), kFormat, {"\"x\""});
    expectError(parse(safetensors("{\"x\":{\"u\":" + std::string(100'000, '['), "")), kFormat, {"\"x\"", "too deeply"});
    expectError(parse(safetensors("{\"__metadata__\":" + std::string(100'000, '['), "")), kFormat, {"__metadata__"});
    expectError(parse(safetensors("{\"__metadata__\":{\"a\":{}}}", "")), kFormat, {"__metadata__"});
    expectError(parse(safetensors("{\"__metadata__\":\"a\"}", "")), kFormat, {"__metadata__"});
    expectError(parse(safetensors("{\"__metadata__\":{\"a\":1}}", "")), kFormat, {"__metadata__"});
    expectError(parse(safetensors("{\"x\":3}", "")), kFormat, {"\"x\"", "not an object"});
}

TEST(Safetensors, refusesBadFields) {
    expectError(parseFields(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])"), ErrorCode::Unsupported,
                {"\"x\"", "F8_E4M3"});
    expectError(parseFields(R"("dtype":3,"shape":[8],"data_offsets":[0,8])"), kFormat, {"\"x\"", "dtype"});
    expectError(parseFields(R"("shape":[2],"data_offsets":[0,8])"), kFormat, {"\"x\"", "missing"});
    expectError(parseFields(R"("dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8])"), kFormat,
                {"dtype", "twice"});
    expectError(parseFields(R"("dtype":"F32","shape":[1,1,1,1,2],"data_offsets":[0,8])"), ErrorCode::Unsupported,
                {"\"x\"", "4 dimensions"});
    for (const char* shape : {"[2.0]", "[-2]", "[1e3]", "[99999999999999999999999]", "[[2]]", "[{}]", "[\"2\"]", "2",
                              "{}", "null", "[true]"}) {
        expectError(parseFields(std::string(R"("dtype":"F32","data_offsets":[0,8],"shape":)") + shape), kFormat,
                    {"\"x\"", "shape"});
    }
    for (const char* shape : {"[4294967296,4294967296]", "[9223372036854775808]", "[0,18446744073709551615]",
                              "[0,4294967296,4294967296]"}) {
        expectError(parseFields(std::string(R"("dtype":"F32","data_offsets":[0,8],"shape":)") + shape), kFormat,
                    {"\"x\"", "2^63"});
    }
}

TEST(Safetensors, refusesBadOffsets) {
    expectError(parseFields(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), kFormat, {"\"x\"", "[begin, end]"});
    expectError(parseFields(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), kFormat, {"\"x\"", "[begin, end]"});
    expectError(parseFields(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,9])"), kFormat, {"\"x\"", "[begin, end]"});
    expectError(parseFields(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])"), kFormat,
                {"\"x\"", "beyond", "incomplete"});
    expectError(parseFields(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), kFormat, {"\"x\"", "takes 4 bytes"});
    expectError(parseFields(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), kFormat, {"\"x\"", "hole"});
    expectError(parseFields(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), kFormat, {"cover 4 of 8"});
    expectError(
        parse(safetensors(
            R"({"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
            R"("y":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
            "123456")),
        kFormat, {"\"y\"", "overlap"});
}

TEST(Safetensors, refusesNamesTwice) {
    expectError(
        parse(safetensors(
            R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
            R"("x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            "12")),
        kFormat, {"\"x\"", "twice"});
}

TEST(Safetensors, keepsForeignNamesOnOneLine) {
    expectError(
        parse(safetensors(
            R"({"a\nb)" + std::string(5000, 'c') + R"(":{"dtype":"F9","shape":[1],"data_offsets":[0,1]}})", "1")),
        ErrorCode::Unsupported, {"a?b", "…", "F9"});
}
