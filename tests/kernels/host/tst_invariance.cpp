// What must not change a bit: the number of threads, the run before, other backends at work.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/kernels/host/host_harness.h"

namespace ms::test {
namespace {

/// A layer of odd sizes, all its ops in one program.
struct Layer {
    static constexpr std::int64_t kModel = 50, kInner = 301, kState = 17, kRank = 5, kConv = 4;
    Tensor x, h, xz, u, low, dt, y, convState, state, mean;
    Tensor norm, inProj, conv, convBias, xProj, dtProj, dtBias, A, D, outProj;

    Layer(HostHarness& host, std::int64_t L)
        : x(host.upload(reference::normal(L * kModel, 1), L, kModel)),
          h(host.zeros(L, kModel)),
          xz(host.zeros(L, 2 * kInner)),
          u(host.zeros(L, kInner)),
          low(host.zeros(L, kRank + 2 * kState)),
          dt(host.zeros(L, kInner)),
          y(host.zeros(L, kInner)),
          convState(host.zeros(kInner, kConv - 1)),
          state(host.zeros(kInner, kState)),
          mean(host.zeros(L, 1)),
          norm(host.upload(reference::normal(kModel, 2))),
          inProj(host.adopt(reference::normal(2 * kInner * kModel, 3, 0, 0.1f), 2 * kInner, kModel, DType::F16, 1)),
          conv(host.upload(reference::normal(kInner * kConv, 4), kInner, kConv)),
          convBias(host.upload(reference::normal(kInner, 5))),
          xProj(host.adopt(reference::normal((kRank + 2 * kState) * kInner, 6, 0, 0.1f), kRank + 2 * kState, kInner,
                           DType::BF16)),
          dtProj(host.upload(reference::normal(kInner * kRank, 7), kInner, kRank)),
          dtBias(host.upload(reference::normal(kInner, 8, -4.0f))),
          A(host.upload(reference::negativeA(kInner, kState, 9), kInner, kState)),
          D(host.upload(reference::normal(kInner, 10))),
          outProj(host.adopt(reference::normal(kModel * kInner, 11, 0, 0.1f), kModel, kInner, DType::F16)) {}

    void record(Ops& ops) const {
        ops.rmsNorm(x, norm, 1e-5f, h);
        ops.matmul({h, inProj, {}, xz});
        ops.causalConv1d({xz.colRange(0, kInner), conv, convBias, convState, u});
        ops.matmul({u, xProj, {}, low});
        ops.matmul({low.colRange(0, kRank), dtProj, dtBias, dt, MatmulArgs::Epilogue::Softplus});
        SelectiveScanArgs scan;
        scan.u = u;
        scan.dt = dt;
        scan.A = A;
        scan.B = low.colRange(kRank, kState);
        scan.C = low.colRange(kRank + kState, kState);
        scan.D = D;
        scan.z = xz.colRange(kInner, kInner);
        scan.state = state;
        scan.out = y;
        ops.selectiveScan(scan);
        ops.reduceRows(dt, {RowReduction::Kind::Mean}, mean);
        ops.matmul({y, outProj, {}, x, MatmulArgs::Epilogue::Accumulate});
    }
};

/// Residual stream, state and probe after `runs` runs of the layer.
std::vector<Floats> results(int threads, std::int64_t L, int runs) {
    HostHarness host(threads);
    const Layer layer(host, L);
    auto program = host.backend().record("layer", [&](Ops& ops) { layer.record(ops); });
    EXPECT_TRUE(program.ok()) << program.error().message;
    for (int i = 0; i < runs; ++i) EXPECT_TRUE(host.backend().run(**program).ok());
    return {host.download(layer.x), host.download(layer.state), host.download(layer.convState),
            host.download(layer.mean)};
}

TEST(HostInvariance, ThreadsDoNotChangeABit) {
    for (const std::int64_t L : {1, 3, 70, 300}) {
        const auto one = results(1, L, 3);
        EXPECT_EQ(results(2, L, 3), one) << "L " << L;
        EXPECT_EQ(results(3, L, 3), one) << "L " << L;
    }
}

TEST(HostInvariance, ManyShortRunsAgree) {
    const auto one = results(1, 1, 300);
    EXPECT_EQ(results(3, 1, 300), one);
}

TEST(HostInvariance, BackendsWorkSideBySide) {
    const auto alone = results(1, 70, 4);
    std::vector<std::vector<Floats>> together(3);
    std::vector<std::thread> threads;
    for (auto& result : together) threads.emplace_back([&result] { result = results(2, 70, 4); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& result : together) EXPECT_EQ(result, alone);
}

TEST(HostInvariance, ProgramsOfOneBackendTakeTurns) {
    HostHarness host;
    const Layer a(host, 1), b(host, 1), whole(host, 1);
    auto step = host.backend().record("a", [&](Ops& ops) { a.record(ops); });
    auto other = host.backend().record("b", [&](Ops& ops) { b.record(ops); });
    ASSERT_TRUE(step.ok() && other.ok());
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(host.backend().run(**step).ok());
        ASSERT_TRUE(host.backend().run(**other).ok());
    }
    auto all = host.backend().record("whole", [&](Ops& ops) {
        for (int i = 0; i < 5; ++i) whole.record(ops);
    });
    ASSERT_TRUE(all.ok());
    ASSERT_TRUE(host.backend().run(**all).ok());
    EXPECT_EQ(host.download(a.x), host.download(whole.x));
    EXPECT_EQ(host.download(b.x), host.download(whole.x));
}

}  // namespace
}  // namespace ms::test
