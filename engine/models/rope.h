// How fast the pairs of a rotary embedding turn, with the scalings that longer contexts are made with.
#pragma once

#include <vector>

#include "engine/models/config_fields.h"

namespace ms {

struct RopeConfig {
    enum class Scaling {
        None,
        Linear,  ///< all pairs slower by `factor`
        Llama3,  ///< slow pairs slower by `factor`, fast ones as they are, a blend between
    };
    bool interleaved = false;  ///< a pair's columns stand side by side, not half a head apart
    std::int64_t dims = 0;  ///< columns of a head that turn, two a pair; 0: none do
    double theta = 10000;
    Scaling scaling = Scaling::None;
    std::vector<double> factors{};  ///< by which single pairs turn slower still, [dims / 2]; empty: none do
    double factor = 1, low_freq_factor = 1, high_freq_factor = 4, original_context = 8192;
};

/// Reads "rope_parameters" and, of GGUF files, "rope_factors"; or "rope_theta" and "rope_scaling" of older files; `partial` is the share of a head's columns that
/// turn where the file does not say. What is wrong becomes the fields' problem; Unsupported: another scaling, named.
void readRope(ConfigFields& fields, std::int64_t head_dim, double partial, RopeConfig& rope);

/// Radians that each pair turns from token to token, [dims / 2] (transformers, modeling_rope_utils.py).
[[nodiscard]] std::vector<float> ropeFrequencies(const RopeConfig& rope);

}  // namespace ms
