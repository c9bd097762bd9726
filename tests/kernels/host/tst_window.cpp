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
    const Tensor in = host.uploadStrided(x, T, D), history = host.zeros(window, D), moments = host.zeros(2, D);
    const Tensor position = host.uploadIds({0}), out = host.zeros(T, D);
    for (std::int64_t t = 0; t < T; t += chunk) {
        const auto now = static_cast<std::int32_t>(t);
        std::memcpy(host.backend().hostPointer(position), &now, sizeof(now));
        const std::int64_t count = std::min(chunk, T - t);
        host.run([&](Ops& ops) {
            ops.windowVariation({in.rowRange(t, count), history, moments, position, out.rowRange(t, count)});
        });
    }
    return host.download(out);
}

TEST(HostWindow, MatchesTwin) {
    HostHarness host;
    for (const std::int64_t D : {1, 5, 251, 300})
        for (const std::int64_t window : {1, 2, 7, 64})
            for (const std::int64_t chunk : {1, 7, 64, 130}) {
                SCOPED_TRACE(testing::Message() << "D " << D << " window " << window << " chunk " << chunk);
                const Floats x = reference::uniform(130 * D, 1, 0.001f, 0.1f);
                const Doubles expected = reference::windowVariation(x, 130, D, window);
                EXPECT_LE(reference::relativeError(variation(host, x, 130, D, window, chunk), expected), kTolerance);
            }
}

TEST(HostWindow, ChunksGiveTheSameBitsAsOnePiece) {
    HostHarness host;
    const Floats x = reference::uniform(200 * 20, 1, 0.001f, 0.1f);
    const Floats whole = variation(host, x, 200, 20, 32, 200);
    for (const std::int64_t chunk : {1, 7, 64}) EXPECT_EQ(variation(host, x, 200, 20, 32, chunk), whole) << chunk;
}

TEST(HostWindow, EqualValuesHaveNoneAndSoHasTheFirst) {
    HostHarness host;
    for (const float v : variation(host, Floats(100, 0.3f), 100, 1, 8, 9)) EXPECT_EQ(v, 0.0f);
    for (const float v : variation(host, Floats(20, 0.0f), 20, 1, 8, 20)) EXPECT_EQ(v, 0.0f);
    EXPECT_EQ(variation(host, {0.7f, 0.1f}, 1, 2, 8, 1), (Floats{0.0f, 0.0f}));
}

TEST(HostWindow, ForgetsAnOutlierAndNan) {
    HostHarness host;
    for (const float outlier : {1e6f, std::numeric_limits<float>::quiet_NaN()}) {
        Floats x = reference::uniform(100, 1, 0.9f, 1.1f);
        x[40] = outlier;
        const Floats got = variation(host, x, 100, 1, 16, 10);
        const Doubles expected = reference::windowVariation(x, 100, 1, 16);
        for (std::size_t t = 0; t < 100; ++t) {
            if (std::isnan(expected[t])) {
                EXPECT_TRUE(std::isnan(got[t])) << t;
            } else {
                EXPECT_NEAR(got[t], expected[t], 1e-5 * expected[t]) << t;
            }
        }
    }
}

TEST(HostWindow, DoesNotDriftOverALongSession) {
    HostHarness host;
    const Floats x = reference::uniform(20000, 1, 0.5f, 0.5001f);  // hardly any spread: rounding shows first here
    const Floats got = variation(host, x, 20000, 1, 250, 500);
    const Doubles expected = reference::windowVariation(x, 20000, 1, 250);
    for (std::size_t t = 250; t < got.size(); ++t) ASSERT_NEAR(got[t], expected[t], 2e-3 * expected[t]) << t;
}

}  // namespace
}  // namespace ms::test
