// layerNorm, gate, rotary and attention.
#include <algorithm>
#include <bit>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/attention_params.h"

namespace ms {

namespace {

constexpr std::uint32_t kFewTokens = 8;         // up to here attention is bound by reading the cache, which is split
constexpr std::uint32_t kSplitWorkgroup = 128;
constexpr std::uint32_t kSplitLanes = 16;       // invocations of one key: a head of 64 in one 16-byte load each
constexpr std::uint32_t kMostSums = 8;          // groups of four sums in one invocation's registers, and as many of queries
constexpr std::uint32_t kGroupsPerUnit = 4;     // workgroups that keep a multiprocessor busy
constexpr std::uint32_t kMostSplits = 64;
constexpr std::uint32_t kKeysPerSplit = 128;    // fewer do not pay for combining
constexpr std::uint32_t kTileLanes = 4;         // invocations of one row in attention_tile
constexpr std::uint32_t kTileBytes = 24 << 10;  // of keys and values in shared memory

/// What all dispatches of one attention share.
struct AttentionBindings {
    Bound q, keys, values, position, out, entropy, largest;

    AttentionBindings(Recorder& r, const AttentionArgs& a)
        : q(r.bind(a.q)), keys(r.bind(a.keys)), values(r.bind(a.values)), position(r.bind(a.position)), out(r.bind(a.out)),
          entropy(r.bind(a.entropy, out)), largest(r.bind(a.largest, out)) {}

    [[nodiscard]] kernels::AttentionParams params(const AttentionArgs& a) const {
        return {.L = u32(a.q.rows()), .heads = u32(a.out.cols() / a.headDim), .kvHeads = u32(a.keys.cols() / a.headDim),
                .headDim = u32(a.headDim), .headStep = u32(headStepOf(a.headStep, a.headDim)), .capacity = u32(a.keys.rows()),
                .splits = 1, .scale = a.scale, .qFirst = q.first, .qStride = q.stride, .keysFirst = keys.first,
                .keysStride = keys.stride, .valuesFirst = values.first, .valuesStride = values.stride,
                .positionFirst = position.first, .outFirst = out.first, .outStride = out.stride,
                .entropyFirst = entropy.first, .entropyStride = entropy.stride, .largestFirst = largest.first,
                .largestStride = largest.stride};
    }
    /// Every cached head starts at whole groups of four.
    [[nodiscard]] bool vector(const AttentionArgs& a) const { return a.headDim % 4 == 0 && keys.aligned(4) && values.aligned(4); }
};

std::uint32_t probesOf(const AttentionArgs& a) {
    return (a.entropy ? kernels::kAttentionEntropy : 0) | (a.largest ? kernels::kAttentionLargest : 0);
}

/// The largest power of two up to `most` that does not exceed the groups of four in a head.
std::uint32_t lanesFor(std::uint32_t headDim, std::uint32_t most) {
    return std::min(std::bit_floor(most), std::bit_ceil(ceilDiv(headDim, 4)));
}

}  // namespace

void VulkanOps::layerNorm(const LayerNormArgs& args) {
    if (!accept(check(args))) return;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(args.x), m_recorder.rowsPerBinding(args.out));
    forEachRange(args.x.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        const Bound x = m_recorder.bind(args.x.rowRange(row, rows)), weight = m_recorder.bind(args.weight),
                    bias = m_recorder.bind(args.bias, weight), out = m_recorder.bind(args.out.rowRange(row, rows));
        const kernels::LayerNormParams params{.L = u32(rows), .d = u32(args.x.cols()), .eps = args.eps, .xFirst = x.first,
                                              .xStride = x.stride, .weightFirst = weight.first, .biasFirst = bias.first,
                                              .outFirst = out.first, .outStride = out.stride};
        m_recorder.dispatch("layer_norm", {rowWorkgroup(), args.bias ? 1u : 0u}, {x, weight, bias, out}, params,
                            static_cast<std::uint64_t>(rows));
    });
}

void VulkanOps::gate(const GateArgs& args) {
    if (!accept(check(args))) return;
    std::int64_t most = INT64_MAX;
    for (const Tensor* t : {&args.a, &args.b, &args.out}) most = std::min(most, m_recorder.rowsPerBinding(*t));
    const std::uint32_t kind = args.activation == GateArgs::Activation::Gelu       ? kernels::kGateGelu
                               : args.activation == GateArgs::Activation::GeluTanh ? kernels::kGateGeluTanh
                                                                                   : kernels::kGateSilu;
    forEachRange(args.a.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        const Bound a = m_recorder.bind(args.a.rowRange(row, rows)), b = m_recorder.bind(args.b.rowRange(row, rows)),
                    out = m_recorder.bind(args.out.rowRange(row, rows));
        const kernels::GateParams params{.L = u32(rows), .d = u32(args.a.cols()), .aFirst = a.first, .aStride = a.stride,
                                         .bFirst = b.first, .bStride = b.stride, .outFirst = out.first,
                                         .outStride = out.stride};
        m_recorder.dispatch("gate", {flatWorkgroup(), kind}, {a, b, out}, params,
                            groupsFor(std::uint64_t{params.L} * params.d, flatWorkgroup()));
    });
}

void VulkanOps::rotary(const RotaryArgs& args) {
    if (!accept(check(args))) return;
    const Bound frequency = m_recorder.bind(args.frequency), position = m_recorder.bind(args.position);
    const std::uint32_t step = u32(headStepOf(args.headStep, args.headDim));
    forEachRange(args.x.rows(), m_recorder.rowsPerBinding(args.x), [&](std::int64_t row, std::int64_t rows) {
        const Bound x = m_recorder.bind(args.x.rowRange(row, rows));
        const kernels::RotaryParams params{.L = u32(rows), .heads = u32(args.x.cols() - args.headDim) / step + 1,
                                           .pairs = u32(args.frequency.cols()), .headStep = step, .tokenOffset = u32(row),
                                           .amplitude = args.amplitude, .xFirst = x.first, .xStride = x.stride,
                                           .frequencyFirst = frequency.first, .positionFirst = position.first};
        m_recorder.dispatch("rotary", {flatWorkgroup(), args.pairs == RotaryArgs::Pairs::Interleaved ? 1u : 0u},
                            {x, frequency, position}, params,
                            groupsFor(std::uint64_t{params.L} * params.heads * params.pairs, flatWorkgroup()));
    });
}

void VulkanOps::attention(const AttentionArgs& args) {
    if (!accept(check(args))) return;
    appendToCache(args, args.k, args.keys);
    appendToCache(args, args.v, args.values);
    if (args.q.rows() <= kFewTokens) attentionSplit(args);
    else attentionTile(args);
}

void VulkanOps::appendToCache(const AttentionArgs& args, const Tensor& rows, const Tensor& cache) {
    const Bound from = m_recorder.bind(rows), to = m_recorder.bind(cache), position = m_recorder.bind(args.position);
    const kernels::AppendParams params{.L = u32(rows.rows()), .heads = u32(cache.cols() / args.headDim),
                                       .headDim = u32(args.headDim), .headStep = u32(headStepOf(args.headStep, args.headDim)),
                                       .capacity = u32(cache.rows()), .fromFirst = from.first, .fromStride = from.stride,
                                       .cacheFirst = to.first, .cacheStride = to.stride, .positionFirst = position.first};
    m_recorder.dispatch("append", {flatWorkgroup(), cache.dtype == DType::F16 ? 1u : 0u}, {from, to, position}, params,
                        groupsFor(std::uint64_t{params.L} * ceilDiv(u32(cache.cols()), 2), flatWorkgroup()));
}

void VulkanOps::attentionSplit(const AttentionArgs& args) {
    const AttentionBindings b(m_recorder, args);
    kernels::AttentionParams params = b.params(args);
    const std::uint32_t lanes = lanesFor(params.headDim, std::min(kSplitLanes, m_profile.subgroupSize));
    const std::uint32_t dims = ceilDiv(ceilDiv(params.headDim, 4), lanes), perKey = params.heads / params.kvHeads;
    const std::uint32_t tiles = ceilDiv(perKey, std::max(1u, kMostSums / dims)), heads = ceilDiv(perKey, tiles);
    const std::uint32_t workgroup = m_gpu ? kSplitWorkgroup : m_profile.subgroupSize, keys = m_gpu && dims <= 2 ? 4 : 1;
    const std::uint32_t items = params.L * params.kvHeads * ceilDiv(perKey, heads);
    if (m_gpu)
        params.splits = std::clamp(ceilDiv(kGroupsPerUnit * m_profile.computeUnits, items), 1u,
                                   std::clamp(params.capacity / kKeysPerSplit, 1u, kMostSplits));
    const bool combine = params.splits > 1;
    const std::uint64_t record = 16 * (std::uint64_t{ceilDiv(params.headDim, 4)} + 1);
    const Bound partial = combine ? m_recorder.scratch(0, record * params.L * params.heads * params.splits) : b.out;
    m_recorder.dispatch2d("attention_split",
                          {workgroup, args.keys.dtype == DType::F16 ? 1u : 0u, b.vector(args) ? 1u : 0u, lanes, dims, heads, keys,
                           combine ? 1u : 0u, probesOf(args)},
                          {b.q, b.keys, b.values, b.position, combine ? partial : b.out, combine ? partial : b.entropy,
                           combine ? partial : b.largest, partial},
                          params, items, params.splits);
    if (combine)
        m_recorder.dispatch("attention_combine", {m_profile.subgroupSize, probesOf(args)},
                            {partial, b.out, b.entropy, b.largest}, params, std::uint64_t{params.L} * params.heads);
}

void VulkanOps::attentionTile(const AttentionArgs& args) {
    const AttentionBindings b(m_recorder, args);
    const kernels::AttentionParams params = b.params(args);
    const std::uint32_t lanes = lanesFor(params.headDim, std::min(kTileLanes, m_profile.subgroupSize));
    const std::uint32_t dims = ceilDiv(ceilDiv(params.headDim, 4), lanes), workgroup = m_gpu ? 128 : 64;
    const std::uint32_t bytesPerKey = 2 * 16 * lanes * dims;
    std::uint32_t keys = 32;
    while (keys > 4 && keys * bytesPerKey > std::min(kTileBytes, m_profile.sharedBytes)) keys /= 2;
    m_recorder.dispatch2d("attention_tile",
                          {workgroup, args.keys.dtype == DType::F16 ? 1u : 0u, b.vector(args) ? 1u : 0u, lanes, dims, keys,
                           probesOf(args)},
                          {b.q, b.keys, b.values, b.position, b.out, b.entropy, b.largest}, params,
                          groupsFor(std::uint64_t{params.L} * (params.heads / params.kvHeads), workgroup / lanes),
                          params.kvHeads);
}

}  // namespace ms
