// Jamba (Lieber et al. 2024): Mamba-1 blocks, attention without positions, experts: transformers, configuration_jamba.py.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/models/attention_fields.h"
#include "engine/models/decoder_config.h"

namespace ms {

namespace {

/// The Mamba-1 part of the configuration.
MambaStackConfig readMamba(ConfigFields& fields, std::int64_t d_model, float eps) {
    MambaStackConfig m;
    m.d_model = d_model;
    m.d_inner = fields.integer("mamba_expand", 1, kMaxExpand, 2) * d_model;
    m.d_state = fields.integer("mamba_d_state", 1, kMaxState, 16);
    m.d_conv = fields.integer("mamba_d_conv", 1, kMaxConv, 4);
    m.dt_rank = fields.rank("mamba_dt_rank", d_model);
    m.conv_bias = fields.flag("mamba_conv_bias", true);
    m.proj_bias = fields.flag("mamba_proj_bias", false);
    m.inner_norm = MambaStackConfig::InnerNorm::Learned;
    m.norm_eps = m.inner_norm_eps = eps;
    if (m.d_inner > kMaxInner)
        fields.fail(fields.error(ErrorCode::Format, "mamba_expand", "makes d_inner larger than " + std::to_string(kMaxInner)));
    return m;
}

}  // namespace

Result<DecoderConfig> parseJambaConfig(const nlohmann::json& config, const std::string& file) {
    ConfigFields fields(config, file);
    DecoderConfig c;
    c.family = "Jamba";
    c.d_model = fields.integer("hidden_size", 1, kMaxModel);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    expectSilu(fields);
    c.norm_eps = fields.epsilon("rms_norm_eps", 1e-6f);
    c.mamba = readMamba(fields, c.d_model, c.norm_eps);
    const LayerDims attention = readAttention(fields, c.d_model);
    const LayerDims mamba{.d_inner = c.mamba.d_inner, .d_state = c.mamba.d_state, .d_conv = c.mamba.d_conv, .dt_rank = c.mamba.dt_rank};
    const std::int64_t d_ff = fields.integer("intermediate_size", 1, kMaxInner);
    const std::int64_t experts = fields.integer("num_experts", 1, kMaxExperts, 16);
    const std::int64_t chosen = fields.integer("num_experts_per_tok", 1, kMaxChosen, 2);
    const std::int64_t attentionPeriod = fields.integer("attn_layer_period", 1, kMaxLayers, 8),
                       attentionOffset = fields.integer("attn_layer_offset", 0, kMaxLayers, 4),
                       expertPeriod = fields.integer("expert_layer_period", 1, kMaxLayers, 2),
                       expertOffset = fields.integer("expert_layer_offset", 0, kMaxLayers, 1);
    if (experts > 1 && chosen > experts) fields.fail(fields.error(ErrorCode::Format, "num_experts_per_tok", "is more than num_experts"));
    const std::int64_t n_layer = fields.integer("num_hidden_layers", 1, kMaxLayers);
    for (std::int64_t k = 0; k < n_layer; ++k) {
        LayerDims layer = k % attentionPeriod == attentionOffset ? attention : mamba;
        layer.d_ff = d_ff;
        layer.feedForward = FeedForward::Gated;
        if (experts > 1 && k % expertPeriod == expertOffset) {
            layer.feedForward = FeedForward::Experts;
            layer.n_experts = experts;
            layer.n_chosen = chosen;
        }
        c.layers.push_back(layer);
    }
    c.tie_embeddings = fields.flag("tie_word_embeddings", false);
    c.names = {.embedding = "model.embed_tokens.weight", .layers = "model.layers.", .finalNorm = "model.final_layernorm",
               .head = "lm_head.weight", .mixerNorm = "input_layernorm", .feedForwardNorm = "pre_ff_layernorm",
               .attention = "self_attn.", .mamba = "mamba.", .feedForward = "feed_forward."};
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    if (fields.problem()) return *fields.problem();
    return c;
}

}  // namespace ms
