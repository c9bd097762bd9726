// retention, writeStrength and scaleClamp.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

TEST(HostProbeOps, Retention) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t d_inner : {1, 5, 72, 251})
            for (const std::int64_t d_state : {1, 3, 16, 256}) {
                SCOPED_TRACE(testing::Message() << "L " << L << " d " << d_inner << " n " << d_state);
                const Floats dt = reference::uniform(L * d_inner, 1, 0.0f, 0.2f),
                             A = reference::negativeA(d_inner, d_state, 2);
                const Tensor out = host.zeros(L, d_inner);
                host.run([&](Ops& ops) {
                    ops.retention({host.uploadStrided(dt, L, d_inner), host.uploadStrided(A, d_inner, d_state), out});
                });
                const Doubles expected = reference::retention(dt, A, L, d_inner, d_state);
                EXPECT_LE(reference::relativeError(host.download(out), expected), kTolerance);
            }
}

TEST(HostProbeOps, RetentionRunsFromAllToNothing) {
    HostHarness host;
    const Tensor out = host.zeros(4, 1), A = host.upload({-1, -16}, 1, 2);
    host.run([&](Ops& ops) { ops.retention({host.upload({0, 1e4f, kInf, kNan}, 4, 1), A, out}); });
    const Floats got = host.download(out);
    EXPECT_EQ(got[0], 1.0f);
    EXPECT_NEAR(got[1], 0.0f, 1e-30f);
    EXPECT_NEAR(got[2], 0.0f, 1e-30f);
    EXPECT_TRUE(std::isnan(got[3]));
}

TEST(HostProbeOps, WriteStrength) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t d_inner : {1, 5, 72, 251})
            for (const std::int64_t d_state : {1, 3, 16, 300}) {
                SCOPED_TRACE(testing::Message() << "L " << L << " d " << d_inner << " n " << d_state);
                const Floats dt = reference::uniform(L * d_inner, 1, 0.0f, 0.2f), u = reference::normal(L * d_inner, 2),
                             B = reference::normal(L * d_state, 3);
                const Tensor out = host.zeros(L, d_inner);
                host.run([&](Ops& ops) {
                    ops.writeStrength({host.uploadStrided(dt, L, d_inner), host.uploadStrided(u, L, d_inner),
                                       host.uploadStrided(B, L, d_state), out});
                });
                const Doubles expected = reference::writeStrength(dt, u, B, L, d_inner, d_state);
                EXPECT_LE(reference::relativeError(host.download(out), expected), kTolerance);
            }
}

TEST(HostProbeOps, ScaleClamp) {
    HostHarness host;
    for (const std::int64_t L : {1, 3, 33})
        for (const std::int64_t D : {1, 5, 72, 251}) {
            SCOPED_TRACE(testing::Message() << "L " << L << " D " << D);
            const Floats x = reference::normal(L * D, 1), scale = reference::normal(D, 2),
                         low = reference::uniform(D, 3, -1.0f, 0.0f), high = reference::uniform(D, 4, 0.0f, 1.0f);
            const Tensor inOut = host.uploadStrided(x, L, D);
            host.run([&](Ops& ops) {
                ops.scaleClamp({inOut, host.adopt(scale, 1, D, DType::F32, 1), host.upload(low), host.upload(high)});
            });
            const Doubles expected = reference::scaleClamp(x, scale, low, high, L, D);
            EXPECT_LE(reference::maxAbsError(host.download(inOut), expected), 1e-6);
        }
}

TEST(HostProbeOps, ScaleClampOfSpecialValues) {
    HostHarness host;
    const Floats x{kNan, kInf, -kInf, kInf, 5, 5}, scale{1, 1, 1, 0, 0, 1}, low{-1, -1, -1, -1, -1, -kInf},
        high{1, 1, 1, 1, 1, kInf};
    const Tensor inOut = host.upload(x, 1, 6);
    host.run([&](Ops& ops) { ops.scaleClamp({inOut, host.upload(scale), host.upload(low), host.upload(high)}); });
    const Floats got = host.download(inOut);
    EXPECT_TRUE(std::isnan(got[0]));
    EXPECT_TRUE(std::isnan(got[3]));
    EXPECT_EQ((Floats{got[1], got[2], got[4], got[5]}), (Floats{1, -1, 0, 5}));
}

TEST(HostProbeOps, WrongShapesAreRefused) {
    HostHarness host;
    const Tensor x = host.zeros(2, 4), four = host.zeros(1, 4), three = host.zeros(1, 3), A = host.zeros(3, 2);
    const auto refused = [&](const std::function<void(Ops&)>& body) {
        const auto program = host.backend().record("wrong", body);
        return !program.ok() && program.error().code == ErrorCode::InvalidArgument;
    };
    EXPECT_TRUE(refused([&](Ops& ops) { ops.retention({x, A, x}); }));
    EXPECT_TRUE(refused([&](Ops& ops) { ops.retention({x, host.zeros(4, 257), x}); }));
    EXPECT_TRUE(refused([&](Ops& ops) { ops.writeStrength({x, x, A, x}); }));
    EXPECT_TRUE(refused([&](Ops& ops) { ops.writeStrength({x, four, host.zeros(2, 3), x}); }));
    EXPECT_TRUE(refused([&](Ops& ops) { ops.scaleClamp({x, four, three, four}); }));
    EXPECT_TRUE(refused([&](Ops& ops) { ops.scaleClamp({x, {}, four, four}); }));
}

}  // namespace
}  // namespace ms::test
