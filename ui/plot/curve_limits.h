// How values become the coordinates of QCustomPlot's axes, and how much of the axes is shown.
#pragma once

#include <vector>

#include "ui/plot/curve.h"

namespace ms {

/// QCustomPlot knows linear and logarithmic axes. A symmetric logarithmic one is a linear axis over transformed values:
/// everything drawn goes through toAxis, everything read off goes through toValue.
class CurveScale {
public:
    CurveScale() = default;
    /// Symlog: `low` and `high`, the limits of what is shown, say where it is linear, as in a heatmap with these limits.
    CurveScale(ScaleKind kind, double low, double high);

    [[nodiscard]] ScaleKind kind() const { return m_kind; }
    [[nodiscard]] double toAxis(double value) const { return m_kind == ScaleKind::Symlog ? symlog(value, m_linear) : value; }
    [[nodiscard]] double toValue(double coordinate) const { return m_kind == ScaleKind::Symlog ? symlogInverse(coordinate, m_linear) : coordinate; }
    [[nodiscard]] QVector<double> toAxis(const QVector<double>& values) const;

private:
    ScaleKind m_kind = ScaleKind::Linear;
    double m_linear = 1;
};

/// Both ends of an axis; low == high: as the data need.
struct Span {
    double low = 0, high = 0;

    bool operator==(const Span&) const = default;
    [[nodiscard]] bool fits() const { return low == high; }
    void include(double value);
};

struct CurveLimits {
    Span x;             ///< values
    CurveScale yScale;
    Span y;             ///< coordinates of the axis: values through yScale
};

/// The least height that bars have on a logarithmic axis.
inline constexpr double kLeastBar = 0.5;

/// `x` and `y` in values; where they fit, y fits what is visible of x. Values that are not finite, or not positive on a
/// logarithmic axis, count for nothing; bars stand on zero.
[[nodiscard]] CurveLimits limitsOf(const std::vector<Curve>& curves, const Bars& bars, const CurveAxes& axes, const Span& x, const Span& y);

}  // namespace ms
