// What the configurations of attention layers have in common.
#pragma once

#include "engine/models/config_fields.h"
#include "engine/probe/layer_dims.h"

namespace ms {

inline constexpr std::int64_t kMaxHeads = 1024, kMaxHeadDim = 256, kMaxExperts = 256, kMaxChosen = 16;

/// num_attention_heads, num_key_value_heads (as many where it is absent) and head_dim (hidden_size / heads where it is absent) of
/// an attention layer. What is wrong becomes the fields' problem.
[[nodiscard]] LayerDims readAttention(ConfigFields& fields, std::int64_t d_model);

/// One whose activation must be one of silu's names.
void expectSilu(ConfigFields& fields);

}  // namespace ms
