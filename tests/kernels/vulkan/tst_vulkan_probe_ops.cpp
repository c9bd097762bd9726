// reduceRows and windowVariation.
#include <cmath>
#include <limits>

#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;
using Kind = RowReduction::Kind;

class ProbeOps : public EveryVariant {
protected:
    Floats reduced(const Floats& x, std::int64_t L, std::int64_t d, const RowReduction& r, std::int64_t width) {
        const Padded in = padded(x, L, d, 2, 1), out = paddedZeros(L, width, 1, 0);
        run([&](Ops& ops) { ops.reduceRows(in.view, r, out.view); });
        return download(out);
    }
};
MS_EVERY_VARIANT(ProbeOps);

TEST_P(ProbeOps, MeanMaximumAndNorm) {
    for (const Kind kind : {Kind::Mean, Kind::Max, Kind::L2}) {
        for (const std::int64_t d : {1, 5, 251, 1536}) {
            const std::int64_t L = 33;
            const Floats x = normal(L * d, 1, -1.0f, 2.0f);
            const RowReduction r{.kind = kind};
            EXPECT_LT(relativeError(reduced(x, L, d, r, 1), reduceRows(x, L, d, r)), kTolerance)
                << static_cast<int>(kind) << " d " << d;
        }
    }
}

TEST_P(ProbeOps, MaximumOfARowWithNaNIsNaN) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const Floats x{1, nan, 3, /**/ -5, -2, -9, /**/ -inf, -inf, -inf, /**/ 1, inf, 2};
    const RowReduction r{.kind = Kind::Max};
    EXPECT_EQ(relativeError(reduced(x, 4, 3, r, 1), reduceRows(x, 4, 3, r)), 0.0);
}

TEST_P(ProbeOps, Histogram) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const std::int64_t L = 9, d = 300;
    Floats x = normal(L * d, 2);
    x[5] = nan;
    x[6] = inf;
    x[7] = -inf;
    for (const std::int64_t bins : {1, 7, 256}) {
        const RowReduction r{.kind = Kind::Histogram, .bins = bins, .low = -1.5f, .high = 2.0f};
        EXPECT_EQ(relativeError(reduced(x, L, d, r, bins), reduceRows(x, L, d, r)), 0.0) << bins;
    }
}

TEST_P(ProbeOps, TopKWithTiesAndNaN) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::int64_t L = 6;
    for (const std::int64_t d : {1, 5, 40, 1000}) {
        Floats x = normal(L * d, 3);
        for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::round(x[i]);  // ties
        for (std::size_t i = 1; i < x.size(); i += 4) x[i] = nan;
        const RowReduction r{.kind = Kind::TopK, .bins = std::min<std::int64_t>(d, 32)};
        EXPECT_EQ(relativeError(reduced(x, L, d, r, 2 * r.bins), reduceRows(x, L, d, r)), 0.0) << d;
    }
}

TEST_P(ProbeOps, WindowVariationOverSeveralChunks) {
    for (const std::int64_t window : {1, 4, 64}) {
        const std::int64_t T = 211, D = 72;
        const Floats x = uniform(T * D, 4, 0.01f, 0.3f);
        const Padded in = padded(x, T, D, 1, 0), out = paddedZeros(T, D, 0, 1);
        const Tensor history = upload(Floats(static_cast<std::size_t>(window * D), -7.0f), {window, D});
        const Tensor moments = upload(Floats(static_cast<std::size_t>(2 * D), 9.0f), {2, D});  // of a session before
        std::int32_t done = 0;
        for (const std::int64_t count : {1, 2, 60, 1, 147}) {
            const Tensor position = integers(std::vector<std::int32_t>{done}, {1});
            run([&](Ops& ops) {
                ops.windowVariation({.x = in.view.rowRange(done, count), .history = history, .moments = moments,
                                     .position = position, .out = out.view.rowRange(done, count)});
            });
            done += static_cast<std::int32_t>(count);
        }
        EXPECT_LT(relativeError(download(out), windowVariation(x, T, D, window)), kTolerance) << "window " << window;
    }
}

TEST_P(ProbeOps, ConstantChannelsDoNotVary) {
    const std::int64_t T = 20, D = 5, window = 4;
    const Tensor x = upload(Floats(static_cast<std::size_t>(T * D), 0.1f), {T, D}), history = zeros({window, D}),
                 moments = zeros({2, D}), out = upload(Floats(static_cast<std::size_t>(T * D), 1.0f), {T, D});
    const Tensor position = integers(std::vector<std::int32_t>{0}, {1});
    run([&](Ops& ops) {
        ops.windowVariation({.x = x, .history = history, .moments = moments, .position = position, .out = out});
    });
    EXPECT_EQ(download(out), Floats(static_cast<std::size_t>(T * D), 0.0f));
}

}  // namespace
}  // namespace ms::test
