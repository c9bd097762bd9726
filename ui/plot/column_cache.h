// Pixel columns of a time series: one token each when zoomed in, the mean or maximum of many when zoomed out.
#pragma once

#include <span>
#include <vector>

#include "ui/models/series_source.h"
#include "ui/plot/heatmap_settings.h"

namespace ms {

/// Far out, columns come from a pyramid of ever coarser levels that is built only when somebody looks, a slice of time
/// at a time. Near, they are read from the store. Missing values do not count; a NaN makes its whole column NaN.
class ColumnCache {
public:
    /// Tokens of a column of the pyramid's finest level.
    static constexpr qint64 kBaseTokens = 16;

    void setSource(const SeriesSource& source, Aggregate aggregate);
    [[nodiscard]] const SeriesSource& source() const { return m_source; }
    /// Captured values of tokens [first, …) have changed.
    void invalidate(qint64 first);

    /// Columns [first, first + count) of `tokensPerColumn` tokens (a power of two), none beyond `tokenCount`:
    /// out [count, rows]. False when the pyramid does not reach that far yet: those columns are missing.
    bool read(qint64 first, qint64 count, int tokensPerColumn, qint64 tokenCount, std::span<float> out);

    /// Builds the pyramid for about `milliseconds`. True when something is left to do.
    bool build(qint64 tokenCount, double milliseconds);

private:
    void aggregate(qint64 firstToken, qint64 endToken, std::span<float> out);
    void add(std::span<const float> row, double weight);
    void finish(std::span<float> out) const;
    void appendBase(std::span<const float> tokens);

    SeriesSource m_source;
    Aggregate m_aggregate = Aggregate::Mean;
    qint64 m_built = 0;                       // tokens the pyramid covers, a multiple of kBaseTokens
    std::vector<std::vector<float>> m_levels; // level l: [m_built / (kBaseTokens << l), rows]
    std::vector<double> m_sum, m_weight;      // accumulators, per row
    std::vector<float> m_scratch;
};

}  // namespace ms
