#include "ui/plot/trace_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/models/series_source.h"
#include "ui/style/colour_map.h"

namespace ms {

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
/// Tokens read at once; between two reads a reader looks whether it is still wanted.
constexpr qint64 kReadTokens = 1 << 14;

}  // namespace

TraceBuilder::TraceBuilder(qint64 points, qint64 tokensPerColumn, bool positiveOnly)
    : m_column(points <= kExactPoints || tokensPerColumn <= 2 ? 1 : tokensPerColumn), m_positiveOnly(positiveOnly) {}

qint64 TraceBuilder::tokensAtOnce() const { return std::max<qint64>(1, kReadTokens / m_column) * m_column; }

void TraceBuilder::beginTrace() { m_all.traces.emplace_back(); }

void TraceBuilder::add(qint64 firstToken, std::span<const float> values) {
    const auto count = std::ssize(values);
    for (std::ptrdiff_t i = 0; i < count; i += m_column) {
        const auto at = static_cast<std::size_t>(i);
        if (m_column == 1) addToken(firstToken + i, values[at]);
        else
            addColumn(firstToken + i,
                      values.subspan(at, static_cast<std::size_t>(std::min<std::ptrdiff_t>(m_column, count - i))));
    }
}

void TraceBuilder::addToken(qint64 token, float value) {
    if (!std::isfinite(value)) return gap(token, !isMissing(value));
    if (m_positiveOnly && value <= 0) return gap(token, false);
    m_all.traces.back().x.append(static_cast<double>(token));
    m_all.traces.back().y.append(static_cast<double>(value));
    m_all.values.push_back(value);
}

void TraceBuilder::addColumn(qint64 first, std::span<const float> values) {
    std::ptrdiff_t least = -1, most = -1, broken = -1;
    for (std::ptrdiff_t i = 0; i < std::ssize(values); ++i) {
        const float v = values[static_cast<std::size_t>(i)];
        if (!std::isfinite(v)) {
            if (!isMissing(v)) broken = i;
            continue;
        }
        if (m_positiveOnly && v <= 0) continue;
        if (least < 0 || v < values[static_cast<std::size_t>(least)]) least = i;
        if (most < 0 || v > values[static_cast<std::size_t>(most)]) most = i;
    }
    if (broken >= 0) m_all.broken.append(static_cast<double>(first + broken));
    if (least < 0) return gap(first, false);
    const auto [early, late] = std::minmax(least, most);
    addToken(first + early, values[static_cast<std::size_t>(early)]);
    if (late != early) addToken(first + late, values[static_cast<std::size_t>(late)]);
}

void TraceBuilder::gap(qint64 token, bool broken) {
    m_all.traces.back().x.append(static_cast<double>(token));
    m_all.traces.back().y.append(kGap);
    if (broken) m_all.broken.append(static_cast<double>(token));
}

Curve brokenCurve(const QVector<double>& tokens, const ValueScale& limits, const QString& name) {
    Curve curve{name, {}, {}, QColor(kNanColour), false};
    for (const double token : tokens) {
        curve.x << token << token << token;
        curve.y << static_cast<double>(limits.low) << static_cast<double>(limits.high) << kGap;
    }
    return curve;
}

}  // namespace ms
