// Curves of captured values: every token, or, when many share a pixel, the least and the greatest of each pixel.
#pragma once

#include <QVector>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"

namespace ms {

struct TraceQuery {
    SeriesSource source;
    std::vector<qint64> rows;      ///< of the source, one a curve
    TokenRange tokens;
    qint64 tokensPerColumn = 1;    ///< of a pixel
    bool positiveOnly = false;     ///< for a logarithmic axis: what is not positive is left out
};

struct Trace {
    QVector<double> x, y;          ///< NaN: the line ends here
};

struct Traces {
    std::vector<Trace> traces;     ///< one a row
    std::vector<float> values;     ///< all finite y, for limits
    QVector<double> broken;        ///< tokens whose captured value is not finite, at most one a pixel and curve
};

/// More tokens than this are drawn by their extremes.
inline constexpr qint64 kExactTokens = 4000;

/// Needs only what it is given: for a pool thread. Error: Cancelled.
[[nodiscard]] Result<Traces> readTraces(const TraceQuery& query, const std::stop_token& stop);

}  // namespace ms
