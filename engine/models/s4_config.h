// The dimensions of a single S4 or S4D layer, from this project's own small config.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "engine/base/result.h"

namespace ms {

struct S4Config {
    bool diagonal = false;      ///< S4D, with gelu, a product and a gated linear unit behind the system; else S4 (DPLR) alone
    std::int64_t channels = 0;  ///< width of the input and of the output
    std::int64_t states = 0;    ///< complex states of a channel
    std::int64_t length = 0;    ///< of S4: what its C was made for
};

/// Reads model_type s4d_layer (d_model, d_state) or s4_dplr_layer (channels, N, L). Errors as parseMambaConfig.
Result<S4Config> parseS4Config(const nlohmann::json& config, const std::string& file);

}  // namespace ms
