// One tile of hidden attention, summed over channels: the work behind hidden_attention.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/analysis/channels.h"
#include "engine/analysis/hidden_attention.h"

namespace ms {

/// What every part of a picture shares: the inputs, checked.
struct AttentionPlan {
    const AttentionInputs& in;
    const AttentionOptions& options;
    Channels channels;

    /// Errors: InvalidArgument for sizes that do not match or channels that are not there.
    static Result<AttentionPlan> create(const AttentionInputs& in, const AttentionOptions& options);
    [[nodiscard]] unsigned parts(std::int64_t pieces) const;  ///< threads worth starting for so many pieces
    [[nodiscard]] Result<void> cancelled() const;             ///< Cancelled once the caller asked to stop
};

/// sums[i] += Σ dt of channel i over positions [first, first + tokens).
Result<void> addSteps(const AttentionPlan& plan, std::int64_t first, std::int64_t tokens, std::span<double> sums);

/// True if nothing written before `steps` (Σ dt per channel) is left in any channel.
[[nodiscard]] bool allForgotten(const AttentionPlan& plan, std::span<const double> steps);

/// Mean over the channels of alpha[t,s], signed, for rows [t0, t1) and columns [s0, s1). `gap`: Σ dt per channel over
/// [s1, t0), the positions between; empty if there are none.
Result<std::vector<float>> signedTile(const AttentionPlan& plan, std::int64_t t0, std::int64_t t1, std::int64_t s0,
                                      std::int64_t s1, std::span<const double> gap);

/// The same for row t and columns [from, t], walking back from t in constant memory beside the row. attention_row.cpp
Result<std::vector<float>> signedRow(const AttentionPlan& plan, std::int64_t t, std::int64_t from);

}  // namespace ms
