// A single layer of S4 or S4D as a model: reads rows of numbers and gives rows of numbers. It runs step by step, from any state; convolutionKernel gives the
// other view of it, for fftConvolve.
#pragma once

#include <optional>
#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/s4_config.h"
#include "engine/models/s4_layer.h"

namespace ms {

/// Compares a checkpoint's tensors with what the configuration demands.
[[nodiscard]] std::vector<TensorProblem> findProblems(const S4Config& config, const Checkpoint& checkpoint);

class S4Model final : public FamilyModel {
public:
    /// Reads and discretises the weights. Fails with the first fatal problem, a NaN or infinite weight (naming the tensor), a
    /// system that has no discrete form, OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<S4Model>> create(const S4Config& config, const Checkpoint& checkpoint, Backend& backend,
                                                   const ProgressCallback& progress, const std::stop_token& stop);
    [[nodiscard]] static ModelDims dimsOf(const S4Config& config);

    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    /// The "logits" are the layer's output [L, channels].
    void forward(Ops& op, const ForwardArgs& args) const override;
    /// There is no head: logits = x.
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override { (void)normed; op.copy(x, logits); }
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex) const override { return m_layer->skipWeights(); }
    [[nodiscard]] std::vector<float> convolutionKernel(LayerIndex, std::int64_t length) const override { return m_layer->convolutionKernel(length); }

private:
    explicit S4Model(const S4Config& config) : m_config(config), m_dims(dimsOf(config)) {}

    const S4Config m_config;
    const ModelDims m_dims;
    std::optional<S4Layer> m_layer;  // there once loaded
};

}  // namespace ms
