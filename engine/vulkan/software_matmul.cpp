#include "engine/vulkan/software_matmul.h"

#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/texels.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/matmul_params.h"

namespace ms {

namespace {

/// What one subgroup of software_matmul_lanes makes (rows of the weight per lane, tokens), and the subgroups of a workgroup.
struct LanesTile {
    std::uint32_t rows, tokens, subgroups;
};

LanesTile lanesTile(std::uint32_t L) {
    if (L == 1) return {8, 1, 1};
    if (L <= 4) return {4, 4, 1};
    return L <= 48 ? LanesTile{4, 8, 8} : LanesTile{4, 16, 4};
}

}  // namespace

bool recordSoftwareMatmul(Recorder& recorder, const MatmulArgs& args) {
    const DeviceProfile& profile = recorder.profile();
    const Bound weight = recorder.bind(args.weight), x = recorder.bind(args.x);
    const std::uint32_t perUnit = args.weight.dtype == DType::F32 ? 4 : 8;  // weights in 16 bytes
    const kernels::MatmulParams params{
        .L = u32(args.x.rows()), .N = u32(args.weight.rows()), .K = u32(args.x.cols()),
        .xFirst = x.first, .xStride = x.stride, .weightFirst = weight.first, .biasFirst = 0, .outFirst = 0, .outStride = 0};
    const bool fits = fitTexels(profile, {weight, x}) && params.K % 8 == 0 && weight.first % perUnit == 0 &&
                      startInFours(x, params.L);
    if (!fits) return false;

    const Bound out = recorder.bind(args.out);
    const Bound bias = recorder.bind(args.bias, out);
    kernels::MatmulParams placed = params;
    placed.biasFirst = bias.first;
    placed.outFirst = out.first;
    placed.outStride = out.stride;

    const LanesTile tile = lanesTile(params.L);
    const bool vectorStore = params.L > 1 && params.N % 4 == 0 && out.first % 4 == 0 && out.stride % 4 == 0;
    const std::uint32_t lanes = profile.subgroupSize;
    recorder.dispatch("software_matmul_lanes",
                      {lanes * tile.subgroups, storageCode(args.weight.dtype), static_cast<std::uint32_t>(args.epilogue),
                       args.bias ? 1u : 0u, lanes, tile.rows, tile.tokens, vectorStore ? 1u : 0u},
                      {asTexels(weight, VK_FORMAT_R32G32B32A32_UINT), asTexels(x), bias, out}, placed,
                      groupsFor(params.N, std::uint64_t{lanes} * tile.rows) *
                          groupsFor(params.L, std::uint64_t{tile.tokens} * tile.subgroups));
    return true;
}

}  // namespace ms
