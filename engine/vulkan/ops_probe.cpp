// What captures are derived from and reduced to on the device, and what interventions change.
#include <algorithm>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/probe_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kWindowChannels = 32;         // of a workgroup
constexpr std::uint32_t kWindowSegmentGpu = 32;       // 8 KiB of tails: many workgroups at once hide the latencies
constexpr std::uint32_t kWindowSegmentSoftware = 60;  // nearly 16 KiB, what every device has: fewer tails made twice
constexpr std::uint32_t kStepWorkgroup = 256;
constexpr std::uint32_t kStepWindow = 96;  // longer ones of 32 channels outgrow the 16 KiB

}  // namespace

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
    const std::uint32_t d = u32(args.x.cols()), window = u32(args.history.rows());
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.x.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound x = m_recorder.bind(args.x.rowRange(token, tokens)), history = m_recorder.bind(args.history),
                    position = m_recorder.bind(args.position), out = m_recorder.bind(args.out.rowRange(token, tokens));
        const kernels::WindowParams params{
            .L = u32(tokens), .d = d, .window = window, .tokenOffset = u32(token), .xFirst = x.first,
            .xStride = x.stride, .historyFirst = history.first, .historyStride = history.stride,
            .positionFirst = position.first, .outFirst = out.first, .outStride = out.stride};
        if (m_gpu && tokens == 1) {
            const std::uint32_t channels = window <= kStepWindow ? 32 : 8;
            m_recorder.dispatch("window_step", {kStepWorkgroup, window, channels}, {x, history, position, out}, params,
                                groupsFor(d, channels));
            return;
        }
        // Few tokens lie in at most two blocks: one dispatch walks both and saves the second one and its barrier.
        const bool alone = params.L <= window;
        const std::uint32_t blocks = alone ? 1 : (params.L - 2) / window + 2;
        const std::uint32_t segment = std::min(window, m_gpu ? kWindowSegmentGpu : kWindowSegmentSoftware);
        m_recorder.dispatch2d("window_variation", {kWindowChannels, window, segment, alone ? 1u : 0u, m_gpu ? 16u : 4u},
                              {x, history, position, out}, params, groupsFor(d, kWindowChannels), blocks);
        if (!alone)
            m_recorder.dispatch("window_history", {flatWorkgroup()}, {x, history, position}, params,
                                groupsFor(std::uint64_t{window} * d, flatWorkgroup()));
    });
}

void VulkanOps::retention(const RetentionArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.dt), m_recorder.rowsPerBinding(args.out));
    const Bound A = m_recorder.bind(args.A);
    forEachRange(args.dt.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound dt = m_recorder.bind(args.dt.rowRange(token, tokens)),
                    out = m_recorder.bind(args.out.rowRange(token, tokens));
        const kernels::RetentionParams params{.L = u32(tokens), .d_inner = u32(args.A.rows()),
                                              .d_state = u32(args.A.cols()), .dtFirst = dt.first, .dtStride = dt.stride,
                                              .AFirst = A.first, .AStride = A.stride,
                                              .outFirst = out.first, .outStride = out.stride};
        const std::uint32_t perInvocation = tokens == 1 ? 1 : tokens <= 4 ? 4 : 16;
        m_recorder.dispatch("retention", {flatWorkgroup(), perInvocation}, {dt, A, out}, params,
                            groupsFor(params.d_inner, flatWorkgroup()) * groupsFor(params.L, perInvocation));
    });
}

void VulkanOps::writeStrength(const WriteStrengthArgs& args) {
    if (!accept(check(args))) return;
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&args.dt, &args.u, &args.B, &args.out}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    forEachRange(args.dt.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound dt = m_recorder.bind(args.dt.rowRange(token, tokens)),
                    u = m_recorder.bind(args.u.rowRange(token, tokens)),
                    B = m_recorder.bind(args.B.rowRange(token, tokens)),
                    out = m_recorder.bind(args.out.rowRange(token, tokens));
        const kernels::WriteStrengthParams params{
            .L = u32(tokens), .width = u32(args.u.cols() / args.n_groups), .head_dim = u32(args.u.cols() / args.dt.cols()),
            .d_state = u32(args.B.cols() / args.n_groups), .groups = u32(args.n_groups), .dtFirst = dt.first, .dtStride = dt.stride, .uFirst = u.first, .uStride = u.stride, .BFirst = B.first, .BStride = B.stride,
            .outFirst = out.first, .outStride = out.stride};
        m_recorder.dispatch("write_strength", {rowWorkgroup()}, {dt, u, B, out}, params,
                            static_cast<std::uint64_t>(tokens * args.n_groups));
    });
}

void VulkanOps::scaleClamp(const ScaleClampArgs& args) {
    if (!accept(check(args))) return;
    const Bound scale = m_recorder.bind(args.scale), low = m_recorder.bind(args.low), high = m_recorder.bind(args.high);
    forEachRange(args.x.rows(), m_recorder.rowsPerBinding(args.x), [&](std::int64_t token, std::int64_t tokens) {
        const Bound x = m_recorder.bind(args.x.rowRange(token, tokens));
        const kernels::ScaleClampParams params{.L = u32(tokens), .d = u32(args.x.cols()), .xFirst = x.first,
                                               .xStride = x.stride, .scaleFirst = scale.first, .lowFirst = low.first,
                                               .highFirst = high.first};
        m_recorder.dispatch("scale_clamp", {flatWorkgroup()}, {x, scale, low, high}, params,
                            groupsFor(std::uint64_t{params.L} * params.d, flatWorkgroup()));
    });
}

}  // namespace ms
