// How well the direction one token reads in meets the directions that earlier tokens wrote in.
#pragma once

#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/plot/trace_builder.h"

namespace ms {

/// B and C of one layer in one run: states × tokens.
struct Directions {
    SeriesSource written, read;
};

struct CosineQuery {
    /// One run, or two: the second's cosines are subtracted.
    std::vector<Directions> runs;
    bool complexStates = false;    ///< rows hold real, then imaginary parts, and C reads Re(C·h)
    qint64 token = -1;             ///< whose C it is
    TokenRange tokens;             ///< whose B are looked at; those after `token` are left out
    qint64 tokensPerColumn = 1;
};

/// cos(C_token, B_s), of complex ones Re(C·B) / (‖C‖ ‖B‖), for tokens [first, first + count): missing where something was not captured, and after `token`.
[[nodiscard]] std::vector<float> cosinesAt(const CosineQuery& query, qint64 first, qint64 count);

/// The curve of them. Needs only what it is given: for a pool thread.
/// Errors: NotFound when C was not captured at `token`; Cancelled.
[[nodiscard]] Result<Traces> cosineTrace(const CosineQuery& query, const std::stop_token& stop);

}  // namespace ms
