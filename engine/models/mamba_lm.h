// The Mamba-1 language model: an embedding, the stack, a head that is the embedding again or its own matrix.
#pragma once

#include "engine/models/mamba.h"

namespace ms {

/// Compares a checkpoint's tensors with what the configuration demands: missing, extra, wrong shape, unreadable type.
[[nodiscard]] std::vector<TensorProblem> findProblems(const MambaConfig& config, const Checkpoint& checkpoint);

class MambaModel final : public MambaStack {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight (naming the
    /// tensor), OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<MambaModel>> create(const MambaConfig& config, const Checkpoint& checkpoint,
                                                      Backend& backend, const ProgressCallback& progress,
                                                      const std::stop_token& stop);

private:
    MambaModel() = default;
    void readInput(Ops& op, const ForwardArgs& args, const Tensor& r) const override {
        op.embedding(m_embedding, args.input, r);
    }

    Tensor m_embedding;  // [vocab, d_model]
};

}  // namespace ms
