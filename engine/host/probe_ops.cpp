// windowVariation and retention: cut along the channels, each tile walks through time.
#include <algorithm>
#include <cstring>

#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

Result<HostOp> makeWindowVariation(const WindowVariationArgs& args) {
    Arguments arguments("windowVariation");
    WindowViews v;
    v.x = arguments.read(args.x, "x");
    v.history = arguments.update(args.history, "history");
    const View position = arguments.read(args.position, "position");
    v.out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (v.x.cols + kWindowBlock - 1) / kWindowBlock;
    op.scratchFloats = windowScratch(v.history.rows);
    op.run = [v, position](std::size_t tile, float* scratch) {
        const std::size_t first = tile * kWindowBlock;
        std::int32_t start = 0;
        std::memcpy(&start, position.data, sizeof start);
        WindowViews now = v;
        now.start = static_cast<std::size_t>(std::max(start, 0));
        windowChannels(now, first, std::min(kWindowBlock, v.x.cols - first), scratch);
    };
    return op;
}

Result<HostOp> makeRetention(const RetentionArgs& args) {
    Arguments arguments("retention");
    RetentionViews v;
    v.dt = arguments.read(args.dt, "dt");
    v.A = arguments.read(args.A, "A");
    v.out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (v.dt.cols + kRetentionBlock - 1) / kRetentionBlock;
    op.scratchFloats = retentionScratch(v.A.cols);
    op.run = [v](std::size_t tile, float* scratch) {
        const std::size_t first = tile * kRetentionBlock;
        retentionChannels(v, first, std::min(kRetentionBlock, v.dt.cols - first), scratch);
    };
    return op;
}

}  // namespace ms::host
