// What the time scales view shows, computed beside the GUI thread.
#pragma once

#include <QVector>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/analysis/time_scales.h"
#include "ui/models/values.h"
#include "ui/plot/matrix_plot.h"
#include "ui/views/time_scales/series_mean.h"

namespace ms {

/// The time constants 1/|A| of a layer, sorted, at evenly spaced ranks.
struct Spectrum {
    QVector<double> percent;    ///< of the states that are at most this slow: 0 … 100
    QVector<double> constants;  ///< in units of Δ; NaN where A is 0
};

/// At most `points` of the sorted values, the least and the greatest among them.
[[nodiscard]] Spectrum spectrumOf(std::span<const float> A, qsizetype points);
/// Of every layer.
[[nodiscard]] Result<std::vector<Spectrum>> spectra(const ModelSummaryPtr& model, const std::stop_token& stop);

struct TimeScalesQuery {
    std::shared_ptr<const CaptureStore> store;
    ModelSummaryPtr model;
    LayerIndex layer;
    TokenRange tokens;
    SeriesMean steps;                     ///< Δ of the layer's channels
    std::vector<SeriesMean> layerSteps;   ///< mean Δ of every layer: half-lives of all of them are counted
};

struct TimeScales {
    LayerIndex layer;
    TokenRange tokens;
    Mean steps;                              ///< of the layer's channels
    std::shared_ptr<const Matrix> halfLives; ///< [d_inner, d_state], tokens
    std::vector<float> channelHalfLives;     ///< [d_inner]
    double median = 0;                       ///< of the layer's half-lives
    LogHistogram histogram;                  ///< of the layer's half-lives, or of those of all layers
    qint64 counted = 0;                      ///< values of the histogram, those off its axis included
    SeriesMean knownSteps;                   ///< the query's, with what was summed for it
    std::vector<SeriesMean> knownLayerSteps;
};

/// Errors: NotFound while nothing of these tokens has been captured; Cancelled.
[[nodiscard]] Result<TimeScales> timeScales(TimeScalesQuery query, const std::stop_token& stop);

}  // namespace ms
