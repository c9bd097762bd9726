// A single layer of S4 (Gu et al. 2022, "Efficiently Modeling Long Sequences with Structured State Spaces") or S4D (Gu et al.
// 2022b): reads rows of numbers and gives rows of numbers. It runs step by step, from any state; convolutionKernel gives the
// other view of it, for fftConvolve.
#pragma once

#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/s4_config.h"
#include "engine/models/s4_system.h"
#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

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
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex) const override { return m_skipWeights; }
    [[nodiscard]] std::vector<float> convolutionKernel(LayerIndex layer, std::int64_t length) const override;

private:
    explicit S4Model(const S4Config& config) : m_config(config), m_dims(dimsOf(config)) {}
    Result<void> loadDiagonal(WeightLoader& load);
    Result<void> loadLowRank(const std::string& file, WeightLoader& load);
    Result<void> upload(Backend& backend);

    const S4Config m_config;
    const ModelDims m_dims;
    std::vector<S4System> m_systems;   ///< one a channel
    Tensor m_A, m_B, m_C, m_P, m_Q;    // [channels, 2·states]; P and Q of S4
    Tensor m_D;                        // [channels] or empty
    Tensor m_output, m_outputBias;     // [2·channels, channels], [2·channels] of S4D
    std::vector<float> m_skipWeights;
};

}  // namespace ms
