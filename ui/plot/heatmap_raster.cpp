#include "ui/plot/heatmap_raster.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace ms {

namespace {
/// Building the pyramid may take this much of a frame.
constexpr double kBuildMilliseconds = 6;
/// So may reading columns, before a frame is shown with what there is.
constexpr double kFillMilliseconds = 8;
constexpr qint64 kFloatsAtOnce = 1 << 19;

constexpr qint64 kStale = -1;  // read, but its values changed since
constexpr qint64 kEmpty = -2;  // never read: its values are missing
}  // namespace

void HeatmapRaster::setSource(const SeriesSource& source, const HeatmapSettings& settings) {
    m_cache.setSource(source, settings.aggregate);
    m_aggregate = settings.aggregate;
    m_normalised = settings.normaliseRows;
    m_window = {};
    m_values.clear();
    m_coveredTo.clear();
    m_coloured.clear();
    m_image = {};
}

void HeatmapRaster::invalidate(qint64 first, qint64 end) {
    m_cache.invalidate(first);
    for (std::size_t c = 0; c < m_coveredTo.size(); ++c) {
        const qint64 begin = (m_window.firstColumn + static_cast<qint64>(c)) * m_window.tokensPerColumn;
        if (begin < end && begin + m_window.tokensPerColumn > first) m_coveredTo[c] = std::min(m_coveredTo[c], kStale);
    }
}

void HeatmapRaster::shiftTo(const RasterWindow& window) {
    const auto rows = static_cast<std::size_t>(window.displayRows);
    const auto columns = static_cast<std::size_t>(window.columns);
    const qint64 shift = window.firstColumn - m_window.firstColumn;
    const bool keeps = window.columns == m_window.columns && window.displayRows == m_window.displayRows &&
                       window.tokensPerColumn == m_window.tokensPerColumn && window.firstRow == m_window.firstRow &&
                       window.rows == m_window.rows && std::abs(shift) < window.columns;
    m_window = window;
    if (!keeps) {
        m_values.assign(columns * rows, kMissingValue);
        m_coveredTo.assign(columns, kEmpty);
        m_coloured.assign(columns, false);
        m_image = QImage(window.columns, window.displayRows, QImage::Format_ARGB32_Premultiplied);
        m_image.fill(Qt::transparent);
        return;
    }
    if (shift == 0) return;
    const auto by = static_cast<std::size_t>(std::abs(shift));
    const std::size_t kept = columns - by;
    const std::size_t from = shift > 0 ? by : 0, to = shift > 0 ? 0 : by, fresh = shift > 0 ? kept : 0;
    std::memmove(&m_values[to * rows], &m_values[from * rows], kept * rows * sizeof(float));
    std::memmove(&m_coveredTo[to], &m_coveredTo[from], kept * sizeof(qint64));
    std::vector<bool> coloured(columns, false);
    std::copy_n(m_coloured.begin() + static_cast<std::ptrdiff_t>(from), kept,
                coloured.begin() + static_cast<std::ptrdiff_t>(to));
    m_coloured = std::move(coloured);
    for (int y = 0; y < window.displayRows; ++y) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(y));
        std::memmove(line + to, line + from, kept * sizeof(QRgb));
    }
    std::fill_n(m_coveredTo.begin() + static_cast<std::ptrdiff_t>(fresh), by, kEmpty);
    std::fill_n(m_values.begin() + static_cast<std::ptrdiff_t>(fresh * rows), by * rows, kMissingValue);
}

void HeatmapRaster::clearColumn(int column) {
    const auto rows = static_cast<std::size_t>(m_window.displayRows);
    std::fill_n(m_values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(column) * rows), rows,
                kMissingValue);
    m_coloured[static_cast<std::size_t>(column)] = false;
}

int HeatmapRaster::columnsAtOnce() const {
    const int n = m_window.tokensPerColumn;
    const qint64 floats = source().rows() * (n < ColumnCache::kBaseTokens ? n : 1);
    return static_cast<int>(std::max<qint64>(1, kFloatsAtOnce / std::max<qint64>(1, floats)));
}

bool HeatmapRaster::update(const RasterWindow& window, qint64 tokenCount) {
    if (!source() || window.columns <= 0 || window.displayRows <= 0) return false;
    bool changed = window != m_window;
    if (changed) shiftTo(window);
    bool more = window.tokensPerColumn >= ColumnCache::kBaseTokens && m_cache.build(tokenCount, kBuildMilliseconds);
    QElapsedTimer timer;
    timer.start();
    const int atOnce = columnsAtOnce();
    const auto wanted = [&](int c) {
        const qint64 begin = (window.firstColumn + c) * window.tokensPerColumn;
        return begin >= tokenCount ? -1 : std::min(begin + window.tokensPerColumn, tokenCount);
    };
    for (int c = 0; c < window.columns; ++c) {
        qint64& covered = m_coveredTo[static_cast<std::size_t>(c)];
        if (wanted(c) < 0) {
            if (covered == kEmpty) continue;  // nothing is drawn there
            covered = kEmpty;
            clearColumn(c);
            changed = true;
            continue;
        }
        if (wanted(c) == covered) continue;
        if (static_cast<double>(timer.nsecsElapsed()) > kFillMilliseconds * 1e6) {
            more = true;
            continue;
        }
        int count = 1;
        while (count < atOnce && c + count < window.columns && wanted(c + count) >= 0 &&
               wanted(c + count) != m_coveredTo[static_cast<std::size_t>(c + count)])
            ++count;
        bool complete = true;
        fill(c, count, tokenCount, complete);
        for (int i = c; i < c + count; ++i) {
            m_coveredTo[static_cast<std::size_t>(i)] = complete ? wanted(i) : kStale;
            m_coloured[static_cast<std::size_t>(i)] = false;
        }
        more = more || !complete;
        changed = true;
        c += count - 1;
    }
    if (changed && m_normalised) normalise();
    return more;
}

void HeatmapRaster::fill(int firstColumn, int count, qint64 tokenCount, bool& complete) {
    const qint64 rows = source().rows();
    const qint64 display = m_window.displayRows, visible = visibleRows();
    const std::span<float> out = std::span(m_values).subspan(static_cast<std::size_t>(firstColumn * display),
                                                             static_cast<std::size_t>(count * display));
    if (display == rows) {
        complete = m_cache.read(m_window.firstColumn + firstColumn, count, m_window.tokensPerColumn, tokenCount, out);
        return;
    }
    m_fullColumns.resize(static_cast<std::size_t>(count * rows));
    complete =
        m_cache.read(m_window.firstColumn + firstColumn, count, m_window.tokensPerColumn, tokenCount, m_fullColumns);
    for (qint64 c = 0; c < count; ++c) {
        for (qint64 d = 0; d < display; ++d) {
            const qint64 begin = m_window.firstRow + d * visible / display;
            const qint64 end = m_window.firstRow + (d + 1) * visible / display;
            double sum = 0;
            float most = -std::numeric_limits<float>::infinity();
            qint64 present = 0;
            bool isNan = false;
            for (qint64 r = begin; r < end; ++r) {
                const float v = m_fullColumns[static_cast<std::size_t>(c * rows + r)];
                if (isMissing(v)) continue;
                isNan = isNan || std::isnan(v);
                sum += static_cast<double>(v);
                most = std::max(most, v);
                ++present;
            }
            float value =
                m_aggregate == Aggregate::Mean ? static_cast<float>(sum / static_cast<double>(present)) : most;
            if (isNan) value = -kMissingValue;
            out[static_cast<std::size_t>(c * display + d)] = present == 0 ? kMissingValue : value;
        }
    }
}

void HeatmapRaster::colourAgain() {
    for (std::size_t c = 0; c < m_coloured.size(); ++c)
        if (m_coveredTo[c] != kEmpty) m_coloured[c] = false;  // an empty column stays transparent
}

void HeatmapRaster::normalise() {
    const auto rows = static_cast<std::size_t>(m_window.displayRows);
    const auto columns = static_cast<std::size_t>(m_window.columns);
    m_shown = m_values;
    for (std::size_t r = 0; r < rows; ++r) {
        double sum = 0, squares = 0, n = 0;
        for (std::size_t c = 0; c < columns; ++c) {
            const auto v = static_cast<double>(m_values[c * rows + r]);
            if (!std::isfinite(v)) continue;
            sum += v;
            squares += v * v;
            ++n;
        }
        const double mean = n > 0 ? sum / n : 0;
        const double deviation = n > 0 ? std::sqrt(std::max(0.0, squares / n - mean * mean)) : 0;
        for (std::size_t c = 0; c < columns; ++c) {
            float& v = m_shown[c * rows + r];
            if (std::isfinite(v))
                v = deviation > 0 ? static_cast<float>((static_cast<double>(v) - mean) / deviation) : 0.0f;
        }
    }
    colourAgain();
}

void HeatmapRaster::setNormalised(bool normalised) {
    if (normalised == m_normalised) return;
    m_normalised = normalised;
    if (m_normalised) normalise();
    colourAgain();
}

ValueScale HeatmapRaster::range(const HeatmapSettings& settings) const {
    return rangeFor(settings, shownValues());
}

const QImage& HeatmapRaster::image(const HeatmapSettings& settings, const ValueScale& scale) {
    if (scale != m_imageScale || settings.colourMap != m_imageMap)
        colourAgain();
    m_imageScale = scale;
    m_imageMap = settings.colourMap;
    for (int c = 0; c < m_window.columns; ++c) {
        if (m_coloured[static_cast<std::size_t>(c)]) continue;
        int count = 1;
        while (c + count < m_window.columns && !m_coloured[static_cast<std::size_t>(c + count)]) ++count;
        colour(c, count, settings, scale);
        c += count - 1;
    }
    return m_image;
}

void HeatmapRaster::colour(int firstColumn, int count, const HeatmapSettings& settings, const ValueScale& scale) {
    const ColourMap& map = ColourMap::get(settings.colourMap);
    const std::span<const float> values = shownValues();
    const auto rows = static_cast<std::size_t>(m_window.displayRows);
    const float factor = 1.0f / (scale.high - scale.low);
    for (std::size_t y = 0; y < rows; ++y) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(static_cast<int>(y)));
        for (int c = firstColumn; c < firstColumn + count; ++c) {
            const float v = values[static_cast<std::size_t>(c) * rows + y];
            if (std::isnan(v)) line[c] = isMissing(v) ? 0u : kNanColour;
            else line[c] = map.at(scale.kind != ScaleKind::Linear ? scale.position(v) : (v - scale.low) * factor);
        }
    }
    std::fill_n(m_coloured.begin() + firstColumn, count, true);
    m_columnsColoured += count;
}

float HeatmapRaster::shown(int column, int displayRow) const {
    if (column < 0 || column >= m_window.columns || displayRow < 0 || displayRow >= m_window.displayRows)
        return kMissingValue;
    const std::span<const float> values = shownValues();
    return values[static_cast<std::size_t>(column) * static_cast<std::size_t>(m_window.displayRows) +
                  static_cast<std::size_t>(displayRow)];
}

int HeatmapRaster::displayRowOf(qint64 row) const {
    const qint64 rows = std::max<qint64>(1, visibleRows()), at = row - m_window.firstRow;
    if (at < 0 || at >= rows) return -1;
    // The smallest display row whose range [d·rows/display, (d+1)·rows/display) holds `row`.
    return static_cast<int>(((at + 1) * m_window.displayRows - 1) / rows);
}

qint64 HeatmapRaster::firstRowOf(int displayRow) const {
    return m_window.firstRow + (m_window.displayRows > 0 ? displayRow * visibleRows() / m_window.displayRows : 0);
}

}  // namespace ms
