// Mamba-1 (Gu & Dao 2023, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces"): a stack of blocks, as its families share it.
#pragma once

#include <string>
#include <vector>

#include "engine/models/mamba_block.h"

namespace ms {

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
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    bool outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override {
        return m_layers[static_cast<std::size_t>(layer.value)].skip;
    }
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const override {
        return m_layers[static_cast<std::size_t>(layer.value)].stateMatrix;
    }

    [[nodiscard]] static ModelDims dimsOf(const MambaStackConfig& config, std::int64_t vocab, const InputDims& input);
    /// The blocks' tensors and norm_f, under the names that both layouts use.
    [[nodiscard]] static std::vector<WantedTensor> wantedTensors(const MambaStackConfig& config);

protected:
    MambaStack() = default;

    /// Reads the blocks and norm_f. Errors as WeightLoader's.
    Result<void> loadStack(const MambaStackConfig& config, WeightLoader& load, MambaHead head, const InputDims& input);

    /// Records the ops that make the residual stream r [L, d_model] of args.input.
    virtual void readInput(Ops& op, const ForwardArgs& args, const Tensor& r) const = 0;

    /// A family's own scratch tensors follow so many of the stack's.
    [[nodiscard]] std::size_t stackScratch() const;

private:
    ModelDims m_dims;
    MambaStackConfig m_config;
    Tensor m_normF;  // [d_model]
    MambaHead m_head;
    std::vector<Tensor> m_norms;  // [d_model], one a block
    std::vector<MambaLayer> m_layers;
};

}  // namespace ms
