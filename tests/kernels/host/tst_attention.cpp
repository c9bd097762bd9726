#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/host/host_harness.h"
#include "tests/support/reference_attention.h"

namespace ms::test {
namespace {

using reference::AttentionInput;
using reference::AttentionOutput;

/// Columns of heads `headDim` wide, `step` apart, out of heads side by side; NaN between.
Tensor spread(HostHarness& host, const Floats& rows, std::int64_t L, std::int64_t headDim, std::int64_t step) {
    const std::int64_t heads = static_cast<std::int64_t>(rows.size()) / L / headDim, width = heads * step;
    Floats wide(static_cast<std::size_t>(L * width), std::nanf(""));
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t h = 0; h < heads; ++h)
            std::copy_n(rows.begin() + (t * heads + h) * headDim, headDim, wide.begin() + t * width + h * step);
    return host.upload(wide, L, width).colRange(0, (heads - 1) * step + headDim);
}

struct Case {
    std::int64_t L, past, heads, kvHeads, headDim;
    DType cache = DType::F32;
    std::int64_t spare = 5, headStep = 0;  ///< rows that the caches hold beyond; see AttentionArgs
};

void expectRight(HostHarness& host, const Case& c) {
    SCOPED_TRACE(testing::Message() << "L " << c.L << " past " << c.past << " heads " << c.heads << "/" << c.kvHeads << " of "
                                    << c.headDim << " cache " << name(c.cache));
    AttentionInput in = reference::attentionInput(c.L, c.past, c.heads, c.kvHeads, c.headDim, 7);
    in.keys = reference::rounded(c.cache, in.keys);
    in.values = reference::rounded(c.cache, in.values);
    const AttentionOutput expected = reference::attention(in);
    const std::int64_t kvWidth = c.kvHeads * c.headDim, capacity = c.past + c.L + c.spare, step = headStepOf(c.headStep, c.headDim);
    const auto cacheOf = [&](const Floats& rows) {  // the past, then rows that must not count
        Floats all(static_cast<std::size_t>(capacity * kvWidth), std::nanf(""));
        std::copy_n(rows.begin(), c.past * kvWidth, all.begin());
        return host.upload(all, capacity, kvWidth, c.cache);
    };
    const auto chunkOf = [&](const Floats& rows) { return Floats(rows.begin() + c.past * kvWidth, rows.end()); };
    const Tensor out = host.uploadStrided(Floats(expected.out.size()), c.L, c.heads * c.headDim);
    const Tensor entropy = host.zeros(c.L, c.heads), largest = host.zeros(c.L, c.heads);
    const AttentionArgs args{.q = spread(host, in.q, c.L, c.headDim, step), .k = spread(host, chunkOf(in.keys), c.L, c.headDim, step),
                             .v = spread(host, chunkOf(in.values), c.L, c.headDim, step), .keys = cacheOf(in.keys),
                             .values = cacheOf(in.values), .position = host.uploadIds({static_cast<std::int32_t>(c.past)}),
                             .headDim = c.headDim, .headStep = c.headStep, .scale = static_cast<float>(in.scale), .out = out,
                             .entropy = entropy, .largest = largest};
    host.run([&](Ops& ops) { ops.attention(args); });
    EXPECT_LE(reference::relativeError(host.download(out), expected.out), kTolerance);
    EXPECT_LE(reference::maxAbsError(host.download(entropy), expected.entropy), 1e-5);
    EXPECT_LE(reference::relativeError(host.download(largest), expected.largest), kTolerance);
    const Floats keys = host.download(args.keys.rowRange(0, c.past + c.L));
    EXPECT_EQ(keys, in.keys);
    const Floats rest = host.download(args.values.rowRange(c.past + c.L, c.spare));
    for (const float v : rest) EXPECT_TRUE(std::isnan(v));
}

TEST(HostAttention, PrefillAtOddSizes) {
    HostHarness host;
    for (const std::int64_t L : {1, 2, 3, 7, 65, 130})
        for (const std::int64_t past : {0, 1, 37})
            expectRight(host, {.L = L, .past = past, .heads = 4, .kvHeads = 2, .headDim = 16});
    for (const std::int64_t headDim : {1, 3, 20, 64, 80, 129, 256})
        for (const std::int64_t L : {1, 33}) expectRight(host, {.L = L, .past = 9, .heads = 3, .kvHeads = 3, .headDim = headDim});
}

TEST(HostAttention, GroupedQueries) {
    HostHarness host;
    for (const auto& [heads, kvHeads] : {std::pair{8, 1}, {6, 3}, {14, 2}, {5, 5}})
        for (const std::int64_t L : {1, 5, 70})
            for (const DType cache : {DType::F32, DType::F16})
                expectRight(host, {.L = L, .past = 23, .heads = heads, .kvHeads = kvHeads, .headDim = 24, .cache = cache});
}

TEST(HostAttention, OneTokenOverALongCache) {
    HostHarness host;
    for (const std::int64_t past : {255, 256, 2047, 5000})
        for (const DType cache : {DType::F32, DType::F16})
            expectRight(host, {.L = 1, .past = past, .heads = 4, .kvHeads = 2, .headDim = 32, .cache = cache});
    expectRight(host, {.L = 3, .past = 3000, .heads = 2, .kvHeads = 1, .headDim = 33});
}

TEST(HostAttention, HeadsOfQKVThatStandTogether) {
    HostHarness host;
    for (const std::int64_t L : {1, 40})
        expectRight(host, {.L = L, .past = 6, .heads = 4, .kvHeads = 4, .headDim = 8, .headStep = 24});
}

// Scores of hundreds: nothing overflows, one key takes all.
TEST(HostAttention, LargeScoresStayFinite) {
    HostHarness host;
    AttentionInput in = reference::attentionInput(9, 4, 2, 2, 8, 3);
    in.scale = 200;
    const AttentionOutput expected = reference::attention(in);
    const auto half = [&](const Floats& rows, bool chunk) {
        return chunk ? Floats(rows.begin() + 4 * 16, rows.end()) : Floats(rows.begin(), rows.begin() + 4 * 16);
    };
    const Tensor keys = host.zeros(13, 16), values = host.zeros(13, 16), out = host.zeros(9, 16), entropy = host.zeros(9, 2);
    host.run([&](Ops& ops) {
        ops.copy(host.upload(half(in.keys, false), 4, 16), keys.rowRange(0, 4));
        ops.copy(host.upload(half(in.values, false), 4, 16), values.rowRange(0, 4));
        ops.attention({.q = host.upload(in.q, 9, 16), .k = host.upload(half(in.keys, true), 9, 16),
                       .v = host.upload(half(in.values, true), 9, 16), .keys = keys, .values = values,
                       .position = host.uploadIds({4}), .headDim = 8, .scale = 200, .out = out, .entropy = entropy});
    });
    EXPECT_LE(reference::relativeError(host.download(out), expected.out), 1e-4);
    for (const float v : host.download(entropy)) EXPECT_TRUE(v >= 0 && v < 0.7f) << v;
}

TEST(HostAttention, RefusesWhatDoesNotFit) {
    HostHarness host;
    const Tensor row = host.zeros(1, 24), cache = host.zeros(4, 24), position = host.uploadIds({0});
    const auto refused = [&](const AttentionArgs& args, const char* why) {
        const auto program = host.backend().record("test", [&](Ops& ops) { ops.attention(args); });
        ASSERT_FALSE(program) << why;
        EXPECT_NE(program.error().message.find(why), std::string::npos) << program.error().message;
    };
    refused({row, row, row, cache, cache, position, 300, 0, 1, row}, "heads of 300");
    refused({row, row, row, cache, cache, position, 7, 0, 1, row}, "not whole heads");
    refused({row, row, row, host.zeros(4, 24), host.zeros(5, 24), position, 8, 0, 1, row}, "values");
    refused({host.zeros(1, 16), row, row, cache, cache, position, 8, 0, 1, host.zeros(1, 16)}, "cannot share");
    refused({row, row, row, cache, cache, position, 8, 4, 1, row}, "overlap");
}

TEST(HostTransformerRows, LayerNormGateAndGelu) {
    HostHarness host;
    for (const std::int64_t L : {1, 7, 130})
        for (const std::int64_t d : {1, 5, 72, 251, 1000}) {
            SCOPED_TRACE(testing::Message() << L << " x " << d);
            const Floats x = reference::normal(L * d, 1, 3.0f, 2.0f), w = reference::normal(d, 2), b = reference::normal(d, 3);
            const Tensor in = host.uploadStrided(x, L, d), out = host.uploadStrided(Floats(x.size()), L, d);
            for (const bool bias : {false, true}) {
                host.run([&](Ops& ops) {
                    ops.layerNorm({in, host.adopt(w, 1, d, DType::F32, 4).reshaped({d}), bias ? host.upload(b) : Tensor{}, 1e-5f, out});
                });
                EXPECT_LE(reference::maxAbsError(host.download(out), reference::layerNorm(x, w, bias ? b : Floats{}, 1e-5f, L, d)), 3e-5);
            }
            for (const auto kind : {GateArgs::Activation::Silu, GateArgs::Activation::Gelu, GateArgs::Activation::GeluTanh}) {
                const Floats z = reference::normal(L * d, 4, 0.0f, 3.0f);
                host.run([&](Ops& ops) { ops.gate({in, host.uploadStrided(z, L, d), out, kind}); });
                EXPECT_LE(reference::relativeError(host.download(out), reference::gate(x, z, kind)), kTolerance);
            }
        }
}

TEST(HostTransformerRows, GeluKeepsItsTails) {
    HostHarness host;
    Floats x;
    for (float v = -12.0f; v < 12.0f; v += 0.037f) x.push_back(v);
    const auto n = static_cast<std::int64_t>(x.size());
    const Tensor out = host.zeros(1, n);
    for (const auto kind : {GateArgs::Activation::Gelu, GateArgs::Activation::GeluTanh}) {
        host.run([&](Ops& ops) { ops.gate({host.upload(Floats(x.size(), 1.0f), 1, n), host.upload(x, 1, n), out, kind}); });
        const Floats got = host.download(out);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double expected = reference::activated(kind, x[i]);
            EXPECT_NEAR(got[i], expected, 2e-5 * std::abs(expected) + 1e-30) << x[i];
        }
    }
}

TEST(HostTransformerRows, RotaryTurnsPairs) {
    HostHarness host;
    for (const auto pairs : {RotaryArgs::Pairs::HalfSplit, RotaryArgs::Pairs::Interleaved})
        for (const std::int32_t position : {0, 1, 1000, 1000000})
            for (const auto& [L, heads, headDim, turned] :
                 {std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>{1, 1, 2, 1}, {3, 2, 5, 2}, {65, 3, 16, 2}, {7, 2, 64, 32}}) {
                SCOPED_TRACE(testing::Message() << L << " x " << heads << " x " << headDim << " at " << position);
                const Floats x = reference::normal(L * heads * headDim, 1);
                Floats frequency;
                for (std::int64_t i = 0; i < turned; ++i)
                    frequency.push_back(std::pow(10000.0f, -static_cast<float>(i) / static_cast<float>(turned)));
                const Tensor rows = host.uploadStrided(x, L, heads * headDim), at = host.uploadIds({position});
                host.run([&](Ops& ops) { ops.rotary({rows, host.upload(frequency), at, headDim, 0, pairs, 1.25f}); });
                EXPECT_LE(reference::maxAbsError(host.download(rows), reference::rotary(x, frequency, position, L, headDim, pairs, 1.25)), 3e-6);
            }
}

}  // namespace
}  // namespace ms::test
