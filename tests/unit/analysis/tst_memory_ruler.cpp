#include <gtest/gtest.h>

#include <numeric>

#include "analysis_support.h"
#include "engine/analysis/memory_ruler.h"

namespace ms {
namespace {

MemoryInputs inputsOf(const Layer& layer) {
    MemoryInputs in;
    in.tokens = layer.tokens;
    in.d_inner = layer.d_inner;
    in.d_state = layer.d_state;
    in.A = layer.A;
    in.dt = readerOf(layer.dt, layer.d_inner);
    in.u = readerOf(layer.u, layer.d_inner);
    in.B = readerOf(layer.B, layer.d_state);
    return in;
}

double total(const MemoryRuler& ruler) {
    return std::accumulate(ruler.share.begin(), ruler.share.end(), 0.0) + ruler.residual;
}

/// retained and share of token s in the state after the last token, by their definitions in float64.
std::pair<double, double> definition(const Layer& layer, const std::vector<std::int64_t>& channels, std::int64_t s,
                                     std::span<const double> state) {
    double written = 0, left = 0, along = 0, squares = 0;
    for (const std::int64_t c : channels) {
        double age = 0;
        for (std::int64_t t = s + 1; t < layer.tokens; ++t) age += layer.dt[at(t * layer.d_inner + c)];
        for (std::int64_t n = 0; n < layer.d_state; ++n) {
            const double write = static_cast<double>(layer.dt[at(s * layer.d_inner + c)]) *
                                 layer.B[at(s * layer.d_state + n)] * layer.u[at(s * layer.d_inner + c)];
            const double rest = std::exp(layer.A[at(c * layer.d_state + n)] * age) * write;
            const double h = state[at(c * layer.d_state + n)];
            written += write * write;
            left += rest * rest;
            along += rest * h;
            squares += h * h;
        }
    }
    return {std::sqrt(left / written), along / squares};
}

TEST(MemoryRuler, SharesOfTheGoldenStateSumToOne) {
    const Layer layer = goldenLayer();
    MemoryInputs in = inputsOf(layer);
    in.state = layer.state;  // as PyTorch's scan left it: nothing here makes the sum come out by itself
    const auto ruler = memoryRuler(in);
    ASSERT_TRUE(ruler) << ruler.error().message;
    EXPECT_EQ(ruler->residual, 0.0f);
    EXPECT_NEAR(total(*ruler), 1, 1e-5);
    EXPECT_FLOAT_EQ(ruler->retained.back(), 1.0f);
    const auto own = memoryRuler(inputsOf(layer));
    ASSERT_TRUE(own);
    for (std::size_t s = 0; s < own->share.size(); ++s) EXPECT_NEAR(own->share[s], ruler->share[s], 1e-5);
}

TEST(MemoryRuler, FollowsTheDefinitionForAnyChannels) {
    const Layer layer = randomLayer(157, 171, 5, 1);
    const std::vector<double> state = scanState(layer, 0, layer.tokens, {});
    std::vector<std::int64_t> all(at(layer.d_inner));
    std::iota(all.begin(), all.end(), 0);
    for (const auto& channels : {all, {13}, {70, 3, 4, 5, 22}}) {
        MemoryInputs in = inputsOf(layer);
        in.channels = channels;
        const auto ruler = memoryRuler(in);
        ASSERT_TRUE(ruler) << ruler.error().message;
        for (std::int64_t s = 0; s < layer.tokens; ++s) {
            const auto [retained, share] = definition(layer, channels, s, state);
            EXPECT_NEAR(ruler->retained[at(s)], retained, 1e-5) << s;
            EXPECT_NEAR(ruler->share[at(s)], share, 1e-5) << s;
        }
        EXPECT_NEAR(total(*ruler), 1, 1e-5);
    }
}

TEST(MemoryRuler, ResidualIsWhatWasThereBefore) {
    Layer layer = randomLayer(90, 11, 16, 2);
    for (float& dt : layer.dt) dt *= 0.1f;
    const std::int64_t half = 60;
    const std::vector<double> before = scanState(layer, 0, half, {}), after = scanState(layer, half, 90, before);
    const std::vector<float> initial(before.begin(), before.end()), state(after.begin(), after.end());
    MemoryInputs in = inputsOf(layer);
    in.first = half;
    in.tokens = 90 - half;
    in.initialState = initial;
    const auto computed = memoryRuler(in);
    in.state = state;
    const auto captured = memoryRuler(in);
    const auto whole = memoryRuler(inputsOf(layer));
    ASSERT_TRUE(computed && captured && whole);
    const double earlier = std::accumulate(whole->share.begin(), whole->share.begin() + half, 0.0);
    ASSERT_GT(std::abs(earlier), 0.01);
    for (const auto* ruler : {&*computed, &*captured}) {
        EXPECT_NEAR(ruler->residual, earlier, 1e-5);
        EXPECT_NEAR(total(*ruler), 1, 1e-5);
    }
}

TEST(MemoryRuler, ForgetsAndFindsNothingInNothing) {
    Layer layer = randomLayer(200, 4, 3, 3);
    for (std::int64_t c = 0; c < 4; ++c) {
        layer.dt[at(150 * 4 + c)] = 900.0f;
        layer.u[at(160 * 4 + c)] = 0.0f;
    }
    const auto ruler = memoryRuler(inputsOf(layer));
    ASSERT_TRUE(ruler);
    EXPECT_EQ(ruler->retained[at(149)], 0.0f);
    EXPECT_EQ(ruler->share[at(3)], 0.0f);
    EXPECT_TRUE(std::isnan(ruler->retained[at(160)]));
    EXPECT_EQ(ruler->share[at(160)], 0.0f);
    EXPECT_NEAR(total(*ruler), 1, 1e-5);

    std::fill(layer.u.begin(), layer.u.end(), 0.0f);
    const auto nothing = memoryRuler(inputsOf(layer));
    ASSERT_TRUE(nothing);
    EXPECT_EQ(total(*nothing), 0.0);
}

TEST(MemoryRuler, RefusesWhatDoesNotFitAndStops) {
    const Layer layer = randomLayer(20, 3, 4, 4);
    const auto code = [](const auto& result) { return result ? ErrorCode::Internal : result.error().code; };
    MemoryInputs in = inputsOf(layer);
    in.state = std::span(layer.dt).first(5);
    EXPECT_EQ(code(memoryRuler(in)), ErrorCode::InvalidArgument);
    in = inputsOf(layer);
    in.tokens = 21;
    EXPECT_EQ(code(memoryRuler(in)), ErrorCode::InvalidArgument);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(code(memoryRuler(inputsOf(layer), stop.get_token())), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace ms
