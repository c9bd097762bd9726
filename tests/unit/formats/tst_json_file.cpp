// Lenient JSON: what Python writes is read, what is broken is placed.
#include "engine/formats/json_file.h"

#include <nlohmann/json.hpp>

#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {
constexpr auto kFormat = ErrorCode::Format;
Result<json> parse(std::string_view text) { return parseJson(text, "config.json"); }
}  // namespace

TEST(JsonFile, readsInfinitiesAndNan) {
    const auto value = parse(R"({"a": Infinity, "b": [-Infinity, NaN, NaN], "c": {"__float__": "Infinity"},
                                 "d": [0.0, {"__float__": "-Infinity"}, {"__float__": "NaN"}],
                                 "e": "NaN, \"Infinity\" and {"})");
    ASSERT_TRUE(value.ok()) << value.error().message;
    EXPECT_EQ((*value)["a"], kJsonInfinity);
    EXPECT_EQ((*value)["b"], json({-kJsonInfinity, nullptr, nullptr}));
    EXPECT_EQ((*value)["c"], kJsonInfinity);
    EXPECT_EQ((*value)["d"], json({0.0, -kJsonInfinity, nullptr}));
    EXPECT_EQ((*value)["e"], "NaN, \"Infinity\" and {");
    EXPECT_EQ(*parse(R"({"__float__": "other"})"), json({{"__float__", "other"}}));
}

TEST(JsonFile, placesErrors) {
    expectError(parse("{\n  \"a\": 1,\n  \"b\" 2\n}"), kFormat, {"config.json", "line 3, column 7"});
    expectError(parse("[NaN, NaN, x]"), kFormat, {"line 1, column 12"});
    expectError(parse("[Infinity, x]"), kFormat, {"line 1, column 12"});
    expectError(parse(""), kFormat, {"line 1, column 1"});
    expectError(parse("[1e999]"), kFormat, {"config.json", "1e999"});
    expectError(parse("[\"\xc3(\"]"), kFormat, {"UTF-8"});
    expectError(parse("[Infinit]"), kFormat, {"line 1"});
    expectError(parse("[1,\n\x01]"), kFormat, {"line 2, column 1"});
}

TEST(JsonFile, boundsDepthAndSize) {
    const auto nested = [](int n) {
        return std::string(static_cast<std::size_t>(n), '[') + std::string(static_cast<std::size_t>(n), ']');
    };
    EXPECT_TRUE(parse(nested(kMaxJsonDepth)).ok());
    expectError(parse(nested(kMaxJsonDepth + 1)), kFormat, {"65 levels"});
    expectError(parse(std::string(1'000'000, '[')), kFormat, {"levels"});
    TempFolder folder;
    const auto file = folder.write("config.json", "{\"a\": 1}");
    EXPECT_EQ(readJsonFile(file).value()["a"], 1);
    expectError(readJsonFile(file, 7), kFormat, {"config.json", "8 bytes"});
    expectError(readJsonFile(folder.path() / "none.json"), ErrorCode::NotFound, {"none.json"});
}
