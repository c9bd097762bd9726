// A decoder of attention layers, alone or between Mamba-1 blocks, each with a feed-forward block behind it.
#pragma once

#include <memory>
#include <vector>

#include "engine/models/decoder_config.h"
#include "engine/models/mamba_block.h"

namespace ms {

/// Compares a checkpoint's tensors with what the configuration demands: missing, extra, wrong shape, unreadable type.
[[nodiscard]] std::vector<TensorProblem> findProblems(const DecoderConfig& config, const Checkpoint& checkpoint);

/// Of a norm; the bias is empty of an RMS norm.
struct DecoderNorm {
    Tensor weight;  // [d_model]
    Tensor bias;    // [d_model] or empty
};

/// x · weightᵀ (+ bias)
struct DecoderLinear {
    Tensor weight;  // [N, K]
    Tensor bias;    // [N] or empty
};

struct AttentionWeights {
    DecoderLinear qkv;      // [3·d_inner, d_model], of fused ones alone: q, k and v of a head together
    DecoderLinear q, k, v;  // [d_inner, d_model], [n_kv_heads·head_dim, d_model] twice
    DecoderLinear out;      // [d_model, d_inner]
};

struct FeedForwardWeights {
    DecoderLinear gate, up, down;                          // [d_ff, d_model] twice (a plain one has no gate), [d_model, d_ff]
    Tensor router;                                         // [n_experts, d_model]
    std::vector<Tensor> gateExperts, upExperts, downExperts;
};

struct DecoderLayer {
    DecoderNorm mixerNorm, feedForwardNorm;
    AttentionWeights attention;  // of an attention layer
    MambaLayer mamba;            // of the others
    FeedForwardWeights feedForward;
};

class DecoderModel final : public FamilyModel {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the tensor),
    /// OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<DecoderModel>> create(const DecoderConfig& config, const Checkpoint& checkpoint, Backend& backend,
                                                        const ProgressCallback& progress, const std::stop_token& stop);

    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    [[nodiscard]] std::span<const float> skipWeights(LayerIndex layer) const override {
        return m_layers[static_cast<std::size_t>(layer.value)].mamba.skip;
    }
    [[nodiscard]] std::span<const float> stateMatrix(LayerIndex layer) const override {
        return m_layers[static_cast<std::size_t>(layer.value)].mamba.stateMatrix;
    }

private:
    class Pass;  // records one forward
    explicit DecoderModel(DecoderConfig config) : m_config(std::move(config)) {}
    Result<void> loadLayer(std::size_t index, WeightLoader& load);

    DecoderConfig m_config;
    ModelDims m_dims;
    Tensor m_embedding;  // [vocab, d_model]
    Tensor m_head;       // [vocab, d_model]
    Tensor m_frequency;  // [rope.dims / 2] or empty
    DecoderNorm m_finalNorm;
    std::vector<DecoderLayer> m_layers;
};

}  // namespace ms
