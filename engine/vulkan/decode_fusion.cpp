#include "engine/vulkan/decode_fusion.h"

#include <utility>

#include "engine/backend/ops_check.h"

namespace ms {

void DecodeFusion::keep(Kept kept) {
    m_kept = kept;
    m_recorder.beforeNextDispatch([this] { flush(); });
}

void DecodeFusion::flush() {
    m_recorder.beforeNextDispatch({});
    const Kept kept = std::exchange(m_kept, Kept::Nothing);
    const DecodeChain chain = std::exchange(m_chain, {});
    if (kept == Kept::Nothing) return;
    if (kept == Kept::Norm || !m_kernels.normMatmul(chain.norm, chain.inProj)) {
        VulkanOps::rmsNorm(chain.norm.x, chain.norm.weight, chain.norm.eps, chain.norm.out);
        if (kept >= Kept::InProj) VulkanOps::matmul(chain.inProj);
    }
    if (kept >= Kept::Conv) VulkanOps::causalConv1d(chain.conv);
    if (kept >= Kept::XProj) VulkanOps::matmul(chain.xProj);
    if (kept >= Kept::DtProj) VulkanOps::matmul(chain.dtProj);
}

void DecodeFusion::rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) {
    flush();
    if (!m_fuse || x.rows() != 1 || !checkRmsNorm(x, weight, out)) return VulkanOps::rmsNorm(x, weight, eps, out);
    m_chain.norm = {x, weight, eps, out};
    keep(Kept::Norm);
}

void DecodeFusion::matmul(const MatmulArgs& args) {
    // Only x says whether the chain goes on; whether the kernels take all of it is asked at its end.
    const bool valid = m_kept != Kept::Nothing && !isQuantised(args.weight.dtype) && check(args).ok();
    if (valid && m_kept == Kept::Norm && sameView(args.x, m_chain.norm.out)) {
        m_chain.inProj = args;
        keep(Kept::InProj);
    } else if (valid && m_kept == Kept::Conv && sameView(args.x, m_chain.conv.out)) {
        m_chain.xProj = args;
        keep(Kept::XProj);
    } else if (valid && m_kept == Kept::XProj && columnsOf(args.x, m_chain.xProj.out)) {
        m_chain.dtProj = args;
        keep(Kept::DtProj);
    } else {
        flush();
        VulkanOps::matmul(args);
    }
}

void DecodeFusion::causalConv1d(const CausalConv1dArgs& args) {
    if (m_kept == Kept::InProj && columnsOf(args.x, m_chain.inProj.out) && check(args).ok()) {
        m_chain.conv = args;
        return keep(Kept::Conv);
    }
    flush();
    VulkanOps::causalConv1d(args);
}

void DecodeFusion::selectiveScan(const SelectiveScanArgs& args) {
    if (m_kept == Kept::DtProj && check(args).ok()) {
        m_recorder.beforeNextDispatch({});
        m_chain.scan = args;
        if (m_kernels.layer(m_chain)) {
            m_kept = Kept::Nothing;
            m_chain = {};
            return;
        }
    }
    flush();
    VulkanOps::selectiveScan(args);
}

}  // namespace ms
