// The ruler's two curves, cut to what a plot shows.
#pragma once

#include <span>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/plot/curve_plot.h"

namespace ms {

/// Values of tokens [first, first + size) as a curve over `visible`, one point a token or, zoomed out, one a column of
/// the axis: the value of largest magnitude among its tokens. NaN where there is none.
[[nodiscard]] Curve curveOver(std::span<const float> values, qint64 first, TokenRange visible, int tokensPerColumn);

}  // namespace ms
