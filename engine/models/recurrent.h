// Language models of recurrent cells: an embedding, layers of torch.nn.RNN, LSTM (Hochreiter & Schmidhuber 1997) or GRU
// (Cho et al. 2014), a head.
#pragma once

#include <vector>

#include "engine/models/family_model.h"
#include "engine/models/plain_recurrence.h"
#include "engine/models/recurrent_config.h"
#include "engine/models/weight_loader.h"
#include "engine/models/weight_table.h"

namespace ms {

struct RecurrentLayer {
    Tensor inputs;      // [gates·hidden, embedding or hidden]
    Tensor inputBias;   // [gates·hidden]
    Tensor states;      // [gates·hidden, hidden]
    Tensor stateBias;   // [gates·hidden]
};

/// Compares a checkpoint's tensors with what the configuration demands.
[[nodiscard]] std::vector<TensorProblem> findProblems(const RecurrentConfig& config, const Checkpoint& checkpoint);

class RecurrentModel final : public FamilyModel, public PlainRecurrence {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the tensor),
    /// OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<RecurrentModel>> create(const RecurrentConfig& config, const Checkpoint& checkpoint,
                                                          Backend& backend, const ProgressCallback& progress,
                                                          const std::stop_token& stop);
    [[nodiscard]] static ModelDims dimsOf(const RecurrentConfig& config);

    [[nodiscard]] const ModelDims& dims() const override { return m_dims; }
    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    void forward(Ops& op, const ForwardArgs& args) const override;
    /// There is no norm: normed stays unused.
    void headLogits(Ops& op, const Tensor& x, const Tensor& normed, const Tensor& logits) const override;
    [[nodiscard]] std::optional<Step> recurrence(LayerIndex layer) const override;

private:
    explicit RecurrentModel(RecurrentConfig config) : m_config(std::move(config)), m_dims(dimsOf(m_config)) {}
    Result<void> loadLayer(std::int64_t layer, WeightLoader& load);
    void offerGates(Ops& op, ProbeTaps& taps, LayerIndex layer, const Tensor& gates) const;

    const RecurrentConfig m_config;
    const ModelDims m_dims;
    Tensor m_embedding;           // [vocab, embedding]
    Tensor m_head, m_headBias;    // [vocab, hidden], [vocab]
    std::vector<RecurrentLayer> m_layers;
};

}  // namespace ms
