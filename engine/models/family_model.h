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
#include "engine/probe/state_layout.h"

namespace ms {

/// One tensor of the recurrent state. Snapshots copy what of it is in use.
struct StateTensor : StateSlot {
    Tensor tensor;  // F32, of the slot's shape, or [capacity, width] if it grows
};

/// Everything a session carries from token to token.
struct ModelState {
    std::vector<StateTensor> tensors;  ///< as stateLayout has them

    /// The tensor of one layer's part; empty if the layer has no such part.
    [[nodiscard]] const Tensor& of(LayerIndex layer, StatePart part) const;
};

/// Tokens that a growing tensor of a new session has room for; it doubles when they are used up.
inline constexpr std::int64_t kFirstCapacity = 256;

/// Intermediate tensors of a chunk of up to `rows` steps.
struct ModelScratch {
    std::int64_t rows = 0;
    std::vector<Tensor> tensors;  ///< indexed by the family's own enum
};

/// clamp(x · scale, low, high) for every channel, F32 vectors; empty: x as it is.
struct ChannelClamp {
    Tensor scale, low, high;
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(scale); }
};

/// What a session changes in one layer.
struct LayerEdits {
    ChannelClamp dt;       ///< of Δ, after softplus, [LayerDims::dtWidth()]
    ChannelClamp gated;    ///< of what the output projection reads, [d_inner]
    bool ablated = false;  ///< nothing is added to the residual stream, by the feed-forward block neither
};

enum class LogitRows { None, Last, All };

struct ForwardArgs {
    Tensor input;      // of dims().input.shape(L)
    Tensor position;   // [1] I32, Upload: of the first of the L steps; the session writes it before each run
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
    /// The zero state, as stateLayout(dims()) has it; what grows gets room for kFirstCapacity tokens.
    Result<ModelState> allocateState(Backend& backend) const;
    virtual Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const = 0;
    /// Records the ops of L steps: reads the input, advances the state, writes the logits asked for.
    virtual void forward(Ops& op, const ForwardArgs& args) const = 0;

    /// Records logits = head(norm_f(x)) for any rows of a residual stream. x and normed (scratch) [R, d_model], logits
    /// [R, vocab].
    virtual void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const = 0;

    // What only some layers have. Who asks says so where there is nothing.

    /// Records out += gated · W_outᵀ of a layer whose output projection is the last thing it adds to the residual stream,
    /// without its bias. gated [R, d_inner], out [R, d_model]. False: the layer is none such, nothing was recorded.
    virtual bool outProjection(Ops& /*op*/, LayerIndex /*layer*/, const Tensor& /*gated*/, const Tensor& /*out*/) const {
        return false;
    }
    /// D of a layer, what the scan's skip multiplies u with, [d_inner] (of heads that share one, repeated); empty: it has none.
    [[nodiscard]] virtual std::span<const float> skipWeights(LayerIndex /*layer*/) const { return {}; }
    /// A = -exp(A_log) of a layer, for measures and views: [d_inner, d_state], of Mamba-2 [n_heads]; empty: it has none that
    /// stays the same for every token.
    [[nodiscard]] virtual std::span<const float> stateMatrix(LayerIndex /*layer*/) const { return {}; }
    /// The convolution that a layer without selection comes to over `length` tokens, [d_inner, length]; empty: it is none.
    [[nodiscard]] virtual std::vector<float> convolutionKernel(LayerIndex /*layer*/, std::int64_t /*length*/) const { return {}; }
    /// Of a model that reads features: what they are normalised with. Null: they come as they are.
    [[nodiscard]] virtual const FeatureStatistics* featureStatistics() const { return nullptr; }
};

}  // namespace ms
