// What every model family implements: immutable weights, a state, and one forward pass written against the op interface.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/models/feature_window.h"
#include "engine/models/taps.h"
#include "engine/probe/model_dims.h"

namespace ms {

/// One tensor of the recurrent state. Snapshots copy all of them.
struct StateTensor {
    LayerIndex layer;
    ProbePoint point;  ///< State or ConvState
    Tensor tensor;     // F32, as the op interface wants it
};

/// Everything a session carries from token to token.
struct ModelState {
    std::vector<StateTensor> tensors;
};

/// Intermediate tensors of a chunk of up to `rows` steps.
struct ModelScratch {
    std::int64_t rows = 0;
    std::vector<Tensor> tensors;  ///< indexed by the family's own enum
};

/// clamp(x · scale, low, high) for every channel, each [d_inner] F32; empty: x as it is.
struct ChannelClamp {
    Tensor scale, low, high;
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(scale); }
};

/// What a session changes in one layer.
struct LayerEdits {
    ChannelClamp dt;       ///< of Δ, after softplus
    ChannelClamp gated;    ///< of what out_proj reads
    bool ablated = false;  ///< nothing is added to the residual stream
};

enum class LogitRows { None, Last, All };

struct ForwardArgs {
    Tensor input;      // of dims().input.shape(L)
    LogitRows rows = LogitRows::Last;
    Tensor logits;     // [1 or L, vocab] F32, unused with None
    const ModelState* state = nullptr;
    const ModelScratch* scratch = nullptr;
    ProbeTaps* taps = nullptr;
    std::span<const LayerEdits> edits{};  ///< one a layer; empty: the model as it is
};

class FamilyModel {
public:
    virtual ~FamilyModel() = default;

    [[nodiscard]] virtual const ModelDims& dims() const = 0;
    virtual Result<ModelState> allocateState(Backend& backend) const = 0;
    virtual Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const = 0;
    /// Records the ops of L steps: reads the input, advances the state, writes the logits asked for.
    virtual void forward(Ops& op, const ForwardArgs& args) const = 0;

    /// Records logits = head(norm_f(x)) for any rows of a residual stream. x and normed (scratch) [R, d_model], logits
    /// [R, vocab].
    virtual void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const = 0;
    /// Records out += gated · W_outᵀ of a layer, without its bias. gated [R, d_inner], out [R, d_model].
    virtual void outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const = 0;
    /// D of a layer, [d_inner]: what the scan's skip multiplies u with.
    [[nodiscard]] virtual std::span<const float> skipWeights(LayerIndex layer) const = 0;
    /// A = -exp(A_log) of a layer, [d_inner, d_state], for measures and views.
    [[nodiscard]] virtual std::span<const float> stateMatrix(LayerIndex layer) const = 0;
    /// Of a model that reads features: what they are normalised with. Null for others.
    [[nodiscard]] virtual const FeatureStatistics* featureStatistics() const { return nullptr; }
};

}  // namespace ms
