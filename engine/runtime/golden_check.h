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

/// Golden keys: input_ids [L], or for a speech model features [rows, mels] (raw log-mel, L = ceil(rows / step));
/// logits [L, vocab], hidden_states.k [L, d_model] (as transformers 5 records them: after layer k, and after the final
/// norm for k = n_layer),
/// layerK.{dt, B, C, gate, u, y, state_norm, final_state, conv_state}, greedy_ids [M] (greedy continuation).
/// Format error when the input is missing or a tensor has another shape than the model's.
Result<GoldenReport> checkGolden(std::shared_ptr<const Model> model, const std::filesystem::path& golden,
                                 const GoldenOptions& options);

}  // namespace ms
