// What the time scales view shows, computed beside the GUI thread.
#pragma once

#include <QVector>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/analysis/time_scales.h"
#include "ui/models/series_source.h"
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

/// The step sizes of one run, with what was summed of them.
struct KnownSteps {
    SeriesMean layer;                   ///< Δ of the layer's channels
    std::vector<SeriesMean> layers;     ///< mean Δ of every layer

    KnownSteps() = default;
    KnownSteps(const ModelSummary& model, LayerIndex layer);
    /// Captured values of tokens [first, end) have changed.
    void invalidate(qint64 first, qint64 end);
};

struct TimeScalesQuery {
    std::shared_ptr<const CaptureStore> store, baseline;
    Compare compare = Compare::Changed;
    ModelSummaryPtr model;
    LayerIndex layer;
    TokenRange tokens;
    bool allLayers = false;             ///< half-lives of all layers are counted, not of this one alone
    KnownSteps steps, baselineSteps;    ///< of the store and of the baseline, as asked with `compare`
};

/// What one run's step sizes make of the weights.
struct RunTimeScales {
    Mean steps;                           ///< of the layer's channels
    std::vector<float> halfLives;         ///< [d_inner, d_state], tokens
    std::vector<float> channelHalfLives;  ///< [d_inner], tokens
    double median = 0;                    ///< of the layer's half-lives
    LogHistogram histogram;               ///< of the layer's half-lives, or of those of all layers
    qint64 counted = 0;                   ///< values of the histogram, those off its axis included
};

struct TimeScales : RunTimeScales {         // of the run shown; of a difference the changed one
    LayerIndex layer;
    TokenRange tokens;
    Compare compare = Compare::Changed;
    std::optional<RunTimeScales> baseline;  ///< a difference's other side; the histograms have the same edges
    std::shared_ptr<const Matrix> map;      ///< [d_inner, d_state], tokens: half-lives, or changed minus baseline
    KnownSteps knownSteps, knownBaselineSteps;  ///< the query's, with what was summed for it

    /// States in a bin of the histogram; of a difference, changed minus baseline.
    [[nodiscard]] qint64 countOf(std::size_t bin) const;
};

/// A difference is taken over the tokens that both runs have. Errors: NotFound while nothing of these tokens has been
/// captured; Cancelled.
[[nodiscard]] Result<TimeScales> timeScales(TimeScalesQuery query, const std::stop_token& stop);

}  // namespace ms
