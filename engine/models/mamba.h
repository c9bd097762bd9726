// Mamba-1 (Gu & Dao 2023, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces"): what its families share.
#pragma once

#include <string>
#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/mamba_config.h"
#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

namespace ms {

/// Weights of one block. Matrices keep their stored type; vectors are widened to F32 when loaded (exactly).
struct MambaLayer {
    Tensor norm;         // [d_model]
    Tensor inProj;       // [2·d_inner, d_model]  rows: x first, z second
    Tensor inProjBias;   // [2·d_inner] or empty
    Tensor convWeight;   // [d_inner, d_conv]
    Tensor convBias;     // [d_inner] or empty
    Tensor xProj;        // [dt_rank + 2·d_state, d_inner]
    Tensor dtProj;       // [d_inner, dt_rank]
    Tensor dtBias;       // [d_inner]
    Tensor A;            // [d_inner, d_state]  -exp(A_log)
    Tensor D;            // [d_inner]
    Tensor outProj;      // [d_model, d_inner]
    Tensor outProjBias;  // [d_model] or empty
};

/// logits = norm_f(r) · weightᵀ (+ bias)
struct MambaHead {
    Tensor weight;  // [vocab, d_model]
    Tensor bias{};  // [vocab] or empty
};

/// A stack of Mamba-1 blocks on a residual stream, the final norm and a head. How the input becomes the residual stream is
/// the family's own.
class MambaStack : public FamilyModel {
public:
    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelState> allocateState(Backend& backend) const override;
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    void outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override {
        return m_skipWeights[static_cast<std::size_t>(layer.value)];
    }
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const override {
        return m_stateMatrices[static_cast<std::size_t>(layer.value)];
    }

    /// The blocks' tensors and norm_f, under the names that both layouts use.
    [[nodiscard]] static std::vector<WantedTensor> wantedTensors(const MambaStackConfig& config);

protected:
    MambaStack() = default;

    /// Reads the blocks and norm_f. Errors as WeightLoader's.
    Result<void> loadStack(const MambaStackConfig& config, WeightLoader& load, MambaHead head, const InputDims& input);

    /// Records the ops that make the residual stream r [L, d_model] of args.input.
    virtual void readInput(Ops& op, const ForwardArgs& args, const Tensor& r) const = 0;

    /// A family's own scratch tensors follow so many of the stack's.
    static const std::size_t kStackScratch;

private:
    ModelDims m_dims;
    float m_normEps = 0;
    Tensor m_normF;  // [d_model]
    MambaHead m_head;
    std::vector<MambaLayer> m_layers;
    std::vector<std::vector<float>> m_stateMatrices, m_skipWeights;
};

}  // namespace ms
