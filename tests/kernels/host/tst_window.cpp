#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

/// The variation of all T rows of x, fed in chunks.
Floats variation(HostHarness& host, const Floats& x, std::int64_t T, std::int64_t D, std::int64_t window,
                 std::int64_t chunk) {
    const Tensor in = host.uploadStrided(x, T, D),
                 history = host.upload(Floats(static_cast<std::size_t>(window * D), -7.0f), window, D);
    const Tensor position = host.uploadIds({0}), out = host.zeros(T, D);
    for (std::int64_t t = 0; t < T; t += chunk) {
        const auto now = static_cast<std::int32_t>(t);
        std::memcpy(host.backend().hostPointer(position), &now, sizeof(now));
        const std::int64_t count = std::min(chunk, T - t);
        host.run([&](Ops& ops) {
            ops.windowVariation({in.rowRange(t, count), history, position, out.rowRange(t, count)});
        });
    }
    return host.download(out);
}

TEST(HostWindow, MatchesTwin) {
    HostHarness host;
    for (const std::int64_t D : {1, 5, 251, 300})
        for (const std::int64_t window : {1, 2, 7, 64, 100, 256})
            for (const std::int64_t chunk : {1, 7, 64, 130}) {
                SCOPED_TRACE(testing::Message() << "D " << D << " window " << window << " chunk " << chunk);
                const Floats x = reference::uniform(130 * D, 1, 0.001f, 0.1f);
                const Doubles expected = reference::windowVariation(x, 130, D, window);
                EXPECT_LE(reference::relativeError(variation(host, x, 130, D, window, chunk), expected), kTolerance);
            }
}

TEST(HostWindow, ChunksGiveTheSameBitsAsOnePiece) {
    HostHarness host;
    const Floats x = reference::uniform(300 * 75, 1, 0.001f, 0.1f);
    for (const std::int64_t window : {1, 7, 32, 130}) {
        const Floats whole = variation(host, x, 300, 75, window, 300);
        for (const std::int64_t chunk : {1, 7, 31, 32, 64, 131})
            EXPECT_EQ(variation(host, x, 300, 75, window, chunk), whole) << window << " by " << chunk;
    }
}

TEST(HostWindow, StartsAfreshWherePositionsDo) {
    HostHarness host;
    const std::int64_t D = 9, window = 8;
    const Floats before = reference::uniform(30 * D, 1, 5.0f, 9.0f), x = reference::uniform(20 * D, 2, 0.1f, 0.3f);
    const Tensor history = host.zeros(window, D), position = host.uploadIds({0}), out = host.zeros(20, D);
    host.run([&](Ops& ops) {
        ops.windowVariation({host.upload(before, 30, D), history, position, host.zeros(30, D)});
        ops.windowVariation({host.upload(x, 20, D), history, position, out});
    });
    EXPECT_LE(reference::relativeError(host.download(out), reference::windowVariation(x, 20, D, window)), kTolerance);
}

TEST(HostWindow, LeavesTheNewestValuesInTheRing) {
    HostHarness host;
    const std::int64_t window = 4;
    const Tensor history = host.zeros(window, 1), position = host.uploadIds({0});
    host.run([&](Ops& ops) {
        ops.windowVariation({host.upload({0, 1, 2, 3, 4, 5, 6}, 7, 1), history, position, host.zeros(7, 1)});
    });
    EXPECT_EQ(host.download(history), (Floats{4, 5, 6, 3}));
}

TEST(HostWindow, RefusesWindowsItCannotHold) {
    HostHarness host;
    for (const std::int64_t window : {0, 257}) {
        const Tensor x = host.zeros(1, 3), history = host.zeros(window, 3), position = host.uploadIds({0});
        const auto program = host.backend().record("window", [&](Ops& ops) {
            ops.windowVariation({x, history, position, x});
        });
        ASSERT_FALSE(program.ok()) << window;
        EXPECT_EQ(program.error().code, window == 0 ? ErrorCode::InvalidArgument : ErrorCode::Unsupported);
    }
}

TEST(HostWindow, EqualValuesHaveNoneAndSoHasTheFirst) {
    HostHarness host;
    for (const float v : variation(host, Floats(100, 0.3f), 100, 1, 8, 9)) EXPECT_EQ(v, 0.0f);
    for (const float v : variation(host, Floats(20, 0.0f), 20, 1, 8, 20)) EXPECT_EQ(v, 0.0f);
    for (const float v : variation(host, Floats(700, 1e-3f), 700, 1, 256, 700)) EXPECT_EQ(v, 0.0f);
    EXPECT_EQ(variation(host, {0.7f, 0.1f}, 1, 2, 8, 1), (Floats{0.0f, 0.0f}));
}

TEST(HostWindow, ForgetsAnOutlierAndNan) {
    HostHarness host;
    for (const float outlier : {1e6f, std::numeric_limits<float>::quiet_NaN()})
        for (const std::size_t place : {0u, 32u, 40u, 47u})
            for (const std::int64_t window : {16, 64}) {
                Floats x = reference::uniform(150, 1, 0.9f, 1.1f);
                x[place] = outlier;
                const Floats got = variation(host, x, 150, 1, window, 10);
                const Doubles expected = reference::windowVariation(x, 150, 1, window);
                for (std::size_t t = 0; t < x.size(); ++t) {
                    if (std::isnan(expected[t])) {
                        EXPECT_TRUE(std::isnan(got[t])) << place << " " << t;
                    } else {
                        EXPECT_NEAR(got[t], expected[t], 1e-5 * expected[t]) << place << " " << t;
                    }
                }
            }
}

TEST(HostWindow, DoesNotDriftOverALongSession) {
    HostHarness host;
    const Floats x = reference::uniform(20000, 1, 0.5f, 0.5001f);  // hardly any spread: rounding shows first
    const Floats got = variation(host, x, 20000, 1, 250, 500);
    const Doubles expected = reference::windowVariation(x, 20000, 1, 250);
    for (std::size_t t = 250; t < got.size(); ++t) ASSERT_NEAR(got[t], expected[t], 2e-3 * expected[t]) << t;
}

}  // namespace
}  // namespace ms::test
