// causalConv1d and selectiveScan, every variant.
#include <optional>
#include <string>

#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;

class Conv : public VulkanTest {
protected:
    void expectRight(std::int64_t L, std::int64_t d, std::int64_t d_conv, bool bias, std::int64_t before) {
        const Floats x = normal(L * d, 1), w = normal(d * d_conv, 2), b = bias ? normal(d, 3) : Floats{};
        Floats state = normal(d * (d_conv - 1), 4);
        const Padded in = padded(x, L, d, before, d), out = paddedZeros(L, d, before, 0);
        CausalConv1dArgs args{.x = in.view, .weight = weights(w, {d, d_conv}), .bias = {}, .state = {}, .out = out.view};
        if (bias) args.bias = weights(b, {d});
        if (d_conv > 1) args.state = upload(state, {d, d_conv - 1});
        run([&](Ops& ops) { ops.causalConv1d(args); });
        const Doubles expected = causalConv1d(x, w, b, state, L, d, d_conv);
        EXPECT_LT(relativeError(download(out), expected), kTolerance) << L << " x " << d << ", d_conv " << d_conv;
        if (d_conv == 1) return;
        EXPECT_EQ(download(args.state), state) << L << " x " << d << ", d_conv " << d_conv;
    }
};

TEST_F(Conv, EveryLengthAndKernel) {
    for (const std::int64_t L : {1, 2, 3, 7, 65, 300})
        for (const std::int64_t d_conv : {1, 2, 4, 8}) expectRight(L, 72, d_conv, true, 0);
}

TEST_F(Conv, OddWidthsWithoutBias) {
    for (const std::int64_t d : {1, 5, 251}) expectRight(33, d, 4, false, 1);
}

// Software devices read four channels at once where rows start at 16-byte boundaries and few inputs are kept.
TEST_F(Conv, AlignedAndNot) {
    for (const std::int64_t before : {4, 3}) {
        for (const std::int64_t L : {1, 4, 33}) expectRight(L, 144, 4, true, before);
        expectRight(2, 144, 8, false, before);
    }
    for (const std::int64_t L : {16, 65}) expectRight(L, 72, 8, true, 0);
}

TEST_F(Conv, TwoChunksEqualOne) {
    const std::int64_t L = 37, d = 20;
    const Floats x = normal(L * d, 5), w = normal(d * 4, 6);
    const Tensor in = upload(x, {L, d}), weight = weights(w, {d, 4}), whole = zeros({L, d}), parts = zeros({L, d}),
                 state = zeros({d, 3}), state2 = zeros({d, 3});
    run([&](Ops& ops) {
        ops.causalConv1d({.x = in, .weight = weight, .bias = {}, .state = state, .out = whole});
        for (const auto& [first, count] : {std::pair<std::int64_t, std::int64_t>{0, 1}, {1, 1}, {2, 18}, {20, 17}})
            ops.causalConv1d({.x = in.rowRange(first, count), .weight = weight, .bias = {}, .state = state2,
                              .out = parts.rowRange(first, count)});
    });
    EXPECT_EQ(download(whole), download(parts));
    EXPECT_EQ(download(state), download(state2));
}

struct ScanCase {
    std::int64_t L, d, n;
    DType type = DType::F32;
    bool gated = true, softplus = true, probes = false, strided = false;
    std::int64_t beside = 3;  // columns on either side of a strided view
};

std::string text(const ScanCase& c) {
    return "L " + std::to_string(c.L) + " d_inner " + std::to_string(c.d) + " d_state " + std::to_string(c.n) + " " +
           std::string(name(c.type)) + (c.probes ? " probed" : "") + (c.strided ? " strided by " + std::to_string(c.beside) : "");
}

class Scan : public EveryVariant {
protected:
    struct Ran {
        Floats out, state, y, gate, norm;
    };

    Ran runScan(const ScanInput& in, const ScanCase& c) {
        const std::int64_t around = c.strided ? c.beside : 0;
        const auto matrix = [&](const Floats& v, std::int64_t width) {
            return padded(v, c.L, width, around, around, c.type).view;
        };
        const Padded out = paddedZeros(c.L, c.d, around, 0, c.type), y = paddedZeros(c.L, c.d, 0, around),
                     gate = paddedZeros(c.L, c.d, around, around), norm = paddedZeros(c.L, c.d, 0, 0);
        SelectiveScanArgs args{.u = matrix(in.u, c.d), .dt = matrix(in.dt, c.d), .A = weights(in.A, {c.d, c.n}),
                               .B = matrix(in.B, c.n), .C = matrix(in.C, c.n), .D = weights(in.D, {c.d}), .z = {},
                               .dtBias = {}, .softplus = in.softplus, .state = upload(in.state, {c.d, c.n}),
                               .out = out.view, .y = {}, .gate = {}, .stateNorm = {}};
        if (!in.z.empty()) args.z = matrix(in.z, c.d);
        if (!in.dtBias.empty()) args.dtBias = weights(in.dtBias, {c.d});
        if (c.probes) {
            args.y = y.view;
            args.stateNorm = norm.view;
            if (args.z) args.gate = gate.view;
        }
        run([&](Ops& ops) { ops.selectiveScan(args); });
        return {download(out), download(args.state), download(y), download(gate), download(norm)};
    }

    ScanInput inputFor(const ScanCase& c) {
        ScanInput in = scanInput(c.L, c.d, c.n, 11, c.gated, c.softplus);
        for (Floats* v : {&in.u, &in.dt, &in.B, &in.C, &in.z}) *v = rounded(c.type, *v);
        return in;
    }

    void expectRight(const ScanCase& c) {
        const ScanInput in = inputFor(c);
        const ScanOutput expected = selectiveScan(in);
        const Ran ran = runScan(in, c);
        // Half-precision output: half a unit in the eleventh bit.
        EXPECT_LT(relativeError(ran.out, expected.out), c.type == DType::F16 ? 5e-4 : kTolerance) << text(c);
        EXPECT_LT(relativeError(ran.state, expected.state), kTolerance) << text(c);
        if (!c.probes) return;
        EXPECT_LT(relativeError(ran.y, expected.y), kTolerance) << text(c);
        EXPECT_LT(relativeError(ran.norm, expected.stateNorm), kTolerance) << text(c);
        if (!c.gated) return;
        EXPECT_LT(relativeError(ran.gate, expected.gate), kTolerance) << text(c);
    }
};
MS_EVERY_VARIANT(Scan);

TEST_P(Scan, EveryLength) {
    for (const std::int64_t L : {1, 2, 3, 7, 64, 65, 130, 300}) expectRight({.L = L, .d = 72, .n = 16});
}

TEST_P(Scan, EveryWidth) {
    for (const std::int64_t d : {1, 5, 144, 251, 256}) expectRight({.L = 65, .d = d, .n = 16});
}

TEST_P(Scan, EveryStateSize) {
    for (const std::int64_t n : {1, 3, 8, 17, 64}) expectRight({.L = 37, .d = 20, .n = n, .probes = true});
}

TEST_P(Scan, LargestState) {
    if (GetParam() == KernelChoice::Software) return;  // so many states take the GPU's kernel there, too
    expectRight({.L = 5, .d = 3, .n = 256});
}

TEST_P(Scan, WithoutGateOrSoftplus) {
    expectRight({.L = 65, .d = 20, .n = 16, .gated = false});
    expectRight({.L = 65, .d = 20, .n = 16, .softplus = false});
}

TEST_P(Scan, StridedViews) {
    for (const std::int64_t n : {3, 16}) expectRight({.L = 65, .d = 21, .n = n, .probes = true, .strided = true});
}

TEST_P(Scan, HalfPrecision) {
    for (const std::int64_t L : {1, 7, 130}) expectRight({.L = L, .d = 72, .n = 16, .type = DType::F16});
    expectRight({.L = 65, .d = 21, .n = 3, .type = DType::F16, .probes = true, .strided = true});
}

// Software devices read four channels at once where everything starts at 16-byte boundaries, else one by one.
TEST_P(Scan, AlignedAndNot) {
    for (const std::int64_t d : {144, 256})
        for (const std::int64_t n : {8, 16})
            for (const std::int64_t beside : {4, 3}) {
                expectRight({.L = 33, .d = d, .n = n, .probes = true, .strided = true, .beside = beside});
                expectRight({.L = 1, .d = d, .n = n, .strided = true, .beside = beside});
            }
    for (const std::int64_t n : {6, 32, 36}) expectRight({.L = 33, .d = 144, .n = n, .probes = true});
    expectRight({.L = 33, .d = 142, .n = 16, .probes = true});
}

TEST_P(Scan, ProbesDoNotChangeABit) {
    for (const ScanCase& shape : {ScanCase{.L = 130, .d = 72, .n = 16}, ScanCase{.L = 130, .d = 71, .n = 16},
                                  ScanCase{.L = 130, .d = 72, .n = 16, .type = DType::F16},
                                  ScanCase{.L = 33, .d = 144, .n = 8, .strided = true, .beside = 4}}) {
        ScanCase c = shape;
        const ScanInput in = inputFor(c);
        const Ran plain = runScan(in, c);
        c.probes = true;
        const Ran probed = runScan(in, c);
        EXPECT_EQ(plain.out, probed.out) << text(c);
        EXPECT_EQ(plain.state, probed.state) << text(c);
    }
}

TEST_P(Scan, GateOfLargeInputsStaysFinite) {
    ScanCase c{.L = 4, .d = 8, .n = 4};
    ScanInput in = inputFor(c);
    for (std::size_t i = 0; i < in.z.size(); ++i) in.z[i] = (i % 2 ? -1.0f : 1.0f) * (i < 16 ? 120.0f : 3e30f);
    for (float& v : in.u) v *= 1e-3f;
    EXPECT_LT(relativeError(runScan(in, c).out, selectiveScan(in).out), kTolerance);
}

TEST_P(Scan, SplittingTimeChangesNothing) {
    VulkanOptions split = options();
    split.scanChunkTokens = 40;
    use(split);
    expectRight({.L = 300, .d = 72, .n = 16});
    expectRight({.L = 130, .d = 21, .n = 3, .probes = true, .strided = true});
    expectRight({.L = 130, .d = 20, .n = 16, .type = DType::F16});
}

TEST_P(Scan, FewerLanes) {
    VulkanOptions narrow = options();
    narrow.scanLanes = 4;
    use(narrow);
    expectRight({.L = 65, .d = 72, .n = 16, .probes = true});
}

TEST_P(Scan, ShardsWhatOneBindingCannotSpan) {
    VulkanOptions small = options();
    small.bindingLimitBytes = 16384;
    use(small);
    expectRight({.L = 300, .d = 72, .n = 16, .probes = true, .strided = true});
}

TEST_P(Scan, TwoChunksEqualOne) {
    const std::int64_t L = 100, d = 24, n = 16, cut = 63;
    const ScanInput in = scanInput(L, d, n, 12);
    const auto args = [&](const Tensor& state, const Tensor& out) {
        return SelectiveScanArgs{.u = upload(in.u, {L, d}), .dt = upload(in.dt, {L, d}), .A = weights(in.A, {d, n}),
                                 .B = upload(in.B, {L, n}), .C = upload(in.C, {L, n}), .D = weights(in.D, {d}),
                                 .z = upload(in.z, {L, d}), .dtBias = weights(in.dtBias, {d}), .softplus = true,
                                 .state = state, .out = out, .y = {}, .gate = {}, .stateNorm = {}};
    };
    const auto rows = [](SelectiveScanArgs a, std::int64_t first, std::int64_t count) {
        for (Tensor* t : {&a.u, &a.dt, &a.B, &a.C, &a.z, &a.out}) *t = t->rowRange(first, count);
        return a;
    };
    const SelectiveScanArgs whole = args(upload(in.state, {d, n}), zeros({L, d}));
    const SelectiveScanArgs parts = args(upload(in.state, {d, n}), zeros({L, d}));
    run([&](Ops& ops) {
        ops.selectiveScan(whole);
        ops.selectiveScan(rows(parts, 0, cut));
        ops.selectiveScan(rows(parts, cut, L - cut));
    });
    EXPECT_EQ(download(whole.out), download(parts.out));
    EXPECT_EQ(download(whole.state), download(parts.state));
}

}  // namespace
}  // namespace ms::test
