// What the memory ruler shows, computed beside the GUI thread.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/analysis/memory_ruler.h"
#include "ui/models/values.h"
#include "ui/views/base/ranked_tokens.h"

namespace ms {

/// A layer's state behind one token, asked for where the captures begin later than the session.
struct KnownState {
    LayerIndex layer;
    qint64 token = -1;
    std::vector<float> values;  // [d_inner, d_state]
};

struct RulerQuery {
    std::shared_ptr<const CaptureStore> store;
    ModelSummaryPtr model;
    LayerIndex layer;
    std::optional<std::int64_t> channel;            ///< only this one; else all of the layer
    qint64 token = -1;                        ///< whose state is taken apart
    std::shared_ptr<const KnownState> before; ///< used where it is of the token before the first captured one
};

struct RunRuler {
    qint64 first = 0;          ///< captures of the token's past begin here
    MemoryRuler ruler;         ///< of tokens first … token
    bool complete = false;     ///< the state before `first` was known; else its share is in nobody's
};

struct RulerResult : RunRuler {           // one run's, or the difference of two over the tokens that both have
    LayerIndex layer;
    std::optional<qint64> channel;
    qint64 token = -1;
    std::vector<RankedToken> largest;     ///< by |share|
    std::optional<RunRuler> changed, baseline;  ///< what a difference is made of
};

inline constexpr std::size_t kRankedTokens = 10;

/// Errors: NotFound while the token has not been captured; Cancelled.
[[nodiscard]] Result<RulerResult> measureMemory(const RulerQuery& query, const std::stop_token& stop);
/// Changed minus baseline. Two queries that differ in the run alone; same errors.
[[nodiscard]] Result<RulerResult> measureDifference(const RulerQuery& changed, const RulerQuery& baseline, const std::stop_token& stop);

}  // namespace ms
