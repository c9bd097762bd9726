#include "ui/views/state/state_matrix.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/models/series_source.h"

namespace ms {

double normOf(std::span<const float> values) {
    double sum = 0;
    for (const float v : values)
        if (std::isfinite(v)) sum += static_cast<double>(v) * static_cast<double>(v);
    return std::sqrt(sum);
}

std::vector<float> changeOf(std::span<const float> h, std::span<const float> reference) {
    std::vector<float> change(h.begin(), h.end());
    for (std::size_t i = 0; i < std::min(change.size(), reference.size()); ++i) change[i] -= reference[i];
    return change;
}

std::vector<int> channelOrder(std::span<const float> values, qint64 channels, qint64 states, bool byNorm) {
    std::vector<int> order(static_cast<std::size_t>(channels));
    std::iota(order.begin(), order.end(), 0);
    if (!byNorm) return order;
    std::vector<double> norms;
    for (qint64 c = 0; c < channels; ++c)
        norms.push_back(normOf(values.subspan(static_cast<std::size_t>(c * states), static_cast<std::size_t>(states))));
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return norms[static_cast<std::size_t>(a)] > norms[static_cast<std::size_t>(b)]; });
    return order;
}

std::shared_ptr<const Matrix> matrixOf(std::span<const float> values, qint64 states, std::span<const int> order) {
    auto matrix = std::make_shared<Matrix>();
    matrix->rows = static_cast<qint64>(order.size());
    matrix->columns = states;
    matrix->values.reserve(values.size());
    for (const int channel : order)
        for (qint64 n = 0; n < states; ++n) {
            const float v = values[static_cast<std::size_t>(channel * states + n)];
            matrix->values.push_back(std::isnan(v) ? -kMissingValue : v);
        }
    return matrix;
}

ValueScale heightScaleOf(const Matrix& matrix, const HeatmapSettings& settings) {
    HeatmapSettings all = settings;
    if (all.range == RangeMode::Percentile) all.range = RangeMode::Auto;
    all.normaliseRows = false;
    return rangeFor(all, matrix.values);
}

std::shared_ptr<const LandscapeField> fieldOf(const Matrix& matrix, const HeatmapSettings& settings, const ValueScale& colours,
                                              const ValueScale& heights) {
    const ColourMap& map = ColourMap::get(settings.colourMap);
    const float zero = std::clamp(heights.position(0), 0.0f, 1.0f);
    auto field = std::make_shared<LandscapeField>();
    field->rows = matrix.rows;
    field->columns = matrix.columns;
    field->heights.reserve(matrix.values.size());
    field->colours.reserve(matrix.values.size());
    for (const float v : matrix.values) {
        const bool finite = std::isfinite(v);
        field->heights.push_back(isMissing(v) ? kMissingValue : finite ? std::clamp(heights.position(v), 0.0f, 1.0f) : zero);
        field->colours.push_back(finite ? map.at(colours.position(v)) : kNanColour);
    }
    return field;
}

}  // namespace ms
