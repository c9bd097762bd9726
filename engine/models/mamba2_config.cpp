#include "engine/models/mamba2_config.h"

#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/formats/json_file.h"
#include "engine/models/config_fields.h"
#include "engine/models/repository_config.h"

namespace ms {

namespace {

using nlohmann::json;

/// [low, high]; the high one may be infinite.
void readLimits(ConfigFields& fields, const char* key, Mamba2Config& c) {
    const json* value = fields.find(key);
    if (value == nullptr) return;
    const bool pair = value->is_array() && value->size() == 2 && (*value)[0].is_number() && (*value)[1].is_number();
    const double low = pair ? (*value)[0].get<double>() : -1, high = pair ? (*value)[1].get<double>() : -1;
    if (!pair || low < 0 || high < low)
        return fields.fail(fields.error(ErrorCode::Format, key, "is not [low, high] with 0 <= low <= high"));
    c.dt_low = static_cast<float>(low);
    if (high < kJsonInfinity) c.dt_high = static_cast<float>(high);
}

/// Heads and groups, once d_inner and head_dim are known.
void checkHeads(ConfigFields& fields, const char* headKey, const char* groupKey, const Mamba2Config& c) {
    if (fields.problem()) return;
    if (c.d_inner > kMaxInner)
        fields.fail(fields.error(ErrorCode::Format, "expand", "makes d_inner larger than " + std::to_string(kMaxInner)));
    else if (c.n_heads * c.head_dim != c.d_inner)
        fields.fail(fields.error(ErrorCode::Format, headKey, "heads of " + std::to_string(c.head_dim) + " channels do not make up d_inner = " +
                                                                 std::to_string(c.d_inner)));
    else if (c.n_heads % c.n_groups != 0)
        fields.fail(fields.error(ErrorCode::Format, groupKey, "does not divide the " + std::to_string(c.n_heads) + " heads"));
}

Result<Mamba2Config> parseHuggingFace(const json& object, const std::string& file) {
    ConfigFields fields(object, file);
    Mamba2Config c;
    c.layout = "Hugging Face";
    if (const std::string activation = fields.text("hidden_act", "silu"); activation != "silu" && activation != "swish")
        fields.fail(fields.error(ErrorCode::Unsupported, "hidden_act", inQuotes(activation, 60) + " is not supported; known: silu"));
    c.d_model = fields.integer("hidden_size", 1, kMaxModel, 4096);
    c.n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers, 64);
    c.n_heads = fields.integer("num_heads", 1, kMaxInner, 128);
    c.head_dim = fields.integer("head_dim", 1, kMaxInner, 64);
    c.d_inner = fields.integer("expand", 1, kMaxExpand, 2) * c.d_model;
    c.d_state = fields.integer("state_size", 1, kMaxState, 128);
    c.d_conv = fields.integer("conv_kernel", 1, kMaxConv, 4);
    c.n_groups = fields.integer("n_groups", 1, kMaxInner, 8);
    if (fields.flag("norm_per_group", false)) c.norm_groups = c.n_groups;  // not Hugging Face's own: llama.cpp's way
    c.norm_eps = fields.epsilon("layer_norm_epsilon", 1e-5f);
    c.proj_bias = fields.flag("use_bias", false);
    c.conv_bias = fields.flag("use_conv_bias", true);
    readLimits(fields, "time_step_limit", c);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab, 32768);
    c.tie_embeddings = fields.flag("tie_word_embeddings", false);
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    checkHeads(fields, "num_heads", "n_groups", c);
    if (fields.problem()) return *fields.problem();
    return c;
}

Result<Mamba2Config> parseRepository(const json& object, const std::string& file) {
    ConfigFields fields(object, file);
    ConfigFields ssm = fields.object("ssm_cfg", true);
    Mamba2Config c;
    c.layout = "Mamba repository";
    refuseHybrids(fields);
    refuseFlag(ssm, "D_has_hdim", true);
    refuseFlag(ssm, "norm_before_gate", true);
    c.gate_norm = ssm.flag("rmsnorm", true);
    readRepositoryTable(fields, c, c.n_layer);
    c.d_inner = ssm.integer("expand", 1, kMaxExpand, 2) * c.d_model;
    if (const std::int64_t d_ssm = ssm.integer("d_ssm", 1, kMaxInner, c.d_inner); d_ssm != c.d_inner)
        ssm.fail(ssm.error(ErrorCode::Unsupported, "d_ssm", "a gated MLP beside the scan is not supported"));
    c.d_state = ssm.integer("d_state", 1, kMaxState, 128);
    c.d_conv = ssm.integer("d_conv", 1, kMaxConv, 4);
    c.head_dim = ssm.integer("headdim", 1, kMaxInner, 64);
    c.n_heads = c.d_inner / c.head_dim;
    c.n_groups = ssm.integer("ngroups", 1, kMaxInner, 1);
    c.norm_groups = c.n_groups;
    c.proj_bias = ssm.flag("bias", false);
    c.conv_bias = ssm.flag("conv_bias", true);
    readLimits(ssm, "dt_limit", c);
    checkHeads(ssm, "headdim", "ngroups", c);
    if (fields.problem()) return *fields.problem();
    if (ssm.problem()) return *ssm.problem();
    return c;
}

}  // namespace

Result<Mamba2Config> parseMamba2Config(const json& config, const std::string& file) {
    return config.contains("model_type") ? parseHuggingFace(config, file) : parseRepository(config, file);
}

}  // namespace ms
