// Configurations of Mamba-2, Mamba-3, recurrent cells and S4 layers: every spelling, every refusal with file and field.
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/formats/json_file.h"
#include "engine/models/mamba2_config.h"
#include "engine/models/mamba3_config.h"
#include "engine/models/recurrent_config.h"
#include "engine/models/s4_config.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

json parsed(const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "state_space_config.json";
    std::ofstream(path) << text;
    auto value = readJsonFile(path);
    EXPECT_TRUE(value.ok());
    return value.ok() ? *value : json();
}

json hub2() {
    return {{"model_type", "mamba2"}, {"hidden_size", 96}, {"num_hidden_layers", 2}, {"num_heads", 8}, {"head_dim", 24}, {"n_groups", 2},
            {"state_size", 64}, {"vocab_size", 300}};
}
json repository(const char* layer, json ssm = json::object()) {
    ssm["layer"] = layer;
    return {{"d_model", 64}, {"n_layer", 3}, {"vocab_size", 317}, {"ssm_cfg", std::move(ssm)}};
}
json with(json config, const char* key, json value) {
    config[key] = std::move(value);
    return config;
}
json withSsm(json config, const char* key, json value) {
    config["ssm_cfg"][key] = std::move(value);
    return config;
}

template <class Config>
std::string refusal(const Result<Config>& result) {
    return result.ok() ? std::string("accepted") : result.error().message;
}
std::string refused2(const json& config) { return refusal(parseMamba2Config(config, "config.json")); }
std::string refused3(const json& config) { return refusal(parseMamba3Config(config, "config.json")); }

}  // namespace

TEST(Mamba2Config, HuggingFace) {
    const auto c = parseMamba2Config(with(hub2(), "tie_word_embeddings", true), "config.json");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->layout, "Hugging Face");
    EXPECT_EQ(c->d_inner, 192);
    EXPECT_EQ(c->n_heads, 8);
    EXPECT_EQ(c->n_groups, 2);
    EXPECT_EQ(c->norm_groups, 1);  // over all of d_inner
    EXPECT_EQ(c->convChannels(), 192 + 2 * 2 * 64);
    EXPECT_TRUE(c->tie_embeddings);
    EXPECT_EQ(c->dt_low, 0.0f);
    EXPECT_TRUE(std::isinf(c->dt_high));
}

TEST(Mamba2Config, NormPerGroupWhereTheFileSaysSo) {
    const auto c = parseMamba2Config(with(hub2(), "norm_per_group", true), "config.json");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->norm_groups, 2);
}

TEST(Mamba2Config, DefaultsAreThoseOfCodestral) {
    const auto c = parseMamba2Config({{"model_type", "mamba2"}}, "config.json");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->d_model, 4096);
    EXPECT_EQ(c->n_layer, 64);
    EXPECT_EQ(c->d_inner, 8192);
    EXPECT_EQ(c->n_heads, 128);
    EXPECT_EQ(c->n_groups, 8);
    EXPECT_EQ(c->d_state, 128);
    EXPECT_EQ(c->vocab_size, 32768);
    EXPECT_FALSE(c->tie_embeddings);
}

TEST(Mamba2Config, MambaRepository) {
    const auto c = parseMamba2Config(repository("Mamba2", {{"d_state", 32}, {"headdim", 16}, {"ngroups", 4}}), "config.json");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->layout, "Mamba repository");
    EXPECT_EQ(c->n_heads, 8);
    EXPECT_EQ(c->norm_groups, 4);  // each group by itself
    EXPECT_EQ(c->vocab_pad_multiple, 8);
    EXPECT_TRUE(c->tie_embeddings);
}

TEST(Mamba2Config, EverySpellingOfAnInfiniteLimit) {
    for (const char* high : {"Infinity", R"({"__float__": "Infinity"})"}) {
        const json config = parsed(std::string(R"({"model_type": "mamba2", "time_step_limit": [0.001, )") + high + "]}");
        const auto c = parseMamba2Config(config, "config.json");
        ASSERT_TRUE(c.ok()) << c.error().message;
        EXPECT_FLOAT_EQ(c->dt_low, 0.001f);
        EXPECT_TRUE(std::isinf(c->dt_high)) << high;
    }
    const auto finite = parseMamba2Config(with(hub2(), "time_step_limit", {0.001, 0.1}), "config.json");
    ASSERT_TRUE(finite.ok());
    EXPECT_FLOAT_EQ(finite->dt_high, 0.1f);
    const auto original = parseMamba2Config(repository("Mamba2", {{"headdim", 16}, {"dt_limit", {0.5, 2.0}}}), "config.json");
    ASSERT_TRUE(original.ok());
    EXPECT_FLOAT_EQ(original->dt_low, 0.5f);
    EXPECT_FLOAT_EQ(original->dt_high, 2.0f);
}

TEST(Mamba2Config, RefusalsNameFileAndField) {
    EXPECT_EQ(refused2(with(hub2(), "num_heads", 7)), "config.json: num_heads: heads of 24 channels do not make up d_inner = 192");
    EXPECT_EQ(refused2(with(hub2(), "n_groups", 3)), "config.json: n_groups: does not divide the 8 heads");
    EXPECT_EQ(refused2(with(hub2(), "time_step_limit", {0.5, 0.1})), "config.json: time_step_limit: is not [low, high] with 0 <= low <= high");
    EXPECT_EQ(refused2(with(hub2(), "time_step_limit", "none")), "config.json: time_step_limit: is not [low, high] with 0 <= low <= high");
    EXPECT_EQ(refused2(withSsm(repository("Mamba2"), "norm_before_gate", true)), "config.json: ssm_cfg.norm_before_gate: true is not supported");
    EXPECT_EQ(refused2(withSsm(repository("Mamba2"), "headdim", 48)),
              "config.json: ssm_cfg.headdim: heads of 48 channels do not make up d_inner = 128");
    EXPECT_EQ(refused2(with(repository("Mamba2"), "attn_layer_idx", {1})),
              "config.json: attn_layer_idx: a hybrid with attention layers is not supported");
    EXPECT_NE(refused2(with(hub2(), "state_size", 100000)).find("state_size"), std::string::npos);
}

TEST(Mamba3Config, MambaRepository) {
    const auto c = parseMamba3Config(repository("Mamba3", {{"d_state", 32}, {"headdim", 16}, {"ngroups", 2}, {"rope_fraction", 0.5}}), "config.json");
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_EQ(c->n_heads, 8);
    EXPECT_EQ(c->n_groups, 2);
    EXPECT_EQ(c->n_angles, 8);
    EXPECT_FLOAT_EQ(c->A_floor, 1e-4f);
}

TEST(Mamba3Config, RefusalsNameFileAndField) {
    const json small = repository("Mamba3", {{"d_state", 16}, {"headdim", 16}});
    EXPECT_EQ(refused3(withSsm(small, "is_mimo", true)), "config.json: ssm_cfg.is_mimo: true is not supported");
    EXPECT_EQ(refused3(withSsm(small, "is_outproj_norm", true)), "config.json: ssm_cfg.is_outproj_norm: true is not supported");
    EXPECT_EQ(refused3(withSsm(small, "rope_fraction", 1.5)), "config.json: ssm_cfg.rope_fraction: is not a number above 0 and at most 1");
    EXPECT_EQ(refused3(withSsm(small, "rope_fraction", 0.05)), "config.json: ssm_cfg.rope_fraction: leaves no pair of the 16 states to turn");
    EXPECT_EQ(refused3(withSsm(small, "headdim", 48)), "config.json: ssm_cfg.headdim: does not divide d_inner = 128");
    EXPECT_EQ(refused3(with(small, "d_intermediate", 64)), "config.json: d_intermediate: feed-forward layers are not supported");
}

TEST(RecurrentConfig, EveryKind) {
    using Kind = RecurrentCellArgs::Kind;
    const json base{{"vocab_size", 200}, {"embedding_size", 48}, {"hidden_size", 64}, {"num_hidden_layers", 2}};
    const auto kind = [&](const char* type) { return parseRecurrentConfig(with(base, "model_type", type), "config.json")->kind; };
    EXPECT_EQ(kind("rnn"), Kind::RnnTanh);
    EXPECT_EQ(kind("lstm"), Kind::Lstm);
    EXPECT_EQ(kind("gru"), Kind::Gru);
    const json relu = with(with(base, "model_type", "rnn"), "nonlinearity", "relu");
    EXPECT_EQ(parseRecurrentConfig(relu, "config.json")->kind, Kind::RnnRelu);
    EXPECT_EQ(refusal(parseRecurrentConfig(with(relu, "nonlinearity", "sine"), "config.json")),
              "config.json: nonlinearity: \"sine\" is not supported; known: tanh, relu");
    EXPECT_NE(refusal(parseRecurrentConfig({{"model_type", "gru"}}, "config.json")).find("vocab_size"), std::string::npos);
}

TEST(S4Config, BothKinds) {
    const auto diagonal = parseS4Config({{"model_type", "s4d_layer"}, {"d_model", 24}, {"d_state", 32}}, "config.json");
    ASSERT_TRUE(diagonal.ok()) << diagonal.error().message;
    EXPECT_TRUE(diagonal->diagonal);
    EXPECT_EQ(diagonal->states, 16);
    const auto lowRank = parseS4Config({{"model_type", "s4_dplr_layer"}, {"channels", 4}, {"N", 16}, {"L", 256}}, "config.json");
    ASSERT_TRUE(lowRank.ok()) << lowRank.error().message;
    EXPECT_FALSE(lowRank->diagonal);
    EXPECT_EQ(lowRank->length, 256);
    EXPECT_NE(refusal(parseS4Config({{"model_type", "s4_dplr_layer"}, {"channels", 4}, {"N", 16}}, "config.json")).find("config.json: L"),
              std::string::npos);
}
