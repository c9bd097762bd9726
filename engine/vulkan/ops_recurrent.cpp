// The ops of engine/backend/ops_recurrent.h on Vulkan.
#include <algorithm>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/recurrent_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kHeadScanWorkgroup = 128;
constexpr std::uint32_t kSsdWorkgroup = 256;     // 16 by 16, as ssd_chunks.comp
constexpr std::uint32_t kSsdStateTile = 64;      // as ssd_chunks.comp
constexpr std::uint32_t kSsdFewestTokens = 64;   // below, a chunk's products are mostly padding

/// What SsdScanArgs and TrapezoidScanArgs have in common, under the names of the first.
struct HeadScan {
    Tensor u, dt, A, B, C, D, state, out, stateNorm, lambda{}, kPrev{}, vPrev{};
    std::int64_t n_groups = 1;
};

/// Rows [first, first + count) of everything that has a row a token.
HeadScan rowsOf(HeadScan a, std::int64_t first, std::int64_t count) {
    for (Tensor HeadScan::*t : {&HeadScan::u, &HeadScan::dt, &HeadScan::B, &HeadScan::C, &HeadScan::out,
                                &HeadScan::stateNorm, &HeadScan::lambda})
        a.*t = rowsOf(a.*t, first, count);
    if (a.lambda) a.A = a.A.rowRange(first, count);
    return a;
}

std::int64_t rowsPerBinding(const Recorder& recorder, const HeadScan& a) {
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&a.u, &a.dt, &a.A, &a.B, &a.C, &a.out, &a.stateNorm, &a.lambda})
        most = std::min(most, recorder.rowsPerBinding(*t));
    return most;
}

struct HeadScanBindings {
    Bound u, dt, A, B, C, D, state, out, norm, lambda, kPrev, vPrev;

    HeadScanBindings(Recorder& r, const HeadScan& a)
        : u(r.bind(a.u)), dt(r.bind(a.dt)), A(r.bind(a.A)), B(r.bind(a.B)), C(r.bind(a.C)), D(r.bind(a.D)),
          state(r.bind(a.state)), out(r.bind(a.out)), norm(r.bind(a.stateNorm, out)), lambda(r.bind(a.lambda, dt)),
          kPrev(r.bind(a.kPrev, D)), vPrev(r.bind(a.vPrev, D)) {}

    [[nodiscard]] kernels::HeadScanParams params(const HeadScan& a) const {
        const std::int64_t heads = a.dt.cols();
        return {.L = u32(a.u.rows()), .n_heads = u32(heads), .head_dim = u32(a.u.cols() / heads),
                .d_state = u32(a.state.cols()), .headsPerGroup = u32(heads / a.n_groups),
                .uFirst = u.first, .uStride = u.stride, .dtFirst = dt.first, .dtStride = dt.stride, .AFirst = A.first,
                .AStride = A.stride, .BFirst = B.first, .BStride = B.stride, .CFirst = C.first, .CStride = C.stride,
                .DFirst = D.first, .stateFirst = state.first, .outFirst = out.first, .outStride = out.stride,
                .normFirst = norm.first, .normStride = norm.stride, .lambdaFirst = lambda.first,
                .lambdaStride = lambda.stride, .kPrevFirst = kPrev.first, .vPrevFirst = vPrev.first};
    }
};

/// One subgroup a channel, or fewer lanes where the states are few.
Specialization headScanShape(const DeviceProfile& profile, std::uint32_t mode, std::uint32_t d_state, std::uint32_t chunk) {
    const std::uint32_t lanes = std::min(std::bit_floor(profile.subgroupSize), std::bit_ceil(d_state));
    return {kHeadScanWorkgroup, mode, lanes, ceilDiv(d_state, lanes), chunk};
}

std::uint64_t headScanGroups(const Specialization& shape, std::int64_t d_inner) {
    return groupsFor(static_cast<std::uint64_t>(d_inner), kHeadScanWorkgroup / shape[2]);
}

/// One after the other.
void recordHeadScan(Recorder& recorder, const HeadScan& a) {
    const HeadScanBindings b(recorder, a);
    const kernels::HeadScanParams params = b.params(a);
    const std::uint32_t mode = a.stateNorm ? kernels::kHeadScanProbed : kernels::kHeadScanWhole;
    const Specialization shape = headScanShape(recorder.profile(), mode, params.d_state, 1);
    const std::uint64_t groups = headScanGroups(shape, a.u.cols());
    if (a.lambda)
        recorder.dispatch2d("trapezoid_scan", shape,
                            {b.u, b.dt, b.A, b.B, b.C, b.D, b.state, b.out, b.norm, b.state, b.lambda, b.kPrev, b.vPrev}, params,
                            groups, 1);
    else
        recorder.dispatch2d("head_scan", shape, {b.u, b.dt, b.A, b.B, b.C, b.D, b.state, b.out, b.norm, b.state}, params,
                            groups, 1);
}

/// Chunks side by side, as products.
void recordSsdChunks(Recorder& recorder, const HeadScan& a, std::uint32_t chunk) {
    const HeadScanBindings b(recorder, a);
    const kernels::HeadScanParams params = b.params(a);
    const std::uint32_t d_inner = params.n_heads * params.head_dim, chunks = ceilDiv(params.L, chunk);
    const std::uint32_t tile = std::clamp(std::bit_ceil(params.head_dim), 16u, 64u);
    const std::uint32_t tiles = params.n_heads * ceilDiv(params.head_dim, tile);
    const std::uint64_t states = std::uint64_t{d_inner} * params.d_state;
    const Bound start = recorder.scratch(0, states * chunks * sizeof(float)),
                decay = recorder.scratch(1, std::uint64_t{params.n_heads} * chunks * sizeof(float));
    const auto pass = [&](std::uint32_t mode, std::uint32_t groups) {
        recorder.dispatch2d("ssd_chunks", {kSsdWorkgroup, mode, chunk, tile},
                            {b.u, b.dt, b.A, b.B, b.C, b.D, start, decay, b.out}, params, groups, chunks);
    };
    pass(kernels::kSsdSummary, tiles * ceilDiv(params.d_state, kSsdStateTile));
    const kernels::SsdCombineParams combine{.d_inner = d_inner, .d_state = params.d_state, .n_heads = params.n_heads,
                                            .head_dim = params.head_dim, .chunks = chunks, .stateFirst = b.state.first};
    recorder.dispatch("ssd_combine", {kSsdWorkgroup}, {decay, start, b.state}, combine, groupsFor(states, kSsdWorkgroup));
    pass(kernels::kSsdOutput, tiles);
    if (!a.stateNorm) return;
    const Specialization shape = headScanShape(recorder.profile(), kernels::kHeadScanChunkNorm, params.d_state, chunk);
    recorder.dispatch2d("head_scan", shape, {b.u, b.dt, b.A, b.B, b.C, b.D, b.state, b.out, b.norm, start}, params,
                        headScanGroups(shape, a.u.cols()), chunks);
}

}  // namespace

void VulkanOps::gatedRmsNorm(const GatedRmsNormArgs& args) {
    if (!accept(check(args))) return;
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&args.x, &args.z, &args.out, &args.gate}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    const std::int64_t width = args.x.cols() / args.groups;
    const std::uint32_t flags = (args.z ? kernels::kNormGated : 0) | (args.weight ? kernels::kNormWeight : 0) |
                                (args.weight && args.weight.cols() == width ? kernels::kNormSharedWeight : 0) |
                                (args.gate ? kernels::kNormProbeGate : 0) | (args.norm ? 0 : kernels::kNormOff);
    forEachRange(args.x.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        const Bound x = m_recorder.bind(args.x.rowRange(row, rows)), z = m_recorder.bind(rowsOf(args.z, row, rows), x),
                    weight = m_recorder.bind(args.weight, x), out = m_recorder.bind(args.out.rowRange(row, rows)),
                    gate = m_recorder.bind(rowsOf(args.gate, row, rows), out);
        const kernels::GatedNormParams params{
            .L = u32(rows), .width = u32(width), .groups = u32(args.groups), .eps = args.eps, .xFirst = x.first,
            .xStride = x.stride, .zFirst = z.first, .zStride = z.stride, .weightFirst = weight.first,
            .outFirst = out.first, .outStride = out.stride, .gateFirst = gate.first, .gateStride = gate.stride};
        m_recorder.dispatch("gated_norm", {rowWorkgroup(), flags}, {x, z, weight, out, gate}, params,
                            static_cast<std::uint64_t>(rows * args.groups));
    });
}

void VulkanOps::ssdScan(const SsdScanArgs& args) {
    if (!accept(check(args))) return;
    if (!args.state.contiguous()) return m_recorder.fail({ErrorCode::Unsupported, "ssdScan: state must be contiguous"});
    const HeadScan all{.u = args.u, .dt = args.dt, .A = args.A, .B = args.B, .C = args.C, .D = args.D, .state = args.state,
                       .out = args.out, .stateNorm = args.stateNorm, .n_groups = args.n_groups};
    // Two buffers of 16 rows and the scores of 64 by 64 tokens take 25 KiB.
    const std::uint32_t chunk = m_profile.sharedBytes >= 32768 && m_options.scanChunkTokens == 0 ? 64 : 32;
    forEachRange(args.u.rows(), rowsPerBinding(m_recorder, all), [&](std::int64_t token, std::int64_t tokens) {
        const HeadScan part = rowsOf(all, token, tokens);
        if (m_gpu && (u32(tokens) >= kSsdFewestTokens || m_options.scanChunkTokens > 0)) recordSsdChunks(m_recorder, part, chunk);
        else recordHeadScan(m_recorder, part);
    });
}

void VulkanOps::trapezoidScan(const TrapezoidScanArgs& args) {
    if (!accept(check(args))) return;
    if (!args.state.contiguous()) return m_recorder.fail({ErrorCode::Unsupported, "trapezoidScan: state must be contiguous"});
    const HeadScan all{.u = args.v, .dt = args.dt, .A = args.A, .B = args.K, .C = args.Q, .D = args.D, .state = args.state,
                       .out = args.out, .stateNorm = args.stateNorm, .lambda = args.lambda, .kPrev = args.kPrev,
                       .vPrev = args.vPrev, .n_groups = args.dt.cols()};
    forEachRange(args.v.rows(), rowsPerBinding(m_recorder, all), [&](std::int64_t token, std::int64_t tokens) {
        recordHeadScan(m_recorder, rowsOf(all, token, tokens));
        copy(args.K.rowRange(token + tokens - 1, 1), args.kPrev.reshaped({1, args.kPrev.cols()}));
        copy(args.v.rowRange(token + tokens - 1, 1), args.vPrev.reshaped({1, args.vPrev.cols()}));
    });
}

void VulkanOps::trapezoidSteps(const TrapezoidStepsArgs& args) {
    if (!accept(check(args))) return;
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&args.x, &args.trap, &args.dt, &args.A, &args.lambda, &args.retention, &args.ownStep}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    forEachRange(args.x.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const auto rows = [&](const Tensor& t, const Bound& instead = {}) {
            return m_recorder.bind(rowsOf(t, token, tokens), instead);
        };
        const Bound x = rows(args.x), trap = rows(args.trap), dt = rows(args.dt), A = rows(args.A), lambda = rows(args.lambda),
                    retention = rows(args.retention, A), own = rows(args.ownStep, A);
        const kernels::TrapezoidStepsParams params{
            .L = u32(tokens), .n_heads = u32(args.x.cols()),
            .probes = (args.retention ? kernels::kStepsRetention : 0) | (args.ownStep ? kernels::kStepsOwn : 0), .floor = args.floor, .xFirst = x.first, .xStride = x.stride,
            .trapFirst = trap.first, .trapStride = trap.stride, .dtFirst = dt.first, .dtStride = dt.stride, .AFirst = A.first,
            .AStride = A.stride, .lambdaFirst = lambda.first, .lambdaStride = lambda.stride, .retentionFirst = retention.first,
            .retentionStride = retention.stride, .ownFirst = own.first, .ownStride = own.stride};
        m_recorder.dispatch("trapezoid_steps", {flatWorkgroup()}, {x, trap, A, lambda, dt, retention, own}, params,
                            groupsFor(std::uint64_t{params.L} * params.n_heads, flatWorkgroup()));
    });
}

void VulkanOps::rotateStates(const RotateStatesArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t heads = args.biasB.rows(), n = args.biasB.cols(), angles = args.turn.cols();
    std::int64_t most = static_cast<std::int64_t>(m_recorder.bindingLimit() / 4) / std::max<std::int64_t>(1, heads * angles);
    for (const Tensor* t : {&args.B, &args.C, &args.turn, &args.dt, &args.K, &args.Q})
        most = std::min(most, m_recorder.rowsPerBinding(*t));
    forEachRange(args.B.rows(), std::max<std::int64_t>(1, most), [&](std::int64_t token, std::int64_t tokens) {
        const auto rows = [&](const Tensor& t) { return m_recorder.bind(t.rowRange(token, tokens)); };
        const Bound B = rows(args.B), C = rows(args.C), turn = rows(args.turn), dt = rows(args.dt), K = rows(args.K),
                    Q = rows(args.Q), biasB = m_recorder.bind(args.biasB), biasC = m_recorder.bind(args.biasC),
                    angle = m_recorder.bind(args.angle),
                    sums = m_recorder.scratch(0, static_cast<std::uint64_t>(tokens * heads * angles) * sizeof(float));
        const kernels::RotationParams params{
            .L = u32(tokens), .n_heads = u32(heads), .d_state = u32(n), .n_angles = u32(angles),
            .headsPerGroup = u32(heads / (args.B.cols() / n)),
            .BFirst = B.first, .BStride = B.stride, .CFirst = C.first, .CStride = C.stride, .biasBFirst = biasB.first,
            .biasBStride = biasB.stride, .biasCFirst = biasC.first, .biasCStride = biasC.stride, .turnFirst = turn.first,
            .turnStride = turn.stride, .dtFirst = dt.first, .dtStride = dt.stride, .angleFirst = angle.first,
            .angleStride = angle.stride, .KFirst = K.first, .KStride = K.stride, .QFirst = Q.first, .QStride = Q.stride};
        const std::uint32_t workgroup = flatWorkgroup();
        m_recorder.dispatch("rotation_angles", {workgroup}, {turn, dt, angle, sums}, params,
                            groupsFor(static_cast<std::uint64_t>(heads * angles), workgroup));
        m_recorder.dispatch("rotate_states", {workgroup}, {B, C, biasB, biasC, sums, K, Q}, params,
                            groupsFor(static_cast<std::uint64_t>(tokens * heads * ((n + 1) / 2)), workgroup));
    });
}

}  // namespace ms
