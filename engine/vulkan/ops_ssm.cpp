// causalConv1d, selectiveScan and complexScan.
#include <algorithm>
#include <array>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/texels.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/ssm_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kScanWorkgroup = 128;
constexpr std::uint32_t kScanLanes = 16;
constexpr std::uint32_t kScanBlocks = 4;
constexpr std::uint32_t kLeanStates = 64;      // more would not stay in registers
constexpr std::uint32_t kTexelStates = 32;    // beyond, the code for four channels grows too long
constexpr std::uint32_t kWarpsPerUnit = 16;    // subgroups that keep a multiprocessor busy
constexpr std::uint32_t kShortestChunk = 32;   // tokens; below, the chunks' states outweigh their inputs
constexpr std::uint32_t kLongestChunk = 256;
constexpr std::uint32_t kChunkStates = 32;     // more would not stay in registers
constexpr std::uint32_t kFewestTokens = 128;   // two passes over all tokens have to pay for themselves
constexpr std::uint32_t kChunkTile = 32;       // tokens of B and C in shared memory
constexpr std::uint32_t kComplexChunk = 64;    // tokens

/// How scan_lanes is laid out for a model's width.
struct LanesShape {
    std::uint32_t lanes, states, blocks, channels;
    [[nodiscard]] std::uint32_t tile() const { return lanes * blocks; }
};

std::uint32_t sharedBytes(const LanesShape& s, bool norm) {
    const std::uint32_t padded = s.lanes * s.states;
    return 16 * (s.channels * (s.tile() / 2 + 1) + 2 * padded * (s.tile() / 4 + 1)) +
           4 * s.channels * (s.tile() + 1) * (norm ? 2 : 1);
}

LanesShape lanesShape(const DeviceProfile& profile, std::uint32_t mostLanes, std::uint32_t L, std::uint32_t d_state,
                      bool norm) {
    const std::uint32_t most = std::bit_floor(std::min(mostLanes ? mostLanes : kScanLanes, profile.subgroupSize));
    const auto withLanes = [&](std::uint32_t lanes) {
        return LanesShape{.lanes = lanes, .states = ceilDiv(d_state, lanes), .blocks = L <= lanes ? 1 : kScanBlocks,
                          .channels = kScanWorkgroup / lanes};
    };
    LanesShape shape = withLanes(std::clamp(std::bit_ceil(d_state), 4u, std::max(4u, most)));
    // Many states: shorter tiles, then fewer lanes, which shortens them further.
    while (sharedBytes(shape, norm) > profile.sharedBytes && (shape.blocks > 1 || shape.lanes > 4)) {
        if (shape.blocks > 1) shape.blocks /= 2;
        else shape = withLanes(shape.lanes / 2);
    }
    return shape;
}

/// Tokens of one chunk of scan_chunks: short enough to fill the device, long enough that the chunks' states stay a small part
/// of the traffic.
std::uint32_t chunkTokens(const DeviceProfile& profile, std::uint32_t L, std::uint32_t d_inner, std::int64_t wanted) {
    if (wanted > 0) return ceilDiv(u32(wanted), 4) * 4;
    const std::uint32_t warpsPerChunk = ceilDiv(d_inner, profile.subgroupSize);
    const std::uint32_t chunks = ceilDiv(kWarpsPerUnit * profile.computeUnits, warpsPerChunk);
    return std::clamp(std::bit_floor(ceilDiv(L, chunks)), kShortestChunk, kLongestChunk);
}

/// Tokens that one invocation of a convolution makes.
std::uint32_t convTokens(std::uint32_t L) { return L == 1 ? 1 : L <= 4 ? 4 : 16; }

std::uint32_t scanFlags(const SelectiveScanArgs& a) {
    return (a.softplus ? kernels::kScanSoftplus : 0) | (a.dtBias ? kernels::kScanDtBias : 0) |
           (a.z ? kernels::kScanGate : 0) | (a.y ? kernels::kScanProbeY : 0) | (a.gate ? kernels::kScanProbeGate : 0) |
           (a.stateNorm ? kernels::kScanProbeNorm : 0);
}

/// Bindings 0 to 12 of all scans, in order. What is missing stands in for something the kernel touches the same way.
struct ScanBindings {
    Bound u, dt, A, B, C, D, z, dtBias, state, out, y, gate, norm;

    ScanBindings(Recorder& r, const SelectiveScanArgs& a)
        : u(r.bind(a.u)), dt(r.bind(a.dt)), A(r.bind(a.A)), B(r.bind(a.B)), C(r.bind(a.C)), D(r.bind(a.D)),
          z(r.bind(a.z, u)), dtBias(r.bind(a.dtBias, D)), state(r.bind(a.state)), out(r.bind(a.out)),
          y(r.bind(a.y, out)), gate(r.bind(a.gate, out)), norm(r.bind(a.stateNorm, out)) {}

    [[nodiscard]] kernels::ScanParams params(const SelectiveScanArgs& a) const {
        return {.L = u32(a.u.rows()), .d_inner = u32(a.u.cols()), .d_state = u32(a.A.cols()),
                .tokensPerChunk = u32(a.u.rows()),
                .uFirst = u.first, .dtFirst = dt.first, .AFirst = A.first, .BFirst = B.first, .CFirst = C.first,
                .DFirst = D.first, .zFirst = z.first, .dtBiasFirst = dtBias.first, .stateFirst = state.first,
                .outFirst = out.first, .yFirst = y.first, .gateFirst = gate.first, .stateNormFirst = norm.first,
                .uStride = u.stride, .dtStride = dt.stride, .BStride = B.stride, .CStride = C.stride,
                .zStride = z.stride, .outStride = out.stride, .yStride = y.stride, .gateStride = gate.stride,
                .stateNormStride = norm.stride};
    }
};

/// Calls scan(part) for consecutive ranges of tokens that one binding of every tensor can span.
template <class Scan>
void forEachScanPart(const Recorder& recorder, const SelectiveScanArgs& args, Scan scan) {
    constexpr std::array kRows{&SelectiveScanArgs::u, &SelectiveScanArgs::dt, &SelectiveScanArgs::B, &SelectiveScanArgs::C, &SelectiveScanArgs::z,
                               &SelectiveScanArgs::out, &SelectiveScanArgs::y, &SelectiveScanArgs::gate, &SelectiveScanArgs::stateNorm};
    std::int64_t most = INT64_MAX;
    for (Tensor SelectiveScanArgs::*t : kRows) most = std::min(most, recorder.rowsPerBinding(args.*t));
    forEachRange(args.u.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        SelectiveScanArgs part = args;
        for (Tensor SelectiveScanArgs::*t : kRows) part.*t = rowsOf(args.*t, token, tokens);
        scan(part);
    });
}

/// `args` are a complex scan's: every row of states holds real, then imaginary parts. `chunk`: tokens that run side by side with
/// the next ones; 0: all run one after the other.
void recordComplexScan(Recorder& recorder, const SelectiveScanArgs& args, std::uint32_t chunk, std::uint32_t combineWorkgroup) {
    const ScanBindings b(recorder, args);
    kernels::ScanParams params = b.params(args);
    params.d_state /= 2;
    const std::uint32_t lanes = std::min(std::bit_floor(recorder.profile().subgroupSize), std::bit_ceil(params.d_state));
    const std::uint64_t groups = groupsFor(params.d_inner, kScanWorkgroup / lanes);
    const auto constants = [&](std::uint32_t mode) -> Specialization {
        return {kScanWorkgroup, scanFlags(args), mode, lanes, ceilDiv(params.d_state, lanes)};
    };
    if (chunk == 0)
        return recorder.dispatch2d("complex_scan", constants(kernels::kScanWhole),
                                   {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, b.state, b.out, b.y, b.gate, b.norm, b.state, b.state},
                                   params, groups, 1);
    params.tokensPerChunk = chunk;
    const std::uint32_t chunks = ceilDiv(params.L, chunk);
    const std::uint64_t states = std::uint64_t{params.d_inner} * params.d_state;
    const Bound start = recorder.scratch(0, states * chunks * 2 * sizeof(float)), kept = recorder.scratch(1, states * chunks * 2 * sizeof(float));
    recorder.dispatch2d("complex_scan", constants(kernels::kScanSummary),
                        {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, start, kept, kept, kept, kept, start, kept}, params, groups, chunks);
    const kernels::ScanCombineParams combine{.d_inner = params.d_inner, .d_state = params.d_state, .chunks = chunks, .AFirst = 0,
                                             .stateFirst = b.state.first};
    recorder.dispatch("complex_combine", {combineWorkgroup}, {kept, start, b.state}, combine, groupsFor(states, combineWorkgroup));
    recorder.dispatch2d("complex_scan", constants(kernels::kScanChunk),
                        {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, start, b.out, b.y, b.gate, b.norm, start, kept}, params, groups, chunks);
}

}  // namespace

void VulkanOps::causalConv1d(const CausalConv1dArgs& args) {
    if (!accept(check(args))) return;
    if (!args.weight.contiguous() || (args.state && !args.state.contiguous()))
        return m_recorder.fail({ErrorCode::Unsupported, "causalConv1d: weight and state must be contiguous"});
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.x.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        CausalConv1dArgs part = args;
        part.x = args.x.rowRange(token, tokens);
        part.out = args.out.rowRange(token, tokens);
        if (!m_gpu && convTexels(part)) return;
        const Bound x = m_recorder.bind(part.x),
                    out = m_recorder.bind(part.out), weight = m_recorder.bind(args.weight),
                    bias = m_recorder.bind(args.bias, weight), state = m_recorder.bind(args.state, out);
        const kernels::ConvParams params{.L = u32(tokens), .d_inner = u32(args.x.cols()),
                                         .xFirst = x.first, .xStride = x.stride, .weightFirst = weight.first,
                                         .biasFirst = bias.first, .stateFirst = state.first,
                                         .outFirst = out.first, .outStride = out.stride};
        const std::uint32_t perInvocation = convTokens(params.L);
        m_recorder.dispatch("causal_conv1d",
                            {64, u32(args.weight.cols()), perInvocation, args.bias ? 1u : 0u},
                            {x, weight, bias, state, out}, params,
                            groupsFor(params.d_inner, 64) * groupsFor(params.L, perInvocation));
    });
}

bool VulkanOps::convTexels(const CausalConv1dArgs& args) {
    const std::uint32_t L = u32(args.x.rows()), d_inner = u32(args.x.cols()), d_conv = u32(args.weight.cols());
    const std::uint32_t lanes = m_profile.subgroupSize, perInvocation = convTokens(L);
    // Only the block of the first tokens may need the state.
    if (d_inner % 4 != 0 || d_conv < 2 || (L > perInvocation && perInvocation < d_conv - 1)) return false;
    const Bound x = m_recorder.bind(args.x), weight = m_recorder.bind(args.weight), state = m_recorder.bind(args.state),
                bias = m_recorder.bind(args.bias, weight), out = m_recorder.bind(args.out);
    if (!fitTexels(m_profile, {x, weight, state}) || !startInFours(x, L) || !startInFours(out, L) ||
        !startInFours(weight, 1) || !startInFours(state, 1))
        return false;
    const kernels::ConvParams params{.L = L, .d_inner = d_inner, .xFirst = x.first, .xStride = x.stride,
                                     .weightFirst = weight.first, .biasFirst = bias.first,
                                     .stateFirst = state.first, .outFirst = out.first, .outStride = out.stride};
    m_recorder.dispatch("causal_conv1d_texels", {lanes, d_conv, perInvocation, args.bias ? 1u : 0u},
                        {asTexels(x), asTexels(weight), bias, state, out, asTexels(state)}, params,
                        groupsFor(d_inner, std::uint64_t{lanes} * 4) * groupsFor(L, perInvocation));
    return true;
}

void VulkanOps::selectiveScan(const SelectiveScanArgs& args) {
    if (!accept(check(args))) return;
    if (!args.A.contiguous() || !args.state.contiguous())
        return m_recorder.fail({ErrorCode::Unsupported, "selectiveScan: A and state must be contiguous"});
    if (args.u.dtype == DType::F16 && !m_profile.storage16)
        return m_recorder.fail({ErrorCode::Unsupported, "selectiveScan: " + m_profile.info.name +
                                                            " has no 16-bit storage; use F32 activations"});
    forEachScanPart(m_recorder, args, [&](const SelectiveScanArgs& part) { scanPart(part); });
}

void VulkanOps::scanPart(const SelectiveScanArgs& args) {
    const std::uint32_t flags = scanFlags(args), d_state = u32(args.A.cols());
    const bool isLong = u32(args.u.rows()) >= kFewestTokens || m_options.scanChunkTokens > 0;
    if (m_gpu && d_state <= kChunkStates && isLong && m_options.scanLanes == 0) return scanChunks(args, flags);
    if (m_gpu || d_state > kLeanStates) return scanLanes(args, flags);
    if (scanTexels(args, flags)) return;

    const ScanBindings b(m_recorder, args);
    const kernels::ScanParams params = b.params(args);
    const bool vector = d_state % 4 == 0 && b.B.aligned(4) && b.C.aligned(4);
    const std::uint32_t workgroup = m_profile.subgroupSize;
    m_recorder.dispatch(args.u.dtype == DType::F16 ? "scan_lean_f16" : "scan_lean_f32",
                        {workgroup, flags, d_state, vector ? 1u : 0u, workgroup},
                        {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, b.state, b.out, b.y, b.gate, b.norm}, params,
                        groupsFor(params.d_inner, workgroup));
}

bool VulkanOps::scanTexels(const SelectiveScanArgs& args, std::uint32_t flags) {
    const ScanBindings b(m_recorder, args);
    const kernels::ScanParams params = b.params(args);
    if (args.u.dtype != DType::F32 || params.d_inner % 4 != 0 || params.d_state % 4 != 0 || params.d_state > kTexelStates)
        return false;
    for (const Bound* rows : {&b.u, &b.dt, &b.B, &b.C, &b.z, &b.out, &b.y, &b.gate, &b.norm})
        if (!startInFours(*rows, params.L)) return false;
    if (!startInFours(b.A, 1) || !startInFours(b.state, 1) ||
        !fitTexels(m_profile, {b.u, b.dt, b.A, b.B, b.C, b.z, b.state}))
        return false;
    const std::uint32_t lanes = m_profile.subgroupSize;
    m_recorder.dispatch("scan_texels", {lanes, flags, params.d_state, lanes},
                        {asTexels(b.u), asTexels(b.dt), asTexels(b.A), asTexels(b.B), asTexels(b.C), b.D, asTexels(b.z),
                         b.dtBias, b.state, b.out, b.y, b.gate, b.norm, asTexels(b.state)},
                        params, groupsFor(params.d_inner, std::uint64_t{lanes} * 4));
    return true;
}

void VulkanOps::scanLanes(const SelectiveScanArgs& args, std::uint32_t flags) {
    const ScanBindings b(m_recorder, args);
    const kernels::ScanParams params = b.params(args);
    const LanesShape shape = lanesShape(m_profile, m_options.scanLanes, params.L, params.d_state,
                                        (flags & kernels::kScanProbeNorm) != 0);
    m_recorder.dispatch(args.u.dtype == DType::F16 ? "scan_lanes_f16" : "scan_lanes_f32",
                        {kScanWorkgroup, flags, shape.lanes, shape.states, shape.blocks},
                        {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, b.state, b.out, b.y, b.gate, b.norm}, params,
                        ceilDiv(params.d_inner, shape.channels));
}

void VulkanOps::scanChunks(const SelectiveScanArgs& args, std::uint32_t flags) {
    const ScanBindings b(m_recorder, args);
    kernels::ScanParams params = b.params(args);
    params.tokensPerChunk = chunkTokens(m_profile, params.L, params.d_inner, m_options.scanChunkTokens);
    const std::uint32_t chunks = ceilDiv(params.L, params.tokensPerChunk), groups = ceilDiv(params.d_inner, kScanWorkgroup);
    const char* const kernel = args.u.dtype == DType::F16 ? "scan_chunks_f16" : "scan_chunks_f32";
    const auto constants = [&](std::uint32_t mode) -> Specialization {
        return {kScanWorkgroup, flags, mode, params.d_state, kChunkTile};
    };
    const std::uint64_t perChunk = std::uint64_t{params.d_inner} * sizeof(float);
    const Bound chunkState = m_recorder.scratch(0, perChunk * params.d_state * chunks);
    const Bound chunkDt = m_recorder.scratch(1, perChunk * chunks);
    m_recorder.dispatch2d(kernel, constants(kernels::kScanSummary),
                          {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, chunkState, chunkDt, chunkDt, chunkDt, chunkDt,
                           chunkState, chunkDt},
                          params, groups, chunks);
    const kernels::ScanCombineParams combine{.d_inner = params.d_inner, .d_state = params.d_state, .chunks = chunks,
                                             .AFirst = b.A.first, .stateFirst = b.state.first};
    m_recorder.dispatch("scan_combine", {flatWorkgroup()}, {b.A, chunkDt, chunkState, b.state}, combine,
                        groupsFor(std::uint64_t{params.d_inner} * params.d_state, flatWorkgroup()));
    m_recorder.dispatch2d(kernel, constants(kernels::kScanChunk),
                          {b.u, b.dt, b.A, b.B, b.C, b.D, b.z, b.dtBias, chunkState, b.out, b.y, b.gate, b.norm, chunkState,
                           chunkDt},
                          params, groups, chunks);
}

void VulkanOps::complexScan(const ComplexScanArgs& args) {
    if (!accept(check(args))) return;
    if (!args.A.contiguous() || !args.state.contiguous())
        return m_recorder.fail({ErrorCode::Unsupported, "complexScan: A and state must be contiguous"});
    const SelectiveScanArgs all{.u = args.u, .dt = args.dt, .A = args.A, .B = args.B, .C = args.C, .D = args.D, .z = args.z,
                                .state = args.state, .out = args.out, .y = args.y, .gate = args.gate, .stateNorm = args.stateNorm};
    forEachScanPart(m_recorder, all, [&](const SelectiveScanArgs& part) {
        const bool inChunks = m_gpu && (u32(part.u.rows()) >= kFewestTokens || m_options.scanChunkTokens > 0);
        const std::uint32_t chunk = m_options.scanChunkTokens > 0 ? u32(m_options.scanChunkTokens) : kComplexChunk;
        recordComplexScan(m_recorder, part, inChunks ? chunk : 0, flatWorkgroup());
    });
}

}  // namespace ms
