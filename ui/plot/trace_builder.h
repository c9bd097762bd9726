// Points of curves over tokens: every token, or, when many share a pixel, the least and the greatest of each pixel.
#pragma once

#include <QVector>
#include <span>
#include <vector>

#include "ui/plot/curve_plot.h"
#include "ui/style/value_scale.h"

namespace ms {

struct Trace {
    QVector<double> x, y;          ///< NaN: the line ends here
};

struct Traces {
    std::vector<Trace> traces;
    std::vector<float> values;     ///< all finite y, for limits
    QVector<double> broken;        ///< tokens whose captured value is not finite, at most one a pixel and curve
};

/// More points than this are drawn by their extremes.
inline constexpr qint64 kExactPoints = 4000;

class TraceBuilder {
public:
    /// `points`: tokens of all curves together. `positiveOnly`: for a logarithmic axis, what is not positive is left out.
    TraceBuilder(qint64 points, qint64 tokensPerColumn, bool positiveOnly = false);

    void beginTrace();
    /// Values of consecutive tokens; no pixel is cut when pieces are multiples of tokensAtOnce().
    void add(qint64 firstToken, std::span<const float> values);
    [[nodiscard]] qint64 tokensAtOnce() const;
    [[nodiscard]] Traces take() { return std::move(m_all); }

private:
    void addToken(qint64 token, float value);
    void addColumn(qint64 first, std::span<const float> values);
    void gap(qint64 token, bool broken);

    Traces m_all;
    qint64 m_column;
    bool m_positiveOnly;
};

/// A line from bottom to top at every token whose value is no number, in the warning colour.
[[nodiscard]] Curve brokenCurve(const QVector<double>& tokens, const ValueScale& limits, const QString& name);

}  // namespace ms
