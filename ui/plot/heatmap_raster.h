// The visible part of a heatmap as values and as pixels; only what is new is read and coloured.
#pragma once

#include <QImage>
#include <span>
#include <vector>

#include "ui/style/value_scale.h"
#include "ui/plot/column_cache.h"

namespace ms {

struct RasterWindow {
    qint64 firstColumn = 0;
    int columns = 0;
    int tokensPerColumn = 1;
    int displayRows = 0;   ///< at most the visible rows; fewer: neighbouring rows share a pixel row
    qint64 firstRow = 0;
    qint64 rows = 0;       ///< visible ones; 0: all of the source

    bool operator==(const RasterWindow&) const = default;
};

class HeatmapRaster {
public:
    void setSource(const SeriesSource& source, const HeatmapSettings& settings);
    [[nodiscard]] const SeriesSource& source() const { return m_cache.source(); }
    /// Captured values of tokens [first, end) have changed.
    void invalidate(qint64 first, qint64 end);

    /// Brings values up to date with the window, for some milliseconds at most. True when more is to come: call again
    /// soon; until then what was not read is missing.
    bool update(const RasterWindow& window, qint64 tokenCount);
    void setNormalised(bool normalised);
    /// The limits the settings ask for, over the values shown now.
    [[nodiscard]] ValueScale range(const HeatmapSettings& settings) const;
    /// Colours what changed. Transparent: no data.
    const QImage& image(const HeatmapSettings& settings, const ValueScale& scale);

    /// Columns turned into colours so far, again and again if need be: what the pictures cost.
    [[nodiscard]] qint64 columnsColoured() const { return m_columnsColoured; }
    [[nodiscard]] const RasterWindow& window() const { return m_window; }
    /// Value of a cell as shown (row-normalised when that is on); kMissingValue outside.
    [[nodiscard]] float shown(int column, int displayRow) const;
    /// Display row that holds a row of the source; -1 when it is not visible.
    [[nodiscard]] int displayRowOf(qint64 row) const;
    [[nodiscard]] qint64 firstRowOf(int displayRow) const;

private:
    void shiftTo(const RasterWindow& window);
    [[nodiscard]] qint64 visibleRows() const { return m_window.rows > 0 ? m_window.rows : source().rows(); }
    void clearColumn(int column);
    /// Columns worth reading between two looks at the clock.
    [[nodiscard]] int columnsAtOnce() const;
    void fill(int firstColumn, int count, qint64 tokenCount, bool& complete);
    void colourAgain();
    void normalise();
    void colour(int firstColumn, int count, const HeatmapSettings& settings, const ValueScale& scale);
    [[nodiscard]] std::span<const float> shownValues() const { return m_normalised ? m_shown : m_values; }

    ColumnCache m_cache;
    Aggregate m_aggregate = Aggregate::Mean;
    bool m_normalised = false;
    RasterWindow m_window;
    std::vector<float> m_values;         // [columns, displayRows]
    std::vector<float> m_shown;          // the same, row-normalised
    std::vector<qint64> m_coveredTo;     // per column: token up to which it was read; kStale, kEmpty
    std::vector<bool> m_coloured;        // per column
    std::vector<float> m_fullColumns;    // scratch [count, rows]
    qint64 m_columnsColoured = 0;
    QImage m_image;                      // [displayRows][columns]
    ValueScale m_imageScale;
    ColourMapId m_imageMap = ColourMapId::Viridis;
};

}  // namespace ms
