// Coefficient of variation over a trailing window, one update per token (Welford 1962 with replacement).
#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/host/host_ops.h"

namespace ms::host {

namespace {

constexpr std::size_t kBlock = 256;  // channels of one tile

/// Mean and sum of squared deviations of `count` ring rows of one channel, in two passes.
void recompute(const View& history, std::size_t count, std::size_t channel, float& mean, float& squares) {
    double sum = 0, deviations = 0;
    for (std::size_t r = 0; r < count; ++r) sum += static_cast<double>(*history.at<const float>(r, channel));
    const double exact = sum / static_cast<double>(count);
    for (std::size_t r = 0; r < count; ++r) {
        const double difference = static_cast<double>(*history.at<const float>(r, channel)) - exact;
        deviations += difference * difference;
    }
    mean = static_cast<float>(exact);
    squares = static_cast<float>(deviations);
}

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
        const std::size_t first = tile * kBlock, last = std::min(x.cols, first + kBlock), window = history.rows;
        std::int32_t start = 0;
        std::memcpy(&start, position.data, sizeof(start));
        for (std::size_t t = 0; t < x.rows; ++t) {
            const std::size_t now = static_cast<std::size_t>(std::max(start, 0)) + t;
            const std::size_t slot = now % window, count = std::min(now + 1, window);
            const float* row = x.at<const float>(t);
            float* ring = history.at<float>(slot);
            float* means = moments.at<float>(0);
            float* squares = moments.at<float>(1);
            float* variation = out.at<float>(t);
            for (std::size_t c = first; c < last; ++c) {
                const float value = row[c], left = ring[c];
                ring[c] = value;
                float mean = now == 0 ? 0.0f : means[c], square = now == 0 ? 0.0f : squares[c];
                bool exact = true;
                if (now < window) {
                    const float delta = value - mean;
                    mean += delta / static_cast<float>(count);
                    square += delta * (value - mean);
                } else {
                    const float before = square, delta = value - left, old = mean;
                    mean += delta / static_cast<float>(window);
                    square += delta * ((value - mean) + (left - old));
                    // A large value has left: what remains is mostly its rounding error. Also false for NaN.
                    exact = square >= 0.5f * before;
                }
                // Once per turn of the ring as well, so that nothing drifts.
                if (!exact || slot + 1 == window) recompute(history, count, c, mean, square);
                means[c] = mean;
                squares[c] = square;
                const float deviation = std::sqrt(square / static_cast<float>(count));
                variation[c] = deviation == 0.0f ? 0.0f : deviation / mean;
            }
        }
    };
    return op;
}

}  // namespace ms::host
