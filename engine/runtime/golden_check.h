// Compares a model's logits, hidden states and internals with golden tensors made elsewhere.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/session.h"

namespace ms {

struct GoldenRow {
    std::string name;           ///< of the golden tensor
    Shape shape;
    double relativeError = 0;   ///< ‖out − ref‖₂ / ‖ref‖₂; infinite for NaN
    double maxAbsError = 0;
};

struct GoldenReport {
    std::vector<GoldenRow> rows;
    std::vector<std::string> skipped;   ///< golden tensors this program knows nothing to compare with
    double worstRelativeError = 0;
};

struct GoldenOptions {
    std::int64_t chunk = 0;   ///< tokens (or frames) per submission; 0: one piece
    bool stepwise = false;    ///< one by one, as in decode
};

/// Golden keys: input_ids [L], or for a speech model features [rows, mels] (raw log-mel, L = ceil(rows / step)), for a single
/// layer u [L, width];
/// logits [L, vocab] (of a single layer: y); hidden_states.k [L, d_model]: after layer k, or before it where the family's library
/// lists the embeddings first (FamilyFacts::embeddingsFirst), and after the final norm for k = n_layer;
/// layerK.KEY of any probe point, layerK.{final_state, conv_state}; of recurrent cells hidden [L, d_inner] of the last layer,
/// final_h and final_c [n_layer, d_inner]; kernel [d_inner, length]; greedy_ids [M] (greedy continuation).
/// Format error when the input is missing or a tensor has another shape than the model's.
Result<GoldenReport> checkGolden(std::shared_ptr<const Model> model, const std::filesystem::path& golden,
                                 const GoldenOptions& options);

}  // namespace ms
