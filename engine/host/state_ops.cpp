// The two ops that carry a state from token to token: cut along the channels, each tile walks through time.
#include <algorithm>

#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

Result<HostOp> makeCausalConv1d(const CausalConv1dArgs& args) {
    Arguments arguments("causalConv1d");
    ConvViews v;
    v.x = arguments.read(args.x, "x");
    v.weight = arguments.read(args.weight, "weight");
    v.bias = arguments.read(args.bias, "bias");
    if (args.weight.cols() > 1) v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (v.x.cols + kConvBlock - 1) / kConvBlock;
    op.scratchFloats = kConvScratch;
    op.run = [v](std::size_t tile, float* scratch) {
        const std::size_t first = tile * kConvBlock;
        convChannels(v, first, std::min(kConvBlock, v.x.cols - first), scratch);
    };
    return op;
}

Result<HostOp> makeSelectiveScan(const SelectiveScanArgs& args) {
    Arguments arguments("selectiveScan");
    ScanViews v;
    v.u = arguments.read(args.u, "u");
    v.dt = arguments.read(args.dt, "dt");
    v.A = arguments.read(args.A, "A");
    v.B = arguments.read(args.B, "B");
    v.C = arguments.read(args.C, "C");
    v.D = arguments.read(args.D, "D");
    v.z = arguments.read(args.z, "z");
    v.dtBias = arguments.read(args.dtBias, "dtBias");
    v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    v.y = arguments.write(args.y, "y");
    v.gate = arguments.write(args.gate, "gate");
    v.stateNorm = arguments.write(args.stateNorm, "stateNorm");
    v.softplus = args.softplus;
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t block = scanBlock(v.A.cols);
    op.tiles = (v.u.cols + block - 1) / block;
    op.scratchFloats = scanScratch(v.A.cols);
    op.run = [v, block](std::size_t tile, float* scratch) {
        const std::size_t first = tile * block;
        scanChannels(v, first, std::min(block, v.u.cols - first), scratch);
    };
    return op;
}

}  // namespace ms::host
