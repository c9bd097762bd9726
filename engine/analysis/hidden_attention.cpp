#include "engine/analysis/hidden_attention.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/analysis/attention_tile.h"
#include "engine/analysis/decay.h"

namespace ms {

namespace {

constexpr std::int64_t kGapTokens = 256;  // of a gap, read at a time
constexpr std::int64_t kColumns = 512;    // of a row's past, computed at a time

Error refuse(const std::string& why) { return {ErrorCode::InvalidArgument, "hidden attention: " + why}; }

Result<void> checkPart(const AttentionInputs& in, std::int64_t begin, std::int64_t end, const char* what) {
    if (begin >= in.first && begin < end && end <= in.first + in.tokens) return {};
    return refuse(std::string(what) + " " + std::to_string(begin) + " to " + std::to_string(end) +
                  " are not among the tokens " + std::to_string(in.first) + " to " +
                  std::to_string(in.first + in.tokens));
}

/// values [rows, cols] in the form asked for; `rowSums` [rows] for RowNormalised.
void applyForm(AttentionForm form, std::span<const double> rowSums, std::vector<float>& values) {
    if (form == AttentionForm::Signed || values.empty()) return;
    for (float& value : values) value = std::abs(value);
    if (form == AttentionForm::Absolute) return;
    const std::size_t cols = values.size() / rowSums.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double sum = rowSums[i / cols];
        values[i] = sum == 0 ? 0.0f : static_cast<float>(values[i] / sum);
    }
}

}  // namespace

Result<AttentionPlan> AttentionPlan::create(const AttentionInputs& in, const AttentionOptions& options) {
    if (in.d_inner < 1 || in.d_state < 1 || in.A.size() != static_cast<std::size_t>(in.d_inner * in.d_state))
        return refuse("A is not [d_inner, d_state]");
    if (!in.dt || !in.B || !in.C) return refuse("dt, B and C are needed");
    MS_TRY(Channels channels, Channels::create(options.channels, in.d_inner));
    return AttentionPlan{in, options, std::move(channels)};
}

unsigned AttentionPlan::parts(std::int64_t pieces) const {
    return static_cast<unsigned>(std::clamp<std::int64_t>(options.threads, 1, std::max<std::int64_t>(1, pieces)));
}

Result<void> AttentionPlan::cancelled() const {
    if (options.stop.stop_requested()) return Error{ErrorCode::Cancelled, "hidden attention: cancelled"};
    return {};
}

Result<void> addSteps(const AttentionPlan& plan, std::int64_t first, std::int64_t tokens, std::span<double> sums) {
    std::vector<float> dt;
    const std::int64_t channels = plan.channels.count();
    for (std::int64_t done = 0; done < tokens; done += kGapTokens) {
        MS_CHECK(plan.cancelled());
        const std::int64_t rows = std::min(kGapTokens, tokens - done);
        MS_CHECK(plan.channels.read(plan.in.dt, first + done, rows, 0, channels, dt));
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < channels; ++c)
                sums[static_cast<std::size_t>(c)] += dt[static_cast<std::size_t>(r * channels + c)];
    }
    return {};
}

bool allForgotten(const AttentionPlan& plan, std::span<const double> steps) {
    const std::int64_t N = plan.in.d_state;
    const std::vector<float> rates = slowestRates(plan.channels.gather(plan.in.A, N, 0, plan.channels.count()), N);
    for (std::size_t c = 0; c < steps.size(); ++c)
        if (!(steps[c] * rates[c] > -kForgotten)) return false;
    return true;
}

Result<std::vector<float>> attentionTile(const AttentionInputs& in, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                         std::int64_t s1, const AttentionOptions& options) {
    MS_TRY(const AttentionPlan plan, AttentionPlan::create(in, options));
    MS_CHECK(checkPart(in, t0, t1, "rows"));
    MS_CHECK(checkPart(in, s0, s1, "columns"));
    if (!options.rowSums.empty() && options.rowSums.size() != static_cast<std::size_t>(t1 - t0))
        return refuse("one row sum is needed for each row");
    std::vector<double> rowSums(options.rowSums.begin(), options.rowSums.end());
    if (options.form == AttentionForm::RowNormalised && rowSums.empty()) {
        MS_TRY(rowSums, attentionRowSums(in, t0, t1, options));
    }
    std::vector<double> gap(static_cast<std::size_t>(plan.channels.count()));
    MS_CHECK(addSteps(plan, s1, t0 - s1, gap));
    MS_TRY(std::vector<float> tile, signedTile(plan, t0, t1, s0, s1, gap));
    applyForm(options.form, rowSums, tile);
    return tile;
}

Result<std::vector<double>> attentionRowSums(const AttentionInputs& in, std::int64_t t0, std::int64_t t1,
                                             const AttentionOptions& options) {
    MS_TRY(const AttentionPlan plan, AttentionPlan::create(in, options));
    MS_CHECK(checkPart(in, t0, t1, "rows"));
    std::vector<double> sums(static_cast<std::size_t>(t1 - t0)), gap(static_cast<std::size_t>(plan.channels.count()));
    for (std::int64_t s1 = t1; s1 > in.first && !allForgotten(plan, gap);) {
        // A step ends where the rows begin, so that the gap starts there.
        const std::int64_t s0 = std::max(s1 > t0 ? t0 : in.first, s1 - kColumns);
        MS_TRY(const std::vector<float> tile, signedTile(plan, t0, t1, s0, s1, gap));
        const auto cols = static_cast<std::size_t>(s1 - s0);
        for (std::size_t i = 0; i < tile.size(); ++i) sums[i / cols] += std::abs(tile[i]);
        if (s1 <= t0) MS_CHECK(addSteps(plan, s0, s1 - s0, gap));
        s1 = s0;
    }
    return sums;
}

Result<std::vector<float>> attentionRow(const AttentionInputs& in, std::int64_t t, std::int64_t s0, std::int64_t s1,
                                        const AttentionOptions& options) {
    MS_TRY(const AttentionPlan plan, AttentionPlan::create(in, options));
    MS_CHECK(checkPart(in, t, t + 1, "rows"));
    MS_CHECK(checkPart(in, s0, s1, "columns"));
    const bool normalised = options.form == AttentionForm::RowNormalised;
    if (!options.rowSums.empty() && options.rowSums.size() != 1) return refuse("one row sum is needed for each row");
    const bool whole = normalised && options.rowSums.empty();
    const std::int64_t from = whole ? in.first : s0;
    std::vector<float> row(static_cast<std::size_t>(s1 - s0));
    double sum = whole || options.rowSums.empty() ? 0.0 : options.rowSums.front();
    if (from <= t) {
        MS_TRY(const std::vector<float> past, signedRow(plan, t, from));
        for (const float value : past)
            if (whole) sum += std::abs(value);
        for (std::int64_t s = s0; s < std::min(s1, t + 1); ++s)
            row[static_cast<std::size_t>(s - s0)] = past[static_cast<std::size_t>(s - from)];
    }
    applyForm(options.form, std::span(&sum, 1), row);
    return row;
}

}  // namespace ms
