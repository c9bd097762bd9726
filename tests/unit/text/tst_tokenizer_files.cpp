// Bad files: each is refused in one line that names the file and the field.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "tests/unit/text/tiny_tokenizer.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

std::string errorOf(std::string_view bytes, ErrorCode code = ErrorCode::Format) {
    const auto tokenizer = Tokenizer::fromJson(bytes, "tiny.json");
    if (tokenizer) return "accepted";
    EXPECT_EQ(tokenizer.error().code, code) << tokenizer.error().message;
    EXPECT_EQ(tokenizer.error().message.find('\n'), std::string::npos);
    return tokenizer.error().message;
}

struct BadField {
    const char* name;
    std::function<void(json&)> spoil;
    ErrorCode code;
    const char* message;
};

void PrintTo(const BadField& bad, std::ostream* out) { *out << bad.name; }

class BadFields : public testing::TestWithParam<BadField> {};

}  // namespace

TEST_P(BadFields, AreNamed) {
    json file = tinyTokenizer({{"a", "b"}});
    GetParam().spoil(file);
    EXPECT_EQ(errorOf(file.dump(), GetParam().code), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Tokenizer, BadFields,
    testing::Values(
        BadField{"no model", [](json& f) { f.erase("model"); }, ErrorCode::Format,
                 "tiny.json: model must be an object and is missing"},
        BadField{"other model", [](json& f) { f["model"]["type"] = "WordPiece"; }, ErrorCode::Unsupported,
                 "tiny.json: model.type is \"WordPiece\"; only BPE is supported"},
        BadField{"vocab list", [](json& f) { f["model"]["vocab"] = json::array(); }, ErrorCode::Format,
                 "tiny.json: model.vocab must be an object and is of type array"},
        BadField{"vocab empty",
                 [](json& f) {
                     f["model"]["vocab"] = json::object();
                     f["model"]["merges"] = json::array();
                 },
                 ErrorCode::Format, "tiny.json: model.vocab is empty"},
        BadField{"negative id", [](json& f) { f["model"]["vocab"]["x"] = -1; }, ErrorCode::Format,
                 "tiny.json: model.vocab[\"x\"] is -1, beyond the token ids 0 to 16777216"},
        BadField{"huge id", [](json& f) { f["model"]["vocab"]["x"] = 18446744073709551615u; }, ErrorCode::Format,
                 "tiny.json: model.vocab[\"x\"] is 18446744073709551615, beyond the token ids 0 to 16777216"},
        BadField{"fractional id", [](json& f) { f["model"]["vocab"]["x"] = 1.5; }, ErrorCode::Format,
                 "tiny.json: model.vocab[\"x\"] must be an integer and is of type number"},
        BadField{"same id twice", [](json& f) { f["model"]["vocab"]["x"] = int{'y'}; }, ErrorCode::Format,
                 "tiny.json: model.vocab gives id 121 to both \"x\" and \"y\""},
        BadField{"merges missing", [](json& f) { f["model"].erase("merges"); }, ErrorCode::Format,
                 "tiny.json: model.merges must be an array and is missing"},
        BadField{"unknown merge", [](json& f) { f["model"]["merges"].push_back("a zz"); }, ErrorCode::Format,
                 "tiny.json: model.merges[1] needs the token \"zz\", which is not in model.vocab"},
        BadField{"unknown merge result", [](json& f) { f["model"]["merges"].push_back("a c"); }, ErrorCode::Format,
                 "tiny.json: model.merges[1] needs the token \"ac\", which is not in model.vocab"},
        BadField{"merge of three", [](json& f) { f["model"]["merges"][0] = "a b c"; }, ErrorCode::Format,
                 "tiny.json: model.merges[0] is \"a b c\"; it must be two tokens with one space between them"},
        BadField{"merge list of three",
                 [](json& f) {
                     f["model"]["merges"][0] = {"a", "b", "c"};
                 },
                 ErrorCode::Format, "tiny.json: model.merges[0] must be a pair of tokens"},
        BadField{"merge with nothing", [](json& f) { f["model"]["merges"][0] = "a "; }, ErrorCode::Format,
                 "tiny.json: model.merges[0] has an empty token"},
        BadField{"merge number", [](json& f) { f["model"]["merges"][0] = 3; }, ErrorCode::Format,
                 "tiny.json: model.merges[0] must be a string and is of type number"},
        BadField{"byte fallback", [](json& f) { f["model"]["byte_fallback"] = true; }, ErrorCode::Unsupported,
                 "tiny.json: model.byte_fallback is true; only byte-level BPE is supported"},
        BadField{"dropout", [](json& f) { f["model"]["dropout"] = 0.1; }, ErrorCode::Unsupported,
                 "tiny.json: model.dropout is set; random tokenization is not supported, set it to null"},
        BadField{"subword prefix", [](json& f) { f["model"]["continuing_subword_prefix"] = "##"; },
                 ErrorCode::Unsupported,
                 "tiny.json: model.continuing_subword_prefix is \"##\"; only null is supported"},
        BadField{"unknown unk", [](json& f) { f["model"]["unk_token"] = "<unk>"; }, ErrorCode::Format,
                 "tiny.json: model.unk_token \"<unk>\" is not in model.vocab"},
        BadField{"flag of wrong type", [](json& f) { f["model"]["ignore_merges"] = "yes"; }, ErrorCode::Format,
                 "tiny.json: model.ignore_merges must be true or false and is of type string"},
        BadField{"normalizer",
                 [](json& f) {
                     f["normalizer"] = {{"type", "Lower\ncase"}};
                 },
                 ErrorCode::Unsupported,
                 "tiny.json: normalizer is \"Lower\\ncase\"; only NFC, NFD, NFKC and NFKD are supported"},
        BadField{"no pre-tokenizer", [](json& f) { f["pre_tokenizer"] = nullptr; }, ErrorCode::Unsupported,
                 "tiny.json: pre_tokenizer has no ByteLevel step: this is not a byte-level tokenizer"},
        BadField{"pre-tokenizer", [](json& f) { f["pre_tokenizer"]["type"] = "Metaspace"; }, ErrorCode::Unsupported,
                 "tiny.json: pre_tokenizer is \"Metaspace\"; only ByteLevel, Split and Digits are supported"},
        BadField{"split pattern",
                 [](json& f) {
                     f["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
                 },
                 ErrorCode::Format,
                 "tiny.json: pre_tokenizer.pattern.Regex: the pattern is invalid at byte 2: missing closing "
                 "parenthesis"},
        BadField{"split behaviour",
                 [](json& f) {
                     f["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"String", "a"}}}, {"behavior", "Merged"}};
                 },
                 ErrorCode::Unsupported,
                 "tiny.json: pre_tokenizer.behavior is \"Merged\"; only Isolated and Removed are supported"},
        BadField{"decoder", [](json& f) { f["decoder"]["type"] = "Metaspace"; }, ErrorCode::Unsupported,
                 "tiny.json: decoder is \"Metaspace\"; only ByteLevel is supported"},
        BadField{"post-processor",
                 [](json& f) {
                     f["post_processor"] = {{"type", "BertProcessing"}};
                 },
                 ErrorCode::Unsupported,
                 "tiny.json: post_processor is \"BertProcessing\"; only ByteLevel and TemplateProcessing are "
                 "supported"},
        BadField{"added token empty", [](json& f) { f["added_tokens"] = {addedToken(300, "")}; }, ErrorCode::Format,
                 "tiny.json: added_tokens[0].content is empty"},
        BadField{"added token long", [](json& f) { f["added_tokens"] = {addedToken(300, std::string(1025, 'a'))}; },
                 ErrorCode::Unsupported, "tiny.json: added_tokens[0].content is longer than 1024 bytes"},
        BadField{"added token moved", [](json& f) { f["added_tokens"] = {addedToken(300, "a")}; }, ErrorCode::Format,
                 "tiny.json: added_tokens[0] \"a\" has id 300 and before that id 97"},
        BadField{"added token on another", [](json& f) { f["added_tokens"] = {addedToken(98, "<x>")}; },
                 ErrorCode::Format, "tiny.json: added_tokens[0] \"<x>\" takes id 98, which belongs to \"b\""},
        BadField{"added token twice",
                 [](json& f) {
                     f["added_tokens"] = {addedToken(300, "<x>"), addedToken(300, "<y>")};
                 },
                 ErrorCode::Format, "tiny.json: added_tokens[1] repeats id 300"},
        BadField{"template without text",
                 [](json& f) {
                     f["post_processor"] = {{"type", "TemplateProcessing"}, {"single", json::array()}};
                 },
                 ErrorCode::Format, "tiny.json: post_processor.single leaves the text out (no Sequence)"}));

TEST(BadFiles, AreNotJson) {
    EXPECT_EQ(errorOf(""), "tiny.json: not valid JSON at byte 1");
    EXPECT_EQ(errorOf("{\"model\": "), "tiny.json: not valid JSON at byte 11");
    EXPECT_EQ(errorOf("[]"), "tiny.json: must be an object and is of type array");
    EXPECT_EQ(errorOf("{\"a\": \"\xff\"}"), "tiny.json: not valid JSON at byte 8");
    EXPECT_EQ(errorOf("{\"a\": 1e999999}"), "tiny.json: not valid JSON (a number is out of range)");
    EXPECT_EQ(errorOf(std::string(1'000'000, '[')), "tiny.json: JSON nested deeper than 64 levels at byte 64");
    std::string many = "[";
    for (int i = 0; i < 8'000'001; ++i) many += "1,";
    EXPECT_EQ(errorOf(many), "tiny.json: more than 8 million JSON values");
}

TEST(BadFiles, EveryTruncationIsAnError) {
    const std::string whole = tinyTokenizer({{"a", "b"}}).dump();
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
        EXPECT_NE(errorOf(whole.substr(0, bytes)), "accepted") << bytes;
    }
}

TEST(BadFiles, CannotBeRead) {
    const auto missing = Tokenizer::fromFile("/nonexistent/tokenizer.json");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
    EXPECT_EQ(missing.error().message, "/nonexistent/tokenizer.json: no such file");
    const auto folder = Tokenizer::fromFile(MS_TEST_DATA);
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::Io);

    // Sparse: a hundred megabytes that take no room.
    const auto huge = std::filesystem::temp_directory_path() / "mambascope_huge_tokenizer.json";
    std::ofstream(huge).put('{');
    std::filesystem::resize_file(huge, 100'000'000);
    const auto refused = Tokenizer::fromFile(huge);
    std::filesystem::remove(huge);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("95 MiB is more than"), std::string::npos) << refused.error().message;
}
