// Every product kernel against float64, at odd sizes, storage types, alignments and epilogues.
#include <cmath>
#include <string>

#include "tests/kernels/vulkan/vulkan_fixture.h"

namespace ms::test {
namespace {

using namespace reference;
using Epilogue = MatmulArgs::Epilogue;

struct Case {
    std::int64_t L, N, K;
    DType type = DType::F32;
    Epilogue epilogue = Epilogue::None;
    bool bias = false;
    std::int64_t xBefore = 0, xAfter = 0, outBefore = 0, outAfter = 0;
};

std::string text(const Case& c) {
    return "L " + std::to_string(c.L) + " N " + std::to_string(c.N) + " K " + std::to_string(c.K) + " " +
           std::string(name(c.type)) + " epilogue " + std::to_string(static_cast<int>(c.epilogue));
}

class Matmul : public EveryVariant {
protected:
    void expectRight(const Case& c) {
        const Floats x = normal(c.L * c.K, 1), w = rounded(c.type, normal(c.N * c.K, 2, 0.0f, 0.2f));
        const Floats bias = c.bias ? normal(c.N, 3) : Floats{}, before = normal(c.L * c.N, 4);
        const Padded in = padded(x, c.L, c.K, c.xBefore, c.xAfter), out = padded(before, c.L, c.N, c.outBefore, c.outAfter);
        MatmulArgs args{.x = in.view, .weight = weights(w, {c.N, c.K}, c.type), .bias = {}, .out = out.view,
                        .epilogue = c.epilogue};
        if (c.bias) args.bias = weights(bias, {c.N});
        run([&](Ops& ops) { ops.matmul(args); });
        EXPECT_LT(relativeError(download(out), matmul(x, w, bias, c.L, c.N, c.K, c.epilogue, before)), kTolerance)
            << text(c);
    }
};
MS_EVERY_VARIANT(Matmul);

TEST_P(Matmul, OneToken) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
        for (const auto& [N, K] : {std::pair<std::int64_t, std::int64_t>{1, 8}, {5, 16}, {80, 1536}, {251, 768}, {1024, 48}})
            expectRight({.L = 1, .N = N, .K = K, .type = type});
}

TEST_P(Matmul, AFewTokens) {
    for (const std::int64_t L : {2, 3, 7})
        for (const DType type : {DType::F32, DType::F16, DType::BF16}) expectRight({.L = L, .N = 251, .K = 256, .type = type});
}

TEST_P(Matmul, ManyTokens) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) expectRight({.L = 65, .N = 72, .K = 256, .type = type});
    for (const std::int64_t L : {64, 130, 300}) expectRight({.L = L, .N = 251, .K = 144});
    expectRight({.L = 130, .N = 144, .K = 20, .type = DType::F16});
    expectRight({.L = 300, .N = 256, .K = 1536});
}

TEST_P(Matmul, OddInnerSizes) {
    for (const std::int64_t L : {1, 3, 65})
        for (const std::int64_t K : {1, 5, 251})
            for (const DType type : {DType::F32, DType::F16, DType::BF16})
                expectRight({.L = L, .N = 72, .K = K, .type = type});
}

TEST_P(Matmul, EpiloguesAndBias) {
    for (const std::int64_t L : {1, 7, 65}) {
        for (const Epilogue epilogue : {Epilogue::None, Epilogue::Accumulate, Epilogue::Softplus, Epilogue::Silu}) {
            expectRight({.L = L, .N = 144, .K = 72, .epilogue = epilogue, .bias = true});
            expectRight({.L = L, .N = 5, .K = 72, .type = DType::F16, .epilogue = epilogue});
            expectRight({.L = L, .N = 33, .K = 31, .type = DType::BF16, .epilogue = epilogue, .bias = true});
        }
    }
}

TEST_P(Matmul, StridedViews) {
    for (const std::int64_t L : {1, 3, 65}) {
        // As dt_proj reads x_proj's output, then with nothing aligned.
        expectRight({.L = L, .N = 144, .K = 48, .type = DType::F16, .xBefore = 0, .xAfter = 32, .outBefore = 4, .outAfter = 4});
        expectRight({.L = L, .N = 72, .K = 48, .xBefore = 3, .xAfter = 2, .outBefore = 1, .outAfter = 1});
        expectRight({.L = L, .N = 72, .K = 48, .xBefore = 4, .xAfter = 1});
    }
}

TEST_P(Matmul, OverlappingRowsAreAConvolution) {
    struct Conv {
        std::int64_t rows, channels, size, step, N;
    };
    for (const Conv& c : {Conv{13, 80, 5, 2, 12}, {7, 12, 5, 2, 20}, {5, 3, 5, 2, 7}, {300, 23, 4, 3, 12}, {301, 20, 5, 2, 251}, {140, 8, 3, 1, 5}})
        for (const DType type : {DType::F32, DType::F16}) {
            const Floats rows = normal(c.rows * c.channels, 1);
            const std::int64_t K = c.size * c.channels, L = (c.rows - c.size) / c.step + 1;
            const Floats w = rounded(type, normal(c.N * K, 2, 0.0f, 0.1f)), bias = normal(c.N, 3);
            Floats runs;
            for (std::int64_t l = 0; l < L; ++l)
                runs.insert(runs.end(), rows.begin() + l * c.step * c.channels, rows.begin() + l * c.step * c.channels + K);
            const Tensor x = upload(rows, {c.rows, c.channels}).unfold(c.size, c.step), out = zeros({L, c.N});
            run([&](Ops& ops) {
                ops.matmul({.x = x, .weight = weights(w, {c.N, K}, type), .bias = weights(bias, {c.N}), .out = out, .epilogue = Epilogue::Silu});
            });
            EXPECT_LT(relativeError(download(out), matmul(runs, w, bias, L, c.N, K, Epilogue::Silu)), kTolerance)
                << c.rows << " rows of " << c.channels << ", " << c.size << " by " << c.step << " " << name(type);
        }
}

TEST_P(Matmul, SoftplusKeepsItsRelativeAccuracy) {
    Floats x;
    for (float v = -80.0f; v < 40.0f; v += 0.37f) x.push_back(v);
    const auto L = static_cast<std::int64_t>(x.size());
    const Tensor in = upload(x, {L, 1}), w = weights({1.0f}, {1, 1}), out = zeros({L, 1});
    run([&](Ops& ops) { ops.matmul({.x = in, .weight = w, .bias = {}, .out = out, .epilogue = Epilogue::Softplus}); });
    const Floats result = download(out);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = std::log1p(std::exp(static_cast<double>(x[i])));
        EXPECT_NEAR(result[i] / expected, 1.0, 1e-5) << "softplus(" << x[i] << ")";
    }
}

TEST_P(Matmul, ShardsWhatOneBindingCannotSpan) {
    VulkanOptions small = options();
    small.bindingLimitBytes = 4096;
    use(small);
    for (const std::int64_t L : {1, 65}) {
        expectRight({.L = L, .N = 251, .K = 72, .type = DType::F16, .bias = true});
        expectRight({.L = L, .N = 130, .K = 251, .epilogue = Epilogue::Accumulate, .outBefore = 3, .outAfter = 1});
    }
}

}  // namespace
}  // namespace ms::test
