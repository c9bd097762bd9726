// Reads the curves of captured values that are visible.
#pragma once

#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/plot/trace_builder.h"

namespace ms {

struct TraceQuery {
    SeriesSource source;
    std::vector<qint64> rows;      ///< of the source, one a curve
    TokenRange tokens;
    qint64 tokensPerColumn = 1;    ///< of a pixel
    bool positiveOnly = false;     ///< for a logarithmic axis
};

/// One trace a row. Needs only what it is given: for a pool thread. Error: Cancelled.
[[nodiscard]] Result<Traces> readTraces(const TraceQuery& query, const std::stop_token& stop);

}  // namespace ms
