// A layer's state, or its change, as a matrix of channels × states: pure functions.
#pragma once

#include <span>
#include <vector>

#include "ui/models/landscape_drawer.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/plot/matrix_plot.h"

namespace ms {

/// ‖values‖₂ of what is finite.
[[nodiscard]] double normOf(std::span<const float> values);

/// h − reference, element by element; an empty reference is zero.
[[nodiscard]] std::vector<float> changeOf(std::span<const float> h, std::span<const float> reference);

/// Which channel each row shows: as they are numbered, or by the norm of their row of values [channels, states], largest
/// first.
[[nodiscard]] std::vector<int> channelOrder(std::span<const float> values, qint64 channels, qint64 states, bool byNorm);

/// The rows of values in that order. NaN become those that are drawn in the warning colour.
[[nodiscard]] std::shared_ptr<const Matrix> matrixOf(std::span<const float> values, qint64 states, std::span<const int> order);

/// Limits of the heights: those the settings ask for, but of all values, so that no peak is cut off.
[[nodiscard]] ValueScale heightScaleOf(const Matrix& matrix, const HeatmapSettings& settings);
/// Colours as in the heatmap; missing values are holes, NaN and Inf lie at zero in the warning colour.
[[nodiscard]] std::shared_ptr<const LandscapeField> fieldOf(const Matrix& matrix, const HeatmapSettings& settings, const ValueScale& colours,
                                                            const ValueScale& heights);

}  // namespace ms
