// The dimensions of a Mamba-2 language model, from either spelling of config.json.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/models/language_table.h"

namespace ms {

struct Mamba2Config : LanguageTable {
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;  ///< n_heads · head_dim
    std::int64_t d_state = 0;
    std::int64_t d_conv = 0;
    std::int64_t n_heads = 0;
    std::int64_t head_dim = 0;
    std::int64_t n_groups = 1;     ///< of heads that share B and C
    std::int64_t norm_groups = 1;  ///< runs that the gated norm takes by themselves: 1 in Hugging Face, n_groups in the Mamba repository and GGUF
    float norm_eps = 1e-5f;
    float dt_low = 0;              ///< limits of Δ
    float dt_high = std::numeric_limits<float>::infinity();
    bool gate_norm = true;         ///< false: the gate alone
    bool proj_bias = false;        ///< in_proj and out_proj have biases
    bool conv_bias = true;
    std::string layout;            ///< "Hugging Face" or "Mamba repository"
    std::optional<int> bos_id, eos_id;

    /// Channels of the convolution: x, B and C side by side.
    [[nodiscard]] std::int64_t convChannels() const { return d_inner + 2 * n_groups * d_state; }
};

/// Reads a parsed config.json. With "model_type" it is Hugging Face's (transformers, configuration_mamba2.py), else the Mamba
/// repository's (mamba_ssm/modules/mamba2.py). Errors as parseMambaConfig.
Result<Mamba2Config> parseMamba2Config(const nlohmann::json& config, const std::string& file);

}  // namespace ms
