// Coefficient of variation over a trailing window, one update per token.
#include <algorithm>
#include <cstring>

#include "engine/host/host_ops.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

constexpr std::size_t kBlock = 128;  // channels of one tile: its ring stays in the first-level cache's reach

}  // namespace

Result<HostOp> makeWindowVariation(const WindowVariationArgs& args) {
    if (args.history.rows() < 1)
        return Error{ErrorCode::InvalidArgument, "windowVariation: the window must hold at least one token"};
    Arguments arguments("windowVariation");
    const View x = arguments.read(args.x, "x"), position = arguments.read(args.position, "position");
    const View history = arguments.update(args.history, "history"), moments = arguments.update(args.moments, "moments");
    const View out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    op.tiles = (x.cols + kBlock - 1) / kBlock;
    op.run = [x, history, moments, position, out](std::size_t tile, float*) {
        const std::size_t first = tile * kBlock, count = std::min(kBlock, x.cols - first);
        std::int32_t start = 0;
        std::memcpy(&start, position.data, sizeof(start));
        for (std::size_t t = 0; t < x.rows; ++t)
            slideWindow({history, moments, x.at<const float>(t), out.at<float>(t), static_cast<std::size_t>(std::max(start, 0)) + t},
                        first, count);
    };
    return op;
}

}  // namespace ms::host
