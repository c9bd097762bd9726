// A streaming speech recogniser: convolutions that make frames of log-mel rows, the Mamba-1 stack, a CTC head.
#pragma once

#include "engine/models/mamba_ctc_config.h"
#include "engine/models/mamba.h"

namespace ms {

/// Compares a checkpoint's tensors with what the configuration demands: missing, extra, wrong shape, unreadable type.
[[nodiscard]] std::vector<TensorProblem> findProblems(const MambaCtcConfig& config, const Checkpoint& checkpoint);

class MambaCtcModel final : public MambaStack {
public:
    /// Reads the weights onto the backend. Fails with the first fatal problem, a NaN or infinite weight or a standard
    /// deviation that is not positive (naming the tensor), OutOfMemory, or Cancelled.
    static Result<std::unique_ptr<MambaCtcModel>> create(const MambaCtcConfig& config, const Checkpoint& checkpoint,
                                                         Backend& backend, const ProgressCallback& progress,
                                                         const std::stop_token& stop);

    Result<ModelScratch> allocateScratch(Backend& backend, std::int64_t rows) const override;
    [[nodiscard]] const FeatureStatistics* featureStatistics() const override { return &m_statistics; }

private:
    struct Conv {
        FrontendConv shape;
        Tensor weight;  // [channels, kernel · input channels]
        Tensor bias;    // [channels]
    };
    MambaCtcModel() = default;
    void readInput(Ops& op, const ForwardArgs& args, const Tensor& r) const override;

    FeatureStatistics m_statistics;
    std::vector<Conv> m_convs;
    Tensor m_proj;      // [d_model, channels of the last convolution]
    Tensor m_projBias;  // [d_model]
};

}  // namespace ms
