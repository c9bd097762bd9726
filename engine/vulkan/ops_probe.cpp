// reduceRows and windowVariation: what captures are reduced to on the device.
#include <algorithm>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/probe_params.h"

namespace ms {

void VulkanOps::reduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out) {
    if (!accept(checkReduceRows(x, reduction, out))) return;
    using Kind = RowReduction::Kind;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(x), m_recorder.rowsPerBinding(out));
    forEachRange(x.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        const Bound from = m_recorder.bind(x.rowRange(row, rows)), to = m_recorder.bind(out.rowRange(row, rows));
        const kernels::ReduceParams params{.L = u32(rows), .d = u32(x.cols()),
                                           .xFirst = from.first, .xStride = from.stride,
                                           .outFirst = to.first, .outStride = to.stride,
                                           .bins = u32(reduction.bins), .low = reduction.low, .high = reduction.high};
        const auto groups = static_cast<std::uint64_t>(rows);
        if (reduction.kind == Kind::Histogram) {
            m_recorder.dispatch("histogram", {rowWorkgroup()}, {from, to}, params, groups);
        } else if (reduction.kind == Kind::TopK) {
            m_recorder.dispatch("top_k", {rowWorkgroup()}, {from, to}, params, groups);
        } else {
            const std::uint32_t kind = reduction.kind == Kind::Mean  ? kernels::kReduceMean
                                       : reduction.kind == Kind::Max ? kernels::kReduceMax
                                                                     : kernels::kReduceL2;
            m_recorder.dispatch("reduce_row", {rowWorkgroup(), kind}, {from, to}, params, groups);
        }
    });
}

void VulkanOps::windowVariation(const WindowVariationArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.x.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound x = m_recorder.bind(args.x.rowRange(token, tokens)), history = m_recorder.bind(args.history),
                    moments = m_recorder.bind(args.moments), position = m_recorder.bind(args.position),
                    out = m_recorder.bind(args.out.rowRange(token, tokens));
        const kernels::WindowParams params{
            .L = u32(tokens), .d = u32(args.x.cols()), .window = u32(args.history.rows()), .tokenOffset = u32(token),
            .xFirst = x.first, .xStride = x.stride, .historyFirst = history.first, .historyStride = history.stride,
            .momentsFirst = moments.first, .momentsStride = moments.stride, .positionFirst = position.first,
            .outFirst = out.first, .outStride = out.stride};
        m_recorder.dispatch("window_variation", {flatWorkgroup()}, {x, history, moments, position, out}, params,
                            groupsFor(params.d, flatWorkgroup()));
    });
}

}  // namespace ms
