// ssdScan and trapezoidScan on every backend.
#include <cmath>

#include "tests/kernels/recurrent/every_backend.h"

namespace ms::test {
namespace {

using namespace reference;

struct Ran {
    Floats out, state, norm, kPrev, vPrev;
};

class HeadScan : public EveryBackend {
protected:
    /// `cuts`: lengths of the calls, together L.
    Ran scan(const HeadScanInput& in, bool probed, std::vector<std::int64_t> cuts = {}) {
        const std::int64_t L = in.L, d = in.d_inner(), H = in.n_heads, row = in.n_groups * in.d_state;
        const bool trapezoid = !in.lambda.empty();
        const auto rows = [&](const Floats& values, std::int64_t width) { return padded(values, L, width, 3, 2).view; };
        const Tensor u = rows(in.u, d), dt = rows(in.dt, H), B = rows(in.B, row), C = rows(in.C, row);
        const Tensor A = trapezoid ? rows(in.A, H) : vector(in.A), D = vector(in.D), lambda = trapezoid ? rows(in.lambda, H) : Tensor{};
        const Tensor state = upload(in.state, {d, in.d_state}), kPrev = vector(in.kPrev), vPrev = vector(in.vPrev);
        const Padded out = paddedZeros(L, d, 1, 1), norm = paddedZeros(L, d, 0, 3);
        if (cuts.empty()) cuts = {L};
        run([&](Ops& ops) {
            std::int64_t t = 0;
            for (const std::int64_t n : cuts) {
                const Tensor stateNorm = probed ? norm.view.rowRange(t, n) : Tensor{};
                if (trapezoid)
                    ops.trapezoidScan({.v = u.rowRange(t, n), .dt = dt.rowRange(t, n), .A = A.rowRange(t, n),
                                       .lambda = lambda.rowRange(t, n), .K = B.rowRange(t, n), .Q = C.rowRange(t, n), .D = D,
                                       .state = state, .kPrev = kPrev, .vPrev = vPrev, .out = out.view.rowRange(t, n),
                                       .stateNorm = stateNorm});
                else
                    ops.ssdScan({.u = u.rowRange(t, n), .dt = dt.rowRange(t, n), .A = A, .B = B.rowRange(t, n),
                                 .C = C.rowRange(t, n), .D = D, .n_groups = in.n_groups, .state = state,
                                 .out = out.view.rowRange(t, n), .stateNorm = stateNorm});
                t += n;
            }
        });
        return {download(out), download(state), download(norm), trapezoid ? download(kPrev) : Floats{},
                trapezoid ? download(vPrev) : Floats{}};
    }

    void expectRight(const HeadScanInput& in, const std::vector<std::int64_t>& cuts = {}) {
        SCOPED_TRACE(testing::Message() << "L " << in.L << " heads " << in.n_heads << " of " << in.head_dim << " d_state "
                                        << in.d_state << " groups " << in.n_groups << " calls " << cuts.size());
        const HeadScanOutput expected = headScan(in);
        const Ran ran = scan(in, true, cuts);
        EXPECT_LT(relativeError(ran.out, expected.out), kTolerance);
        EXPECT_LT(relativeError(ran.state, expected.state), kTolerance);
        EXPECT_LT(relativeError(ran.norm, expected.stateNorm), kTolerance);
        const Ran unseen = scan(in, false, cuts);
        EXPECT_EQ(unseen.out, ran.out) << "probes changed bits";
        EXPECT_EQ(unseen.state, ran.state);
        if (in.lambda.empty()) return;
        EXPECT_EQ(ran.kPrev, Floats(in.B.end() - in.n_heads * in.d_state, in.B.end()));
        EXPECT_EQ(ran.vPrev, Floats(in.u.end() - in.d_inner(), in.u.end()));
    }
};
MS_EVERY_BACKEND(HeadScan);

TEST_P(HeadScan, SsdAtOddSizes) {
    std::uint32_t seed = 0;
    for (const std::int64_t L : {1, 3, 64, 65, 150})
        for (const std::int64_t head_dim : {1, 16, 24, 70}) expectRight(headScanInput(L, 3, head_dim, 32, 1, false, seed += 20));
    for (const std::int64_t d_state : {1, 5, 64, 128, 256}) expectRight(headScanInput(97, 2, 20, d_state, 1, false, seed += 20));
}

TEST_P(HeadScan, SsdGroups) {
    for (const std::int64_t groups : {2, 4, 8}) {
        expectRight(headScanInput(70, 8, 24, 40, groups, false, 5));
        expectRight(headScanInput(1, 8, 24, 40, groups, false, 6));
    }
}

TEST_P(HeadScan, SsdInChunks) {
    const HeadScanInput in = headScanInput(160, 4, 24, 32, 2, false, 7);
    expectRight(in, {1, 7, 64, 64, 24});
    expectRight(in, std::vector<std::int64_t>(160, 1));
}

// A running sum that is large against its late differences: what a plain float sum of dt A would lose.
TEST_P(HeadScan, SsdAfterLongSteps) {
    HeadScanInput in = headScanInput(128, 2, 16, 16, 1, false, 8);
    for (std::int64_t t = 0; t < in.L; ++t)
        for (std::int64_t h = 0; h < in.n_heads; ++h) {
            float& dt = in.dt[static_cast<std::size_t>(t * in.n_heads + h)];
            dt = t % 64 < 32 ? 4.0f + dt : 1e-3f * dt;
        }
    expectRight(in);
    in.dt.assign(in.dt.size(), 0.0f);
    expectRight(in);
}

TEST_P(HeadScan, SsdShardsWhatOneBindingCannotSpan) {
    if (onHost()) return;
    VulkanOptions small = options();
    small.bindingLimitBytes = 16384;
    use(small);
    expectRight(headScanInput(150, 4, 16, 16, 1, false, 9));
}

TEST_P(HeadScan, SsdInSmallSharedMemory) {
    if (onHost()) return;
    VulkanOptions split = options();
    split.scanChunkTokens = 32;  // what devices with 16 KiB take
    use(split);
    expectRight(headScanInput(130, 3, 70, 40, 3, false, 10));
    expectRight(headScanInput(5, 3, 16, 16, 1, false, 11));
}

TEST_P(HeadScan, TrapezoidAtOddSizes) {
    std::uint32_t seed = 100;
    for (const std::int64_t L : {1, 2, 65})
        for (const std::int64_t head_dim : {1, 16, 37})
            for (const std::int64_t d_state : {2, 32, 70}) expectRight(headScanInput(L, 3, head_dim, d_state, 3, true, seed += 20));
}

TEST_P(HeadScan, TrapezoidInChunks) {
    const HeadScanInput in = headScanInput(72, 4, 16, 32, 4, true, 12);
    expectRight(in, {1, 7, 64});
    expectRight(in, std::vector<std::int64_t>(72, 1));
}

// writeStrength where heads share a step size and groups a B: the same as with both written out for every channel.
TEST_P(HeadScan, WriteStrengthOfHeads) {
    const std::int64_t L = 9, heads = 6, head_dim = 5, groups = 3, N = 17, d = heads * head_dim;
    const Floats dt = uniform(L * heads, 1, 0, 2), u = normal(L * d, 2), B = normal(L * groups * N, 3);
    Doubles expected;
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t c = 0; c < d; ++c) {
            const std::int64_t head = c / head_dim;
            double squares = 0;
            for (std::int64_t n = 0; n < N; ++n) {
                const double b = B[static_cast<std::size_t>((t * groups + head / (heads / groups)) * N + n)];
                squares += b * b;
            }
            expected.push_back(std::abs(static_cast<double>(dt[static_cast<std::size_t>(t * heads + head)]) *
                                        u[static_cast<std::size_t>(t * d + c)]) *
                               std::sqrt(squares));
        }
    const Padded out = paddedZeros(L, d, 1, 2);
    run([&](Ops& ops) {
        ops.writeStrength({.dt = padded(dt, L, heads, 1, 0).view, .u = padded(u, L, d, 0, 3).view,
                           .B = padded(B, L, groups * N, 2, 2).view, .out = out.view, .n_groups = groups});
    });
    EXPECT_LT(relativeError(download(out), expected), kTolerance);
}

TEST_P(HeadScan, RefusesWhatDoesNotFit) {
    const Tensor u = zeros({3, 12}), dt = zeros({3, 5}), four = zeros({3, 4}), state = zeros({12, 4}), vec = zeros({4});
    const auto refused = [&](const SsdScanArgs& args) {
        const auto program = current().record("test", [&](Ops& ops) { ops.ssdScan(args); });
        return program ? std::string() : program.error().message;
    };
    SsdScanArgs args{.u = u, .dt = dt, .A = vec, .B = four, .C = four, .D = vec, .state = state, .out = u};
    EXPECT_EQ(refused(args), "test: ssdScan: 5 heads do not divide 12 channels");
    args.dt = four;
    args.n_groups = 3;
    EXPECT_EQ(refused(args), "test: ssdScan: 3 groups do not divide 4 heads");
    args.n_groups = 2;
    EXPECT_EQ(refused(args), "test: ssdScan: B is [3, 4], not [3, 8]");
}

}  // namespace
}  // namespace ms::test
