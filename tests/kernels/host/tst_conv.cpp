#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

TEST(HostConv, MatchesTwinAtOddSizes) {
    HostHarness host;
    for (const std::int64_t L : {1, 2, 3, 7, 64, 65, 130})
        for (const std::int64_t d : {1, 5, 48, 72, 144, 251, 256})
            for (const std::int64_t width : {1, 2, 3, 4, 8}) {
                SCOPED_TRACE(testing::Message() << "L " << L << " d " << d << " d_conv " << width);
                const Floats x = reference::normal(L * d, 1), weight = reference::normal(d * width, 2);
                const Floats bias = d % 2 == 0 ? reference::normal(d, 3) : Floats{};
                Floats past = reference::normal(d * (width - 1), 4);
                const Tensor state = host.upload(past, d, width - 1), out = host.zeros(L, d);
                const CausalConv1dArgs args{host.uploadStrided(x, L, d), host.adopt(weight, d, width, DType::F32, 2),
                                            host.upload(bias), state, out};
                host.run([&](Ops& ops) { ops.causalConv1d(args); });
                const Doubles expected = reference::causalConv1d(x, weight, bias, past, L, d, width);
                EXPECT_LE(reference::relativeError(host.download(out), expected), kTolerance);
                if (width > 1) {
                    EXPECT_EQ(host.download(state), past);
                }
            }
}

TEST(HostConv, ChunksGiveTheSameBitsAsOnePiece) {
    HostHarness host;
    const std::int64_t L = 130, d = 72, width = 4;
    const Tensor x = host.upload(reference::normal(L * d, 1), L, d);
    const Tensor weight = host.upload(reference::normal(d * width, 2), d, width),
                 bias = host.upload(reference::normal(d, 3));
    const Tensor wholeState = host.zeros(d, width - 1), whole = host.zeros(L, d);
    host.run([&](Ops& ops) { ops.causalConv1d({x, weight, bias, wholeState, whole}); });
    for (const std::int64_t chunk : {1, 2, 7, 64}) {
        const Tensor state = host.zeros(d, width - 1), out = host.zeros(L, d);
        host.run([&](Ops& ops) {
            for (std::int64_t t = 0; t < L; t += chunk) {
                const std::int64_t count = std::min(chunk, L - t);
                ops.causalConv1d({x.rowRange(t, count), weight, bias, state, out.rowRange(t, count)});
            }
        });
        EXPECT_EQ(host.download(out), host.download(whole)) << "chunks of " << chunk;
        EXPECT_EQ(host.download(state), host.download(wholeState)) << "chunks of " << chunk;
    }
}

TEST(HostConv, SiluOfExtremes) {
    HostHarness host;
    const Floats x = {-1000.0f, -100.0f, -87.0f, -20.0f, -1.0f, -1e-6f, 0.0f, 1e-6f, 1.0f, 20.0f, 100.0f, 1e30f};
    const auto d = static_cast<std::int64_t>(x.size());
    const Tensor out = host.zeros(1, d);
    const Tensor one = host.upload(Floats(x.size(), 1.0f), d, 1);
    host.run([&](Ops& ops) { ops.causalConv1d({host.upload(x, 1, d), one, {}, {}, out}); });
    const Floats got = host.download(out);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = reference::silu(x[i]);
        EXPECT_NEAR(got[i], expected, 4e-7 * std::abs(expected) + 1e-35) << "silu(" << x[i] << ")";
    }
}

TEST(HostConv, NanReachesFourOutputsOfItsChannelOnly) {
    HostHarness host;
    const std::int64_t L = 9, d = 20, width = 4;
    Floats x = reference::normal(L * d, 1);
    x[2 * 20 + 7] = std::nanf("");
    const Tensor state = host.zeros(d, width - 1), out = host.zeros(L, d);
    host.run([&](Ops& ops) {
        ops.causalConv1d(
            {host.upload(x, L, d), host.upload(reference::normal(d * width, 2), d, width), {}, state, out});
    });
    const Floats got = host.download(out);
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t c = 0; c < d; ++c)
            EXPECT_EQ(std::isnan(got[static_cast<std::size_t>(t * d + c)]), c == 7 && t >= 2 && t < 6) << t << " " << c;
}

}  // namespace
}  // namespace ms::test
