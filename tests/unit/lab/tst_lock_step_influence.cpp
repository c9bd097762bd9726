// Shares of influence of every kind of layer against their definitions in double, worked out from captured values.
#include <cmath>

#include "engine/analysis/hidden_attention.h"
#include "tests/unit/lab/influence_support.h"

namespace ms {
namespace {

using test::expectShares;
using test::kTokens;
using test::openTiny;
using test::someIds;
using test::valuesOf;

std::vector<double> attentionWeights(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, LayerIndex layer, std::size_t t) {
    const LayerDims l = model->dims().layer(layer);
    const std::vector<float> q = valuesOf(model, ids, ProbePoint::AttentionQuery, layer), k = valuesOf(model, ids, ProbePoint::AttentionKey, layer);
    const auto heads = static_cast<std::size_t>(l.n_heads), kvHeads = static_cast<std::size_t>(l.n_kv_heads), width = static_cast<std::size_t>(l.head_dim);
    std::vector<double> sums(t + 1);
    for (std::size_t h = 0; h < heads; ++h) {
        std::vector<double> row(t + 1);
        double total = 0;
        for (std::size_t s = 0; s <= t; ++s) {
            double dot = 0;
            for (std::size_t i = 0; i < width; ++i)
                dot += static_cast<double>(q[(t * heads + h) * width + i]) * k[(s * kvHeads + h * kvHeads / heads) * width + i];
            total += row[s] = std::exp(dot / std::sqrt(static_cast<double>(width)));
        }
        for (std::size_t s = 0; s <= t; ++s) sums[s] += row[s] / total;
    }
    return sums;
}

/// Of Mamba-1 by the tested hidden attention, a channel at a time.
std::vector<double> mamba1Weights(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, LayerIndex layer, std::size_t t) {
    const LayerDims l = model->dims().layer(layer);
    const std::vector<float> dt = valuesOf(model, ids, ProbePoint::Dt, layer), B = valuesOf(model, ids, ProbePoint::B, layer),
                             C = valuesOf(model, ids, ProbePoint::C, layer);
    const AttentionInputs in{0, static_cast<std::int64_t>(ids.size()), l.d_inner, l.d_state, model->stateMatrix(layer), readerOf(dt, l.d_inner),
                             readerOf(B, l.d_state), readerOf(C, l.d_state)};
    const auto row = static_cast<std::int64_t>(t);
    std::vector<double> sums(t + 1);
    for (std::int64_t channel = 0; channel < l.d_inner; ++channel) {
        AttentionOptions options;
        options.channels = std::span(&channel, 1);
        const auto tile = attentionTile(in, row, row + 1, 0, row + 1, options);
        if (!tile) throw std::runtime_error(tile.error().message);
        for (std::size_t s = 0; s <= t; ++s) sums[s] += std::abs(static_cast<double>((*tile)[s]));
    }
    return sums;
}

std::vector<double> mamba2Weights(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, LayerIndex layer, std::size_t t) {
    const LayerDims l = model->dims().layer(layer);
    const std::vector<float> dt = valuesOf(model, ids, ProbePoint::Dt, layer), B = valuesOf(model, ids, ProbePoint::B, layer),
                             C = valuesOf(model, ids, ProbePoint::C, layer);
    const auto heads = static_cast<std::size_t>(l.n_heads), groups = static_cast<std::size_t>(l.n_groups), N = static_cast<std::size_t>(l.d_state);
    std::vector<double> sums(t + 1);
    for (std::size_t h = 0; h < heads; ++h) {
        const std::size_t group = h / (heads / groups);
        double age = 0;
        for (std::size_t s = t + 1; s-- > 0;) {
            double dot = 0;
            for (std::size_t n = 0; n < N; ++n) dot += static_cast<double>(C[(t * groups + group) * N + n]) * B[(s * groups + group) * N + n];
            sums[s] += std::abs(dot * std::exp(model->stateMatrix(layer)[h] * age) * dt[s * heads + h]);
            age += dt[s * heads + h];
        }
    }
    return sums;
}

/// w = write_s · Π keep over (s, t]; `write` empty: 1 - keep.
std::vector<double> gateWeights(const std::vector<float>& keep, const std::vector<float>& write, std::size_t t) {
    const std::size_t cells = keep.size() / kTokens;
    std::vector<double> sums(t + 1);
    for (std::size_t s = 0; s <= t; ++s)
        for (std::size_t c = 0; c < cells; ++c) {
            double w = write.empty() ? 1 - static_cast<double>(keep[s * cells + c]) : static_cast<double>(write[s * cells + c]);
            for (std::size_t r = s + 1; r <= t; ++r) w *= keep[r * cells + c];
            sums[s] += std::abs(w);
        }
    return sums;
}

TEST(LockStepInfluence, OfAttentionIsItsSoftmax) {
    for (const std::string name : {"llama-tiny", "gpt-neox-tiny"}) {
        const auto model = openTiny(name);
        const auto ids = someIds(47);
        expectShares(model, ids, [&](LayerIndex layer, std::size_t t) { return attentionWeights(model, ids, layer, t); });
    }
}

TEST(LockStepInfluence, OfMamba1IsItsHiddenAttention) {
    const auto model = openTiny(std::string("mamba-tiny"));
    const auto ids = someIds(320);
    expectShares(model, ids, [&](LayerIndex layer, std::size_t t) { return mamba1Weights(model, ids, layer, t); });
}

TEST(LockStepInfluence, OfMamba2IsThatOfItsHeads) {
    for (const std::string name : {"mamba2-tiny", "mamba2-grouped-tiny"}) {
        const auto model = openTiny(name);
        const auto ids = someIds(47);
        expectShares(model, ids, [&](LayerIndex layer, std::size_t t) { return mamba2Weights(model, ids, layer, t); });
    }
}

TEST(LockStepInfluence, OfAHybridIsTheMeanOfItsLayers) {
    const auto model = openTiny(std::string("jamba-tiny"));
    const auto ids = someIds(static_cast<TokenId>(model->tokenCount()));
    expectShares(model, ids, [&](LayerIndex layer, std::size_t t) {
        const bool attends = model->dims().layer(layer).kind == LayerKind::Attention;
        return attends ? attentionWeights(model, ids, layer, t) : mamba1Weights(model, ids, layer, t);
    });
}

TEST(LockStepInfluence, OfGatedCellsIsTheProductOfTheirGates) {
    const auto ids = someIds(47);
    const auto lstm = openTiny(std::string("lstm-tiny")), gru = openTiny(std::string("gru-tiny"));
    expectShares(lstm, ids, [&](LayerIndex layer, std::size_t t) {
        return gateWeights(valuesOf(lstm, ids, ProbePoint::ForgetGate, layer), valuesOf(lstm, ids, ProbePoint::InputGate, layer), t);
    });
    expectShares(gru, ids, [&](LayerIndex layer, std::size_t t) { return gateWeights(valuesOf(gru, ids, ProbePoint::ForgetGate, layer), {}, t); });
}

/// The kernel is measured: what comes out when a one went in, which is what the model's own recurrent mode says of a token's u.
TEST(LockStepInfluence, OfS4dIsItsKernel) {
    const auto model = openTiny(std::string("s4d-lm-tiny"));
    const auto ids = someIds(31);
    for (LayerIndex layer(0); layer.value < 2; ++layer.value) {  // y = K * u + D u, or the weights below would be another layer's
        const std::vector<float> u = valuesOf(model, ids, ProbePoint::U, layer), y = valuesOf(model, ids, ProbePoint::Y, layer);
        const std::vector<float> K = model->family().convolutionKernel(layer, static_cast<std::int64_t>(kTokens));
        const auto D = model->family().skipWeights(layer);
        for (std::size_t c = 0; c < 12; ++c) {
            double sum = static_cast<double>(D[c]) * u[(kTokens - 1) * 12 + c];
            for (std::size_t s = 0; s < kTokens; ++s) sum += static_cast<double>(K[c * kTokens + kTokens - 1 - s]) * u[s * 12 + c];
            EXPECT_NEAR(y[(kTokens - 1) * 12 + c], sum, 1e-4);
        }
    }
    expectShares(model, ids, [&](LayerIndex layer, std::size_t t) {
        const std::vector<float> K = model->family().convolutionKernel(layer, static_cast<std::int64_t>(kTokens));
        std::vector<double> sums(t + 1);
        for (std::size_t s = 0; s <= t; ++s)
            for (std::size_t c = 0; c < 12; ++c) sums[s] += std::abs(static_cast<double>(K[c * kTokens + t - s]));
        return sums;
    });
}

TEST(LockStepInfluence, RefusesModelsWithoutWeightsInOneLine) {
    auto lockStep = LockStep::create({openTiny(std::string("mamba-complex-tiny"))});
    ASSERT_TRUE(lockStep && (*lockStep)->begin(std::vector<TokenId>{1, 2}) && (*lockStep)->step());
    const auto shares = (*lockStep)->influence(0, 0);
    ASSERT_FALSE(shares);
    EXPECT_EQ(shares.error().code, ErrorCode::Unsupported);
    EXPECT_NE(shares.error().message.find("mamba-complex-tiny"), std::string::npos) << shares.error().message;
    EXPECT_EQ(shares.error().message.find('\n'), std::string::npos);
    EXPECT_EQ((*lockStep)->influence(0, 1).error().code, ErrorCode::InvalidArgument);  // not read yet
    EXPECT_EQ((*lockStep)->influence(1, 0).error().code, ErrorCode::InvalidArgument);  // no such model
}

}  // namespace
}  // namespace ms
