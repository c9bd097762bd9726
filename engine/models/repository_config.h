// What configurations of the Mamba repository (mamba_ssm/models/config_mamba.py) have in common, whatever their layers.
#pragma once

#include "engine/models/config_fields.h"
#include "engine/models/language_table.h"

namespace ms {

/// The language model's part: d_model, n_layer, vocabulary, tying.
void readRepositoryTable(ConfigFields& fields, LanguageTable& table, std::int64_t& n_layer);

/// Attention layers, feed-forward layers and LayerNorm become the fields' problem.
void refuseHybrids(ConfigFields& fields);

/// A switch of the layer that must not have this value.
void refuseFlag(ConfigFields& fields, const char* key, bool refused);

}  // namespace ms
