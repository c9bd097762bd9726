#include "tests/support/reference_experts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ms::reference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Choice topExperts(const Floats& logits, std::int64_t L, std::int64_t experts, std::int64_t k, bool normalize) {
    Choice choice;
    for (std::int64_t t = 0; t < L; ++t) {
        const auto logit = [&](std::int64_t e) { return static_cast<double>(logits[at(t * experts + e)]); };
        std::vector<std::int64_t> order(at(experts));
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return logit(a) > logit(b); });
        double all = 0, chosen = 0;
        for (std::int64_t e = 0; e < experts; ++e) all += std::exp(logit(e));
        for (std::int64_t j = 0; j < k; ++j) chosen += std::exp(logit(order[at(j)]));
        for (std::int64_t j = 0; j < k; ++j) {
            choice.ids.push_back(static_cast<std::int32_t>(order[at(j)]));
            choice.weights.push_back(std::exp(logit(order[at(j)])) / (normalize ? chosen : all));
        }
    }
    return choice;
}

Doubles expertMatmul(const Floats& x, const Floats& experts, const std::vector<std::int32_t>& ids, std::int64_t N, std::int64_t K) {
    const auto slots = static_cast<std::int64_t>(ids.size()), perRow = slots / (static_cast<std::int64_t>(x.size()) / K);
    Doubles out(at(slots * N));
    for (std::int64_t s = 0; s < slots; ++s)
        for (std::int64_t n = 0; n < N; ++n)
            for (std::int64_t k = 0; k < K; ++k)
                out[at(s * N + n)] += static_cast<double>(x[at(s / perRow * K + k)]) * experts[at((ids[at(s)] * N + n) * K + k)];
    return out;
}

Doubles mixExperts(const Floats& before, const Floats& y, const Floats& weights, std::int64_t L, std::int64_t d) {
    Doubles out(before.begin(), before.end());
    const std::int64_t k = static_cast<std::int64_t>(weights.size()) / L;
    for (std::int64_t t = 0; t < L; ++t)
        for (std::int64_t j = 0; j < k; ++j)
            for (std::int64_t c = 0; c < d; ++c)
                out[at(t * d + c)] += static_cast<double>(weights[at(t * k + j)]) * y[at((t * k + j) * d + c)];
    return out;
}

}  // namespace ms::reference
