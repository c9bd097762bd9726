// A language model of S4D layers: r ← r + S4D(norm(r)), between an embedding and a head. This project's own small file, as the
// models of the task lab need it (tools/training/tasks/models.py).
#pragma once

#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/s4_layer.h"
#include "engine/models/steady_retention.h"

namespace ms {

struct S4LmConfig {
    std::int64_t vocab_size = 0, n_layer = 0;
    S4LayerSizes layer;
    float norm_eps = 1e-5f;
};

/// Reads model_type s4d_lm: vocab_size, d_model, d_state, num_hidden_layers, rms_norm_eps. Errors as parseMambaConfig.
Result<S4LmConfig> parseS4LmConfig(const nlohmann::json& config, const std::string& file);
/// Compares a checkpoint's tensors with what the configuration demands.
[[nodiscard]] std::vector<TensorProblem> findProblems(const S4LmConfig& config, const Checkpoint& checkpoint);

class S4LmModel final : public FamilyModel, public SteadyRetention {
public:
    /// Fails with the first fatal problem, a NaN or infinite weight (naming the tensor), OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<S4LmModel>> create(const S4LmConfig& config, const Checkpoint& checkpoint, Backend& backend,
                                                     const ProgressCallback& progress, const std::stop_token& stop);
    [[nodiscard]] static ModelDims dimsOf(const S4LmConfig& config);

    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override { return at(layer).skipWeights(); }
    [[nodiscard]] std::vector<float> convolutionKernel(LayerIndex layer, std::int64_t length) const override {
        return at(layer).convolutionKernel(length);
    }
    [[nodiscard]] std::vector<float> steadyRetention(LayerIndex layer) const override { return at(layer).retention(); }

private:
    explicit S4LmModel(const S4LmConfig& config) : m_config(config), m_dims(dimsOf(config)) {}
    [[nodiscard]] const S4Layer& at(LayerIndex layer) const { return m_layers[static_cast<std::size_t>(layer.value)]; }

    const S4LmConfig m_config;
    const ModelDims m_dims;
    Tensor m_embedding;            // [vocab, channels]
    std::vector<Tensor> m_norms;   // [channels] each
    std::vector<S4Layer> m_layers;
    Tensor m_normF;                // [channels]
    Tensor m_head, m_headBias;     // [vocab, channels], [vocab]
};

}  // namespace ms
