// reduceRows, windowVariation, retention, writeStrength and scaleClamp.
#include <algorithm>
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

/// The variation of all rows of x, fed in chunks of the given lengths, the last one again and again.
class Window : public ProbeOps {
protected:
    Floats variation(const Floats& x, std::int64_t T, std::int64_t D, std::int64_t window,
                     const std::vector<std::int64_t>& chunks) {
        const Padded in = padded(x, T, D, 1, 0), out = paddedZeros(T, D, 0, 1);
        const Padded history = padded(Floats(static_cast<std::size_t>(window * D), -7.0f), window, D, 2, 1);  // of before
        std::size_t next = 0;
        for (std::int64_t done = 0; done < T;) {
            const std::int64_t count = std::min(chunks[next], T - done);
            next = std::min(next + 1, chunks.size() - 1);
            const Tensor position = integers(std::vector<std::int32_t>{static_cast<std::int32_t>(done)}, {1});
            run([&](Ops& ops) {
                ops.windowVariation({.x = in.view.rowRange(done, count), .history = history.view,
                                     .position = position, .out = out.view.rowRange(done, count)});
            });
            done += count;
        }
        const Floats ring = download(history);
        for (std::int64_t t = std::max<std::int64_t>(0, T - window); t < T; ++t)
            for (std::int64_t c = 0; c < D; ++c)
                EXPECT_EQ(ring[static_cast<std::size_t>(t % window * D + c)], x[static_cast<std::size_t>(t * D + c)]);
        return download(out);
    }
};
MS_EVERY_VARIANT(Window);

TEST_P(Window, MatchesTwinAndGivesTheSameBitsInAnyChunks) {
    for (const std::int64_t window : {1, 4, 7, 64, 100, 256}) {
        for (const std::int64_t D : {1, 72, 131}) {
            const std::int64_t T = 600;
            const Floats x = uniform(T * D, 4, 0.01f, 0.3f);
            const Floats whole = variation(x, T, D, window, {T});
            EXPECT_LT(relativeError(whole, windowVariation(x, T, D, window)), kTolerance) << window << " D " << D;
            EXPECT_EQ(variation(x, T, D, window, {1, 2, 60, 1, 147, 64, 256, 3}), whole) << window << " D " << D;
        }
    }
    const Floats x = uniform(100 * 5, 5, 0.01f, 0.3f);
    EXPECT_EQ(variation(x, 100, 5, 16, {1}), variation(x, 100, 5, 16, {100}));
}

TEST_P(Window, ConstantChannelsDoNotVary) {
    for (const std::int64_t window : {4, 256})
        EXPECT_EQ(variation(Floats(600 * 5, 0.1f), 600, 5, window, {300, 1}), Floats(600 * 5, 0.0f));
    EXPECT_EQ(variation(Floats{3, -2}, 1, 2, 64, {1}), (Floats{0, 0}));
}

TEST_P(Window, ForgetsAnOutlierAndNaN) {
    for (const float outlier : {1e6f, std::numeric_limits<float>::quiet_NaN()})
        for (const std::size_t place : {0u, 32u, 40u, 47u})
            for (const std::int64_t window : {16, 64}) {
                Floats x = uniform(150, 1, 0.9f, 1.1f);
                x[place] = outlier;
                const Floats got = variation(x, 150, 1, window, {10});
                const Doubles expected = windowVariation(x, 150, 1, window);
                for (std::size_t t = 0; t < x.size(); ++t) {
                    if (std::isnan(expected[t])) EXPECT_TRUE(std::isnan(got[t])) << place << " " << t;
                    else EXPECT_NEAR(got[t], expected[t], 1e-5 * expected[t]) << place << " " << t;
                }
            }
}

TEST_P(Window, DoesNotDriftOverALongSession) {
    const Floats x = uniform(20000, 1, 0.5f, 0.5001f);  // hardly any spread: rounding shows first
    const Floats got = variation(x, 20000, 1, 250, {5000});
    const Doubles expected = windowVariation(x, 20000, 1, 250);
    for (std::size_t t = 250; t < got.size(); ++t) ASSERT_NEAR(got[t], expected[t], 2e-3 * expected[t]) << t;
}

TEST_P(Window, TooLongIsUnsupported) {
    const Tensor x = zeros({1, 3}), history = zeros({257, 3}), out = zeros({1, 3});
    const Tensor position = integers(std::vector<std::int32_t>{0}, {1});
    const auto program = current().record("window", [&](Ops& ops) {
        ops.windowVariation({.x = x, .history = history, .position = position, .out = out});
    });
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, ErrorCode::Unsupported);
}

TEST_P(ProbeOps, Retention) {
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t d_inner : {1, 5, 72, 251})
            for (const std::int64_t d_state : {1, 3, 16, 256}) {
                const Floats dt = uniform(L * d_inner, 1, 0.0f, 0.2f), A = negativeA(d_inner, d_state, 2);
                const Padded dts = padded(dt, L, d_inner, 1, 2), rates = padded(A, d_inner, d_state, 0, 1),
                             out = paddedZeros(L, d_inner, 1, 0);
                run([&](Ops& ops) { ops.retention({.dt = dts.view, .A = rates.view, .out = out.view}); });
                EXPECT_LT(relativeError(download(out), retention(dt, A, L, d_inner, d_state)), kTolerance)
                    << L << " " << d_inner << " " << d_state;
            }
}

TEST_P(ProbeOps, WriteStrength) {
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t d_inner : {1, 5, 72, 251})
            for (const std::int64_t d_state : {1, 3, 16, 300}) {
                const Floats dt = uniform(L * d_inner, 1, 0.0f, 0.2f), u = normal(L * d_inner, 2),
                             B = normal(L * d_state, 3);
                const Padded dts = padded(dt, L, d_inner, 1, 2), us = padded(u, L, d_inner, 0, 1),
                             Bs = padded(B, L, d_state, 3, 0), out = paddedZeros(L, d_inner, 1, 0);
                run([&](Ops& ops) { ops.writeStrength({.dt = dts.view, .u = us.view, .B = Bs.view, .out = out.view}); });
                EXPECT_LT(relativeError(download(out), writeStrength(dt, u, B, L, d_inner, d_state)), kTolerance)
                    << L << " " << d_inner << " " << d_state;
            }
}

TEST_P(ProbeOps, ScaleClamp) {
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t D : {1, 5, 72, 251}) {
            const Floats x = normal(L * D, 1), scale = normal(D, 2), low = uniform(D, 3, -1.0f, 0.0f),
                         high = uniform(D, 4, 0.0f, 1.0f);
            const Padded inOut = padded(x, L, D, 2, 1);
            run([&](Ops& ops) {
                ops.scaleClamp(
                    {.x = inOut.view, .scale = upload(scale, {D}), .low = upload(low, {D}), .high = upload(high, {D})});
            });
            EXPECT_LT(maxAbsError(download(inOut), scaleClamp(x, scale, low, high, L, D)), 1e-6) << L << " " << D;
        }
}

TEST_P(ProbeOps, ScaleClampOfSpecialValues) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const Floats scale{1, 1, 1, 0, 0, 1}, low{-1, -1, -1, -1, -1, -inf}, high{1, 1, 1, 1, 1, inf};
    const Tensor x = upload({nan, inf, -inf, inf, 5, 5}, {1, 6});
    run([&](Ops& ops) {
        ops.scaleClamp({.x = x, .scale = upload(scale, {6}), .low = upload(low, {6}), .high = upload(high, {6})});
    });
    EXPECT_EQ(maxAbsError(download(x), Doubles{nan, 1, -1, nan, 0, 5}), 0.0);
}

}  // namespace
}  // namespace ms::test
