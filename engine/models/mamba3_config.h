// The dimensions of a Mamba-3 language model with one input and one output a head (SISO), from the Mamba repository's config.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "engine/base/result.h"
#include "engine/models/language_table.h"

namespace ms {

struct Mamba3Config : LanguageTable {
    std::int64_t n_layer = 0;
    std::int64_t d_inner = 0;  ///< n_heads · head_dim
    std::int64_t d_state = 0;
    std::int64_t n_heads = 0;
    std::int64_t head_dim = 0;
    std::int64_t n_groups = 1;  ///< of heads that share B and C
    std::int64_t n_angles = 0;  ///< pairs of states that turn
    float norm_eps = 1e-5f;     ///< fixed in mixer_seq_simple.py and mamba3.py
    float A_floor = 1e-4f;      ///< A stays below its negative
};

/// Reads a parsed config.json with ssm_cfg.layer "Mamba3" (mamba_ssm/modules/mamba3.py). Errors as parseMambaConfig.
Result<Mamba3Config> parseMamba3Config(const nlohmann::json& config, const std::string& file);

}  // namespace ms
