// Decoders of attention layers, alone or between Mamba-1 blocks: GPT-NeoX, Llama, Jamba. What they differ in.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/models/mamba_config.h"
#include "engine/models/rope.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// What the parts are called in a checkpoint.
struct DecoderNames {
    std::string embedding, layers, finalNorm, head;            ///< "model.layers."; a norm without ".weight"
    std::string mixerNorm, feedForwardNorm;                    ///< within a layer
    std::string attention, mamba, feedForward;                 ///< within a layer, with the dot
    std::vector<std::string> unused{};                         ///< within a layer: known and not needed
};

struct DecoderConfig {
    std::string family;  ///< "Llama"
    std::int64_t d_model = 0, vocab_size = 0;
    std::vector<LayerDims> layers;
    enum class Norm { Rms, Layer } norm = Norm::Rms;  ///< Layer: with biases
    float norm_eps = 1e-6f;
    bool fused_qkv = false;          ///< one matrix, q, k and v of a head together
    bool parallel_residual = false;  ///< the feed-forward block reads what the attention reads
    bool attention_bias = false, output_bias = false, feed_forward_bias = false;
    bool gelu_tanh = false;          ///< a plain feed-forward block's activation: Gelu by its tanh approximation
    bool tie_embeddings = false;
    RopeConfig rope;
    MambaStackConfig mamba;          ///< of its Mamba-1 blocks, if it has any
    DecoderNames names;
    std::optional<int> bos_id, eos_id;
};

/// Sizes and layer kinds.
[[nodiscard]] inline ModelDims decoderDims(const DecoderConfig& c) {
    ModelDims dims;
    dims.d_model = c.d_model;
    dims.vocab = c.vocab_size;
    dims.setLayers(c.layers);
    return dims;
}

// Each reads a parsed config.json in Hugging Face's spelling. Errors, one line naming `file` and the field: Format (missing,
// wrong type, out of range), Unsupported (a variant, named).
Result<DecoderConfig> parseGptNeoxConfig(const nlohmann::json& config, const std::string& file);
Result<DecoderConfig> parseLlamaConfig(const nlohmann::json& config, const std::string& file);
Result<DecoderConfig> parseJambaConfig(const nlohmann::json& config, const std::string& file);

}  // namespace ms
