// Shares of influence that a model tells, against weights that a test works out in double.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>

#include "engine/lab/lock_step.h"
#include "tests/unit/lab/lab_support.h"

namespace ms::test {

inline constexpr std::size_t kTokens = 150;  // more than two of the stretches that are read at a time

inline std::vector<TokenId> someIds(TokenId vocab) {
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < kTokens; ++i) ids.push_back(static_cast<TokenId>((i * i * 7 + i * 3 + 1) % static_cast<std::size_t>(vocab)));
    return ids;
}

/// One layer's |w[t,s]| for s in [0, t], summed over channels.
using LayerWeights = std::function<std::vector<double>(LayerIndex layer, std::size_t t)>;

/// The shares of a model at the last token and at two before it are those of its weights, and sum to 1.
inline void expectShares(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& ids, const LayerWeights& weightsOf) {
    SCOPED_TRACE(model->info().name);
    auto lockStep = LockStep::create({model});
    ASSERT_TRUE(lockStep) << lockStep.error().message;
    ASSERT_TRUE((*lockStep)->begin(ids));
    for (std::size_t i = 0; i < ids.size(); ++i) ASSERT_TRUE((*lockStep)->step());
    for (const std::size_t t : {std::size_t{0}, std::size_t{70}, ids.size() - 1}) {
        std::vector<double> expected(t + 1);
        for (LayerIndex layer(0); layer.value < model->dims().n_layer; ++layer.value) {
            const std::vector<double> weights = weightsOf(layer, t);
            const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
            for (std::size_t s = 0; s <= t; ++s) expected[s] += weights[s] / sum / static_cast<double>(model->dims().n_layer);
        }
        const auto shares = (*lockStep)->influence(0, static_cast<std::int64_t>(t));
        ASSERT_TRUE(shares) << shares.error().message;
        ASSERT_EQ(shares->size(), t + 1);
        EXPECT_NEAR(std::accumulate(shares->begin(), shares->end(), 0.0), 1.0, 1e-5);
        const double largest = *std::max_element(expected.begin(), expected.end());
        for (std::size_t s = 0; s <= t; ++s) EXPECT_NEAR((*shares)[s], expected[s], 1e-5 * largest) << "token " << s << " on " << t;
    }
}

}  // namespace ms::test
