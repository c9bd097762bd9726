// Influence where the state is mixed or turned: Mamba-3's hidden attention and an RNN's gradients, against their definitions in double.
#include <cmath>

#include "engine/analysis/element_reader.h"
#include "engine/analysis/influence.h"
#include "tests/unit/lab/influence_support.h"

namespace ms {
namespace {

using test::kTokens;
using test::openTiny;
using test::valuesOf;

/// What Mamba-3's scan reads in one layer.
struct Trapezoid {
    std::size_t heads, states;
    std::vector<float> q, k, dt, lambda, keep;

    Trapezoid(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, LayerIndex layer)
        : heads(static_cast<std::size_t>(model->dims().layer(layer).n_heads)), states(static_cast<std::size_t>(model->dims().layer(layer).d_state)),
          q(valuesOf(model, ids, ProbePoint::AttentionQuery, layer)), k(valuesOf(model, ids, ProbePoint::AttentionKey, layer)),
          dt(valuesOf(model, ids, ProbePoint::Dt, layer)), lambda(valuesOf(model, ids, ProbePoint::InputGate, layer)),
          keep(valuesOf(model, ids, ProbePoint::Retention, layer)) {}

    /// What token t puts out for a v of one at token s and none at any other: the recurrence itself, step by step.
    [[nodiscard]] double impulse(std::size_t head, std::size_t t, std::size_t s) const {
        std::vector<double> h(states);
        for (std::size_t r = s; r <= t; ++r) {
            const std::size_t at = r * heads + head;
            const double a = keep[at], step = dt[at], own = lambda[at];
            for (std::size_t n = 0; n < states; ++n) {
                const double key = k[(s * heads + head) * states + n];
                if (r > s) h[n] *= a;
                if (r == s) h[n] += step * own * key;
                if (r == s + 1) h[n] += a * step * (1 - own) * key;
            }
        }
        double y = 0;
        for (std::size_t n = 0; n < states; ++n) y += h[n] * q[(t * heads + head) * states + n];
        return y;
    }
};

TEST(InfluenceRecurrence, OfMamba3IsTheWholeMapFromItsInputs) {
    const auto model = openTiny(std::string("mamba3-siso-tiny"));
    const auto ids = test::someIds(static_cast<TokenId>(model->tokenCount()));
    for (LayerIndex layer(0); layer.value < model->dims().n_layer; ++layer.value) {
        const Trapezoid scan(model, ids, layer);
        const std::vector<float> v = valuesOf(model, ids, ProbePoint::U, layer), y = valuesOf(model, ids, ProbePoint::Y, layer);
        const auto D = model->family().skipWeights(layer);
        const std::size_t channels = D.size(), width = channels / scan.heads;
        for (const std::size_t t : {std::size_t{0}, std::size_t{1}, std::size_t{64}, kTokens - 1})
            for (std::size_t c = 0; c < channels; ++c) {
                double sum = static_cast<double>(D[c]) * v[t * channels + c];
                for (std::size_t s = 0; s <= t; ++s) sum += scan.impulse(c / width, t, s) * v[s * channels + c];
                EXPECT_NEAR(y[t * channels + c], sum, 1e-5 * (1 + std::abs(sum))) << "channel " << c << " at " << t;
            }
    }
}

TEST(InfluenceRecurrence, OfMamba3IsThatOfItsHeads) {
    const auto model = openTiny(std::string("mamba3-siso-tiny"));
    const auto ids = test::someIds(static_cast<TokenId>(model->tokenCount()));
    test::expectShares(model, ids, [&](LayerIndex layer, std::size_t t) {
        const Trapezoid scan(model, ids, layer);
        std::vector<double> sums(t + 1);
        for (std::size_t head = 0; head < scan.heads; ++head)
            for (std::size_t s = 0; s <= t; ++s) sums[s] += std::abs(scan.impulse(head, t, s));
        return sums;
    });
}

/// rnn-tiny in a folder of its own, with relu for tanh.
void makeReluModel(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path from = std::filesystem::path(MS_TEST_DATA) / "rnn-tiny";
    std::filesystem::copy_file(from / "model.safetensors", folder / "model.safetensors");
    auto config = nlohmann::json::parse(std::ifstream(from / "config.json"));
    config["nonlinearity"] = "relu";
    std::ofstream(folder / "config.json") << config.dump();
}

/// One layer of an RNN: its states and the matrix between them.
struct Recurrence {
    std::size_t cells;
    bool relu;
    std::vector<float> h;
    std::vector<double> W;

    Recurrence(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, LayerIndex layer, bool isRelu)
        : cells(static_cast<std::size_t>(model->dims().layer(layer).d_inner)), relu(isRelu),
          h(valuesOf(model, ids, ProbePoint::Hidden, layer)), W(cells * cells) {
        readElements(*model->checkpoint().find("rnn.weight_hh_l" + std::to_string(layer.value)), 0, W);
    }
    [[nodiscard]] double state(std::size_t r, std::size_t c) const { return h[r * cells + c]; }
    [[nodiscard]] double slope(std::size_t r, std::size_t c) const { return relu ? state(r, c) > 0 : 1 - state(r, c) * state(r, c); }

    /// Row lengths of J_t W … W J_s for every s, summed: matrices multiplied as they are written.
    [[nodiscard]] std::vector<double> weights(std::size_t t) const {
        std::vector<double> sums(t + 1), G(cells * cells), next(G.size());
        for (std::size_t c = 0; c < cells; ++c) G[c * cells + c] = 1;
        for (std::size_t s = t + 1; s-- > 0;) {
            for (std::size_t i = 0; i < cells; ++i) {
                double squares = 0;
                for (std::size_t j = 0; j < cells; ++j) squares += std::pow(G[i * cells + j] *= slope(s, j), 2);
                sums[s] += std::sqrt(squares);
            }
            for (std::size_t i = 0; i < cells; ++i)
                for (std::size_t j = 0; j < cells; ++j) {
                    next[i * cells + j] = 0;
                    for (std::size_t m = 0; m < cells; ++m) next[i * cells + j] += G[i * cells + m] * W[m * cells + j];
                }
            G.swap(next);
        }
        return sums;
    }

    /// The same of one s by differences: what the states at t become when one cell's sum at s is a little more. tanh only.
    [[nodiscard]] double measured(std::size_t t, std::size_t s) const {
        constexpr double kLittle = 1e-6;
        std::vector<double> squares(cells);
        for (std::size_t j = 0; j < cells; ++j) {
            std::vector<double> up = run(t, s, j, kLittle), down = run(t, s, j, -kLittle);
            for (std::size_t c = 0; c < cells; ++c) squares[c] += std::pow((up[c] - down[c]) / (2 * kLittle), 2);
        }
        double sum = 0;
        for (const double value : squares) sum += std::sqrt(value);
        return sum;
    }

private:
    [[nodiscard]] std::vector<double> run(std::size_t t, std::size_t s, std::size_t cell, double more) const {
        std::vector<double> now(cells);
        for (std::size_t c = 0; c < cells; ++c) now[c] = std::tanh(std::atanh(state(s, c)) + (c == cell ? more : 0));
        for (std::size_t r = s + 1; r <= t; ++r) {
            std::vector<double> next(cells);
            for (std::size_t c = 0; c < cells; ++c) {
                double sum = std::atanh(state(r, c));  // W h + x as it was
                for (std::size_t m = 0; m < cells; ++m) sum += W[c * cells + m] * (now[m] - state(r - 1, m));
                next[c] = std::tanh(sum);
            }
            now = std::move(next);
        }
        return now;
    }
};

TEST(InfluenceRecurrence, OfAnRnnIsTheGradientOfItsStates) {
    const auto model = openTiny(std::string("rnn-tiny"));
    const auto ids = test::someIds(47);
    test::expectShares(model, ids, [&](LayerIndex layer, std::size_t t) { return Recurrence(model, ids, layer, false).weights(t); });
    const Recurrence layer(model, ids, LayerIndex(1), false);
    const std::vector<double> weights = layer.weights(70);
    for (const std::size_t s : {std::size_t{70}, std::size_t{69}, std::size_t{66}}) EXPECT_NEAR(layer.measured(70, s), weights[s], 1e-6 * weights[s]);
}

TEST(InfluenceRecurrence, OfReluCountsTheCellsThatAreOn) {
    const test::TempFolder folder;
    makeReluModel(folder.path() / "relu-tiny");
    const auto model = openTiny(folder.path() / "relu-tiny");
    const auto ids = test::someIds(47);
    test::expectShares(model, ids, [&](LayerIndex layer, std::size_t t) { return Recurrence(model, ids, layer, true).weights(t); });
}

/// Gradients of a network without a hold on itself pass what a double can say.
TEST(InfluenceRecurrence, GrowingGradientsKeepTheirShares) {
    constexpr std::int64_t kLong = 1001;
    const std::vector<float> rest(static_cast<std::size_t>(2 * kLong));  // h = 0: a slope of 1
    const std::vector<double> W{3, 0, 0, 0.5};
    for (const unsigned threads : {1u, 2u}) {  // with two one cell's gradient grows and the other's does not
        const auto sums = recurrenceInfluence({2, W, false, readerOf(rest, 2)}, kLong - 1, {.threads = threads});
        ASSERT_TRUE(sums) << sums.error().message;
        const double total = std::accumulate(sums->begin(), sums->end(), 0.0);
        ASSERT_TRUE(std::isfinite(total));
        for (std::size_t s = 0; s < 20; ++s) EXPECT_NEAR((*sums)[s] / total, 2.0 / 3 * std::pow(3.0, -static_cast<double>(s)), 1e-9);
    }
}

TEST(InfluenceRecurrence, RefusesWhatDoesNotFitAndStops) {
    const std::vector<float> values(12, 0.5f), broken(12, std::nanf(""));
    const std::vector<double> W(4, 0.25);
    const RowReader rows = readerOf(values, 2);
    EXPECT_EQ(recurrenceInfluence({3, W, false, rows}, 1).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(recurrenceInfluence({2, W, false, rows}, -1).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(recurrenceInfluence({2, W, false, rows}, 6).error().code, ErrorCode::InvalidArgument);  // not read
    EXPECT_EQ(trapezoidInfluence({2, 1, rows, rows, rows, rows, {}}, 1).error().code, ErrorCode::InvalidArgument);
    for (const bool relu : {false, true}) {
        const auto sums = recurrenceInfluence({2, W, relu, readerOf(broken, 2)}, 5);
        ASSERT_TRUE(sums);
        EXPECT_TRUE(std::isnan(sums->front())) << "values that nobody captured are no zeros";
    }
    const auto lost = trapezoidInfluence({2, 1, rows, rows, readerOf(broken, 2), rows, rows}, 5);
    EXPECT_TRUE(lost && std::isnan(lost->front()));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(recurrenceInfluence({2, W, false, rows}, 5, {.stop = stop.get_token()}).error().code, ErrorCode::Cancelled);
    EXPECT_EQ(trapezoidInfluence({2, 1, rows, rows, rows, rows, rows}, 5, {.stop = stop.get_token()}).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace ms
