// Fewer dispatches for one token. A decoded token is a chain of small ops, each of which costs a launch and a barrier;
// this keeps an op back while it continues a chain that fused kernels know:
//
//   rmsNorm, matmul                                                                           -> one dispatch
//   rmsNorm, matmul, causalConv1d, matmul, matmul (softplus), selectiveScan: a Mamba-1 layer  -> two
//
// Every output of every op is written as if the ops had run one by one, so nobody has to know. Whatever breaks a chain,
// or does not fit the kernels, is recorded plainly.
#pragma once

#include "engine/vulkan/decode_kernels.h"
#include "engine/vulkan/vulkan_ops.h"

namespace ms {

class DecodeFusion final : public VulkanOps {
public:
    DecodeFusion(Recorder& recorder, const VulkanOptions& options)
        : VulkanOps(recorder, options),
          m_recorder(recorder),
          m_kernels(recorder),
          m_fuse(gpu() && options.fuseDecode) {}

    void rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
    void matmul(const MatmulArgs& args) override;
    void causalConv1d(const CausalConv1dArgs& args) override;
    void selectiveScan(const SelectiveScanArgs& args) override;

    /// Records what is kept back. Any other dispatch does so first; call it after the last op.
    void flush();

private:
    /// How much of a chain is kept back.
    enum class Kept { Nothing, Norm, InProj, Conv, XProj, DtProj };
    void keep(Kept kept);

    Recorder& m_recorder;
    DecodeKernels m_kernels;
    bool m_fuse;
    DecodeChain m_chain;
    Kept m_kept = Kept::Nothing;
};

}  // namespace ms
