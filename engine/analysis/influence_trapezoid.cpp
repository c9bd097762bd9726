// The influence of Mamba-3's tokens: a walk back from the last one, with what is kept of each head.
#include <algorithm>
#include <cmath>

#include "engine/analysis/influence.h"
#include "engine/analysis/influence_walk.h"

namespace ms {

namespace {

/// Rows of one series, [rows, width].
Result<void> readStretch(const RowReader& reader, std::int64_t first, std::int64_t rows, std::int64_t width, std::vector<float>& out) {
    out.resize(static_cast<std::size_t>(rows * width));
    return reader(first, rows, 0, width, out);
}

double dotProduct(const float* a, const float* b, std::int64_t count) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

}  // namespace

Result<std::vector<double>> trapezoidInfluence(const TrapezoidInputs& in, std::int64_t t, const InfluenceOptions& options) {
    if (t < 0 || in.n_heads < 1 || in.d_state < 1 || !in.q || !in.k || !in.keep || !in.dt || !in.lambda)
        return Error{ErrorCode::InvalidArgument, "influence: Q, K, what is kept, dt and lambda of every head are needed"};
    const std::int64_t H = in.n_heads, N = in.d_state;
    std::vector<float> q, k, keep, dt, lambda;
    MS_CHECK(readStretch(in.q, t, 1, H * N, q));
    std::vector<double> sums(static_cast<std::size_t>(t + 1));
    std::vector<double> left(static_cast<std::size_t>(H), 1.0);  // Π keep over (s, t]
    std::vector<double> again(static_cast<std::size_t>(H));      // Δ (1 - λ) of the token behind
    const auto alive = [](double product) { return !(product < kNothingLeft); };
    for (std::int64_t end = t + 1; end > 0 && std::any_of(left.begin(), left.end(), alive);) {
        MS_CHECK(influenceGoesOn(options.stop));
        const std::int64_t first = std::max<std::int64_t>(0, end - kInfluenceStretch), rows = end - first;
        MS_CHECK(readStretch(in.k, first, rows, H * N, k));
        MS_CHECK(readStretch(in.keep, first, rows, H, keep));
        MS_CHECK(readStretch(in.dt, first, rows, H, dt));
        MS_CHECK(readStretch(in.lambda, first, rows, H, lambda));
        for (std::int64_t s = end - 1; s >= first; --s)
            for (std::int64_t head = 0; head < H; ++head) {
                const auto h = static_cast<std::size_t>(head), at = static_cast<std::size_t>((s - first) * H + head);
                const double step = dt[at], own = lambda[at];
                const double read = dotProduct(q.data() + head * N, k.data() + ((s - first) * H + head) * N, N);
                sums[static_cast<std::size_t>(s)] += std::abs(read * left[h] * (step * own + again[h]));
                left[h] *= keep[at];
                again[h] = step * (1 - own);
            }
        end = first;
    }
    return sums;
}

}  // namespace ms
