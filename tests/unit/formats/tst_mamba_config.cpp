// parseMambaConfig: both spellings, other families by name, every number in range.
#include "engine/models/mamba_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

constexpr auto kFormat = ErrorCode::Format;
constexpr auto kUnsupported = ErrorCode::Unsupported;
const std::filesystem::path kData = MS_TEST_DATA;

Result<MambaConfig> fromFolder(const std::string& folder) {
    const auto path = kData / folder / "config.json";
    return parseMambaConfig(readJsonFile(path).value(), path.string());
}

Result<MambaConfig> parse(const json& config) { return parseMambaConfig(config, "config.json"); }

json hub() { return {{"model_type", "mamba"}, {"hidden_size", 100}, {"num_hidden_layers", 2}, {"vocab_size", 50}}; }
json original() { return {{"d_model", 100}, {"n_layer", 2}, {"vocab_size", 50}}; }

json with(json config, const char* key, json value) {
    config[key] = std::move(value);
    return config;
}
json withSsm(const char* key, json value) { return with(original(), "ssm_cfg", {{key, std::move(value)}}); }

}  // namespace

TEST(MambaConfig, huggingFaceGolden) {
    const auto c = fromFolder("mamba-odd-bf16");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->layout, "Hugging Face");
    EXPECT_EQ(c->d_model, 72);
    EXPECT_EQ(c->n_layer, 2);
    EXPECT_EQ(c->d_inner, 144);
    EXPECT_EQ(c->d_state, 8);
    EXPECT_EQ(c->d_conv, 3);
    EXPECT_EQ(c->dt_rank, 5);
    EXPECT_EQ(c->vocab_size, 251);
    EXPECT_EQ(c->vocab_pad_multiple, 1);
    EXPECT_FLOAT_EQ(c->norm_eps, 1e-6f);
    EXPECT_TRUE(c->proj_bias);
    EXPECT_FALSE(c->conv_bias);
    EXPECT_FALSE(c->tie_embeddings);
    EXPECT_EQ(c->bos_id, 0);
    EXPECT_EQ(c->eos_id, 0);
}

TEST(MambaConfig, bothGoldenSpellingsAgree) {
    const auto a = fromFolder("mamba-sharded-fp16"), b = fromFolder("mamba-original-fp16");
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(b->layout, "Mamba repository");
    EXPECT_EQ(b->vocab_pad_multiple, 8);
    EXPECT_EQ(a->d_model, b->d_model);
    EXPECT_EQ(a->n_layer, b->n_layer);
    EXPECT_EQ(a->d_inner, b->d_inner);
    EXPECT_EQ(a->d_state, b->d_state);
    EXPECT_EQ(a->d_conv, b->d_conv);
    EXPECT_EQ(a->dt_rank, b->dt_rank);
    EXPECT_EQ(a->vocab_size, b->vocab_size);
    EXPECT_EQ(a->norm_eps, b->norm_eps);
    EXPECT_EQ(a->proj_bias, b->proj_bias);
    EXPECT_EQ(a->conv_bias, b->conv_bias);
    EXPECT_EQ(a->tie_embeddings, b->tie_embeddings);
    EXPECT_FALSE(b->bos_id.has_value());
}

TEST(MambaConfig, defaults) {
    for (const json& config : {hub(), original()}) {
        const auto c = parse(config);
        ASSERT_TRUE(c.ok()) << c.error().message;
        EXPECT_EQ(c->d_inner, 200);
        EXPECT_EQ(c->d_state, 16);
        EXPECT_EQ(c->d_conv, 4);
        EXPECT_EQ(c->dt_rank, 7);  // ceil(100 / 16)
        EXPECT_FLOAT_EQ(c->norm_eps, 1e-5f);
        EXPECT_FALSE(c->proj_bias);
        EXPECT_TRUE(c->conv_bias);
        EXPECT_TRUE(c->tie_embeddings);
    }
    EXPECT_EQ(parse(with(hub(), "expand", 3))->d_inner, 300);
    EXPECT_EQ(parse(with(hub(), "intermediate_size", 128))->d_inner, 128);
    EXPECT_EQ(parse(with(hub(), "time_step_rank", "auto"))->dt_rank, 7);
    EXPECT_EQ(parse(with(hub(), "eos_token_id", {3, 4}))->eos_id, 3);
    EXPECT_FALSE(parse(with(hub(), "bos_token_id", nullptr))->bos_id.has_value());
    EXPECT_EQ(parse(withSsm("dt_rank", 9))->dt_rank, 9);
    EXPECT_EQ(parse(withSsm("expand", 1))->d_inner, 100);
    EXPECT_TRUE(parse(withSsm("layer", "Mamba1")).ok());
    EXPECT_TRUE(parse(with(original(), "attn_layer_idx", json::array())).ok());
}

TEST(MambaConfig, namesOtherFamilies) {
    expectError(parse(with(hub(), "model_type", "mamba2")), kUnsupported,
                {"config.json", "\"mamba2\"", "known families: mamba"});
    expectError(parse(with(hub(), "model_type", "zamba2")), kUnsupported, {"zamba2"});
    expectError(parse(with(hub(), "hidden_act", "gelu")), kUnsupported, {"hidden_act", "gelu"});
    expectError(parse(withSsm("layer", "Mamba2")), kUnsupported, {"ssm_cfg.layer", "Mamba2", "known families: mamba"});
    expectError(parse(withSsm("layer", "Mamba3")), kUnsupported, {"Mamba3"});
    expectError(parse(with(original(), "attn_layer_idx", {1, 5})), kUnsupported, {"attn_layer_idx", "attention"});
    expectError(parse(with(original(), "d_intermediate", 64)), kUnsupported, {"d_intermediate"});
    expectError(parse(with(original(), "rms_norm", false)), kUnsupported, {"rms_norm"});
    expectError(parse(json::object()), kUnsupported, {"model_type", "known families"});
    expectError(parse(json::array()), kFormat, {"not a JSON object"});
    expectError(parse(nullptr), ErrorCode::NotFound, {"config.json", "is missing"});
}

TEST(MambaConfig, falconMambaNormsWithoutWeights) {
    const auto c = parse(with(with(hub(), "model_type", "falcon_mamba"), "mixer_rms_eps", 1e-4));
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->family, "Falcon-Mamba");
    EXPECT_EQ(c->inner_norm, MambaStackConfig::InnerNorm::Weightless);
    EXPECT_FLOAT_EQ(c->inner_norm_eps, 1e-4f);
    EXPECT_EQ(parse(hub())->inner_norm, MambaStackConfig::InnerNorm::None);
    expectError(parse(with(with(hub(), "model_type", "falcon_mamba"), "mixer_rms_eps", "x")), kFormat, {"mixer_rms_eps"});
}

TEST(MambaConfig, checksEveryNumber) {
    for (const char* key : {"hidden_size", "num_hidden_layers", "vocab_size", "state_size", "conv_kernel", "expand",
                            "intermediate_size", "time_step_rank"}) {
        for (const json& bad : {json(0), json(-1), json(1.5), json("x"), json(true), json::array(),
                                json(std::uint64_t{1} << 63), json(1'000'000'000)})
            expectError(parse(with(hub(), key, bad)), kFormat, {"config.json", key});
    }
    for (const char* key : {"d_model", "n_layer", "vocab_size", "pad_vocab_size_multiple"}) {
        for (const json& bad : {json(0), json(-1), json("x"), json(1e300)})
            expectError(parse(with(original(), key, bad)), kFormat, {key});
    }
    for (const char* key : {"d_state", "d_conv", "expand", "dt_rank"})
        expectError(parse(withSsm(key, 100'000)), kFormat, {std::string("ssm_cfg.") + key});
    expectError(parse(with(hub(), "state_size", 257)), kFormat, {"state_size", "257", "1 to 256"});
    expectError(parse(with(hub(), "conv_kernel", 9)), kFormat, {"conv_kernel", "1 to 8"});
    expectError(parse(with(with(hub(), "hidden_size", 65536), "expand", 5)), kFormat, {"expand", "d_inner"});
    expectError(parse(with(withSsm("expand", 5), "d_model", 65536)), kFormat, {"ssm_cfg.expand", "d_inner"});
}

TEST(MambaConfig, checksEveryType) {
    for (const char* key : {"use_bias", "use_conv_bias", "tie_word_embeddings"})
        expectError(parse(with(hub(), key, 1)), kFormat, {key});
    for (const char* key : {"model_type", "hidden_act"})
        expectError(parse(with(hub(), key, 1)), kFormat, {key, "no text"});
    for (const json& bad : {json(-1), json("x"), json(2), json(1e308)})
        expectError(parse(with(hub(), "layer_norm_epsilon", bad)), kFormat, {"layer_norm_epsilon"});
    for (const json& bad : {json("x"), json(-2), json::array(), json({"x"}), json(std::int64_t{1} << 40)})
        expectError(parse(with(hub(), "eos_token_id", bad)), kFormat, {"eos_token_id"});
    expectError(parse(with(original(), "ssm_cfg", 3)), kFormat, {"ssm_cfg"});
    expectError(parse(with(original(), "tie_embeddings", "yes")), kFormat, {"tie_embeddings"});
    for (const char* key : {"hidden_size", "num_hidden_layers", "vocab_size"}) {
        json config = hub();
        config.erase(key);
        expectError(parse(config), kFormat, {key, "missing"});
    }
}
