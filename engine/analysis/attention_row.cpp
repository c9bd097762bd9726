#include "engine/analysis/attention_tile.h"
#include "engine/analysis/decay.h"
#include "engine/analysis/parallel.h"
#include "engine/analysis/walk_back.h"

namespace ms {

namespace {

/// Adds one part of the channels to the row: alpha[t,s] = Σ_n C[t,n] B[s,n] Σ_c dt exp(A (S_t − S_s)).
Result<void> addPart(const AttentionPlan& plan, ChannelPart part, std::int64_t t, std::int64_t from, bool reports,
                     std::vector<double>& row) {
    const std::int64_t N = plan.in.d_state;
    const std::vector<float> A = plan.channels.gather(plan.in.A, N, part.from, part.count);
    std::vector<float> C(static_cast<std::size_t>(N)), B, keptStates(static_cast<std::size_t>(N));
    MS_CHECK(plan.in.C(t, 1, 0, N, C));
    const auto begin = [&](std::int64_t first, std::int64_t rows,
                           const std::vector<std::int64_t>& live) -> Result<bool> {
        MS_CHECK(plan.cancelled());
        if (reports) plan.options.progress({t + 1 - (first + rows), t + 1 - from, "hidden attention"});
        B.resize(static_cast<std::size_t>(rows * N));
        MS_CHECK(plan.in.B(first, rows, 0, N, B));
        return !live.empty();
    };
    const auto visit = [&](const PastToken& token) {
        float* __restrict const kept = keptStates.data();
        std::fill_n(kept, N, 0.0f);
        for (const std::int64_t c : token.live) {
            const float* const rates = A.data() + c * N;
            const auto age = static_cast<float>(token.ages[static_cast<std::size_t>(c)]);
            const float dt = token.dt[c];
            for (std::int64_t n = 0; n < N; ++n) kept[n] += dt * decay(rates[n] * age);
        }
        double sum = 0;
        for (std::int64_t n = 0; n < N; ++n)
            sum += static_cast<double>(C[static_cast<std::size_t>(n)]) *
                   B[static_cast<std::size_t>(token.row * N + n)] * kept[n];
        row[static_cast<std::size_t>(token.s - from)] += sum;
    };
    const auto walked = walkBack(plan.channels, part, plan.in.dt, slowestRates(A, N), from, t, begin, visit);
    if (!walked) return walked.error();
    return {};
}

}  // namespace

Result<std::vector<float>> signedRow(const AttentionPlan& plan, std::int64_t t, std::int64_t from) {
    const std::int64_t channels = plan.channels.count();
    const unsigned parts = plan.parts(channels);
    std::vector<std::vector<double>> rows(parts, std::vector<double>(static_cast<std::size_t>(t + 1 - from)));
    MS_CHECK(inParallel(parts, [&](unsigned part) {
        const bool reports = part == 0 && plan.options.progress;
        return addPart(plan, ChannelPart(channels, part, parts), t, from, reports, rows[part]);
    }));
    std::vector<float> row(rows.front().size());
    for (std::size_t s = 0; s < row.size(); ++s) {
        double sum = 0;
        for (const std::vector<double>& part : rows) sum += part[s];
        row[s] = static_cast<float>(sum / static_cast<double>(channels));
    }
    return row;
}

}  // namespace ms
