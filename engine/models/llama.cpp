// Llama (Touvron et al. 2023) and its successors with grouped queries: transformers, configuration_llama.py.
#include <nlohmann/json.hpp>

#include "engine/models/attention_fields.h"
#include "engine/models/decoder_config.h"

namespace ms {

Result<DecoderConfig> parseLlamaConfig(const nlohmann::json& config, const std::string& file) {
    ConfigFields fields(config, file);
    DecoderConfig c;
    c.family = "Llama";
    c.d_model = fields.integer("hidden_size", 1, kMaxModel);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    expectSilu(fields);
    LayerDims layer = readAttention(fields, c.d_model);
    layer.feedForward = FeedForward::Gated;
    layer.d_ff = fields.integer("intermediate_size", 1, kMaxInner);
    c.layers.assign(static_cast<std::size_t>(fields.integer("num_hidden_layers", 1, kMaxLayers)), layer);
    c.norm_eps = fields.epsilon("rms_norm_eps", 1e-6f);
    c.attention_bias = c.output_bias = fields.flag("attention_bias", false);
    c.feed_forward_bias = fields.flag("mlp_bias", false);
    c.tie_embeddings = fields.flag("tie_word_embeddings", false);
    readRope(fields, layer.head_dim, 1, c.rope);
    c.rope.interleaved = fields.flag("rope_interleaved", false);  // of files that llama.cpp's converter reordered
    c.names = {.embedding = "model.embed_tokens.weight", .layers = "model.layers.", .finalNorm = "model.norm", .head = "lm_head.weight",
               .mixerNorm = "input_layernorm", .feedForwardNorm = "post_attention_layernorm", .attention = "self_attn.", .mamba = {},
               .feedForward = "mlp.", .unused = {"self_attn.rotary_emb.inv_freq"}};
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    if (fields.problem()) return *fields.problem();
    return c;
}

}  // namespace ms
