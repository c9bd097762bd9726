// The logit lens (nostalgebraist 2020, "interpreting GPT: the logit lens"): what the model would say after each layer.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/runtime/sampler.h"
#include "engine/runtime/token_inspection.h"

namespace ms {

/// One distribution over real tokens (ids at or above Model::tokenCount() are padding and masked).
struct LensRow {
    std::vector<Alternative> top;  ///< most probable first
    float entropyBits = 0;
    float nextProbability = 0;  ///< of the token that did follow; NaN when none is given
    std::int64_t nextRank = 0;  ///< 1: the most probable; 0: no token is given
};

struct LensLayer {
    LayerIndex layer;
    LensRow full;       ///< head(norm_f(r)), r the residual after the layer
    LensRow stateOnly;  ///< the same of r - W_out (D ⊙ u ⊙ silu(z)): without what this layer's D skip added, of
                        ///< channels whose output no intervention kept from the residual stream; equal to `full` where
                        ///< a layer has no such skip, or more of it stands behind out_proj
};

struct LogitLens {
    TokenPos token;
    std::vector<LensLayer> layers;  ///< all layers, first to last
};

/// Driven by the thread that drives the model's backend. Holds logits of 2·n_layer rows in readback memory.
class LogitLensReader {
public:
    /// Unsupported, in one line, of a model without a residual stream.
    static Result<std::unique_ptr<LogitLensReader>> create(std::shared_ptr<const Model> model);

    /// The lens of an inspected token. `top`: alternatives kept per row; `next`: the token that followed, if any.
    /// InvalidArgument when the inspection lacks the values of requests(), `top` is negative or `next` is no token.
    Result<LogitLens> read(const TokenInspection& inspection, int top, std::optional<TokenId> next);

    /// What an inspection must hold: ResidPost, U and Gate of every layer that has them, unreduced.
    [[nodiscard]] static std::vector<CaptureRequest> requests(const ModelDims& dims);

private:
    explicit LogitLensReader(std::shared_ptr<const Model> model) : m_model(std::move(model)) {}
    Result<void> record();
    [[nodiscard]] bool hasSkip(LayerIndex layer) const;

    std::shared_ptr<const Model> m_model;
    Tensor m_residual;  // [n_layer, d_model] Upload
    Tensor m_skip;      // [n_layer, d_inner] Upload: -D ⊙ u ⊙ silu(z)
    Tensor m_rows;      // [2·n_layer, d_model] first all full rows, then the state-only ones
    Tensor m_normed;    // [2·n_layer, d_model]
    Tensor m_logits;    // [2·n_layer, vocab] Readback
    std::unique_ptr<Program> m_program;
};

/// Softmax, entropy and rank of one row. logits [vocab], of which the first `tokens` are real.
[[nodiscard]] LensRow lensRow(std::span<const float> logits, std::int64_t tokens, int top, std::optional<TokenId> next);

}  // namespace ms
