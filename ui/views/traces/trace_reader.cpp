#include "ui/views/traces/trace_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ms {

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
/// Tokens read at once; between two reads the reader looks whether it is still wanted.
constexpr qint64 kReadTokens = 1 << 14;

class TraceBuilder {
public:
    TraceBuilder(Traces& all, bool positiveOnly) : m_all(all), m_positiveOnly(positiveOnly) {}

    void begin() {
        m_trace = &m_all.traces.emplace_back();
        m_lastBroken = -1;
    }

    void add(qint64 token, float value) {
        if (!std::isfinite(value)) return gap(token, !isMissing(value));
        if (m_positiveOnly && value <= 0) return gap(token, false);
        m_trace->x.append(static_cast<double>(token));
        m_trace->y.append(static_cast<double>(value));
        m_all.values.push_back(value);
    }

    /// The tokens of one pixel, in order.
    void addColumn(qint64 first, std::span<const float> values) {
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
        if (broken >= 0) markBroken(first + broken);
        if (least < 0) return gap(first, false);
        const auto [early, late] = std::minmax(least, most);
        add(first + early, values[static_cast<std::size_t>(early)]);
        if (late != early) add(first + late, values[static_cast<std::size_t>(late)]);
    }

private:
    void gap(qint64 token, bool broken) {
        m_trace->x.append(static_cast<double>(token));
        m_trace->y.append(kGap);
        if (broken) markBroken(token);
    }
    void markBroken(qint64 token) {
        if (token == m_lastBroken) return;
        m_lastBroken = token;
        m_all.broken.append(static_cast<double>(token));
    }

    Traces& m_all;
    Trace* m_trace = nullptr;
    bool m_positiveOnly;
    qint64 m_lastBroken = -1;
};

}  // namespace

Result<Traces> readTraces(const TraceQuery& query, const std::stop_token& stop) {
    Traces all;
    all.traces.reserve(query.rows.size());
    TraceBuilder builder(all, query.positiveOnly);
    const auto [first, end] = query.tokens;
    const bool exact = end - first <= kExactTokens || query.tokensPerColumn <= 2;
    const qint64 column = exact ? 1 : query.tokensPerColumn;
    const qint64 atOnce = std::max<qint64>(1, kReadTokens / column) * column;
    std::vector<float> values;
    for (const qint64 row : query.rows) {
        builder.begin();
        for (qint64 token = first; token < end; token += atOnce) {
            if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading curves was cancelled"};
            const qint64 count = std::min(atOnce, end - token);
            values.resize(static_cast<std::size_t>(count));
            query.source.readRow(row, token, count, values);
            for (qint64 i = 0; i < count; i += column) {
                const auto at = static_cast<std::size_t>(i);
                if (exact) builder.add(token + i, values[at]);
                else builder.addColumn(token + i, std::span<const float>(values).subspan(at, static_cast<std::size_t>(std::min(column, count - i))));
            }
        }
    }
    return all;
}

}  // namespace ms
