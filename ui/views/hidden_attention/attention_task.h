// What the hidden attention view shows, computed beside the GUI thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/analysis/head_attention.h"
#include "engine/analysis/hidden_attention.h"
#include "ui/models/values.h"
#include "ui/views/base/ranked_tokens.h"
#include "ui/views/hidden_attention/attention_window.h"
#include "ui/views/hidden_attention/weight_source.h"

namespace ms {

/// How far a task has come, told across threads.
using Percent = std::shared_ptr<std::atomic<int>>;

struct AttentionQuery;

/// What the rows of a picture are divided by; good for every tile of these rows of the same layer and channel.
struct RowSums {
    LayerIndex layer;
    std::optional<std::int64_t> channel;
    qint64 t0 = 0, t1 = 0;
    std::vector<double> values;  ///< [t1 − t0]; of attention their logarithms, [heads, t1 − t0]
    qint64 first = 0;            ///< of the sum

    /// Those of the rows [begin, end) that `query` asks about, summed from `from` on.
    [[nodiscard]] bool holds(const AttentionQuery& query, qint64 from, qint64 begin, qint64 end) const;
    /// Of the rows [begin, end).
    [[nodiscard]] std::vector<double> of(qint64 begin, qint64 end) const;
};

struct AttentionQuery {
    std::shared_ptr<const CaptureStore> store;
    ModelSummaryPtr model;
    LayerIndex layer;
    std::optional<std::int64_t> channel;  ///< only this one, of attention and Mamba-2 a head; else the mean of all
    AttentionForm form = AttentionForm::Signed;  ///< not of attention, whose weights are positive and sum to one
    Percent percent;
    int percentFrom = 0, percentShare = 100;  ///< the part of the whole task that this query is
};

/// Of one run each: what they were divided by is of no use to the other.
struct RunSums {
    std::shared_ptr<const RowSums> changed, baseline;
};

struct AttentionTile {
    TileWindow window;
    std::vector<float> values;   ///< [t1 − t0, s1 − s0]; kMissingValue where a key is later than its query or not captured
    bool whole = false;          ///< everything the window wants had been captured
    std::shared_ptr<const RowSums> rowSums;
    std::vector<float> changed, baseline;            ///< what a difference is made of, alike in shape; else empty
    std::shared_ptr<const RowSums> baselineRowSums;  ///< of a difference
};

/// Errors: NotFound while nothing of the window has been captured; Cancelled.
[[nodiscard]] Result<AttentionTile> attentionTileOf(const AttentionQuery& query, const TileWindow& window,
                                                    std::shared_ptr<const RowSums> known, const std::stop_token& stop);
/// Changed minus baseline, missing where one of them is. Two queries that differ in the run alone; same errors.
[[nodiscard]] Result<AttentionTile> attentionTileDifference(const AttentionQuery& changed, const AttentionQuery& baseline,
                                                            const TileWindow& window, const RunSums& known, const std::stop_token& stop);

struct AttentionRow {
    qint64 token = -1, first = 0;
    LayerIndex layer;
    std::optional<std::int64_t> channel;
    AttentionForm form = AttentionForm::Signed;
    std::vector<float> values;         ///< of tokens first … token
    std::vector<RankedToken> largest;  ///< by magnitude
    std::vector<float> changed, baseline;  ///< what a difference is made of, of the same tokens; else empty
};

/// Row `token` over all that was captured before it without a hole. Same errors.
[[nodiscard]] Result<AttentionRow> attentionRowOf(const AttentionQuery& query, qint64 token, const std::stop_token& stop);
/// Changed minus baseline, over the tokens that both runs have. Same errors.
[[nodiscard]] Result<AttentionRow> attentionRowDifference(const AttentionQuery& changed, const AttentionQuery& baseline, qint64 token,
                                                          const std::stop_token& stop);

}  // namespace ms
