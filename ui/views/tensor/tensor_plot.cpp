#include "ui/views/tensor/tensor_plot.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ui/models/series_source.h"

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr double kMargin = 0.12;  // of the visible part, fetched on each side of it so that panning finds something
}  // namespace

TensorPlot::TensorPlot(ModelQueries& queries, QWidget* parent) : MatrixPlot(parent), m_queries(queries) {
    m_refine.setSingleShot(true);
    m_refine.setInterval(40ms);
    connect(&m_refine, &QTimer::timeout, this, &TensorPlot::refine);
    connect(this, &MatrixPlot::visibleChanged, this, [this] {
        // What leaves the fine part shows the coarse whole until a better one is there.
        if (m_overview && matrix() != m_overview && matrix() && matrix()->part) {
            const MatrixPart& p = *matrix()->part;
            const MatrixPart seen = wanted(0);
            if (seen.firstRow < p.firstRow || seen.firstRow + seen.rows > p.firstRow + p.rows || seen.firstColumn < p.firstColumn ||
                seen.firstColumn + seen.columns > p.firstColumn + p.columns)
                setMatrix(m_overview);
        }
        m_refine.start();
    });
}

void TensorPlot::setTensor(const QString& name) {
    m_queries.cancel(this);
    m_refine.stop();
    m_name = name;
    m_overview.reset();
    const QSize size = MatrixLayout::of(rect(), fontMetrics()).plot.size();
    setNote(tr("reading…"));
    setEmptyText({});
    ask({0, -1, 0, -1, std::max(1, size.height()), std::max(1, size.width())});
}

void TensorPlot::clear() {
    m_queries.cancel(this);
    m_refine.stop();
    m_name.clear();
    m_overview.reset();
    setNote({});
    setMatrix(nullptr);
}

void TensorPlot::choose(const HeatmapSettings& settings) {
    setSettings(settings);
    const bool magnitudes = settings.aggregate == Aggregate::Max;
    if (magnitudes == m_magnitudes) return;
    m_magnitudes = magnitudes;
    if (!m_name.isEmpty()) setTensor(m_name);
}

void TensorPlot::resizeEvent(QResizeEvent* event) {
    MatrixPlot::resizeEvent(event);
    if (!m_name.isEmpty()) m_refine.start();
}

MatrixPart TensorPlot::wanted(double margin) const {
    const QRectF& visible = visibleCells();
    const QSize pixels = MatrixLayout::of(rect(), fontMetrics()).plot.size();
    const auto axis = [margin](double from, double span, int size, qint64 count, qint64& first, qint64& length, qint64& cells) {
        first = std::clamp<qint64>(static_cast<qint64>(std::floor(from - margin * span)), 0, count - 1);
        const auto end = std::clamp<qint64>(static_cast<qint64>(std::ceil(from + span + margin * span)), first + 1, count);
        length = end - first;
        cells = std::min(length, static_cast<qint64>(std::ceil(static_cast<double>(length) * size / span)));
    };
    MatrixPart part;
    axis(visible.top(), visible.height(), pixels.height(), matrix()->rows, part.firstRow, part.rows, part.cellRows);
    axis(visible.left(), visible.width(), pixels.width(), matrix()->columns, part.firstColumn, part.columns, part.cellColumns);
    return part;
}

/// Whether a part covers what is visible with a cell for every pixel, or for every element where those are fewer.
bool TensorPlot::suffices(const MatrixPart& have) const {
    const MatrixPart want = wanted(0);
    const auto axis = [](qint64 first, qint64 length, qint64 cells, qint64 wantFirst, qint64 wantLength, qint64 wantCells) {
        const bool fine = cells == length || static_cast<double>(cells) / static_cast<double>(length) >=
                                                 0.95 * static_cast<double>(wantCells) / static_cast<double>(wantLength);
        return fine && first <= wantFirst && first + length >= wantFirst + wantLength;
    };
    return axis(have.firstRow, have.rows, have.cellRows, want.firstRow, want.rows, want.cellRows) &&
           axis(have.firstColumn, have.columns, have.cellColumns, want.firstColumn, want.columns, want.cellColumns);
}

void TensorPlot::refine() {
    if (m_name.isEmpty() || !matrix() || !matrix()->part || !m_overview) return;
    if (suffices(*matrix()->part)) return;
    if (suffices(*m_overview->part)) return setMatrix(m_overview);
    ask(wanted(kMargin));
}

void TensorPlot::ask(const MatrixPart& part) {
    TensorTileQuery query;
    query.name = m_name;
    query.firstRow = part.firstRow;
    query.rows = part.rows;
    query.firstColumn = part.firstColumn;
    query.columns = part.columns;
    query.outRows = static_cast<int>(part.cellRows);
    query.outColumns = static_cast<int>(part.cellColumns);
    // A single element is shown as it is, with its sign.
    query.maximum = m_magnitudes && !(part.rows > 0 && part.exact());
    m_queries.tensorTile(this, query, [this, maximum = query.maximum](const Answer<TensorPart>& answer) { receive(answer, maximum); });
}

void TensorPlot::receive(const Answer<TensorPart>& answer, bool magnitudes) {
    setNote({});
    if (!answer) {
        setEmptyText(answer.error);
        setMatrix(nullptr);
        return;
    }
    const TensorPart& got = *answer.value;
    auto matrix = std::make_shared<Matrix>();
    matrix->rows = got.shape.rows;
    matrix->columns = got.shape.cols;
    matrix->part = MatrixPart{got.firstRow, got.rows, got.firstColumn, got.columns, got.tile.rows, got.tile.cols};
    matrix->magnitudes = magnitudes;
    matrix->values = got.tile.values;
    if (magnitudes && matrix->part->exact()) return ask(*matrix->part);  // small after all: once more, with signs
    // A NaN that was stored must not look like a value that is not there.
    for (float& v : matrix->values)
        if (std::isnan(v)) v = -kMissingValue;
    if (got.rows == got.shape.rows && got.columns == got.shape.cols) m_overview = matrix;
    setMatrix(matrix);
    // Another shape's visible part, or one kept from a tensor of the same shape, may want more than was asked for.
    if (!suffices(*this->matrix()->part)) m_refine.start();
    Q_EMIT shown();
}

}  // namespace ms
