// The ops of engine/backend/ops_recurrent.h: what is cut into tiles how.
#include <algorithm>
#include <cmath>

#include "engine/host/host_ops.h"
#include "engine/host/simd/recurrent_kernels.h"

namespace ms::host {

namespace {

/// Tiles of up to kHeadScanBlock channels, none across two heads.
void cutHeads(HostOp& op, const HeadScanViews& v) {
    const std::size_t perHead = (v.headDim + kHeadScanBlock - 1) / kHeadScanBlock;
    op.tiles = v.dt.cols * perHead;
    op.scratchFloats = kHeadScanScratch;
    op.run = [v, perHead](std::size_t tile, float* scratch) {
        const std::size_t within = tile % perHead * kHeadScanBlock;
        headScanChannels(v, tile / perHead * v.headDim + within, std::min(kHeadScanBlock, v.headDim - within), scratch);
    };
}

}  // namespace

Result<HostOp> makeGatedRmsNorm(const GatedRmsNormArgs& args) {
    Arguments arguments("gatedRmsNorm");
    const View x = arguments.read(args.x, "x"), z = arguments.read(args.z, "z");
    const View weight = arguments.read(args.weight, "weight");
    const View out = arguments.write(args.out, "out"), gate = arguments.write(args.gate, "gate");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t groups = static_cast<std::size_t>(args.groups), width = x.cols / groups;
    const bool sharedWeight = weight && weight.cols != x.cols;
    const std::size_t perTile = std::max<std::size_t>(1, (16u << 10) / std::max<std::size_t>(1, x.cols));  // rows
    op.tiles = (x.rows + perTile - 1) / perTile;
    op.run = [=, eps = args.eps, norm = args.norm](std::size_t tile, float*) {
        for (std::size_t t = tile * perTile; t < std::min(x.rows, (tile + 1) * perTile); ++t)
            for (std::size_t g = 0; g < groups; ++g) {
                const std::size_t c = g * width;
                gatedNormRow({x.at<const float>(t, c), z ? z.at<const float>(t, c) : nullptr,
                              weight ? weight.bytes(0, sharedWeight ? 0 : c) : nullptr, eps, out.at<float>(t, c),
                              gate ? gate.at<float>(t, c) : nullptr, norm},
                             width);
            }
    };
    return op;
}

Result<HostOp> makeSsdScan(const SsdScanArgs& args) {
    Arguments arguments("ssdScan");
    HeadScanViews v;
    v.u = arguments.read(args.u, "u");
    v.dt = arguments.read(args.dt, "dt");
    v.A = arguments.read(args.A, "A");
    v.B = arguments.read(args.B, "B");
    v.C = arguments.read(args.C, "C");
    v.D = arguments.read(args.D, "D");
    v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    v.stateNorm = arguments.write(args.stateNorm, "stateNorm");
    MS_TRY(HostOp op, arguments.finish());
    v.headDim = v.u.cols / v.dt.cols;
    v.headsPerGroup = v.dt.cols / static_cast<std::size_t>(args.n_groups);
    cutHeads(op, v);
    return op;
}

Result<HostOp> makeComplexScan(const ComplexScanArgs& args) {
    Arguments arguments("complexScan");
    ComplexScanViews v;
    v.u = arguments.read(args.u, "u");
    v.dt = arguments.read(args.dt, "dt");
    v.A = arguments.read(args.A, "A");
    v.B = arguments.read(args.B, "B");
    v.C = arguments.read(args.C, "C");
    v.D = arguments.read(args.D, "D");
    v.z = arguments.read(args.z, "z");
    v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    v.y = arguments.write(args.y, "y");
    v.gate = arguments.write(args.gate, "gate");
    v.stateNorm = arguments.write(args.stateNorm, "stateNorm");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (v.u.cols + kComplexScanBlock - 1) / kComplexScanBlock;
    op.scratchFloats = kComplexScanScratch;
    op.run = [v](std::size_t tile, float* scratch) {
        const std::size_t first = tile * kComplexScanBlock;
        complexScanChannels(v, first, std::min(kComplexScanBlock, v.u.cols - first), scratch);
    };
    return op;
}

Result<HostOp> makeTrapezoidScan(const TrapezoidScanArgs& args) {
    Arguments arguments("trapezoidScan");
    HeadScanViews v;
    v.u = arguments.read(args.v, "v");
    v.dt = arguments.read(args.dt, "dt");
    v.A = arguments.read(args.A, "A");
    v.lambda = arguments.read(args.lambda, "lambda");
    v.B = arguments.read(args.K, "K");
    v.C = arguments.read(args.Q, "Q");
    v.D = arguments.read(args.D, "D");
    v.kPrev = arguments.read(args.kPrev, "kPrev");
    v.vPrev = arguments.read(args.vPrev, "vPrev");
    v.state = arguments.update(args.state, "state");
    v.out = arguments.write(args.out, "out");
    v.stateNorm = arguments.write(args.stateNorm, "stateNorm");
    MS_TRY(HostOp op, arguments.finish());
    v.headDim = v.u.cols / v.dt.cols;
    cutHeads(op, v);
    return op;
}

Result<HostOp> makeTrapezoidSteps(const TrapezoidStepsArgs& args) {
    Arguments arguments("trapezoidSteps");
    const View x = arguments.read(args.x, "x"), trap = arguments.read(args.trap, "trap"), dt = arguments.read(args.dt, "dt");
    const View A = arguments.write(args.A, "A"), lambda = arguments.write(args.lambda, "lambda");
    const View retention = arguments.write(args.retention, "retention"), ownStep = arguments.write(args.ownStep, "ownStep");
    MS_TRY(HostOp op, arguments.finish());
    const std::size_t perTile = std::max<std::size_t>(1, (4u << 10) / std::max<std::size_t>(1, x.cols));  // rows
    op.tiles = (x.rows + perTile - 1) / perTile;
    op.run = [=, floor = args.floor](std::size_t tile, float*) {
        for (std::size_t t = tile * perTile; t < std::min(x.rows, (tile + 1) * perTile); ++t)
            for (std::size_t h = 0; h < x.cols; ++h) {
                const float v = *x.at<const float>(t, h);
                const float f = v >= 0 ? 1.0f + v : 1.0f / (1.0f - v);
                const float a = f < floor ? -floor : -f, share = 1.0f / (1.0f + std::exp(-*trap.at<const float>(t, h)));
                *A.at<float>(t, h) = a;
                *lambda.at<float>(t, h) = share;
                if (retention) *retention.at<float>(t, h) = std::exp(*dt.at<const float>(t, h) * a);
                if (ownStep) *ownStep.at<float>(t, h) = *dt.at<const float>(t, h) * share;
            }
    };
    return op;
}

Result<HostOp> makeRotateStates(const RotateStatesArgs& args) {
    Arguments arguments("rotateStates");
    RotationViews v;
    v.B = arguments.read(args.B, "B");
    v.C = arguments.read(args.C, "C");
    v.biasB = arguments.read(args.biasB, "biasB");
    v.biasC = arguments.read(args.biasC, "biasC");
    v.turn = arguments.read(args.turn, "turn");
    v.dt = arguments.read(args.dt, "dt");
    v.angle = arguments.update(args.angle, "angle");
    v.K = arguments.write(args.K, "K");
    v.Q = arguments.write(args.Q, "Q");
    MS_TRY(HostOp op, arguments.finish());
    v.headsPerGroup = v.biasB.rows / (v.B.cols / v.biasB.cols);
    op.tiles = v.B.rows == 0 ? 0 : v.biasB.rows;
    op.run = [v](std::size_t head, float*) { rotateHead(v, head); };
    return op;
}

}  // namespace ms::host
