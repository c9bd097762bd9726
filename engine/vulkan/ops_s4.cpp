// s4Scan, fftConvolve and glu on Vulkan.
#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/recurrent_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kS4Workgroup = 128;
constexpr std::uint32_t kFftWorkgroup = 256;
constexpr std::uint32_t kFftColumns = 8;   // transforms side by side in one workgroup of a pass among several
constexpr std::uint32_t kPointBytes = 8;

/// Radices of the passes of a transform: one where it fits shared memory, else as even as can be.
std::vector<std::uint32_t> passesOf(std::uint32_t size, std::uint32_t mostPoints) {
    if (size <= mostPoints) return {size};
    const auto bits = static_cast<std::uint32_t>(std::countr_zero(size));
    const auto most = static_cast<std::uint32_t>(std::countr_zero(mostPoints / kFftColumns));
    const std::uint32_t passes = ceilDiv(bits, most);
    std::vector<std::uint32_t> radices;
    for (std::uint32_t i = 0, left = bits; i < passes; ++i) {
        const std::uint32_t share = ceilDiv(left, passes - i);
        radices.push_back(1u << share);
        left -= share;
    }
    return radices;
}

}  // namespace

void VulkanOps::s4Scan(const S4ScanArgs& args) {
    if (!accept(check(args))) return;
    for (const Tensor* t : {&args.A, &args.B, &args.C, &args.P, &args.Q, &args.state})
        if (*t && !t->contiguous()) return m_recorder.fail({ErrorCode::Unsupported, "s4Scan: rows of A, B, C, P, Q and state must be contiguous"});
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&args.u, &args.out, &args.y}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    const std::uint32_t states = u32(args.state.cols() / 2);
    const std::uint32_t lanes = std::min(std::bit_floor(m_profile.subgroupSize), std::bit_ceil(states));
    const std::uint32_t flags = (args.P ? kernels::kS4RankOne : 0) | (args.D ? kernels::kS4Skip : 0) |
                                (args.gelu ? kernels::kS4Gelu : 0) | (args.y ? kernels::kS4ProbeY : 0);
    forEachRange(args.u.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound u = m_recorder.bind(args.u.rowRange(token, tokens)), A = m_recorder.bind(args.A), B = m_recorder.bind(args.B),
                    C = m_recorder.bind(args.C), P = m_recorder.bind(args.P, A), Q = m_recorder.bind(args.Q, A),
                    D = m_recorder.bind(args.D, A), state = m_recorder.bind(args.state),
                    out = m_recorder.bind(args.out.rowRange(token, tokens)), y = m_recorder.bind(rowsOf(args.y, token, tokens), out);
        const kernels::S4Params params{
            .L = u32(tokens), .channels = u32(args.u.cols()), .d_state = states, .uFirst = u.first, .uStride = u.stride,
            .AFirst = A.first, .BFirst = B.first, .CFirst = C.first, .PFirst = P.first, .QFirst = Q.first, .DFirst = D.first,
            .stateFirst = state.first, .outFirst = out.first, .outStride = out.stride, .yFirst = y.first, .yStride = y.stride};
        m_recorder.dispatch2d("s4_scan", {kS4Workgroup, flags, lanes, ceilDiv(states, lanes)}, {u, A, B, C, P, Q, D, state, out, y},
                              params, groupsFor(params.channels, kS4Workgroup / lanes), 1);
    });
}

void VulkanOps::fftConvolve(const FftConvolveArgs& args) {
    if (!accept(check(args)) || args.u.rows() == 0) return;
    const std::uint32_t L = u32(args.u.rows()), size = std::bit_ceil(2 * L);
    const std::uint64_t perChannel = std::uint64_t{size} * kPointBytes;
    for (const Tensor* t : {&args.u, &args.out})
        if (m_recorder.rowsPerBinding(*t) < args.u.rows())
            return m_recorder.fail({ErrorCode::Unsupported, "fftConvolve: the input is larger than the " +
                                                                std::to_string(m_recorder.bindingLimit()) + " bytes that " +
                                                                m_profile.info.name + " binds at once; use fewer tokens"});
    // A share of the channels at a time: the transforms between passes must fit one binding each.
    const auto most = std::max<std::int64_t>(1, static_cast<std::int64_t>(m_recorder.bindingLimit() / perChannel));
    const std::int64_t rows = std::min({most, m_recorder.rowsPerBinding(args.kernel), std::int64_t{m_profile.maxGroups}});
    forEachRange(args.u.cols(), rows, [&](std::int64_t first, std::int64_t count) {
        FftConvolveArgs part = args;
        part.u = args.u.colRange(first, count);
        part.kernel = args.kernel.rowRange(first, count);
        if (args.D) part.D = args.D.colRange(first, count);
        part.out = args.out.colRange(first, count);
        convolvePart(part, size);
    });
}

void VulkanOps::convolvePart(const FftConvolveArgs& args, std::uint32_t size) {
    const std::uint32_t mostPoints = std::bit_floor(std::min(m_profile.sharedBytes, 32768u) / kPointBytes);
    const std::vector<std::uint32_t> radices = passesOf(size, mostPoints);
    const std::uint64_t bytes = static_cast<std::uint64_t>(args.u.cols()) * size * kPointBytes;
    Bound from = m_recorder.scratch(0, bytes), to = m_recorder.scratch(1, bytes);
    const Bound u = m_recorder.bind(args.u), kernel = m_recorder.bind(args.kernel), out = m_recorder.bind(args.out),
                D = m_recorder.bind(args.D, kernel);
    kernels::FftParams params{.L = u32(args.u.rows()), .channels = u32(args.u.cols()), .size = size, .done = 1, .uFirst = u.first,
                              .uStride = u.stride, .kernelFirst = kernel.first, .kernelStride = kernel.stride, .DFirst = D.first,
                              .outFirst = out.first, .outStride = out.stride};
    for (const bool inverse : {false, true}) {
        params.done = 1;
        for (std::size_t i = 0; i < radices.size(); ++i) {
            const bool last = i + 1 == radices.size();
            std::uint32_t flags = inverse ? kernels::kFftInverse : 0;
            if (i == 0) flags |= inverse ? kernels::kFftProduct : kernels::kFftReadInput;
            if (inverse && last) flags |= kernels::kFftWriteOutput | (args.D ? kernels::kFftSkip : 0);
            const std::uint32_t columns = radices.size() == 1 ? 1 : std::min(size / radices[i], mostPoints / radices[i]);
            m_recorder.dispatch2d("fft_pass", {kFftWorkgroup, flags, radices[i], columns}, {from, to, u, kernel, D, out}, params,
                                  size / radices[i] / columns, params.channels);
            params.done *= radices[i];
            std::swap(from, to);
        }
    }
}

void VulkanOps::glu(const GluArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.out.rows(), most, [&](std::int64_t token, std::int64_t tokens) {
        const Bound x = m_recorder.bind(args.x.rowRange(token, tokens)), out = m_recorder.bind(args.out.rowRange(token, tokens));
        const kernels::GluParams params{.L = u32(tokens), .d = u32(args.out.cols()), .xFirst = x.first, .xStride = x.stride,
                                        .outFirst = out.first, .outStride = out.stride, .accumulate = args.accumulate ? 1u : 0u};
        m_recorder.dispatch("glu", {flatWorkgroup()}, {x, out}, params,
                            groupsFor(std::uint64_t{params.L} * params.d, flatWorkgroup()));
    });
}

}  // namespace ms
