// One token's chains of ops: fused dispatches against float64 twins, and against the same ops one by one.
#include <cmath>
#include <string>

#include "engine/vulkan/program.h"
#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;

struct Layer {
    std::int64_t d_model, d_inner, d_state, dt_rank, d_conv;
    DType type = DType::F32;
    bool inBias = false, convBias = true, dtBias = true, gated = true, probes = false;
    std::int64_t beside = 0;  // columns of NaN on either side of every activation
};

std::string text(const Layer& c) {
    return "d_model " + std::to_string(c.d_model) + " d_inner " + std::to_string(c.d_inner) + " d_state " +
           std::to_string(c.d_state) + " dt_rank " + std::to_string(c.dt_rank) + " d_conv " + std::to_string(c.d_conv) +
           " " + std::string(name(c.type)) + (c.probes ? " probed" : "") + " beside " + std::to_string(c.beside);
}

constexpr float kEps = 1e-5f;

class Decode : public VulkanTest {
protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (!IsSkipped()) use({.kernels = KernelChoice::Gpu});
    }

    /// Every tensor of a layer on the device.
    struct Tensors {
        Padded r, normed, xz, u, dbc, dt, gated, y, gate, norm;
        Tensor normWeight, inProj, inBias, convWeight, convBias, convState, xProj, dtProj, dtBias, A, D, h, outProj;
    };
    struct Values {
        Floats r, normed, xz, u, convState, dbc, dt, gated, h, y, gate, norm, out;
    };

    Floats seeded(std::int64_t count, float mean, float deviation) { return normal(count, ++m_seed, mean, deviation); }

    Tensors tensorsOf(const Layer& c) {
        m_seed = 0;
        const auto matrix = [&](std::int64_t rows, std::int64_t cols, float deviation) {
            return weights(seeded(rows * cols, 0, deviation), {rows, cols}, c.type);
        };
        const auto vector = [&](std::int64_t size, float mean, float deviation) {
            return weights(seeded(size, mean, deviation), {size});
        };
        const auto activation = [&](std::int64_t width) { return paddedZeros(1, width, c.beside, c.beside); };
        const std::int64_t sums = c.dt_rank + 2 * c.d_state;
        Tensors t;
        t.r = padded(seeded(c.d_model, 0, 2), 1, c.d_model, c.beside, c.beside);
        t.normWeight = vector(c.d_model, 1, 0.2f);
        t.inProj = matrix(2 * c.d_inner, c.d_model, 0.2f);
        if (c.inBias) t.inBias = vector(2 * c.d_inner, 0, 1);
        t.convWeight = weights(seeded(c.d_inner * c.d_conv, 0, 0.5f), {c.d_inner, c.d_conv});
        if (c.convBias) t.convBias = vector(c.d_inner, 0, 0.5f);
        if (c.d_conv > 1) t.convState = upload(seeded(c.d_inner * (c.d_conv - 1), 0, 1), {c.d_inner, c.d_conv - 1});
        t.xProj = matrix(sums, c.d_inner, 0.2f);
        t.dtProj = matrix(c.d_inner, c.dt_rank, 0.3f);
        if (c.dtBias) t.dtBias = vector(c.d_inner, -3, 1);
        t.A = weights(negativeA(c.d_inner, c.d_state, ++m_seed), {c.d_inner, c.d_state});
        t.D = vector(c.d_inner, 1, 0.5f);
        t.h = upload(seeded(c.d_inner * c.d_state, 0, 1), {c.d_inner, c.d_state});
        t.outProj = matrix(c.d_model, c.d_inner, 0.1f);
        t.normed = activation(c.d_model);
        t.xz = activation(2 * c.d_inner);
        t.dbc = activation(sums);
        for (Padded* p : {&t.u, &t.dt, &t.gated, &t.y, &t.gate, &t.norm}) *p = activation(c.d_inner);
        return t;
    }

    static void record(Ops& op, const Layer& c, const Tensors& t, const std::function<void(Ops&)>& between = {}) {
        const Tensor x = t.xz.view.colRange(0, c.d_inner), z = t.xz.view.colRange(c.d_inner, c.d_inner);
        const Tensor low = t.dbc.view.colRange(0, c.dt_rank), B = t.dbc.view.colRange(c.dt_rank, c.d_state),
                     C = t.dbc.view.colRange(c.dt_rank + c.d_state, c.d_state);
        op.rmsNorm(t.r.view, t.normWeight, kEps, t.normed.view);
        op.matmul({.x = t.normed.view, .weight = t.inProj, .bias = t.inBias, .out = t.xz.view});
        op.causalConv1d({.x = x, .weight = t.convWeight, .bias = t.convBias, .state = t.convState, .out = t.u.view});
        op.matmul({.x = t.u.view, .weight = t.xProj, .bias = {}, .out = t.dbc.view});
        if (between) between(op);
        op.matmul({.x = low,
                   .weight = t.dtProj,
                   .bias = t.dtBias,
                   .out = t.dt.view,
                   .epilogue = MatmulArgs::Epilogue::Softplus});
        SelectiveScanArgs scan{.u = t.u.view,
                               .dt = t.dt.view,
                               .A = t.A,
                               .B = B,
                               .C = C,
                               .D = t.D,
                               .z = {},
                               .dtBias = {},
                               .softplus = false,
                               .state = t.h,
                               .out = t.gated.view,
                               .y = {},
                               .gate = {},
                               .stateNorm = {}};
        if (c.gated) scan.z = z;
        if (c.probes) {
            scan.y = t.y.view;
            scan.stateNorm = t.norm.view;
            if (c.gated) scan.gate = t.gate.view;
        }
        op.selectiveScan(scan);
        op.matmul({.x = t.gated.view,
                   .weight = t.outProj,
                   .bias = {},
                   .out = t.r.view,
                   .epilogue = MatmulArgs::Epilogue::Accumulate});
    }

    std::size_t runCounting(const std::function<void(Ops&)>& body) {
        const auto program = current().record("test", body);
        EXPECT_TRUE(program) << program.error().message;
        if (!program) return 0;
        const auto result = current().run(**program);
        EXPECT_TRUE(result) << result.error().message;
        return dynamic_cast<const VulkanProgram&>(**program).dispatches();
    }

    Values valuesOf(const Tensors& t) {
        return {.r = {},
                .normed = download(t.normed),
                .xz = download(t.xz),
                .u = download(t.u),
                .convState = t.convState ? download(t.convState) : Floats{},
                .dbc = download(t.dbc),
                .dt = download(t.dt),
                .gated = download(t.gated),
                .h = download(t.h),
                .y = download(t.y),
                .gate = download(t.gate),
                .norm = download(t.norm),
                .out = download(t.r)};
    }

    /// Each step against its twin on the values that the step before it left.
    void expectRight(const Layer& c, std::size_t dispatches, const std::function<void(Ops&)>& between = {}) {
        const Tensors t = tensorsOf(c);
        const Floats r = download(t.r), h = download(t.h);
        Floats convState = t.convState ? download(t.convState) : Floats{};
        const auto optional = [&](const Tensor& tensor) { return tensor ? download(tensor) : Floats{}; };
        EXPECT_EQ(runCounting([&](Ops& op) { record(op, c, t, between); }), dispatches) << text(c);
        const Values v = valuesOf(t);
        const auto near = [&](const Floats& out, const Doubles& ref, const char* what) {
            EXPECT_LT(relativeError(out, ref), kTolerance) << what << ", " << text(c);
        };
        const std::int64_t sums = c.dt_rank + 2 * c.d_state;
        near(v.normed, rmsNorm(r, download(t.normWeight), kEps, 1, c.d_model), "normed");
        near(v.xz, matmul(v.normed, download(t.inProj), optional(t.inBias), 1, 2 * c.d_inner, c.d_model), "xz");
        const Floats x(v.xz.begin(), v.xz.begin() + c.d_inner), z(v.xz.begin() + c.d_inner, v.xz.end());
        near(v.u, causalConv1d(x, download(t.convWeight), optional(t.convBias), convState, 1, c.d_inner, c.d_conv),
             "u");
        EXPECT_EQ(v.convState, convState) << text(c);
        near(v.dbc, matmul(v.u, download(t.xProj), {}, 1, sums, c.d_inner), "dbc");
        const Floats low(v.dbc.begin(), v.dbc.begin() + c.dt_rank);
        const Floats B(v.dbc.begin() + c.dt_rank, v.dbc.begin() + c.dt_rank + c.d_state),
            C(v.dbc.end() - c.d_state, v.dbc.end());
        near(v.dt,
             matmul(low, download(t.dtProj), optional(t.dtBias), 1, c.d_inner, c.dt_rank,
                    MatmulArgs::Epilogue::Softplus),
             "dt");
        const ScanOutput scan = selectiveScan({.L = 1,
                                               .d_inner = c.d_inner,
                                               .d_state = c.d_state,
                                               .u = v.u,
                                               .dt = v.dt,
                                               .A = download(t.A),
                                               .B = B,
                                               .C = C,
                                               .D = download(t.D),
                                               .z = c.gated ? z : Floats{},
                                               .dtBias = {},
                                               .softplus = false,
                                               .state = h});
        near(v.gated, scan.out, "out");
        near(v.h, scan.state, "state");
        near(v.out,
             matmul(v.gated, download(t.outProj), {}, 1, c.d_model, c.d_inner, MatmulArgs::Epilogue::Accumulate, r),
             "r");
        if (!c.probes) return;
        near(v.y, scan.y, "y");
        near(v.norm, scan.stateNorm, "state norm");
        if (c.gated) near(v.gate, scan.gate, "gate");
    }

private:
    std::uint32_t m_seed = 0;
};

constexpr Layer kTypical{.d_model = 64, .d_inner = 128, .d_state = 16, .dt_rank = 4, .d_conv = 4};

constexpr std::size_t kFused = 3, kPlain = 7;

TEST_F(Decode, EveryWidthAndType) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
        expectRight({.d_model = 8, .d_inner = 8, .d_state = 4, .dt_rank = 2, .d_conv = 2, .type = type}, kFused);
        expectRight({.d_model = 40, .d_inner = 72, .d_state = 16, .dt_rank = 6, .d_conv = 4, .type = type}, kFused);
        expectRight({.d_model = 104,
                     .d_inner = 136,
                     .d_state = 5,
                     .dt_rank = 10,
                     .d_conv = 3,
                     .type = type,
                     .inBias = true,
                     .convBias = false,
                     .dtBias = false},
                    kFused);
        expectRight({.d_model = 768, .d_inner = 1536, .d_state = 16, .dt_rank = 48, .d_conv = 4, .type = type}, kFused);
    }
}

TEST_F(Decode, OddWidthsOfF32) {
    expectRight({.d_model = 4, .d_inner = 4, .d_state = 1, .dt_rank = 1, .d_conv = 1}, kFused);
    expectRight({.d_model = 20, .d_inner = 252, .d_state = 3, .dt_rank = 7, .d_conv = 8}, kFused);
    expectRight({.d_model = 36, .d_inner = 44, .d_state = 33, .dt_rank = 5, .d_conv = 4}, kFused);
}

TEST_F(Decode, ProbesWithAndWithoutGate) {
    for (const bool gated : {true, false}) {
        Layer c = kTypical;
        c.gated = gated;
        c.probes = true;
        expectRight(c, kFused);
    }
}

TEST_F(Decode, ViewsInWiderRows) {
    Layer c = kTypical;
    c.probes = true;
    c.beside = 4;
    expectRight(c, kFused);
    c.beside = 3;  // nothing aligned
    expectRight(c, kPlain);
}

TEST_F(Decode, ShapesThatOnlyPlainKernelsTake) {
    expectRight({.d_model = 20, .d_inner = 40, .d_state = 16, .dt_rank = 4, .d_conv = 4, .type = DType::F16}, kPlain);
    // The norm fits its product still, the rest does not.
    expectRight({.d_model = 40, .d_inner = 20, .d_state = 16, .dt_rank = 4, .d_conv = 4, .type = DType::F16},
                kPlain - 1);
    expectRight({.d_model = 40, .d_inner = 40, .d_state = 16, .dt_rank = 3, .d_conv = 4, .type = DType::F16},
                kPlain - 1);
    expectRight({.d_model = 40, .d_inner = 40, .d_state = 256, .dt_rank = 4, .d_conv = 4}, kPlain - 1);
}

TEST_F(Decode, AnotherOpInTheMiddleBreaksTheChain) {
    const Tensor from = upload({1, 2, 3}, {3}), to = zeros({3});
    expectRight(kTypical, kPlain, [&](Ops& op) { op.copy(from, to); });
    EXPECT_EQ(download(to), (Floats{1, 2, 3}));
}

TEST_F(Decode, WithoutFusion) {
    use({.kernels = KernelChoice::Gpu, .fuseDecode = false});
    expectRight(kTypical, kPlain);
}

TEST_F(Decode, SmallBindingsAreShardedPlainly) {
    use({.kernels = KernelChoice::Gpu, .bindingLimitBytes = 16384});
    expectRight({.d_model = 40, .d_inner = 72, .d_state = 16, .dt_rank = 6, .d_conv = 4}, kPlain + 1);
}

TEST_F(Decode, PushDescriptors) {
    use({.kernels = KernelChoice::Gpu, .pushDescriptors = true});
    expectRight(kTypical, kFused);
}

TEST_F(Decode, ProbesDoNotChangeABit) {
    for (const DType type : {DType::F32, DType::F16}) {
        Layer c{.d_model = 40, .d_inner = 72, .d_state = 16, .dt_rank = 6, .d_conv = 4, .type = type};
        const Tensors plain = tensorsOf(c), probed = tensorsOf(c);
        for (int token = 0; token < 3; ++token) {
            run([&](Ops& op) { record(op, c, plain); });
            Layer watched = c;
            watched.probes = true;
            run([&](Ops& op) { record(op, watched, probed); });
        }
        EXPECT_EQ(download(plain.r), download(probed.r));
        EXPECT_EQ(download(plain.h), download(probed.h));
        EXPECT_EQ(download(plain.convState), download(probed.convState));
    }
}

// Layers in a row share their scratch: barriers must keep them apart.
TEST_F(Decode, LayersInARowAgreeWithPlainOps) {
    const Layer c{.d_model = 40, .d_inner = 72, .d_state = 16, .dt_rank = 6, .d_conv = 4, .type = DType::F16};
    const auto layers = [&] {
        const Tensors t = tensorsOf(c);
        run([&](Ops& op) {
            for (int k = 0; k < 5; ++k) record(op, c, t);
        });
        return download(t.r);
    };
    const Floats fused = layers();
    use({.kernels = KernelChoice::Gpu, .fuseDecode = false});
    const Floats plain = layers();
    EXPECT_LT(relativeError(fused, Doubles(plain.begin(), plain.end())), kTolerance);
}

class NormMatmul : public Decode {
protected:
    void expectRight(std::int64_t N, std::int64_t K, DType type, std::size_t dispatches, bool bias = false,
                     bool inPlace = false) {
        const Floats x = normal(K, 1), gain = normal(K, 2, 1.0f, 0.2f), w = rounded(type, normal(N * K, 3)),
                     b = bias ? normal(N, 4) : Floats{};
        const Tensor in = upload(x, {1, K}), normed = inPlace ? in : zeros({1, K}), out = zeros({1, N});
        MatmulArgs product{.x = normed, .weight = weights(w, {N, K}, type), .bias = {}, .out = out};
        if (bias) product.bias = weights(b, {N});
        const Tensor gainTensor = weights(gain, {K});
        const std::size_t ran = runCounting([&](Ops& op) {
            op.rmsNorm(in, gainTensor, kEps, normed);
            op.matmul(product);
        });
        EXPECT_EQ(ran, dispatches) << N << " x " << K;
        const Doubles expected = rmsNorm(x, gain, kEps, 1, K);
        EXPECT_LT(relativeError(download(normed), expected), kTolerance) << N << " x " << K;
        EXPECT_LT(relativeError(download(out), matmul(download(normed), w, b, 1, N, K)), kTolerance) << N << " x " << K;
    }
};

TEST_F(NormMatmul, EveryShape) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
        for (const auto& [N, K] : {std::pair<std::int64_t, std::int64_t>{1, 8}, {5, 16}, {251, 64}, {1000, 768}})
            expectRight(N, K, type, 1, N == 251);
    expectRight(33, 20, DType::F32, 1);
    expectRight(33, 20, DType::F16, 2);               // rows of half a 16-byte unit
    expectRight(3, 65536, DType::F32, 2);             // too long for registers
    expectRight(33, 64, DType::F32, 2, false, true);  // others still read what the norm would overwrite
}

TEST_F(NormMatmul, ANormThatNobodyMultipliesIsRecorded) {
    const Floats x = normal(40, 1), gain = normal(40, 2);
    const Tensor in = upload(x, {1, 40}), weight = weights(gain, {40}), a = zeros({1, 40}), b = zeros({1, 40});
    EXPECT_EQ(runCounting([&](Ops& op) {
                  op.rmsNorm(in, weight, kEps, a);
                  op.rmsNorm(in, weight, kEps, b);
              }),
              2u);
    EXPECT_LT(relativeError(download(a), rmsNorm(x, gain, kEps, 1, 40)), kTolerance);
    EXPECT_EQ(download(a), download(b));
}

}  // namespace
}  // namespace ms::test
