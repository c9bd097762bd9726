// Mamba-3 (mamba_ssm/modules/mamba3.py, SISO): no convolution; the scan integrates by the trapezoidal rule, A depends on the
// token, and pairs of states turn by angles that the tokens add up.
#pragma once

#include <vector>

#include "engine/models/mamba3_config.h"
#include "engine/models/mixer_stack.h"

namespace ms {

/// Weights of one block. Matrices keep their stored type; vectors are widened to F32 when loaded (exactly).
struct Mamba3Layer {
    Tensor norm;    // [d_model]
    Tensor inProj;  // [2·d_inner + 2·n_groups·d_state, d_model]  rows: z, v, B, C
    Tensor dtProj;  // [n_heads, d_model]  the rows behind them
    Tensor turns;   // [2·n_heads + n_angles, d_model]  the last rows: A, λ and the angles' steps
    Tensor dtBias;  // [n_heads]
    Tensor normB;   // [d_state]
    Tensor normC;   // [d_state]
    Tensor biasB;   // [n_heads, d_state]
    Tensor biasC;   // [n_heads, d_state]
    Tensor D;       // [n_heads]
    Tensor outProj; // [d_model, d_inner]
};

/// Compares a checkpoint's tensors with what the configuration demands.
[[nodiscard]] std::vector<TensorProblem> findProblems(const Mamba3Config& config, const Checkpoint& checkpoint);

class Mamba3Model final : public MixerStack {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the tensor),
    /// OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<Mamba3Model>> create(const Mamba3Config& config, const Checkpoint& checkpoint, Backend& backend,
                                                       const ProgressCallback& progress, const std::stop_token& stop);
    [[nodiscard]] static ModelDims dimsOf(const Mamba3Config& config, std::int64_t vocab);

    bool outProjection(Ops& op, LayerIndex layer, const Tensor& gated, const Tensor& out) const override;

private:
    explicit Mamba3Model(Mamba3Config config) : m_config(std::move(config)) {}
    Result<void> loadLayer(const std::string& prefix, WeightLoader& load);
    [[nodiscard]] std::vector<std::int64_t> scratchColumns() const override;
    void block(Ops& op, const ForwardArgs& args, LayerIndex layer, const Tensor& r, const Tensor& normed) const override;

    const Mamba3Config m_config;
    std::vector<Mamba3Layer> m_layers;
};

}  // namespace ms
