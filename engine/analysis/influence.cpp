#include "engine/analysis/influence.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/influence_walk.h"

namespace ms {

namespace {

Error badInfluence(const char* why) { return {ErrorCode::InvalidArgument, std::string("influence: ") + why}; }

/// Scores to weights, in place.
void softmax(std::span<double> scores) {
    const double top = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (double& score : scores) sum += score = std::exp(score - top);
    for (double& score : scores) score /= sum;
}

}  // namespace

Result<std::vector<double>> attentionInfluence(const AttentionHeads& in, std::int64_t t, const InfluenceOptions& options) {
    if (t < 0 || in.n_heads < 1 || in.n_kv_heads < 1 || in.n_heads % in.n_kv_heads != 0 || in.head_dim < 1 || !in.q || !in.k)
        return badInfluence("heads of queries and keys do not match");
    const std::int64_t keyWidth = in.n_kv_heads * in.head_dim, shared = in.n_heads / in.n_kv_heads, tokens = t + 1;
    std::vector<float> q(static_cast<std::size_t>(in.n_heads * in.head_dim)), keys;
    MS_CHECK(in.q(t, 1, 0, in.n_heads * in.head_dim, q));
    std::vector<double> scores(static_cast<std::size_t>(in.n_heads * tokens));  // [n_heads, tokens]
    const double scale = 1 / std::sqrt(static_cast<double>(in.head_dim));
    for (std::int64_t first = 0; first < tokens; first += kInfluenceStretch) {
        MS_CHECK(influenceGoesOn(options.stop));
        const std::int64_t rows = std::min(kInfluenceStretch, tokens - first);
        keys.resize(static_cast<std::size_t>(rows * keyWidth));
        MS_CHECK(in.k(first, rows, 0, keyWidth, keys));
        for (std::int64_t head = 0; head < in.n_heads; ++head)
            for (std::int64_t r = 0; r < rows; ++r) {
                const float* const a = q.data() + head * in.head_dim;
                const float* const b = keys.data() + r * keyWidth + head / shared * in.head_dim;
                double dot = 0;
                for (std::int64_t i = 0; i < in.head_dim; ++i) dot += static_cast<double>(a[i]) * b[i];
                scores[static_cast<std::size_t>(head * tokens + first + r)] = dot * scale;
            }
    }
    std::vector<double> sums(static_cast<std::size_t>(tokens));
    for (std::int64_t head = 0; head < in.n_heads; ++head) {
        const auto weights = std::span(scores).subspan(static_cast<std::size_t>(head * tokens), sums.size());
        softmax(weights);
        for (std::size_t s = 0; s < sums.size(); ++s) sums[s] += weights[s];
    }
    return sums;
}

Result<std::vector<double>> gateInfluence(const GateInputs& in, std::int64_t t, const InfluenceOptions& options) {
    if (t < 0 || in.cells < 1 || !in.keep) return badInfluence("cells and what they keep are needed");
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    std::vector<double> left(static_cast<std::size_t>(in.cells), 1.0);  // Π keep over (s, t]
    std::vector<float> keep, write;
    const auto alive = [](double product) { return !(product < kNothingLeft); };
    for (std::int64_t end = t + 1; end > 0 && std::any_of(left.begin(), left.end(), alive);) {
        MS_CHECK(influenceGoesOn(options.stop));
        const std::int64_t first = std::max<std::int64_t>(0, end - kInfluenceStretch), rows = end - first;
        keep.resize(static_cast<std::size_t>(rows * in.cells));
        MS_CHECK(in.keep(first, rows, 0, in.cells, keep));
        if (in.write) {
            write.resize(keep.size());
            MS_CHECK(in.write(first, rows, 0, in.cells, write));
        }
        for (std::int64_t s = end - 1; s >= first; --s)
            for (std::size_t c = 0; c < left.size(); ++c) {
                const std::size_t i = static_cast<std::size_t>(s - first) * left.size() + c;
                sums[static_cast<std::size_t>(s)] += std::abs(left[c] * (in.write ? static_cast<double>(write[i]) : 1.0 - keep[i]));
                left[c] *= keep[i];
            }
        end = first;
    }
    return sums;
}

Result<std::vector<double>> kernelInfluence(std::span<const float> kernel, std::int64_t length, std::int64_t t) {
    if (t < 0 || length <= t || kernel.empty() || kernel.size() % static_cast<std::size_t>(length) != 0)
        return badInfluence("the kernel is not [channels, length] or ends before the token");
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    for (std::size_t channel = 0; channel < kernel.size(); channel += static_cast<std::size_t>(length))
        for (std::size_t age = 0; age < sums.size(); ++age) sums[sums.size() - 1 - age] += std::abs(static_cast<double>(kernel[channel + age]));
    return sums;
}

}  // namespace ms
