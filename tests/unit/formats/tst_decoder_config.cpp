// GPT-NeoX, Llama and Jamba: layer kinds, sizes, scalings of the rotary embedding, every number in range.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "engine/formats/json_file.h"
#include "engine/models/decoder_config.h"
#include "engine/models/family.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;
using nlohmann::json;

namespace {

constexpr auto kFormat = ErrorCode::Format;
constexpr auto kUnsupported = ErrorCode::Unsupported;
const std::filesystem::path kData = MS_TEST_DATA;

json llama() {
    return {{"model_type", "llama"}, {"hidden_size", 64}, {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"intermediate_size", 96},
            {"vocab_size", 50}};
}
json jamba() {
    json config = llama();
    config["model_type"] = "jamba";
    config["num_hidden_layers"] = 10;
    return config;
}
json neox() {
    json config = llama();
    config["model_type"] = "gpt_neox";
    return config;
}
json with(json config, const char* key, json value) {
    config[key] = std::move(value);
    return config;
}
Result<DecoderConfig> parse(const json& config) {
    const std::string type = config["model_type"].get<std::string>();
    return type == "llama" ? parseLlamaConfig(config, "config.json")
           : type == "jamba" ? parseJambaConfig(config, "config.json") : parseGptNeoxConfig(config, "config.json");
}

}  // namespace

TEST(DecoderConfig, JambaAlternatesItsLayers) {
    const auto c = parse(jamba());  // attention at 4, experts at every odd layer
    ASSERT_TRUE(c.ok()) << c.error().message;
    ASSERT_EQ(c->layers.size(), 10u);
    for (std::size_t k = 0; k < c->layers.size(); ++k) {
        EXPECT_EQ(c->layers[k].kind, k == 4 ? LayerKind::Attention : LayerKind::Mamba1) << k;
        EXPECT_EQ(c->layers[k].feedForward, k % 2 == 1 ? FeedForward::Experts : FeedForward::Gated) << k;
    }
    EXPECT_EQ(c->layers[1].n_experts, 16);
    EXPECT_EQ(c->layers[1].n_chosen, 2);
    EXPECT_EQ(c->layers[0].n_experts, 0);
    EXPECT_EQ(c->mamba.inner_norm, MambaStackConfig::InnerNorm::Learned);
    EXPECT_EQ(c->rope.dims, 0);  // attention without positions
    const auto plain = parse(with(jamba(), "num_experts", 1));
    EXPECT_TRUE(std::none_of(plain->layers.begin(), plain->layers.end(), [](const LayerDims& l) { return l.n_experts > 0; }));
    expectError(parse(with(with(jamba(), "num_experts", 2), "num_experts_per_tok", 3)), kFormat, {"num_experts_per_tok"});
    expectError(parse(with(jamba(), "attn_layer_period", 0)), kFormat, {"attn_layer_period"});
}

TEST(DecoderConfig, LlamaSizes) {
    const auto c = parse(with(with(llama(), "num_key_value_heads", 2), "head_dim", 24));
    ASSERT_TRUE(c.ok()) << c.error().message;
    const LayerDims& l = c->layers.front();
    EXPECT_EQ(l.d_inner, 96);
    EXPECT_EQ(l.n_kv_heads, 2);
    EXPECT_EQ(l.head_dim, 24);
    EXPECT_EQ(c->rope.dims, 24);
    EXPECT_FALSE(c->tie_embeddings);
    EXPECT_EQ(parse(llama())->layers.front().n_kv_heads, 4);
    expectError(parse(with(llama(), "num_key_value_heads", 3)), kFormat, {"num_key_value_heads"});
    expectError(parse(with(llama(), "num_attention_heads", 5)), kFormat, {"num_attention_heads"});
    expectError(parse(with(llama(), "hidden_act", "relu")), kUnsupported, {"hidden_act", "relu"});
}

TEST(DecoderConfig, NeoxTurnsAPartOfItsHeads) {
    const auto c = parse(neox());
    ASSERT_TRUE(c.ok()) << c.error().message;
    EXPECT_TRUE(c->parallel_residual);
    EXPECT_EQ(c->rope.dims, 4);  // a quarter of 16
    EXPECT_EQ(parse(with(neox(), "rotary_pct", 0.5))->rope.dims, 8);
    EXPECT_EQ(parse(with(neox(), "rope_parameters", {{"partial_rotary_factor", 1.0}, {"rope_theta", 500.0}}))->rope.dims, 16);
    EXPECT_FALSE(parse(with(neox(), "use_parallel_residual", false))->parallel_residual);
    EXPECT_TRUE(parse(with(neox(), "hidden_act", "gelu_new"))->gelu_tanh);
    expectError(parse(with(neox(), "hidden_act", "relu")), kUnsupported, {"hidden_act"});
    expectError(parse(with(neox(), "rotary_pct", 1.5)), kFormat, {"partial_rotary_factor"});
}

TEST(DecoderConfig, ScalesTheRotaryEmbedding) {
    const auto plain = ropeFrequencies(parse(llama())->rope);
    ASSERT_EQ(plain.size(), 8u);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_FLOAT_EQ(plain[i], static_cast<float>(std::pow(10000.0, -static_cast<double>(i) / 8)));

    const auto linear = ropeFrequencies(parse(with(llama(), "rope_scaling", {{"type", "linear"}, {"factor", 4.0}}))->rope);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_FLOAT_EQ(linear[i], plain[i] / 4);

    // As modeling_rope_utils.py has it, with its three cases.
    const json llama3{{"rope_type", "llama3"}, {"factor", 8.0}, {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0},
                      {"original_max_position_embeddings", 64}};
    const auto scaled = ropeFrequencies(parse(with(llama(), "rope_scaling", llama3))->rope);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const double f = std::pow(10000.0, -static_cast<double>(i) / 8), wavelength = 2 * std::numbers::pi / f;
        const double smooth = (64 / wavelength - 1) / (4 - 1);
        const double expected = wavelength > 64 ? f / 8 : wavelength < 16 ? f : (1 - smooth) * f / 8 + smooth * f;
        EXPECT_NEAR(scaled[i] / expected, 1, 1e-6) << i;
    }
    // Of GGUF files: a factor a pair.
    const std::vector<double> each{1, 1, 2, 2, 4, 4, 8, 8};
    const auto single = ropeFrequencies(parse(with(llama(), "rope_factors", each))->rope);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_FLOAT_EQ(single[i], plain[i] / static_cast<float>(each[i]));
    for (const json& bad : {json::array({1, 2}), json(3), json::array({1, 1, 1, 1, 1, 1, 1, 0})})
        expectError(parse(with(llama(), "rope_factors", bad)), kFormat, {"rope_factors"});
    expectError(parse(with(llama(), "rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}})), kUnsupported, {"rope_type", "yarn"});
    expectError(parse(with(llama(), "rope_scaling", {{"rope_type", "linear"}})), kFormat, {"factor"});
}

TEST(DecoderConfig, ChecksEveryNumber) {
    for (const json& good : {llama(), jamba(), neox()})
        for (const char* key : {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"}) {
            for (const json& bad : {json(0), json(-1), json(1.5), json("x"), json::array(), json(std::uint64_t{1} << 63)})
                expectError(parse(with(good, key, bad)), kFormat, {"config.json", key});
            json without = good;
            without.erase(key);
            expectError(parse(without), kFormat, {key, "missing"});
        }
}

TEST(DecoderConfig, FamiliesAreRecognised) {
    for (const auto& [folder, family] : {std::pair("gpt-neox-tiny", "GPT-NeoX"), std::pair("llama-scaled-f16", "Llama"), std::pair("jamba-tiny", "Jamba"),
                                         std::pair("falcon-mamba-tiny", "Falcon-Mamba")}) {
        const auto path = kData / folder / "config.json";
        const auto found = recogniseFamily(readJsonFile(path).value(), path.string());
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ((*found)->facts().family, family);
    }
    expectError(recogniseFamily(with(llama(), "model_type", "bert"), "config.json"), kUnsupported, {"bert", "known families", "gpt_neox", "jamba"});
}
