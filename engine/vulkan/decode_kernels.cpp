#include "engine/vulkan/decode_kernels.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/decode_params.h"
#include "shaders/include/matmul_params.h"
#include "shaders/include/ssm_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kGroup = 32;          // lanes that share rows of a product
constexpr std::uint32_t kLargestUnroll = 24;  // 16-byte loads in flight in one invocation
constexpr std::uint32_t kRows = 16;           // of one workgroup; of in_proj: its share of x_proj is whole sectors
constexpr std::uint32_t kRowsPerGroup = 2;
constexpr std::uint32_t kRowsPerGroupOfMany = 4;
constexpr std::uint32_t kThreadsPerUnit = 1024;  // invocations that a multiprocessor keeps busy with
constexpr std::uint32_t kMostNextPasses = 8;     // units of x_proj in flight in one invocation
constexpr std::uint32_t kStepWorkgroup = 512;
constexpr std::uint32_t kStepLanes = 16;
constexpr std::uint32_t kMostStates = 8;  // states of one lane; more would not stay in registers
constexpr std::uint32_t kMostParts = 32;  // rows of partial sums that one invocation holds

std::uint32_t perUnit(DType type) { return type == DType::F32 ? 4 : 8; }  // weights in 16 bytes

bool overlap(const Tensor& a, const Tensor& b) {
    return a && b && a.buffer == b.buffer && a.offset < b.offset + b.spanBytes() && b.offset < a.offset + a.spanBytes();
}

template <std::size_t N>
bool disjoint(const std::array<const Tensor*, N>& tensors) {
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (overlap(*tensors[i], *tensors[j])) return false;
    return true;
}

std::uint32_t columnIn(const Tensor& part, const Tensor& whole) {
    return static_cast<std::uint32_t>((part.offset - whole.offset) / byteSize(whole.dtype));
}

}  // namespace

bool sameView(const Tensor& a, const Tensor& b) {
    return a.buffer == b.buffer && a.offset == b.offset && a.dtype == b.dtype && a.rows() == 1 && b.rows() == 1 &&
           a.cols() == b.cols();
}

bool columnsOf(const Tensor& part, const Tensor& whole) {
    return part.buffer == whole.buffer && part.dtype == whole.dtype && part.rows() == 1 && whole.rows() == 1 &&
           part.offset >= whole.offset && part.offset + part.spanBytes() <= whole.offset + whole.spanBytes();
}

bool DecodeKernels::whole(const Tensor& tensor) const {
    return !tensor || tensor.rows() <= m_recorder.rowsPerBinding(tensor);
}

std::optional<DecodeKernels::RowShape> DecodeKernels::rowShape(const MatmulArgs& product) const {
    const std::uint32_t units = u32(product.weight.cols()) / perUnit(product.weight.dtype);
    RowShape shape{};
    shape.group = std::min(kGroup, std::bit_floor(m_profile.subgroupSize));
    shape.passes = ceilDiv(units, shape.group);
    const std::uint64_t invocations = std::uint64_t{u32(product.weight.rows())} * shape.group / kRowsPerGroupOfMany;
    const bool many = invocations >= std::uint64_t{kThreadsPerUnit} * m_profile.computeUnits;
    shape.rows = std::min(many ? kRowsPerGroupOfMany : kRowsPerGroup, shape.group);
    while (shape.rows > 1 && shape.passes * shape.rows > kLargestUnroll) shape.rows /= 2;
    shape.workgroup = kRows / shape.rows * shape.group;
    if (shape.passes * shape.rows > kLargestUnroll || shape.workgroup > m_profile.maxInvocations) return std::nullopt;
    return shape;
}

bool DecodeKernels::takes(const RmsNormArgs& norm, const MatmulArgs& product) {
    const auto aligned = [&](const Tensor& t, std::uint32_t elements) {
        return m_recorder.bind(t).first % elements == 0;
    };
    const std::uint32_t unit = perUnit(product.weight.dtype);
    return product.epilogue == MatmulArgs::Epilogue::None && u32(norm.x.cols()) % unit == 0 && whole(product.weight) &&
           disjoint<3>({&norm.x, &norm.out, &product.out}) && aligned(product.weight, unit) && aligned(norm.x, 4) &&
           aligned(norm.weight, 4) && aligned(norm.out, 4);
}

bool DecodeKernels::normMatmul(const RmsNormArgs& norm, const MatmulArgs& product) {
    const auto shape = rowShape(product);
    if (!shape || !takes(norm, product)) return false;
    const Bound x = m_recorder.bind(norm.x), normWeight = m_recorder.bind(norm.weight),
                normed = m_recorder.bind(norm.out), weight = m_recorder.bind(product.weight),
                bias = m_recorder.bind(product.bias, x), out = m_recorder.bind(product.out);
    const kernels::NormMatmulParams params{.N = u32(product.weight.rows()),
                                           .K = u32(norm.x.cols()),
                                           .eps = norm.eps,
                                           .xFirst = x.first,
                                           .normWeightFirst = normWeight.first,
                                           .normedFirst = normed.first,
                                           .weightFirst = weight.first,
                                           .biasFirst = bias.first,
                                           .outFirst = out.first};
    m_recorder.dispatch("norm_matmul",
                        {shape->workgroup, storageCode(product.weight.dtype), product.bias ? 1u : 0u, shape->group,
                         shape->rows, shape->passes},
                        {weight, x, normWeight, bias, normed, out}, params,
                        groupsFor(params.N, shape->rowsPerWorkgroup()));
    return true;
}

bool DecodeKernels::takes(const DecodeChain& c) {
    const SelectiveScanArgs& scan = c.scan;
    const Tensor &xz = c.inProj.out, &sums = c.xProj.out;
    const std::uint32_t d_inner = u32(c.conv.out.cols()), dt_rank = u32(c.dtProj.x.cols());
    const bool chained = sameView(scan.u, c.conv.out) && sameView(scan.dt, c.dtProj.out) && columnsOf(scan.B, sums) &&
                         columnsOf(scan.C, sums) && c.conv.x.offset == xz.offset && !scan.softplus &&
                         c.xProj.epilogue == MatmulArgs::Epilogue::None && !c.xProj.bias &&
                         c.dtProj.epilogue == MatmulArgs::Epilogue::Softplus;
    if (!chained || !takes(c.norm, c.inProj)) return false;
    // z is a part of xz as a rule, and read only.
    const Tensor z = columnsOf(scan.z, xz) ? Tensor{} : scan.z;
    const bool apart = disjoint<13>({&c.norm.x, &c.norm.out, &xz, &c.conv.out, &c.conv.state, &sums, &scan.dt, &z,
                                     &scan.state, &scan.out, &scan.y, &scan.gate, &scan.stateNorm});
    const bool contiguous = c.conv.weight.contiguous() && (!c.conv.state || c.conv.state.contiguous()) &&
                            scan.A.contiguous() && scan.state.contiguous();
    const std::uint32_t unit = perUnit(c.xProj.weight.dtype), perWord = c.dtProj.weight.dtype == DType::F32 ? 1 : 2;
    const bool aligned = d_inner % unit == 0 && m_recorder.bind(c.xProj.weight).first % unit == 0 &&
                         dt_rank % perWord == 0 && m_recorder.bind(c.dtProj.weight).first % perWord == 0;
    return apart && contiguous && aligned && whole(c.conv.weight) && whole(c.conv.state) && whole(c.xProj.weight) &&
           whole(c.dtProj.weight) && whole(scan.A) && whole(scan.state);
}

std::optional<DecodeKernels::StepShape> DecodeKernels::stepShape(const DecodeChain& c, std::uint32_t parts) const {
    const std::uint32_t d_state = u32(c.scan.A.cols()), perWord = c.dtProj.weight.dtype == DType::F32 ? 1 : 2;
    const std::uint32_t fours = ceilDiv(u32(c.xProj.out.cols()), 4);
    StepShape shape{};
    shape.workgroup = std::min(kStepWorkgroup, m_profile.maxInvocations);
    shape.lanes = std::min(kStepLanes, std::bit_floor(m_profile.subgroupSize));
    shape.states = ceilDiv(d_state, shape.lanes);
    shape.words = ceilDiv(u32(c.dtProj.x.cols()) / perWord, shape.lanes);
    if (fours > shape.workgroup || shape.states > kMostStates || shape.words > kLargestUnroll) return std::nullopt;
    shape.passes = ceilDiv(parts, shape.workgroup / fours);
    if (shape.passes > kMostParts) return std::nullopt;
    return shape;
}

bool DecodeKernels::layer(const DecodeChain& c) {
    if (!takes(c)) return false;
    const auto rows = rowShape(c.inProj);
    if (!rows) return false;
    Partials partials;
    partials.rows = ceilDiv(u32(c.conv.out.cols()), rows->rowsPerWorkgroup());
    partials.width = ceilDiv(u32(c.xProj.out.cols()), 4) * 4;
    partials.passes =
        ceilDiv(partials.width * rows->rowsPerWorkgroup() / perUnit(c.xProj.weight.dtype), rows->workgroup);
    const auto step = stepShape(c, partials.rows);
    if (!step || partials.passes > kMostNextPasses) return false;
    partials.bound = m_recorder.scratch(0, std::uint64_t{partials.rows} * partials.width * sizeof(float));
    recordInput(c, *rows, partials);
    recordStep(c, *step, partials);
    return true;
}

void DecodeKernels::recordInput(const DecodeChain& c, const RowShape& shape, const Partials& partials) {
    const Bound x = m_recorder.bind(c.norm.x), normWeight = m_recorder.bind(c.norm.weight),
                normed = m_recorder.bind(c.norm.out), weight = m_recorder.bind(c.inProj.weight),
                bias = m_recorder.bind(c.inProj.bias, x), out = m_recorder.bind(c.inProj.out),
                convWeight = m_recorder.bind(c.conv.weight), convBias = m_recorder.bind(c.conv.bias, convWeight),
                convState = m_recorder.bind(c.conv.state, out), u = m_recorder.bind(c.conv.out),
                next = m_recorder.bind(c.xProj.weight);
    const kernels::NormInConvParams params{.m = {.N = u32(c.inProj.weight.rows()),
                                                 .K = u32(c.norm.x.cols()),
                                                 .eps = c.norm.eps,
                                                 .xFirst = x.first,
                                                 .normWeightFirst = normWeight.first,
                                                 .normedFirst = normed.first,
                                                 .weightFirst = weight.first,
                                                 .biasFirst = bias.first,
                                                 .outFirst = out.first},
                                           .d_inner = u32(c.conv.out.cols()),
                                           .convWeightFirst = convWeight.first,
                                           .convBiasFirst = convBias.first,
                                           .convStateFirst = convState.first,
                                           .uFirst = u.first,
                                           .nextRows = u32(c.xProj.out.cols()),
                                           .nextFirst = next.first,
                                           .partialFirst = partials.bound.first,
                                           .partialWidth = partials.width};
    m_recorder.dispatch(
        "norm_matmul_conv",
        {shape.workgroup, storageCode(c.inProj.weight.dtype), c.inProj.bias ? 1u : 0u, shape.group, shape.rows,
         shape.passes, u32(c.conv.weight.cols()), c.conv.bias ? 1u : 0u, storageCode(c.xProj.weight.dtype),
         partials.passes},
        {weight, x, normWeight, bias, normed, out, convWeight, convBias, convState, u, next, partials.bound}, params,
        partials.rows + groupsFor(params.m.N - params.d_inner, shape.rowsPerWorkgroup()));
}

void DecodeKernels::recordStep(const DecodeChain& c, const StepShape& shape, const Partials& partials) {
    const SelectiveScanArgs& s = c.scan;
    const Bound dtWeight = m_recorder.bind(c.dtProj.weight), dtBias = m_recorder.bind(c.dtProj.bias, dtWeight),
                A = m_recorder.bind(s.A), D = m_recorder.bind(s.D), u = m_recorder.bind(s.u),
                z = m_recorder.bind(s.z, u), state = m_recorder.bind(s.state), sums = m_recorder.bind(c.xProj.out),
                dt = m_recorder.bind(s.dt), out = m_recorder.bind(s.out), y = m_recorder.bind(s.y, out),
                gate = m_recorder.bind(s.gate, out), norm = m_recorder.bind(s.stateNorm, out);
    const kernels::ScanStepParams params{.d_inner = u32(s.u.cols()),
                                         .d_state = u32(s.A.cols()),
                                         .dt_rank = u32(c.dtProj.x.cols()),
                                         .parts = partials.rows,
                                         .partialFirst = partials.bound.first,
                                         .sums = u32(c.xProj.out.cols()),
                                         .dtAt = columnIn(c.dtProj.x, c.xProj.out),
                                         .BAt = columnIn(s.B, c.xProj.out),
                                         .CAt = columnIn(s.C, c.xProj.out),
                                         .dtWeightFirst = dtWeight.first,
                                         .dtBiasFirst = dtBias.first,
                                         .AFirst = A.first,
                                         .DFirst = D.first,
                                         .uFirst = u.first,
                                         .zFirst = z.first,
                                         .stateFirst = state.first,
                                         .sumsFirst = sums.first,
                                         .dtFirst = dt.first,
                                         .outFirst = out.first,
                                         .yFirst = y.first,
                                         .gateFirst = gate.first,
                                         .stateNormFirst = norm.first};
    const std::uint32_t flags = (s.z ? kernels::kScanGate : 0) | (s.y ? kernels::kScanProbeY : 0) |
                                (s.gate ? kernels::kScanProbeGate : 0) | (s.stateNorm ? kernels::kScanProbeNorm : 0);
    m_recorder.dispatch("scan_step",
                        {shape.workgroup, flags, storageCode(c.dtProj.weight.dtype), c.dtProj.bias ? 1u : 0u,
                         shape.lanes, shape.states, shape.words, partials.width / 4, shape.passes},
                        {partials.bound, dtWeight, dtBias, A, D, u, z, state, sums, dt, out, y, gate, norm}, params,
                        groupsFor(params.d_inner, shape.workgroup / shape.lanes));
}

}  // namespace ms
