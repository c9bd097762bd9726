// recurrentCell on Vulkan.
#include <algorithm>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/recurrent_params.h"

namespace ms {

namespace {

constexpr std::uint64_t kOneGroupWeights = 256 << 10;  // bytes that one multiprocessor's cache keeps from token to token
constexpr std::uint32_t kCellWorkgroup = 256;

}  // namespace

void VulkanOps::recurrentCell(const RecurrentCellArgs& args) {
    if (!accept(check(args)) || args.out.rows() == 0) return;
    const std::int64_t L = args.out.rows(), hidden = args.out.cols();
    if (2 * static_cast<std::uint64_t>(hidden) * sizeof(float) > m_profile.sharedBytes)
        return m_recorder.fail({ErrorCode::Unsupported, "recurrentCell: " + std::to_string(hidden) + " units; " +
                                                            m_profile.info.name + " has shared memory for " +
                                                            std::to_string(m_profile.sharedBytes / 8)});
    std::int64_t most = args.weight.bytes() <= kOneGroupWeights ? L : 1;
    for (const Tensor* t : {&args.x, &args.out, &args.gates, &args.cell}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    forEachRange(L, most, [&](std::int64_t token, std::int64_t tokens) {
        RecurrentCellArgs part = args;
        for (Tensor RecurrentCellArgs::*t : {&RecurrentCellArgs::x, &RecurrentCellArgs::out, &RecurrentCellArgs::gates,
                                             &RecurrentCellArgs::cell})
            part.*t = rowsOf(args.*t, token, tokens);
        if (token > 0) part.h = args.out.rowRange(token - 1, 1);
        cellPart(part);
    });
    // After all units have read the old state.
    copy(args.out.rowRange(L - 1, 1), args.h.reshaped({1, hidden}));
}

void VulkanOps::cellPart(const RecurrentCellArgs& args) {
    const Bound x = m_recorder.bind(args.x), weight = m_recorder.bind(args.weight), bias = m_recorder.bind(args.bias, x),
                h = m_recorder.bind(args.h), out = m_recorder.bind(args.out), c = m_recorder.bind(args.c, out),
                gates = m_recorder.bind(args.gates, out), cell = m_recorder.bind(args.cell, out);
    const std::uint32_t hidden = u32(args.out.cols());
    const std::uint32_t lanes = std::min(std::bit_floor(m_profile.subgroupSize), std::bit_ceil(ceilDiv(hidden, 4)));
    const std::uint32_t workgroup = m_gpu ? kCellWorkgroup : std::max(64u, m_profile.subgroupSize), slots = workgroup / lanes;
    const bool oneGroup = args.out.rows() > 1 || args.weight.bytes() <= kOneGroupWeights;
    const kernels::CellParams params{
        .L = u32(args.out.rows()), .hidden = hidden, .unitsPerGroup = oneGroup ? hidden : slots, .xFirst = x.first,
        .xStride = x.stride, .weightFirst = weight.first, .biasFirst = bias.first, .hFirst = h.first, .cFirst = c.first,
        .outFirst = out.first, .outStride = out.stride, .gatesFirst = gates.first, .gatesStride = gates.stride,
        .cellFirst = cell.first, .cellStride = cell.stride};
    const std::uint32_t flags = (args.bias ? kernels::kCellBias : 0) | (args.gates ? kernels::kCellProbeGates : 0) |
                                (args.cell ? kernels::kCellProbeCell : 0);
    m_recorder.dispatch("recurrent_cell",
                        {workgroup, static_cast<std::uint32_t>(args.kind), flags, storageCode(args.weight.dtype), lanes, hidden},
                        {x, weight, bias, h, c, out, gates, cell}, params, oneGroup ? 1 : ceilDiv(hidden, slots));
}

}  // namespace ms
