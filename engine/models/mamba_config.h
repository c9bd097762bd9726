// The dimensions of a Mamba-1 language model, from either spelling of config.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace ms {

inline constexpr const char* kFalconMambaType = "falcon_mamba";  ///< model_type
/// true beside model_type "mamba": the program's own layout of a Mamba-1 with complex A, B and C, which no library publishes one
/// for. All else is Hugging Face's, state_size the number N of complex states; see MambaLayer for its tensors.
inline constexpr const char* kComplexSsmField = "complex_ssm";

/// Of a stack of Mamba-1 blocks, in whatever family.
struct MambaStackConfig {
    std::int64_t d_model = 0;
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;
    std::int64_t d_state = 0;
    std::int64_t d_conv = 0;
    std::int64_t dt_rank = 0;
    float norm_eps = 1e-5f;
    bool proj_bias = false;  ///< in_proj and out_proj have biases
    bool conv_bias = true;
    enum class InnerNorm {
        None,
        Weightless,  ///< RMS norms of Δ's input, B and C: Falcon-Mamba
        Learned,     ///< the same with weights: Jamba
    } inner_norm = InnerNorm::None;
    float inner_norm_eps = 1e-6f;
    bool complex_ssm = false;  ///< A, B and C are complex, see MambaLayer

    /// Values a channel remembers: d_state, or real and imaginary parts of as many.
    [[nodiscard]] std::int64_t stateWidth() const { return complex_ssm ? 2 * d_state : d_state; }
};

struct MambaConfig : MambaStackConfig {
    std::string family = "Mamba-1";  ///< or "Falcon-Mamba", "complex Mamba-1"
    std::int64_t vocab_size = 0;  ///< as declared; the embedding may have more rows, see vocab_pad_multiple
    bool tie_embeddings = true;   ///< the head is the embedding
    int vocab_pad_multiple = 1;   ///< rows of the embedding are vocab_size rounded up to this
    std::string layout;           ///< "Hugging Face" or "Mamba repository"
    std::optional<int> bos_id, eos_id;
};

class ConfigFields;
/// The blocks' part of a configuration in Hugging Face's spelling. What is wrong becomes the fields' problem.
void readBlockConfig(ConfigFields& fields, MambaStackConfig& config);

/// Reads a parsed config.json. With "model_type" it is Hugging Face's (transformers, configuration_mamba.py), else the
/// Mamba repository's (mamba_ssm/models/config_mamba.py, modules/mamba_simple.py); absent fields take their defaults.
/// Errors, one line naming `file` and the field: NotFound (null: there is no config.json), Format (wrong type, number
/// out of range), Unsupported (another family or a variant, named).
Result<MambaConfig> parseMambaConfig(const nlohmann::json& config, const std::string& file);

}  // namespace ms
