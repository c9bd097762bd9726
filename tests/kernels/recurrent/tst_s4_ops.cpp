// s4Scan, fftConvolve and glu on every backend.
#include <cmath>

#include "tests/kernels/recurrent/every_backend.h"

namespace ms::test {
namespace {

using namespace reference;

class S4Scan : public EveryBackend {
protected:
    void expectRight(std::int64_t L, std::int64_t H, std::int64_t N, bool rankOne, const std::vector<std::int64_t>& cuts = {}) {
        SCOPED_TRACE(testing::Message() << "L " << L << " channels " << H << " d_state " << N << (rankOne ? " with P, Q" : ""));
        Floats A(static_cast<std::size_t>(H * 2 * N));
        const Floats size = uniform(H * N, 1, 0.5f, 0.99f), turn = uniform(H * N, 2, -3, 3);
        for (std::int64_t c = 0; c < H; ++c)
            for (std::int64_t n = 0; n < N; ++n) {
                const auto i = static_cast<std::size_t>(c * N + n), re = static_cast<std::size_t>(c * 2 * N + n);
                A[re] = size[i] * std::cos(turn[i]);
                A[re + static_cast<std::size_t>(N)] = size[i] * std::sin(turn[i]);
            }
        const float small = 0.2f / static_cast<float>(N);  // a rank-one part that leaves the system stable
        const Floats u = normal(L * H, 3), B = normal(H * 2 * N, 4), C = normal(H * 2 * N, 5), D = normal(H, 6), start = normal(H * 2 * N, 7);
        const Floats P = rankOne ? normal(H * 2 * N, 8, 0, small) : Floats{}, Q = rankOne ? normal(H * 2 * N, 9) : Floats{};
        Doubles h(start.begin(), start.end());
        const Doubles y = s4Scan(u, A, B, C, P, Q, D, h, L, H);
        Doubles activated;
        for (const double v : y) activated.push_back(0.5 * v * std::erfc(-v / std::sqrt(2.0)));
        const Shape rows{H, 2 * N};
        const Tensor state = upload(start, rows);
        const Padded in = padded(u, L, H, 1, 2), out = paddedZeros(L, H, 2, 1), seen = paddedZeros(L, H, 0, 3);
        run([&](Ops& ops) {
            std::int64_t t = 0;
            for (const std::int64_t n : cuts.empty() ? std::vector<std::int64_t>{L} : cuts) {
                ops.s4Scan({.u = in.view.rowRange(t, n), .A = weights(A, rows), .B = weights(B, rows), .C = weights(C, rows),
                            .P = rankOne ? weights(P, rows) : Tensor{}, .Q = rankOne ? weights(Q, rows) : Tensor{}, .D = vector(D),
                            .state = state, .gelu = true, .out = out.view.rowRange(t, n), .y = seen.view.rowRange(t, n)});
                t += n;
            }
        });
        EXPECT_LT(relativeError(download(seen), y), kTolerance);
        EXPECT_LT(relativeError(download(out), activated), kTolerance);
        EXPECT_LT(relativeError(download(state), h), kTolerance);
    }
};
MS_EVERY_BACKEND(S4Scan);

TEST_P(S4Scan, OddSizes) {
    for (const bool rankOne : {false, true})
        for (const std::int64_t N : {1, 5, 16, 33, 64})
            for (const std::int64_t L : {1, 40}) expectRight(L, 7, N, rankOne);
}

TEST_P(S4Scan, CallsContinueEachOther) { expectRight(40, 24, 16, true, {1, 7, 32}); }

class Convolve : public EveryBackend {
protected:
    void expectRight(std::int64_t L, std::int64_t H, bool skip = true) {
        SCOPED_TRACE(testing::Message() << "L " << L << " channels " << H);
        const Floats u = normal(L * H, 1), D = skip ? normal(H, 3) : Floats{};
        Floats kernel = normal(H * L, 2);
        for (std::int64_t i = 0; i < H * L; ++i) kernel[static_cast<std::size_t>(i)] *= std::exp(-4.0f * static_cast<float>(i % L) / static_cast<float>(L));
        const Padded in = padded(u, L, H, 1, 0), out = paddedZeros(L, H, 0, 2), k = padded(kernel, H, L, 2, 1);
        run([&](Ops& ops) { ops.fftConvolve({.u = in.view, .kernel = k.view, .D = vector(D), .out = out.view}); });
        EXPECT_LT(relativeError(download(out), convolve(u, kernel, D, L, H)), kTolerance);
    }
};
MS_EVERY_BACKEND(Convolve);

TEST_P(Convolve, EveryLength) {
    for (const std::int64_t L : {1, 2, 3, 7, 64, 65, 200, 1000}) expectRight(L, 3);
    expectRight(100, 1, false);
    expectRight(33, 20, false);
}

// Longer than shared memory: several passes, of even and odd powers of two.
TEST_P(Convolve, SeveralPasses) {
    expectRight(3000, 2);
    expectRight(5000, 1);
}

TEST_P(Convolve, AnImpulseGivesTheKernel) {
    const std::int64_t L = 50;
    Floats impulse(static_cast<std::size_t>(L));
    impulse[0] = 1;
    const Floats kernel = normal(L, 1);
    const Tensor out = zeros({L, 1});
    run([&](Ops& ops) { ops.fftConvolve({.u = upload(impulse, {L, 1}), .kernel = upload(kernel, {1, L}), .out = out}); });
    EXPECT_LT(relativeError(download(out), Doubles(kernel.begin(), kernel.end())), kTolerance);
}

TEST_P(Convolve, ChannelsInShares) {
    if (onHost()) return;
    VulkanOptions small = options();
    small.bindingLimitBytes = 16384;  // two transforms of 512 points and more do not fit together
    use(small);
    expectRight(300, 5);
}

class Glu : public EveryBackend {};
MS_EVERY_BACKEND(Glu);

TEST_P(Glu, OddSizes) {
    for (const std::int64_t d : {1, 5, 72, 251}) {
        const std::int64_t L = 9;
        const Floats x = normal(L * 2 * d, 1, 0, 3);
        Doubles expected;
        for (std::int64_t t = 0; t < L; ++t)
            for (std::int64_t c = 0; c < d; ++c) {
                const double a = x[static_cast<std::size_t>(t * 2 * d + c)], b = x[static_cast<std::size_t>(t * 2 * d + d + c)];
                expected.push_back(a / (1 + std::exp(-b)));
            }
        const Padded in = padded(x, L, 2 * d, 1, 1), out = paddedZeros(L, d, 3, 0);
        run([&](Ops& ops) { ops.glu({.x = in.view, .out = out.view}); });
        EXPECT_LT(relativeError(download(out), expected), kTolerance);
        run([&](Ops& ops) { ops.glu({.x = in.view, .out = out.view, .accumulate = true}); });
        for (double& v : expected) v *= 2;
        EXPECT_LT(relativeError(download(out), expected), kTolerance);
    }
}

}  // namespace
}  // namespace ms::test
