// Mamba-2 (Dao & Gu 2024, "Transformers are SSMs: Generalized Models and Efficient Algorithms Through Structured State Space
// Duality"): a language model of blocks whose heads decay as a whole.
#pragma once

#include <vector>

#include "engine/models/mamba2_config.h"
#include "engine/models/mixer_stack.h"

namespace ms {

/// Weights of one block. Matrices keep their stored type; vectors are widened to F32 when loaded (exactly).
struct Mamba2Layer {
    Tensor norm;         // [d_model]
    Tensor inProj;       // [2·d_inner + 2·n_groups·d_state, d_model]  rows: z, x, B, C
    Tensor inProjBias;   // as many or empty
    Tensor dtProj;       // [n_heads, d_model]  the last rows of in_proj
    Tensor dtBias;       // [n_heads]
    Tensor convWeight;   // [d_inner + 2·n_groups·d_state, d_conv]
    Tensor convBias;     // as many or empty
    Tensor A;            // [n_heads]  -exp(A_log)
    Tensor D;            // [n_heads]
    Tensor gateNorm;     // [d_inner] or empty
    Tensor outProj;      // [d_model, d_inner]
    Tensor outProjBias;  // [d_model] or empty
};

/// Compares a checkpoint's tensors with what the configuration demands.
[[nodiscard]] std::vector<TensorProblem> findProblems(const Mamba2Config& config, const Checkpoint& checkpoint);

class Mamba2Model final : public MixerStack {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the tensor),
    /// OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<Mamba2Model>> create(const Mamba2Config& config, const Checkpoint& checkpoint, Backend& backend,
                                                       const ProgressCallback& progress, const std::stop_token& stop);
    [[nodiscard]] static ModelDims dimsOf(const Mamba2Config& config, std::int64_t vocab);

    bool outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const override;
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const override {
        return m_stateMatrices[static_cast<std::size_t>(layer.value)];
    }

private:
    explicit Mamba2Model(Mamba2Config config) : m_config(std::move(config)) {}
    Result<void> loadLayer(const std::string& prefix, WeightLoader& load, Backend& backend);
    /// Δ held to its limits, where there are any.
    Result<void> makeLimits(Backend& backend);
    [[nodiscard]] std::vector<std::int64_t> scratchColumns() const override;
    void block(Ops& op, const ForwardArgs& args, LayerIndex layer, const Tensor& r, const Tensor& normed) const override;
    void offerScan(Ops& op, ProbeTaps& taps, LayerIndex layer, const Tensor& u, const Tensor& dt, const Tensor& B) const;

    const Mamba2Config m_config;
    ChannelClamp m_limits;  // [n_heads] or empty
    std::vector<Mamba2Layer> m_layers;
    std::vector<std::vector<float>> m_stateMatrices;  // [n_heads] each
};

}  // namespace ms
