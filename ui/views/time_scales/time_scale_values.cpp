#include "ui/views/time_scales/time_scale_values.h"

#include <algorithm>
#include <cmath>

#include "ui/models/series_source.h"
#include "ui/views/base/missing_point.h"

namespace ms {

namespace {

constexpr qsizetype kPoints = 201;
constexpr std::int64_t kBins = 40;

double medianOf(std::vector<float> values) {
    std::erase_if(values, [](float v) { return std::isnan(v); });
    if (values.empty()) return std::nan("");
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return static_cast<double>(*middle);
}

}  // namespace

Spectrum spectrumOf(std::span<const float> A, qsizetype points) {
    std::vector<float> sorted = timeConstants(A);
    std::sort(sorted.begin(), sorted.end());
    const auto count = static_cast<qsizetype>(sorted.size());
    points = std::min(points, count);
    Spectrum spectrum;
    for (qsizetype k = 0; k < points; ++k) {
        const qsizetype rank = points > 1 ? k * (count - 1) / (points - 1) : 0;
        const auto constant = static_cast<double>(sorted[static_cast<std::size_t>(rank)]);
        spectrum.percent << (count > 1 ? 100.0 * static_cast<double>(rank) / static_cast<double>(count - 1) : 100.0);
        spectrum.constants << (std::isfinite(constant) ? constant : std::nan(""));
    }
    return spectrum;
}

Result<std::vector<Spectrum>> spectra(const ModelSummaryPtr& model, const std::stop_token& stop) {
    std::vector<Spectrum> all;
    for (const ScanWeights& scan : model->scan) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled"};
        all.push_back(spectrumOf(scan.A, kPoints));
    }
    return all;
}

KnownSteps::KnownSteps(const ModelSummary& model, LayerIndex shown)
    : layer({ProbePoint::Dt, shown, Reduction::None}, model.dims.d_inner) {
    for (qint64 l = 0; l < static_cast<qint64>(model.scan.size()); ++l)
        layers.push_back(SeriesMean({ProbePoint::Dt, LayerIndex(l), Reduction::MeanChannels}, 1));
}

void KnownSteps::invalidate(qint64 first, qint64 end) {
    layer.invalidate(first, end);
    for (SeriesMean& mean : layers) mean.invalidate(first, end);
}

qint64 TimeScales::countOf(std::size_t bin) const {
    const auto count = static_cast<qint64>(histogram.counts[bin]);
    return baseline ? count - static_cast<qint64>(baseline->histogram.counts[bin]) : count;
}

namespace {

struct Measured {
    RunTimeScales run;
    std::vector<float> counted;  // what the histogram is of
};

/// `alike`: see SeriesMean::over.
Result<Measured> measure(const TimeScalesQuery& query, const CaptureStore& store, KnownSteps& known, const CaptureStore* alike,
                         const std::stop_token& stop) {
    const ModelDims& dims = query.model->dims;
    const std::vector<float>& A = query.model->scan[static_cast<std::size_t>(query.layer.value)].A;
    Measured measured;
    RunTimeScales& run = measured.run;
    MS_TRY(run.steps, known.layer.over(store, query.tokens, stop, alike));
    if (run.steps.tokens == 0) return Error{ErrorCode::NotFound, "the step size of these tokens has not been captured"};
    run.halfLives = halfLives(run.steps.values, A, dims.d_state);
    run.channelHalfLives = channelHalfLives(run.steps.values, A, dims.d_state);
    run.median = medianOf(run.halfLives);
    if (!query.allLayers) measured.counted = run.halfLives;
    for (std::size_t l = 0; query.allLayers && l < known.layers.size(); ++l) {
        if (!missingDecayText(query.model, LayerIndex(static_cast<qint64>(l))).isEmpty()) continue;
        MS_TRY(const Mean mean, known.layers[l].over(store, query.tokens, stop, alike));
        if (mean.tokens == 0) continue;
        const std::vector<float> steps(static_cast<std::size_t>(dims.d_inner), mean.values[0]);
        const std::vector<float> lives = halfLives(steps, query.model->scan[l].A, dims.d_state);
        measured.counted.insert(measured.counted.end(), lives.begin(), lives.end());
    }
    run.counted = static_cast<qint64>(measured.counted.size());
    return measured;
}

}  // namespace

Result<TimeScales> timeScales(TimeScalesQuery query, const std::stop_token& stop) {
    const bool both = query.compare == Compare::Difference;
    const CaptureStore& store = query.compare == Compare::Baseline ? *query.baseline : *query.store;
    KnownSteps& steps = query.compare == Compare::Baseline ? query.baselineSteps : query.steps;
    MS_TRY(Measured measured, measure(query, store, steps, both ? query.baseline.get() : nullptr, stop));
    TimeScales shown;
    static_cast<RunTimeScales&>(shown) = std::move(measured.run);
    shown.layer = query.layer;
    shown.tokens = query.tokens;
    shown.compare = query.compare;
    auto map = std::make_shared<Matrix>();
    map->rows = query.model->dims.d_inner;
    map->columns = query.model->dims.d_state;
    map->values = shown.halfLives;
    if (both) {
        MS_TRY(Measured baseline, measure(query, *query.baseline, query.baselineSteps, query.store.get(), stop));
        for (std::size_t i = 0; i < map->values.size(); ++i) map->values[i] -= baseline.run.halfLives[i];
        std::vector<float> all = measured.counted;
        all.insert(all.end(), baseline.counted.begin(), baseline.counted.end());
        const std::vector<double> edges = logHistogram(all, kBins).edges;
        shown.histogram = logHistogram(measured.counted, edges);
        baseline.run.histogram = logHistogram(baseline.counted, edges);
        shown.baseline = std::move(baseline.run);
    } else {
        shown.histogram = logHistogram(measured.counted, kBins);
    }
    for (float& v : map->values)
        if (std::isnan(v)) v = -kMissingValue;  // a NaN of the model is not a value that nobody captured
    shown.map = std::move(map);
    shown.knownSteps = std::move(query.steps);
    shown.knownBaselineSteps = std::move(query.baselineSteps);
    return shown;
}

}  // namespace ms
