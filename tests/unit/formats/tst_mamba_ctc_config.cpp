// parseMambaCtcConfig: what the front end amounts to, every number in range, variants by name.
#include "engine/models/mamba_ctc_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

constexpr auto kFormat = ErrorCode::Format;
constexpr auto kUnsupported = ErrorCode::Unsupported;

json tiny(const std::string& folder = "mamba-ctc-tiny") {
    return readJsonFile(std::filesystem::path(MS_TEST_DATA) / folder / "config.json").value();
}
Result<MambaCtcConfig> parse(const json& config) { return parseMambaCtcConfig(config, "config.json"); }
json with(const char* key, json value) {
    json config = tiny();
    config[key] = std::move(value);
    return config;
}
json within(const char* object, const char* key, json value) {
    json config = tiny();
    config[object][key] = std::move(value);
    return config;
}

}  // namespace

TEST(MambaCtcConfig, ReadsWhatTheFileSays) {
    const auto c = parse(tiny());
    ASSERT_TRUE(c) << c.error().message;
    EXPECT_EQ(c->d_model, 24);
    EXPECT_EQ(c->n_layer, 3);
    EXPECT_EQ(c->d_inner, 48);
    EXPECT_EQ(c->dt_rank, 3);
    EXPECT_EQ(c->speech.features, FeatureConfig{});
    EXPECT_EQ(c->speech.frontend, (std::vector<FrontendConv>{{5, 2, 12}, {5, 2, 20}}));
    EXPECT_EQ(c->speech.vocab.size(), 29u);
    EXPECT_EQ(c->speech.vocab[3], "a");
    EXPECT_EQ(c->speech.blankId, 0);
}

TEST(MambaCtcConfig, TwoConvolutionsMakeFramesOfFourRows) {
    const InputDims input = parse(tiny())->input();
    EXPECT_EQ(input, (InputDims{InputDims::Kind::Features, 80, 4, 6, 3}));
    EXPECT_EQ(input.rows(1), 13);
    EXPECT_EQ(input.rows(64), 4 * 64 + 9);
    EXPECT_EQ(input.steps(4 * 64 + 9), 64);
    EXPECT_EQ(input.shape(2), (Shape{17, 80}));
    const SpeechInfo speech = parse(tiny())->speech;
    EXPECT_DOUBLE_EQ(speech.frameSeconds(input), 0.040);
    EXPECT_DOUBLE_EQ(speech.lookAheadSeconds(input), 0.085);
    const InputDims odd = parse(tiny("mamba-ctc-odd-f16"))->input();
    EXPECT_EQ(odd, (InputDims{InputDims::Kind::Features, 23, 3, 5, 2}));
}

TEST(MambaCtcConfig, EveryFrontEndMakesAsManyRowsAsThereAreFrames) {
    for (int first = 1; first <= 7; ++first)
        for (int a = 1; a <= first; ++a)
            for (int second = 1; second <= 5; ++second)
                for (int b = 1; b <= second; ++b) {
                    json config = within("frontend", "kernels", {first, second});
                    config["frontend"]["strides"] = {a, b};
                    const auto c = parse(config);
                    ASSERT_TRUE(c) << c.error().message;
                    const InputDims input = c->input();
                    EXPECT_GE(input.before, 0);
                    EXPECT_GE(input.after, 0);
                    for (const std::int64_t L : {1, 2, 7}) {
                        std::int64_t rows = input.rows(L);
                        for (const FrontendConv& conv : c->speech.frontend) rows = (rows - conv.kernel) / conv.stride + 1;
                        EXPECT_EQ(rows, L) << first << "/" << a << " " << second << "/" << b;
                    }
                }
}

TEST(MambaCtcConfig, NamesWhatIsMissing) {
    for (const char* key : {"hidden_size", "num_hidden_layers", "vocab_size", "vocab", "blank_id", "features", "frontend"}) {
        json config = tiny();
        config.erase(key);
        expectError(parse(config), kFormat, {"config.json", key});
    }
    for (const char* key : {"kernels", "strides", "channels"}) {
        json config = tiny();
        config["frontend"].erase(key);
        expectError(parse(config), kFormat, {"config.json", (std::string("frontend.") + key).c_str()});
    }
    expectError(parse(json::array()), kFormat, {"not a JSON object"});
    expectError(parse(with("model_type", "mamba")), kUnsupported, {"model_type", "mamba_ctc"});
}

TEST(MambaCtcConfig, ChecksTheVocabulary) {
    expectError(parse(with("vocab_size", 28)), kFormat, {"vocab", "28"});
    expectError(parse(with("vocab_size", 1)), kFormat, {"vocab_size"});
    expectError(parse(with("blank_id", 29)), kFormat, {"blank_id", "29"});
    expectError(parse(with("blank_id", 1)), kFormat, {"vocab", "entry 0"});
    expectError(parse(with("blank_id", "x")), kFormat, {"blank_id"});
    expectError(parse(with("vocab", "abc")), kFormat, {"vocab", "list"});
    json config = tiny();
    config["vocab"][7] = 3;
    expectError(parse(config), kFormat, {"vocab", "entry 7"});
    config["vocab"][7] = "";
    expectError(parse(config), kFormat, {"vocab", "entry 7"});
    config["vocab"][7] = std::string(1000, 'a');
    expectError(parse(config), kFormat, {"vocab", "entry 7"});
}

TEST(MambaCtcConfig, ChecksTheFrontEnd) {
    for (const char* key : {"kernels", "strides", "channels"})
        for (const json& bad : {json(0), json("x"), json::array(), json({0, 2}), json({5, 1 << 20}), json({5.5, 2}), json(std::vector<int>(9, 1))})
            expectError(parse(within("frontend", key, bad)), kFormat, {"config.json", (std::string("frontend.") + key).c_str()});
    expectError(parse(within("frontend", "strides", {2})), kFormat, {"frontend", "differ in length"});
    expectError(parse(within("frontend", "kernels", {5, 1})), kUnsupported, {"frontend.strides", "skipped"});
    json config = within("frontend", "kernels", {16, 16, 16});
    config["frontend"]["strides"] = {16, 16, 2};
    config["frontend"]["channels"] = {4, 4, 4};
    expectError(parse(config), kUnsupported, {"frontend.strides", "256"});
    expectError(parse(with("frontend", 3)), kFormat, {"frontend", "no object"});
}

TEST(MambaCtcConfig, ChecksTheFeatures) {
    for (const char* key : {"sample_rate", "window", "hop", "fft", "mels"})
        for (const json& bad : {json(0), json(-1), json("x"), json(1.5), json(std::int64_t{1} << 40)})
            expectError(parse(within("features", key, bad)), kFormat, {"config.json", "features", key});
    for (const char* key : {"low_hz", "high_hz", "floor"}) expectError(parse(within("features", key, "x")), kFormat, {"features", key});
    expectError(parse(within("features", "high_hz", 9000)), kFormat, {"config.json", "high_hz", "9000"});
    expectError(parse(within("features", "floor", 0)), kFormat, {"floor"});
    expectError(parse(within("features", "hop", 401)), kFormat, {"hop"});
    expectError(parse(within("features", "mel_scale", "htk")), kUnsupported, {"features.mel_scale", "htk", "slaney"});
    expectError(parse(with("features", json::array())), kFormat, {"features"});
}
