#include "ui/plot/matrix_image.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ui/models/series_source.h"

namespace ms {

namespace {

using Range = std::pair<qint64, qint64>;

/// The elements of each of `pixels` along one axis that shows [from, from + span) of `count`. Each has one at least. With
/// `overlap`, one that lies across two pixels belongs to both.
std::vector<Range> elementsOf(double from, double span, int pixels, qint64 count, bool overlap) {
    std::vector<Range> ranges(static_cast<std::size_t>(pixels));
    for (int p = 0; p < pixels; ++p) {
        const double begin = from + span * p / pixels, end = from + span * (p + 1) / pixels;
        const qint64 first = std::clamp<qint64>(static_cast<qint64>(begin), 0, count - 1);
        qint64 last = static_cast<qint64>(overlap ? std::ceil(end) : end);
        if (span / pixels <= 1) last = first + 1;
        ranges[static_cast<std::size_t>(p)] = {first, std::clamp<qint64>(last, first + 1, count)};
    }
    return ranges;
}

/// From ranges of elements to ranges of cells; empty where the part does not reach.
void toCells(std::vector<Range>& ranges, qint64 first, qint64 count, qint64 cells) {
    for (auto& [begin, end] : ranges) {
        begin = std::max(begin, first);
        end = std::min(end, first + count);
        if (begin >= end) begin = end = 0;
        else std::tie(begin, end) = Range(cellOf(begin, first, count, cells), cellOf(end - 1, first, count, cells) + 1);
    }
}

/// Of a cell alone.
float plainValue(float v) { return std::isfinite(v) || isMissing(v) ? v : -kMissingValue; }

}  // namespace

struct MatrixImage::Down {
    qint64 first = 0;                      ///< the column of cells that the vectors begin with
    std::vector<double> sum;
    std::vector<float> high, low;          ///< at least, at most zero
    std::vector<float> broken;             ///< zero, or NaN where a value is not finite

    explicit Down(const Range& columns) : first(columns.first) {
        const auto count = static_cast<std::size_t>(columns.second - columns.first);
        sum.resize(count);
        for (std::vector<float>* v : {&high, &low, &broken}) v->resize(count);
    }
    void begin() {
        std::fill(sum.begin(), sum.end(), 0.0);
        for (std::vector<float>* v : {&high, &low, &broken}) std::fill(v->begin(), v->end(), 0.0f);
    }
    // Both without branches, to be vectorised.
    void addMean(const float* values) {
        double* const to = sum.data();
        for (std::size_t c = 0; c < sum.size(); ++c) to[c] += static_cast<double>(values[c]);
    }
    void addLargest(const float* values) {
        float *const most = high.data(), *const least = low.data(), *const marks = broken.data();
        for (std::size_t c = 0; c < high.size(); ++c) {
            const float v = values[c];
            most[c] = v > most[c] ? v : most[c];
            least[c] = v < least[c] ? v : least[c];
            marks[c] += v - v;
        }
    }
};

MatrixImage::MatrixImage(const Matrix& matrix, const QRectF& visible, QSize size) : m_matrix(matrix) {
    // Where a cell is as large as a pixel already, pixels must not overlap: each shows its cell.
    const bool overlap = !matrix.part || matrix.part->exact();
    m_columns = elementsOf(visible.left(), visible.width(), size.width(), matrix.columns, overlap);
    m_rows = elementsOf(visible.top(), visible.height(), size.height(), matrix.rows, overlap);
    if (matrix.part) {
        toCells(m_columns, matrix.part->firstColumn, matrix.part->columns, matrix.part->cellColumns);
        toCells(m_rows, matrix.part->firstRow, matrix.part->rows, matrix.part->cellRows);
    }
    for (std::size_t x = 0; x < m_columns.size(); ++x)
        if (x == 0 || m_columns[x] != m_columns[x - 1]) m_firsts.push_back(x);
    m_firsts.push_back(m_columns.size());
    for (const Range& range : m_columns) {
        if (range.first == range.second) continue;
        if (m_visible.second == 0) m_visible.first = range.first;
        m_visible.second = range.second;
    }
}

const float* MatrixImage::row(qint64 cellRow) const {
    return m_matrix.values.data() + cellRow * (m_matrix.part ? m_matrix.part->cellColumns : m_matrix.columns);
}

float MatrixImage::plainValueOf(const Range& rows, const Range& columns, Aggregate aggregate) const {
    double sum = 0, most = 0;
    qint64 present = 0;
    bool broken = false;
    for (qint64 r = rows.first; r < rows.second; ++r)
        for (qint64 c = columns.first; c < columns.second; ++c) {
            const float v = row(r)[c];
            if (isMissing(v)) continue;
            ++present;
            broken = broken || !std::isfinite(v);
            sum += static_cast<double>(v);
            if (std::abs(static_cast<double>(v)) > std::abs(most)) most = static_cast<double>(v);
        }
    if (present == 0) return kMissingValue;
    if (broken) return -kMissingValue;
    return static_cast<float>(aggregate == Aggregate::Mean ? sum / static_cast<double>(present) : most);
}

float MatrixImage::meanOf(const Range& rows, const Range& columns, const Down& down) const {
    double sum = 0;
    for (qint64 c = columns.first; c < columns.second; ++c) sum += down.sum[static_cast<std::size_t>(c - down.first)];
    if (!std::isfinite(sum)) return plainValueOf(rows, columns, Aggregate::Mean);  // floats do not overflow a double: one of them is not finite
    return static_cast<float>(sum / static_cast<double>((rows.second - rows.first) * (columns.second - columns.first)));
}

float MatrixImage::largestOf(const Range& rows, const Range& columns, const Down& down) const {
    float high = 0, low = 0, broken = 0;
    for (qint64 c = columns.first; c < columns.second; ++c) {
        const auto at = static_cast<std::size_t>(c - down.first);
        high = std::max(high, down.high[at]);
        low = std::min(low, down.low[at]);
        broken += down.broken[at];
    }
    // Of two that differ only in sign the first one counts.
    if (std::isnan(broken) || (high == -low && high > 0)) return plainValueOf(rows, columns, Aggregate::Max);
    return high > -low ? high : low + 0.0f;
}

void MatrixImage::valuesOf(const Range& rows, Aggregate aggregate, Down& down, std::span<float> line) const {
    const bool isMean = aggregate == Aggregate::Mean, isOneRow = rows.second - rows.first == 1;
    const auto isOneCell = [&](const Range& columns) { return isOneRow && columns.second - columns.first == 1; };
    down.begin();
    for (qint64 r = rows.first; r < rows.second; ++r) {
        const float* const values = row(r) + down.first;
        if (isMean) down.addMean(values);
        else down.addLargest(values);
    }
    for (std::size_t i = 0; i + 1 < m_firsts.size(); ++i) {
        const std::size_t x = m_firsts[i];
        const Range& columns = m_columns[x];
        if (rows.first == rows.second || columns.first == columns.second) line[x] = kMissingValue;
        else if (isOneCell(columns)) line[x] = plainValue(row(rows.first)[columns.first]);
        else line[x] = isMean ? meanOf(rows, columns, down) : largestOf(rows, columns, down);
    }
}

std::vector<float> MatrixImage::values(Aggregate aggregate) const {
    const std::size_t width = m_columns.size();
    std::vector<float> values(width * m_rows.size());
    Down down(m_visible);
    for (std::size_t y = 0; y < m_rows.size(); ++y) {
        const std::span line = std::span(values).subspan(y * width, width);
        valuesOf(m_rows[y], aggregate, down, line);
        for (std::size_t x = 1; x < width; ++x)
            if (m_columns[x] == m_columns[x - 1]) line[x] = line[x - 1];
    }
    return values;
}

QImage MatrixImage::image(const HeatmapSettings& settings, const ValueScale& scale) const {
    const ColourMap& map = ColourMap::get(settings.colourMap);
    const std::size_t width = m_columns.size();
    QImage image(static_cast<int>(width), static_cast<int>(m_rows.size()), QImage::Format_ARGB32_Premultiplied);
    std::vector<float> shown(width);
    Down down(m_visible);
    for (std::size_t y = 0; y < m_rows.size(); ++y) {
        auto* const line = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(y)));
        if (y > 0 && m_rows[y] == m_rows[y - 1]) {
            std::copy_n(reinterpret_cast<const QRgb*>(image.constScanLine(static_cast<int>(y) - 1)), width, line);
            continue;
        }
        valuesOf(m_rows[y], settings.aggregate, down, shown);
        for (std::size_t i = 0; i + 1 < m_firsts.size(); ++i) {
            const float v = shown[m_firsts[i]];
            const QRgb colour = std::isnan(v) ? (isMissing(v) ? 0u : kNanColour) : map.at(scale.position(v));
            std::fill(line + m_firsts[i], line + m_firsts[i + 1], colour);
        }
    }
    return image;
}

}  // namespace ms
