// topExperts, expertMatmul and mixExperts.
#include <algorithm>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/expert_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kDirectSlots = 16;  // up to here sorting the slots costs more than reading weights twice

/// The experts as one matrix [n_experts·N, K]; an absent tensor if they do not lie one after the other.
Tensor stacked(const std::vector<Tensor>& experts) {
    Tensor all = experts.front();
    for (std::size_t e = 0; e < experts.size(); ++e)
        if (experts[e].buffer != all.buffer || experts[e].offset != all.offset + e * all.bytes()) return {};
    all.shape = {static_cast<std::int64_t>(experts.size()) * all.rows(), all.cols()};
    return all;
}

}  // namespace

void VulkanOps::topExperts(const TopExpertsArgs& args) {
    if (!accept(check(args))) return;
    const Bound logits = m_recorder.bind(args.logits), ids = m_recorder.bind(args.ids), weights = m_recorder.bind(args.weights);
    const kernels::TopExpertsParams params{.L = u32(args.logits.rows()), .experts = u32(args.logits.cols()),
                                           .chosen = u32(args.ids.cols()), .normalize = args.normalize ? 1u : 0u,
                                           .logitsFirst = logits.first, .logitsStride = logits.stride,
                                           .idsFirst = ids.first, .idsStride = ids.stride,
                                           .weightsFirst = weights.first, .weightsStride = weights.stride};
    m_recorder.dispatch("top_experts", {m_profile.subgroupSize}, {logits, ids, weights}, params, params.L);
}

void VulkanOps::expertMatmul(const ExpertMatmulArgs& args) {
    if (!accept(check(args))) return;
    const Tensor experts = stacked(args.experts);
    if (!experts)
        return m_recorder.fail({ErrorCode::InvalidArgument, "expertMatmul: the experts do not lie one after the other; use adoptExperts"});
    const Bound weight = m_recorder.bind(experts), x = m_recorder.bind(args.x), ids = m_recorder.bind(args.ids),
                out = m_recorder.bind(args.out);
    kernels::ExpertMatmulParams params{
        .slots = u32(args.out.rows()), .N = u32(args.out.cols()), .K = u32(args.x.cols()), .experts = u32(static_cast<std::int64_t>(args.experts.size())),
        .perRow = u32(args.out.rows() / args.x.rows()), .blocks = u32(args.out.rows()), .xFirst = x.first, .xStride = x.stride,
        .weightFirst = weight.first, .idsFirst = ids.first, .outFirst = out.first, .outStride = out.stride};
    const bool direct = params.slots <= kDirectSlots;
    Bound lists = ids;
    if (!direct) {
        params.blocks = params.slots / kernels::kExpertSlots + params.experts;
        lists = m_recorder.scratch(0, sizeof(std::uint32_t) * (params.slots + 3 * std::uint64_t{params.blocks}));
        const kernels::ExpertListsParams sort{.slots = params.slots, .experts = params.experts, .blocks = params.blocks,
                                              .idsFirst = ids.first};
        m_recorder.dispatch("expert_lists", {std::bit_ceil(params.experts)}, {ids, lists}, sort, 1);
    }
    const std::uint32_t workgroup = m_gpu ? 128 : m_profile.subgroupSize;
    const std::uint32_t group = std::min(std::bit_floor(m_profile.subgroupSize), std::bit_ceil(ceilDiv(params.K, 4)));
    const bool vector = params.K % 4 == 0 && weight.first % 4 == 0 && x.first % 4 == 0 && (x.stride % 4 == 0 || args.x.rows() == 1);
    m_recorder.dispatch2d("expert_matmul",
                          {workgroup, storageCode(experts.dtype), group, direct ? 1u : 0u, vector ? 1u : 0u},
                          {weight, x, ids, lists, out}, params, groupsFor(params.N, workgroup / group), params.blocks);
}

void VulkanOps::mixExperts(const MixExpertsArgs& args) {
    if (!accept(check(args))) return;
    const Bound y = m_recorder.bind(args.y), weights = m_recorder.bind(args.weights), out = m_recorder.bind(args.out);
    const kernels::MixExpertsParams params{.L = u32(args.out.rows()), .d = u32(args.out.cols()), .chosen = u32(args.weights.cols()),
                                           .yFirst = y.first, .yStride = y.stride, .weightsFirst = weights.first,
                                           .weightsStride = weights.stride, .outFirst = out.first, .outStride = out.stride};
    m_recorder.dispatch("mix_experts", {flatWorkgroup()}, {y, weights, out}, params,
                        groupsFor(std::uint64_t{params.L} * params.d, flatWorkgroup()));
}

}  // namespace ms
