#include "ui/views/time_scales/time_scale_values.h"

#include <algorithm>
#include <cmath>

#include "ui/models/series_source.h"

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

Result<TimeScales> timeScales(TimeScalesQuery query, const std::stop_token& stop) {
    const ModelDims& dims = query.model->dims;
    const std::vector<float>& A = query.model->scan[static_cast<std::size_t>(query.layer.value)].A;
    TimeScales shown;
    shown.layer = query.layer;
    shown.tokens = query.tokens;
    MS_TRY(shown.steps, query.steps.over(*query.store, query.tokens, stop));
    if (shown.steps.tokens == 0) return Error{ErrorCode::NotFound, "the step size of these tokens has not been captured"};
    auto matrix = std::make_shared<Matrix>();
    matrix->rows = dims.d_inner;
    matrix->columns = dims.d_state;
    matrix->values = halfLives(shown.steps.values, A, dims.d_state);
    shown.channelHalfLives = channelHalfLives(shown.steps.values, A, dims.d_state);
    shown.median = medianOf(matrix->values);

    std::vector<float> counted = matrix->values;
    if (!query.layerSteps.empty()) counted.clear();
    for (std::size_t l = 0; l < query.layerSteps.size(); ++l) {
        MS_TRY(const Mean mean, query.layerSteps[l].over(*query.store, query.tokens, stop));
        if (mean.tokens == 0) continue;
        const std::vector<float> steps(static_cast<std::size_t>(dims.d_inner), mean.values[0]);
        const std::vector<float> lives = halfLives(steps, query.model->scan[l].A, dims.d_state);
        counted.insert(counted.end(), lives.begin(), lives.end());
    }
    shown.histogram = logHistogram(counted, kBins);
    shown.counted = static_cast<qint64>(counted.size());
    for (float& v : matrix->values)
        if (std::isnan(v)) v = -kMissingValue;  // a NaN of the model is not a value that nobody captured
    shown.halfLives = std::move(matrix);
    shown.knownSteps = std::move(query.steps);
    shown.knownLayerSteps = std::move(query.layerSteps);
    return shown;
}

}  // namespace ms
