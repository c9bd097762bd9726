// recurrentCell: small layers walk through the whole sequence in one tile, whose weights stay in a core's cache; large ones
// are cut along the units, a step a token.
#include <algorithm>

#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"
#include "engine/host/simd/recurrent_kernels.h"

namespace ms::host {

namespace {

constexpr std::size_t kCachedWeights = 512 << 10;  // bytes
constexpr std::size_t kTileWeights = 64 << 10;

struct CellViews {
    View x, weight, bias, h, c, out, gates, cell;
    RecurrentCellArgs::Kind kind = RecurrentCellArgs::Kind::RnnTanh;
    std::size_t count = 1;  // gates

    [[nodiscard]] std::size_t hidden() const { return out.cols; }
    [[nodiscard]] std::size_t weightBytes() const { return weight.rows * weight.cols * byteSize(weight.type); }
};

/// Units [first, first + units) of token t; sums [gates, units].
void runUnits(const CellViews& v, std::size_t t, const float* before, std::size_t first, std::size_t units, float* sums) {
    const std::size_t H = v.hidden();
    for (std::size_t g = 0; g < v.count; ++g)
        dotRows({v.weight.bytes(g * H + first), v.weight.type, units, H, before, H, 1, sums + g * units, units});
    finishCellUnits({v.kind, H, first, units, v.x.at<const float>(t), sums, v.bias ? v.bias.data : nullptr, before,
                     v.c ? v.c.at<float>(0) : nullptr, v.out.at<float>(t)});
    for (std::size_t g = 0; v.gates && g < v.count; ++g)
        std::copy_n(sums + g * units, units, v.gates.at<float>(t, g * H + first));
    if (v.cell) std::copy_n(v.c.at<const float>(0, first), units, v.cell.at<float>(t, first));
}

}  // namespace

bool cellFitsOneTile(const RecurrentCellArgs& args) { return args.weight.bytes() <= kCachedWeights; }

Result<HostOp> makeRecurrentCell(const RecurrentCellArgs& args) {
    Arguments arguments("recurrentCell");
    CellViews v;
    v.x = arguments.read(args.x, "x");
    v.weight = arguments.read(args.weight, "weight");
    v.bias = arguments.read(args.bias, "bias");
    v.h = arguments.read(args.h, "h");
    v.c = arguments.update(args.c, "c");
    v.out = arguments.write(args.out, "out");
    v.gates = arguments.write(args.gates, "gates");
    v.cell = arguments.write(args.cell, "cell");
    v.kind = args.kind;
    v.count = static_cast<std::size_t>(gateCount(args.kind));
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t H = v.hidden();
    const std::size_t perTile = cellFitsOneTile(args) ? H : std::max<std::size_t>(8, kTileWeights * H / v.weightBytes());
    op.tiles = v.out.rows == 0 ? 0 : (H + perTile - 1) / perTile;
    op.scratchFloats = v.count * perTile;
    op.run = [v, perTile, H](std::size_t tile, float* sums) {
        const std::size_t first = tile * perTile, units = std::min(perTile, H - first);
        for (std::size_t t = 0; t < v.out.rows; ++t)
            runUnits(v, t, t > 0 ? v.out.at<const float>(t - 1) : v.h.at<const float>(0), first, units, sums);
    };
    return op;
}

}  // namespace ms::host
