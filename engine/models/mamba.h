// Mamba-1 (Gu & Dao 2023, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces").
#pragma once

#include <optional>

#include "engine/formats/checkpoint.h"
#include "engine/models/family_model.h"
#include "engine/models/mamba_config.h"
#include "engine/base/progress.h"

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

/// A tensor that a Mamba checkpoint must, may or should not hold.
struct TensorProblem {
    bool fatal = false;
    std::string text;  ///< one line naming the tensor and what to do
};

/// Compares a checkpoint's tensors with what the configuration demands: missing, extra, wrong shape, unreadable type.
[[nodiscard]] std::vector<TensorProblem> findProblems(const MambaConfig& config, const Checkpoint& checkpoint);

class MambaModel final : public FamilyModel {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the
    /// tensor), OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<MambaModel>> create(const MambaConfig& config, const Checkpoint& checkpoint,
                                                      Backend& backend, const ProgressCallback& progress,
                                                      const std::stop_token& stop);

    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelState> allocateState(Backend& backend) const override;
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    void outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override {
        return m_skipWeights[static_cast<std::size_t>(layer.value)];
    }

    /// A = -exp(A_log) of a layer, [d_inner · d_state], for measures and views.
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const override {
        return m_stateMatrices[static_cast<std::size_t>(layer.value)];
    }

private:
    class Loader;
    MambaModel() = default;

    MambaConfig m_config;
    ModelDims m_dims;
    Tensor m_embedding;  // [vocab, d_model]
    Tensor m_normF;      // [d_model]
    Tensor m_head;       // [vocab, d_model], the embedding itself when tied
    std::vector<MambaLayer> m_layers;
    std::vector<std::vector<float>> m_stateMatrices, m_skipWeights;
};

}  // namespace ms
