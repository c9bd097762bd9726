// GPT-NeoX (Black et al. 2022), Pythia: transformers, configuration_gpt_neox.py.
#include <nlohmann/json.hpp>

#include "engine/formats/foreign_text.h"
#include "engine/models/attention_fields.h"
#include "engine/models/decoder_config.h"

namespace ms {

Result<DecoderConfig> parseGptNeoxConfig(const nlohmann::json& config, const std::string& file) {
    ConfigFields fields(config, file);
    DecoderConfig c;
    c.family = "GPT-NeoX";
    c.d_model = fields.integer("hidden_size", 1, kMaxModel);
    c.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
    LayerDims layer = readAttention(fields, c.d_model);
    layer.n_kv_heads = layer.n_heads;
    layer.feedForward = FeedForward::Plain;
    layer.d_ff = fields.integer("intermediate_size", 1, kMaxInner);
    c.layers.assign(static_cast<std::size_t>(fields.integer("num_hidden_layers", 1, kMaxLayers)), layer);
    c.norm = DecoderConfig::Norm::Layer;
    c.norm_eps = fields.epsilon("layer_norm_eps", 1e-5f);
    c.fused_qkv = true;
    c.parallel_residual = fields.flag("use_parallel_residual", true);
    c.attention_bias = c.output_bias = fields.flag("attention_bias", true);
    c.feed_forward_bias = true;
    const std::string activation = fields.text("hidden_act", "gelu");
    c.gelu_tanh = activation == "gelu_new" || activation == "gelu_fast" || activation == "gelu_pytorch_tanh";
    if (activation != "gelu" && !c.gelu_tanh)
        fields.fail(fields.error(ErrorCode::Unsupported, "hidden_act", inQuotes(activation, 60) + " is not supported; known: gelu, gelu_new"));
    c.tie_embeddings = fields.flag("tie_word_embeddings", false);
    readRope(fields, layer.head_dim, 0.25, c.rope);
    c.names = {.embedding = "gpt_neox.embed_in.weight", .layers = "gpt_neox.layers.", .finalNorm = "gpt_neox.final_layer_norm",
               .head = "embed_out.weight", .mixerNorm = "input_layernorm", .feedForwardNorm = "post_attention_layernorm",
               .attention = "attention.", .mamba = {}, .feedForward = "mlp.",
               .unused = {"attention.bias", "attention.masked_bias", "attention.rotary_emb.inv_freq"}};
    c.bos_id = fields.tokenId("bos_token_id");
    c.eos_id = fields.tokenId("eos_token_id");
    if (fields.problem()) return *fields.problem();
    return c;
}

}  // namespace ms
