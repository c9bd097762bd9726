// A language model whose layers each add one mixer's output to the residual stream: what Mamba-2 and Mamba-3 have in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/language_table.h"

namespace ms {

/// "backbone.norm_f.weight", behind what stands before "backbone.".
[[nodiscard]] std::string finalNormName(const std::string& prefix);
/// "backbone.layers.3."
[[nodiscard]] std::string layerPrefix(const std::string& prefix, std::int64_t layer);
/// A vector made by the loader itself.
Result<Tensor> uploadVector(Backend& backend, std::vector<float> values, const std::string& label);

class MixerStack : public FamilyModel {
public:
    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override {
        return m_skipWeights[static_cast<std::size_t>(layer.value)];
    }

protected:
    MixerStack() = default;

    /// Reads embedding, head and final norm; `dims` with any vocabulary becomes the model's. Errors as WeightLoader's.
    Result<void> loadEnds(const LanguageTable& table, float normEps, const Checkpoint& checkpoint, WeightLoader& load, ModelDims dims);
    /// D of the next layer, of heads: repeated for their channels.
    void keepSkip(const std::vector<float>& D, std::int64_t headDim);
    [[nodiscard]] float normEps() const { return m_normEps; }

    /// Columns of the scratch tensors that a block needs, see blockScratch.
    [[nodiscard]] virtual std::vector<std::int64_t> scratchColumns() const = 0;
    /// Records a layer and offers its probe points. r [L, d_model], normed [L, d_model] scratch.
    virtual void block(Ops& op, const ForwardArgs& args, LayerIndex layer, const Tensor& r, const Tensor& normed) const = 0;
    /// L rows of the block's scratch tensor.
    [[nodiscard]] static Tensor blockScratch(const ForwardArgs& args, std::size_t which, std::int64_t L);

private:
    ModelDims m_dims;
    float m_normEps = 0;
    LanguageWeights m_language;
    Tensor m_normF;  // [d_model]
    std::vector<std::vector<float>> m_skipWeights;  // [d_inner] each
};

}  // namespace ms
