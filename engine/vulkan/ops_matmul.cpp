// matmul: which of the products' kernels, and with which shape.
#include <algorithm>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/software_matmul.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/matmul_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kVecTokens = 8;       // up to here a product is bound by reading the weights
constexpr std::uint32_t kVecWorkgroup = 128;
constexpr std::uint32_t kThreadsPerUnit = 512;  // invocations a multiprocessor wants to hide latencies
constexpr std::uint32_t kLargestUnroll = 24;    // 16-byte loads in flight in one invocation

/// Specialization of matmul_vec from GROUP on.
Specialization vecShape(const DeviceProfile& profile, std::uint32_t L, std::uint32_t N, std::uint32_t units) {
    const std::uint64_t target = std::uint64_t{kThreadsPerUnit} * profile.computeUnits;
    std::uint32_t group = std::clamp(std::bit_ceil(ceilDiv(units, 4)), 4u, std::max(4u, profile.subgroupSize));
    while (std::uint64_t{N} * group < target && group < units && group < kVecWorkgroup) group *= 2;
    std::uint32_t rows = 1;
    while (rows < 4 && std::uint64_t{N} * group / (2 * rows) >= 2 * target) rows *= 2;
    const std::uint32_t passes = ceilDiv(units, group);
    return {group, rows, std::bit_ceil(L), passes * rows <= kLargestUnroll ? passes : 0};
}

/// The larger tile where it still gives every multiprocessor two workgroups.
std::uint32_t tileSide(const DeviceProfile& profile, std::uint32_t L, std::uint32_t N) {
    return std::uint64_t{ceilDiv(L, 128)} * ceilDiv(N, 128) >= 2ull * profile.computeUnits ? 128 : 64;
}

/// k of one slice: the deeper one if both buffers of both operands fit shared memory.
std::uint32_t tileDepth(const DeviceProfile& profile, std::uint32_t side) {
    const std::uint32_t deepBytes = 2 * 2 * 16 * (side / 4 + 1) * 16;
    return deepBytes <= profile.sharedBytes ? 16 : 8;
}

}  // namespace

void VulkanOps::matmul(const MatmulArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t tokens = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.x.rows(), tokens, [&](std::int64_t token, std::int64_t tokenCount) {
        forEachRange(args.weight.rows(), m_recorder.rowsPerBinding(args.weight), [&](std::int64_t n, std::int64_t count) {
            MatmulArgs part = args;
            part.x = args.x.rowRange(token, tokenCount);
            part.weight = args.weight.rowRange(n, count);
            if (args.bias) part.bias = args.bias.colRange(n, count);
            part.out = args.out.rowRange(token, tokenCount).colRange(n, count);
            matmulPart(part);
        });
    });
}

void VulkanOps::matmulPart(const MatmulArgs& args) {
    const bool quantised = isQuantised(args.weight.dtype);
    if (!m_gpu && !quantised && recordSoftwareMatmul(m_recorder, args)) return;
    const Bound weight = m_recorder.bind(args.weight), x = m_recorder.bind(args.x), out = m_recorder.bind(args.out);
    const Bound bias = m_recorder.bind(args.bias, x);
    const kernels::MatmulParams params{
        .L = u32(args.x.rows()), .N = u32(args.weight.rows()), .K = u32(args.x.cols()),
        .xFirst = x.first, .xStride = x.stride, .weightFirst = weight.first, .biasFirst = bias.first,
        .outFirst = out.first, .outStride = out.stride};
    const std::uint32_t perUnit = args.weight.dtype == DType::F32 ? 4 : 8;  // weights in 16 bytes
    const bool xAligned = x.first % 4 == 0 && (x.stride % 4 == 0 || params.L == 1);
    const bool vec = m_gpu && params.L <= kVecTokens && params.K % perUnit == 0 && xAligned &&
                     (quantised || weight.first % perUnit == 0);
    const bool tile = m_gpu && !vec && params.L > 1 && params.K % 4 == 0 && xAligned && (quantised || weight.first % 4 == 0);

    Specialization constants{tile ? 256u : vec ? kVecWorkgroup : 64u, storageCode(args.weight.dtype),
                             static_cast<std::uint32_t>(args.epilogue), args.bias ? 1u : 0u};
    if (vec) {
        const Specialization shape = vecShape(m_profile, params.L, params.N, params.K / perUnit);
        constants.insert(constants.end(), shape.begin(), shape.end());
        const std::uint64_t rowsPerGroup = std::uint64_t{kVecWorkgroup / shape[0]} * shape[1];
        m_recorder.dispatch("matmul_vec", constants, {weight, x, bias, out}, params, groupsFor(params.N, rowsPerGroup));
    } else if (tile) {
        const std::uint32_t side = tileSide(m_profile, params.L, params.N);
        const bool vectorStore = out.first % 4 == 0 && out.stride % 4 == 0 && params.N % 4 == 0;
        constants.insert(constants.end(), {side, tileDepth(m_profile, side), vectorStore ? 1u : 0u});
        m_recorder.dispatch2d("matmul_tile", constants, {weight, x, bias, out}, params, ceilDiv(params.N, side),
                              ceilDiv(params.L, side));
    } else {
        constexpr std::uint64_t tokensPerInvocation = 4;
        m_recorder.dispatch("matmul_any", constants, {weight, x, bias, out}, params,
                            groupsFor(params.N, constants[0]) * groupsFor(params.L, tokensPerInvocation));
    }
}

}  // namespace ms
