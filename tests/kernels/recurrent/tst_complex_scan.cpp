// complexScan on every backend.
#include <cmath>

#include "tests/kernels/recurrent/every_backend.h"

namespace ms::test {
namespace {

using namespace reference;

struct Ran {
    Floats out, state, y, gate, norm;
};

class ComplexScan : public EveryBackend {
protected:
    /// `cuts`: lengths of the calls, together L.
    Ran scan(const ComplexScanInput& in, bool probed, std::vector<std::int64_t> cuts = {}) {
        const std::int64_t L = in.L, d = in.d, row = 2 * in.N;
        const auto rows = [&](const Floats& values, std::int64_t width) { return padded(values, L, width, 3, 2).view; };
        const Tensor u = rows(in.u, d), dt = rows(in.dt, d), z = rows(in.z, d), B = rows(in.B, row), C = rows(in.C, row);
        const Tensor A = upload(in.A, {d, row}), D = vector(in.D), state = upload(in.state, {d, row});
        const Padded out = paddedZeros(L, d, 1, 1), y = paddedZeros(L, d, 0, 2), gate = paddedZeros(L, d, 3, 0), norm = paddedZeros(L, d, 0, 3);
        if (cuts.empty()) cuts = {L};
        run([&](Ops& ops) {
            std::int64_t t = 0;
            for (const std::int64_t n : cuts) {
                const auto part = [&](const Tensor& all) { return all.rowRange(t, n); };
                const auto probe = [&](const Padded& all) { return probed ? part(all.view) : Tensor{}; };
                ops.complexScan({.u = part(u), .dt = part(dt), .A = A, .B = part(B), .C = part(C), .D = D, .z = part(z), .state = state,
                                 .out = part(out.view), .y = probe(y), .gate = probe(gate), .stateNorm = probe(norm)});
                t += n;
            }
        });
        return {download(out), download(state), download(y), download(gate), download(norm)};
    }

    void expectRight(const ComplexScanInput& in, const std::vector<std::int64_t>& cuts = {}) {
        SCOPED_TRACE(testing::Message() << "L " << in.L << " d_inner " << in.d << " states " << in.N << " calls " << cuts.size());
        const ComplexScanOutput expected = complexScan(in);
        const Ran ran = scan(in, true, cuts);
        EXPECT_LT(relativeError(ran.out, expected.out), kTolerance);
        EXPECT_LT(relativeError(ran.state, expected.state), kTolerance);
        EXPECT_LT(relativeError(ran.y, expected.y), kTolerance);
        EXPECT_LT(relativeError(ran.gate, expected.gate), kTolerance);
        EXPECT_LT(relativeError(ran.norm, expected.stateNorm), kTolerance);
        const Ran unseen = scan(in, false, cuts);
        EXPECT_EQ(unseen.out, ran.out) << "probes changed bits";
        EXPECT_EQ(unseen.state, ran.state);
    }
};
MS_EVERY_BACKEND(ComplexScan);

TEST_P(ComplexScan, OddSizes) {
    std::uint32_t seed = 0;
    for (const std::int64_t L : {1, 3, 64, 129})
        for (const std::int64_t d : {1, 17, 34}) expectRight(complexScanInput(L, d, 6, seed += 20));
    for (const std::int64_t N : {1, 5, 16, 33, 256}) expectRight(complexScanInput(150, 19, N, seed += 20));
}

TEST_P(ComplexScan, InCalls) {
    const ComplexScanInput in = complexScanInput(300, 21, 8, 7);
    expectRight(in, {1, 7, 64, 128, 100});
    expectRight(in, std::vector<std::int64_t>(300, 1));
}

TEST_P(ComplexScan, InShortChunks) {
    if (onHost()) return;
    VulkanOptions split = options();
    split.scanChunkTokens = 7;
    use(split);
    for (const std::int64_t L : {1, 7, 8, 130}) expectRight(complexScanInput(L, 13, 6, 9));
}

TEST_P(ComplexScan, ShardsWhatOneBindingCannotSpan) {
    if (onHost()) return;
    VulkanOptions small = options();
    small.bindingLimitBytes = 16384;
    use(small);
    expectRight(complexScanInput(200, 30, 4, 10));
}

// States that hardly decay and turn fast: their angle must not drift from where the tokens put it.
TEST_P(ComplexScan, AnglesKeepTheirDigits) {
    ComplexScanInput in = complexScanInput(256, 8, 4, 11);
    for (std::int64_t c = 0; c < in.d; ++c)
        for (std::int64_t n = 0; n < in.N; ++n) {
            in.A[static_cast<std::size_t>(c * 2 * in.N + n)] = -1e-3f;
            in.A[static_cast<std::size_t>(c * 2 * in.N + in.N + n)] = static_cast<float>(50 * (n + 1));
        }
    expectRight(in);
}

TEST_P(ComplexScan, RefusesWhatDoesNotFit) {
    const Tensor u = zeros({3, 12}), rows = zeros({3, 8}), A = zeros({12, 8}), D = zeros({12});
    const auto refused = [&](const ComplexScanArgs& args) {
        const auto program = current().record("test", [&](Ops& ops) { ops.complexScan(args); });
        return program ? std::string() : program.error().message;
    };
    ComplexScanArgs args{.u = u, .dt = u, .A = A, .B = rows, .C = rows, .D = D, .z = u, .state = zeros({12, 8}), .out = u};
    EXPECT_EQ(refused(args), "");
    args.B = zeros({3, 4});
    EXPECT_EQ(refused(args), "test: complexScan: B is [3, 4], not [3, 8]");
    args.state = zeros({12, 7});
    EXPECT_EQ(refused(args), "test: complexScan: state must hold real and imaginary parts");
    args.state = zeros({12, 8});
    args.B = rows;
    args.stateNorm = zeros({3, 4});
    EXPECT_EQ(refused(args), "test: complexScan: stateNorm is [3, 4], not [3, 12]");
}

}  // namespace
}  // namespace ms::test
