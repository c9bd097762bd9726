// Few colours that stand for many.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/film/colour_histogram.h"

namespace ms {

/// At most `most` colours: the one with the largest variance is halved until there are enough (P. Heckbert, "Color
/// image quantization for frame buffer display", SIGGRAPH 1982). A bin weighs the root of its pixels, so that text and
/// curves keep their colours beside large areas. Exact, to the bin's mean, when there are no more bins than colours.
[[nodiscard]] std::vector<Rgb> medianCut(const ColourHistogram& histogram, std::size_t most);

}  // namespace ms
