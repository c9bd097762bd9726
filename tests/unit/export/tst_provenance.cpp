// What an export says of itself: there and back, foreign and damaged texts, lines for people.
#include "engine/export/provenance.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/export/file_hash.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

Provenance sample() {
    const std::vector<TokenId> ids{5, 0, 50279};
    Provenance p;
    p.time = "2025-03-09T17:05:00Z";
    p.device = "host (2 threads)";
    p.model = {"mamba-tiny", "/models/größe/mamba-tiny", "Mamba-1", std::string(64, 'a'), "0123456789abcdef"};
    p.input = inputOfTokens(ids, "a \"quoted\",\nline");
    p.view = "dt_heatmap";
    p.viewSettings = {{"colour_map", "viridis"}, {"log", "true"}};
    p.probe = "dt.mean";
    p.layer = LayerIndex(3);
    p.normalisation = "per layer";
    p.scale = "log, 0.001 to 0.1";
    p.tokens = Provenance::TokenRange{1, 3};
    p.interventions = "layer 2: Δ × 0.5";
    return p;
}

/// The sample's JSON with one value replaced.
std::string with(const char* pointer, const json& value) {
    json root = toJsonValue(sample());
    root[json::json_pointer(pointer)] = value;
    return root.dump();
}

std::string valueOf(const std::vector<ProvenanceLine>& lines, const std::string& label) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.label == label; });
    return found == lines.end() ? "(missing)" : found->value;
}

}  // namespace

TEST(Provenance, ComesBackFromJson) {
    const std::string text = toJson(sample());
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto back = provenanceFromJson(text, "figure.png");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, sample());
    EXPECT_EQ(back->program, "MambaScope " MAMBASCOPE_VERSION);
}

TEST(Provenance, WhatIsUnknownIsLeftOutAndStaysUnknown) {
    Provenance nothing;
    nothing.program.clear();
    const json value = toJsonValue(nothing);
    EXPECT_EQ(value.size(), 3u) << value.dump();
    const auto back = provenanceFromJsonValue(value, "f");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, nothing);
}

TEST(Provenance, IgnoresKeysOfOthersAndReadsNullAsUnknown) {
    json root = toJsonValue(sample());
    root["weather"] = {1, 2, 3};
    root["view"]["zoom"] = 2;
    root["device"] = nullptr;
    auto expected = sample();
    expected.device.clear();
    const auto back = provenanceFromJson(root.dump(), "f");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, expected);
}

TEST(Provenance, RefusesInOneLineThatNamesTheField) {
    const auto format = ErrorCode::Format;
    expectError(provenanceFromJson("{", "a.png"), format, {"a.png: not valid JSON"});
    expectError(provenanceFromJson("[]", "a.png"), format, {"a.png", "format must be"});
    expectError(provenanceFromJson(R"({"format": "other"})", "a.png"), format, {"a.png", "format must be"});
    expectError(provenanceFromJson(R"({"format": "mambascope-provenance"})", "f"), format, {"f: version is missing"});
    expectError(provenanceFromJson(with("/version", 2), "f"), ErrorCode::Unsupported, {"later version", "update"});
    expectError(provenanceFromJson(with("/version", -1), "f"), format, {"version must be a whole number"});
    expectError(provenanceFromJson(with("/version", "1"), "f"), format, {"version must be a whole number"});
    expectError(provenanceFromJson(with("/model", "m"), "f"), format, {"f: model must be an object"});
    expectError(provenanceFromJson(with("/model/name", 1), "f"), format, {"f: model.name must be text"});
    expectError(provenanceFromJson(with("/input/kind", "smell"), "f"), format, {"input.kind", "sound"});
    expectError(provenanceFromJson(with("/input/ids", {1, -2}), "f"), format, {"input.ids", "whole number"});
    expectError(provenanceFromJson(with("/input/ids", {1, 2147483648}), "f"), format, {"input.ids", "2147483647"});
    expectError(provenanceFromJson(with("/input/ids", json(Provenance::kMostIds + 1, 1)), "f"), format, {"input.ids"});
    expectError(provenanceFromJson(with("/view/layer", -1), "f"), format, {"view.layer"});
    expectError(provenanceFromJson(with("/view/layer", 1.5), "f"), format, {"view.layer"});
    expectError(provenanceFromJson(with("/view/token_range", {1}), "f"), format, {"view.token_range", "two"});
    expectError(provenanceFromJson(with("/view/token_range", {3, 1}), "f"), format, {"view.token_range", "ends before"});
    expectError(provenanceFromJson(with("/view/settings/log", true), "f"), format, {"view.settings.\"log\" must be text"});
}

TEST(Provenance, LongInputsKeepTheirHashAndBeginning) {
    const std::vector<TokenId> ids(Provenance::kMostIds + 1, 7);
    std::string text(Provenance::kExcerptBytes - 1, 'x');
    const auto input = inputOfTokens(ids, text + "ä and more");
    EXPECT_TRUE(input.ids.empty());
    EXPECT_EQ(input.tokens, static_cast<std::int64_t>(ids.size()));
    EXPECT_EQ(input.hash, sha256OfIds(ids));
    EXPECT_EQ(input.excerpt, text + "…") << "a character was cut in two";
}

TEST(Provenance, BytesThatAreNoTextDoNotBreakIt) {
    auto p = sample();
    p.model.path = "/models/\xff\xfe";
    const auto back = provenanceFromJson(toJson(p), "f");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->model.path, "/models/\uFFFD\uFFFD");
}

TEST(Provenance, LinesForPeople) {
    const auto lines = describe(sample());
    EXPECT_EQ(valueOf(lines, "Model"), "mamba-tiny (Mamba-1)");
    EXPECT_EQ(valueOf(lines, "Input"), "3 tokens");
    EXPECT_EQ(valueOf(lines, "Input text"), "a \"quoted\", line");
    EXPECT_EQ(valueOf(lines, "Tokens shown"), "1-2");
    EXPECT_EQ(valueOf(lines, "Layer"), "3");
    EXPECT_EQ(valueOf(lines, "Setting colour_map"), "viridis");
    for (const ProvenanceLine& line : lines) {
        EXPECT_EQ((line.label + line.value).find_first_of("\n\r"), std::string::npos) << line.label;
        EXPECT_FALSE(line.value.empty()) << line.label;
    }
    Provenance nothing;
    nothing.program.clear();
    EXPECT_TRUE(describe(nothing).empty());
}

TEST(Provenance, TimeIsIso8601InUtc) {
    using namespace std::chrono;
    EXPECT_EQ(isoTime(sys_days{year{2025} / March / 9} + hours(17) + minutes(5)), "2025-03-09T17:05:00Z");
}
