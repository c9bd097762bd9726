#include "ui/plot/curve_limits.h"

#include <algorithm>
#include <cmath>

namespace ms {

namespace {

constexpr double kPadding = 0.04;  // of the axis, above and below the data
constexpr Span kNothing{INFINITY, -INFINITY};

bool counts(double value, bool logarithmic) { return std::isfinite(value) && !(logarithmic && value <= 0); }

/// An axis needs two different ends, and may want room beyond the data.
Span widened(Span span, bool logarithmic, double padding) {
    if (!(span.low <= span.high)) return {logarithmic ? 0.1 : 0, 1};
    if (logarithmic) {
        const double factor = span.low == span.high ? 2 : std::pow(span.high / span.low, padding);
        return {span.low / factor, span.high * factor};
    }
    const double margin = span.low == span.high ? std::max(1e-6, std::abs(span.low) * 0.05) : (span.high - span.low) * padding;
    return {span.low - margin, span.high + margin};
}

Span fitX(const std::vector<Curve>& curves, const Bars& bars, bool logarithmic) {
    Span span = kNothing;
    const auto include = [&](const QVector<double>& values) {
        for (const double v : values)
            if (counts(v, logarithmic)) span.include(v);
    };
    for (const Curve& curve : curves) include(curve.x);
    include(bars.edges);
    return widened(span, logarithmic, 0);
}

/// Values; without the room above and below.
Span fitY(const std::vector<Curve>& curves, const Bars& bars, bool logarithmic, const Span& x) {
    Span span = kNothing;
    for (const Curve& curve : curves)
        for (qsizetype i = 0; i < curve.y.size(); ++i)
            if (curve.x[i] >= x.low && curve.x[i] <= x.high && counts(curve.y[i], logarithmic)) span.include(curve.y[i]);
    for (const double height : bars.heights)
        if (counts(height, logarithmic)) span.include(height);
    if (!bars.isEmpty()) span.low = logarithmic ? kLeastBar : 0;
    return span;
}

}  // namespace

CurveScale::CurveScale(ScaleKind kind, double low, double high)
    : m_kind(kind), m_linear(symlogLinear(std::max(std::abs(low), std::abs(high)))) {}

QVector<double> CurveScale::toAxis(const QVector<double>& values) const {
    if (m_kind != ScaleKind::Symlog) return values;
    QVector<double> coordinates(values.size());
    std::transform(values.begin(), values.end(), coordinates.begin(), [this](double v) { return toAxis(v); });
    return coordinates;
}

void Span::include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
}

CurveLimits limitsOf(const std::vector<Curve>& curves, const Bars& bars, const CurveAxes& axes, const Span& x, const Span& y) {
    CurveLimits limits;
    limits.x = x.fits() ? fitX(curves, bars, axes.logX) : x;
    if (!y.fits()) {
        limits.yScale = CurveScale(axes.yScale, y.low, y.high);
        limits.y = {limits.yScale.toAxis(y.low), limits.yScale.toAxis(y.high)};
        return limits;
    }
    const bool logarithmic = axes.yScale == ScaleKind::Log;
    Span data = fitY(curves, bars, logarithmic, limits.x);
    const double floor = data.low;
    if (axes.yScale == ScaleKind::Symlog && !(data.low < data.high)) data = widened(data, false, 0);  // a scale needs two ends
    limits.yScale = CurveScale(axes.yScale, data.low, data.high);
    limits.y = widened({limits.yScale.toAxis(data.low), limits.yScale.toAxis(data.high)}, logarithmic, kPadding);
    if (!bars.isEmpty()) limits.y.low = limits.yScale.toAxis(floor);
    return limits;
}

}  // namespace ms
