// What the hidden attention view shows, computed beside the GUI thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/analysis/hidden_attention.h"
#include "ui/models/values.h"
#include "ui/views/base/ranked_tokens.h"
#include "ui/views/hidden_attention/attention_window.h"

namespace ms {

/// How far a task has come, told across threads.
using Percent = std::shared_ptr<std::atomic<int>>;

/// What the rows of a picture are divided by; good for every tile of these rows.
struct RowSums {
    qint64 t0 = 0;
    std::vector<double> values;
    qint64 first = 0;  ///< of the sum
};

struct AttentionQuery {
    std::shared_ptr<const CaptureStore> store;
    ModelSummaryPtr model;
    LayerIndex layer;
    std::optional<std::int64_t> channel;  ///< only this one; else the mean of all
    AttentionForm form = AttentionForm::Signed;
    Percent percent;
};

struct AttentionTile {
    TileWindow window;
    std::vector<float> values;   ///< [t1 − t0, s1 − s0]; kMissingValue where a key is later than its query or not captured
    bool whole = false;          ///< everything the window wants had been captured
    std::shared_ptr<const RowSums> rowSums;
};

/// Errors: NotFound while nothing of the window has been captured; Cancelled.
[[nodiscard]] Result<AttentionTile> attentionTileOf(const AttentionQuery& query, const TileWindow& window,
                                                    std::shared_ptr<const RowSums> known, const std::stop_token& stop);

struct AttentionRow {
    qint64 token = -1, first = 0;
    LayerIndex layer;
    std::optional<std::int64_t> channel;
    AttentionForm form = AttentionForm::Signed;
    std::vector<float> values;         ///< of tokens first … token
    std::vector<RankedToken> largest;  ///< by magnitude
};

/// Row `token` over all that was captured before it without a hole. Same errors.
[[nodiscard]] Result<AttentionRow> attentionRowOf(const AttentionQuery& query, qint64 token, const std::stop_token& stop);

}  // namespace ms
