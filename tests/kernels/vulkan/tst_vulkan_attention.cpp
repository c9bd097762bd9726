// layerNorm, gate, rotary and attention, every variant.
#include <cmath>
#include <string>

#include "tests/kernels/vulkan/vulkan_fixture.h"
#include "tests/support/reference_attention.h"

namespace ms::test {
namespace {

using namespace reference;

struct Case {
    std::int64_t L, past, heads, kvHeads, headDim;
    DType cache = DType::F32;
    std::int64_t headStep = 0, capacity = 0;  ///< 0: a few rows more than needed
};

std::string text(const Case& c) {
    return "L " + std::to_string(c.L) + " past " + std::to_string(c.past) + " heads " + std::to_string(c.heads) + "/" +
           std::to_string(c.kvHeads) + " of " + std::to_string(c.headDim) + " cache " + std::string(name(c.cache));
}

class Attention : public EveryVariant {
protected:
    /// Heads `step` columns apart, NaN between.
    Tensor spread(const Floats& rows, const Case& c) {
        const std::int64_t step = headStepOf(c.headStep, c.headDim);
        const std::int64_t heads = static_cast<std::int64_t>(rows.size()) / c.L / c.headDim, width = heads * step;
        Floats wide(static_cast<std::size_t>(c.L * width), std::nanf(""));
        for (std::int64_t t = 0; t < c.L; ++t)
            for (std::int64_t h = 0; h < heads; ++h)
                std::copy_n(rows.begin() + (t * heads + h) * c.headDim, c.headDim, wide.begin() + t * width + h * step);
        return upload(wide, {c.L, width}).colRange(0, (heads - 1) * step + c.headDim);
    }

    void expectRight(const Case& c) {
        SCOPED_TRACE(text(c));
        AttentionInput in = attentionInput(c.L, c.past, c.heads, c.kvHeads, c.headDim, 7);
        in.keys = rounded(c.cache, in.keys);
        in.values = rounded(c.cache, in.values);
        const AttentionOutput expected = attention(in);
        const std::int64_t kvWidth = c.kvHeads * c.headDim, capacity = c.capacity ? c.capacity : c.past + c.L + 5;
        const auto cacheOf = [&](const Floats& rows) {  // the past, then rows that must not count
            Floats all(static_cast<std::size_t>(capacity * kvWidth), std::nanf(""));
            std::copy_n(rows.begin(), c.past * kvWidth, all.begin());
            return upload(all, {capacity, kvWidth}, c.cache);
        };
        const auto chunkOf = [&](const Floats& rows) { return Floats(rows.begin() + c.past * kvWidth, rows.end()); };
        const Padded out = paddedZeros(c.L, c.heads * c.headDim, 3, 1), entropy = paddedZeros(c.L, c.heads, 1, 0),
                     largest = paddedZeros(c.L, c.heads, 0, 2);
        const std::vector<std::int32_t> position{static_cast<std::int32_t>(c.past)};
        const AttentionArgs args{.q = spread(in.q, c), .k = spread(chunkOf(in.keys), c), .v = spread(chunkOf(in.values), c),
                                 .keys = cacheOf(in.keys), .values = cacheOf(in.values), .position = integers(position, {1}),
                                 .headDim = c.headDim, .headStep = c.headStep, .scale = static_cast<float>(in.scale),
                                 .out = out.view, .entropy = entropy.view, .largest = largest.view};
        run([&](Ops& ops) { ops.attention(args); });
        EXPECT_LT(relativeError(download(out), expected.out), kTolerance);
        EXPECT_LT(maxAbsError(download(entropy), expected.entropy), 2e-5);
        EXPECT_LT(relativeError(download(largest), expected.largest), kTolerance);
        const Floats keys = download(args.keys);
        EXPECT_TRUE(std::equal(in.keys.begin(), in.keys.end(), keys.begin()));
        EXPECT_TRUE(std::isnan(keys.back()));
    }
};
MS_EVERY_VARIANT(Attention);

TEST_P(Attention, OddSizes) {
    for (const std::int64_t L : {1, 3, 9, 65})
        for (const std::int64_t past : {0, 1, 37}) expectRight({.L = L, .past = past, .heads = 4, .kvHeads = 2, .headDim = 16});
    for (const std::int64_t headDim : {1, 20, 80, 129, 256})
        for (const std::int64_t L : {1, 33}) expectRight({.L = L, .past = 9, .heads = 3, .kvHeads = 3, .headDim = headDim});
}

TEST_P(Attention, GroupedQueries) {
    // Few kernels, as compiling them takes most of the time: heads that fill a workgroup's share, and some that do not.
    for (const auto& [heads, kvHeads, cache] : {std::tuple{6, 3, DType::F16}, {11, 1, DType::F32}, {4, 1, DType::F16}})
        for (const std::int64_t L : {1, 5, 70})
            expectRight({.L = L, .past = 23, .heads = heads, .kvHeads = kvHeads, .headDim = 24, .cache = cache});
}

TEST_P(Attention, OneTokenOverALongCache) {
    for (const std::int64_t past : {127, 128, 2000})
        for (const DType cache : {DType::F32, DType::F16})
            expectRight({.L = 1, .past = past, .heads = 4, .kvHeads = 2, .headDim = 32, .cache = cache, .capacity = 4096});
    expectRight({.L = 3, .past = 1000, .heads = 2, .kvHeads = 1, .headDim = 34, .cache = DType::F16, .capacity = 2048});
    expectRight({.L = 1, .past = 0, .heads = 4, .kvHeads = 4, .headDim = 128, .capacity = 2048});  // most parts see nothing
}

TEST_P(Attention, HeadsOfQKVThatStandTogether) {
    for (const std::int64_t L : {1, 40}) expectRight({.L = L, .past = 6, .heads = 4, .kvHeads = 4, .headDim = 8, .headStep = 24});
}

class TransformerRows : public EveryVariant {};
MS_EVERY_VARIANT(TransformerRows);

TEST_P(TransformerRows, LayerNormAndGate) {
    for (const auto& [L, d] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {7, 5}, {65, 72}, {3, 251}, {2, 1000}}) {
        SCOPED_TRACE(std::to_string(L) + " x " + std::to_string(d));
        const Floats x = normal(L * d, 1, 3.0f, 2.0f), z = normal(L * d, 4, 0.0f, 3.0f), w = normal(d, 2), b = normal(d, 3);
        const Padded in = padded(x, L, d, 2, 1), out = paddedZeros(L, d, 1, 2);
        for (const bool bias : {false, true}) {
            run([&](Ops& ops) { ops.layerNorm({in.view, weights(w, {d}), bias ? weights(b, {d}) : Tensor{}, 1e-5f, out.view}); });
            EXPECT_LT(maxAbsError(download(out), layerNorm(x, w, bias ? b : Floats{}, 1e-5f, L, d)), 3e-5);
        }
        for (const auto kind : {GateArgs::Activation::Silu, GateArgs::Activation::Gelu, GateArgs::Activation::GeluTanh}) {
            run([&](Ops& ops) { ops.gate({in.view, padded(z, L, d, 0, 3).view, out.view, kind}); });
            EXPECT_LT(relativeError(download(out), gate(x, z, kind)), kTolerance);
        }
    }
}

TEST_P(TransformerRows, ShardsWhatOneBindingCannotSpan) {
    VulkanOptions small = options();
    small.bindingLimitBytes = 4096;
    use(small);
    const std::int64_t L = 40, d = 96;
    const Floats x = normal(L * d, 1), w = normal(d, 2), frequency{1.0f, 0.1f, 0.01f};
    const Tensor in = upload(x, {L, d}), out = zeros({L, d});
    const std::vector<std::int32_t> position{11};
    run([&](Ops& ops) {
        ops.layerNorm({in, weights(w, {d}), {}, 1e-5f, out});
        ops.rotary({in, weights(frequency, {3}), integers(position, {1}), 8});
    });
    EXPECT_LT(relativeError(download(out), layerNorm(x, w, {}, 1e-5f, L, d)), kTolerance);
    EXPECT_LT(relativeError(download(in), rotary(x, frequency, 11, L, 8, RotaryArgs::Pairs::HalfSplit)), kTolerance);
}

TEST_P(TransformerRows, GeluKeepsItsTails) {
    Floats x;
    for (float v = -12.0f; v < 12.0f; v += 0.037f) x.push_back(v);
    const auto n = static_cast<std::int64_t>(x.size());
    const Tensor out = zeros({n, 1});
    using Epilogue = MatmulArgs::Epilogue;
    for (const auto& [epilogue, kind] : {std::pair{Epilogue::Gelu, GateArgs::Activation::Gelu}, {Epilogue::GeluTanh, GateArgs::Activation::GeluTanh}}) {
        run([&](Ops& ops) { ops.matmul({.x = upload(x, {n, 1}), .weight = weights({1.0f}, {1, 1}), .bias = {}, .out = out, .epilogue = epilogue}); });
        const Floats got = download(out);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double expected = activated(kind, x[i]);
            EXPECT_NEAR(got[i], expected, 5e-5 * std::abs(expected) + 1e-30) << x[i];
        }
    }
}

TEST_P(TransformerRows, RotaryTurnsPairs) {
    for (const auto pairs : {RotaryArgs::Pairs::HalfSplit, RotaryArgs::Pairs::Interleaved})
        for (const std::int32_t position : {0, 1, 1000, 1000000})
            for (const auto& [L, heads, headDim, turned] :
                 {std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>{1, 1, 2, 1}, {3, 2, 5, 2}, {65, 3, 16, 2}, {7, 2, 64, 32}}) {
                const Floats x = normal(L * heads * headDim, 1);
                Floats frequency;
                for (std::int64_t i = 0; i < turned; ++i)
                    frequency.push_back(std::pow(10000.0f, -static_cast<float>(i) / static_cast<float>(turned)));
                const Padded rows = padded(x, L, heads * headDim, 1, 2);
                const std::vector<std::int32_t> at{position};
                run([&](Ops& ops) { ops.rotary({rows.view, weights(frequency, {turned}), integers(at, {1}), headDim, 0, pairs, 1.25f}); });
                EXPECT_LT(maxAbsError(download(rows), rotary(x, frequency, position, L, headDim, pairs, 1.25)), 4e-6)
                    << L << " x " << heads << " x " << headDim << " at " << position;
            }
}

}  // namespace
}  // namespace ms::test
