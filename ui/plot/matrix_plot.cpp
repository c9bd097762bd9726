#include "ui/plot/matrix_plot.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/models/series_source.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

/// The cell of `cells` over [first, first + count) that covers an element of it, and where a cell begins.
qint64 cellOf(qint64 element, qint64 first, qint64 count, qint64 cells) { return ((element - first + 1) * cells - 1) / count; }
qint64 cellBegin(qint64 cell, qint64 first, qint64 count, qint64 cells) { return first + cell * count / cells; }

using Range = std::pair<qint64, qint64>;

/// From ranges of elements to ranges of cells; empty where the part does not reach.
void toCells(std::vector<Range>& ranges, qint64 first, qint64 count, qint64 cells) {
    for (auto& [begin, end] : ranges) {
        begin = std::max(begin, first);
        end = std::min(end, first + count);
        if (begin >= end) begin = end = 0;
        else std::tie(begin, end) = Range(cellOf(begin, first, count, cells), cellOf(end - 1, first, count, cells) + 1);
    }
}

}  // namespace

float Matrix::at(qint64 row, qint64 column) const {
    if (!part) return values[static_cast<std::size_t>(row * columns + column)];
    const MatrixPart& p = *part;
    if (row < p.firstRow || row >= p.firstRow + p.rows || column < p.firstColumn || column >= p.firstColumn + p.columns)
        return kMissingValue;
    return values[static_cast<std::size_t>(cellOf(row, p.firstRow, p.rows, p.cellRows) * p.cellColumns +
                                           cellOf(column, p.firstColumn, p.columns, p.cellColumns))];
}

Matrix::Block Matrix::blockOf(qint64 row, qint64 column) const {
    if (!part || isMissing(at(row, column))) return {row, row + 1, column, column + 1};
    const MatrixPart& p = *part;
    const qint64 i = cellOf(row, p.firstRow, p.rows, p.cellRows), j = cellOf(column, p.firstColumn, p.columns, p.cellColumns);
    return {cellBegin(i, p.firstRow, p.rows, p.cellRows), cellBegin(i + 1, p.firstRow, p.rows, p.cellRows),
            cellBegin(j, p.firstColumn, p.columns, p.cellColumns), cellBegin(j + 1, p.firstColumn, p.columns, p.cellColumns)};
}

MatrixPlot::MatrixPlot(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void MatrixPlot::setMatrix(std::shared_ptr<const Matrix> matrix) {
    const bool sameShape = m_matrix && matrix && m_matrix->rows == matrix->rows && m_matrix->columns == matrix->columns;
    m_matrix = matrix && matrix->rows > 0 && matrix->columns > 0 ? std::move(matrix) : nullptr;
    m_imageStale = true;
    if (m_matrix) m_scale = rangeFor(m_settings, m_matrix->values);
    if (!sameShape) showAll();
    update();
    Q_EMIT readoutChanged(readout());
}

void MatrixPlot::setAxes(const MatrixAxes& axes) {
    m_axes = axes;
    update();
}

void MatrixPlot::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    m_settings.normaliseRows = false;
    if (m_matrix) m_scale = rangeFor(m_settings, m_matrix->values);
    m_imageStale = true;
    update();
}

void MatrixPlot::setEmptyText(const QString& text) {
    m_emptyText = text;
    update();
}

void MatrixPlot::setNote(const QString& note) {
    m_note = note;
    update();
}

void MatrixPlot::setCursorCell(qint64 row, qint64 column) {
    m_cursorRow = row;
    m_cursorColumn = column;
    update();
    Q_EMIT readoutChanged(readout());
}

void MatrixPlot::showAll() {
    m_visible = {};
    if (m_matrix) setVisibleCells({0, 0, static_cast<double>(m_matrix->columns), static_cast<double>(m_matrix->rows)});
}

QRect MatrixPlot::plotRect() const { return MatrixLayout::of(rect(), fontMetrics()).plot; }

void MatrixPlot::setVisibleCells(QRectF cells) {
    if (!m_matrix) return;
    const auto columns = static_cast<double>(m_matrix->columns), rows = static_cast<double>(m_matrix->rows);
    cells.setWidth(std::clamp(cells.width(), std::min(columns, 2.0), columns));
    cells.setHeight(std::clamp(cells.height(), std::min(rows, 2.0), rows));
    cells.moveLeft(std::clamp(cells.left(), 0.0, columns - cells.width()));
    cells.moveTop(std::clamp(cells.top(), 0.0, rows - cells.height()));
    if (cells == m_visible) return;
    m_visible = cells;
    m_imageStale = true;
    update();
    Q_EMIT visibleChanged(m_visible);
}

void MatrixPlot::drawImage(const QRect& plot) {
    const int width = std::max(1, plot.width()), height = std::max(1, plot.height());
    if (!m_imageStale && m_image.width() == width && m_image.height() == height) return;
    m_imageStale = false;
    m_image = QImage(width, height, QImage::Format_ARGB32_Premultiplied);
    const ColourMap& map = ColourMap::get(m_settings.colourMap);
    // Cells of each pixel column and row, so that every pixel stands for at least one cell. Where a cell is as large as a
    // pixel already, pixels must not overlap: each shows its cell.
    const bool overlap = !m_matrix->part || m_matrix->part->exact();
    const auto cells = [overlap](double from, double span, int pixels, qint64 count) {
        std::vector<Range> ranges(static_cast<std::size_t>(pixels));
        for (int p = 0; p < pixels; ++p) {
            const double begin = from + span * p / pixels, end = from + span * (p + 1) / pixels;
            const qint64 first = std::clamp<qint64>(static_cast<qint64>(begin), 0, count - 1);
            qint64 last = static_cast<qint64>(overlap ? std::ceil(end) : end);
            if (span / pixels <= 1) last = first + 1;
            ranges[static_cast<std::size_t>(p)] = {first, std::clamp<qint64>(last, first + 1, count)};
        }
        return ranges;
    };
    auto xs = cells(m_visible.left(), m_visible.width(), width, m_matrix->columns);
    auto ys = cells(m_visible.top(), m_visible.height(), height, m_matrix->rows);
    if (m_matrix->part) {
        const MatrixPart& part = *m_matrix->part;
        toCells(xs, part.firstColumn, part.columns, part.cellColumns);
        toCells(ys, part.firstRow, part.rows, part.cellRows);
    }
    const qint64 stride = m_matrix->part ? m_matrix->part->cellColumns : m_matrix->columns;
    const auto colour = [&](float v) {
        return std::isnan(v) ? (isMissing(v) ? 0u : kNanColour) : std::isinf(v) ? kNanColour : map.at(m_scale.position(v));
    };
    for (int y = 0; y < height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(y));
        const auto [r0, r1] = ys[static_cast<std::size_t>(y)];
        if (y > 0 && ys[static_cast<std::size_t>(y)] == ys[static_cast<std::size_t>(y - 1)]) {
            std::copy_n(reinterpret_cast<const QRgb*>(m_image.constScanLine(y - 1)), width, line);
            continue;
        }
        for (int x = 0; x < width; ++x) {
            const auto [c0, c1] = xs[static_cast<std::size_t>(x)];
            if (x > 0 && xs[static_cast<std::size_t>(x)] == xs[static_cast<std::size_t>(x - 1)]) {
                line[x] = line[x - 1];
                continue;
            }
            double sum = 0, most = 0;
            qint64 present = 0;
            float broken = 0;
            for (qint64 r = r0; r < r1; ++r)
                for (qint64 c = c0; c < c1; ++c) {
                    const float v = m_matrix->values[static_cast<std::size_t>(r * stride + c)];
                    if (isMissing(v)) continue;
                    ++present;
                    if (!std::isfinite(v)) broken = -kMissingValue;
                    sum += static_cast<double>(v);
                    if (std::abs(static_cast<double>(v)) > std::abs(most)) most = static_cast<double>(v);
                }
            float v = kMissingValue;
            if (present > 0)
                v = std::isnan(broken) ? broken
                    : static_cast<float>(m_settings.aggregate == Aggregate::Mean ? sum / static_cast<double>(present) : most);
            line[x] = colour(v);
        }
    }
}

MatrixScene MatrixPlot::scene() {
    MatrixScene scene;
    scene.axes = m_axes;
    scene.colours = plotColours(palette());
    scene.text = palette().color(QPalette::Text);
    scene.accent = palette().color(QPalette::Highlight);
    scene.hasFocus = hasFocus();
    scene.note = m_note;
    scene.colourMap = m_settings.colourMap;
    scene.scale = m_scale;
    if (!m_matrix) {
        scene.emptyText = m_emptyText;
        return scene;
    }
    drawImage(plotRect());
    scene.image = m_image;
    scene.visible = m_visible;
    scene.rows = m_matrix->rows;
    scene.columns = m_matrix->columns;
    scene.cursorRow = m_cursorRow;
    scene.cursorColumn = m_cursorColumn;
    return scene;
}

void MatrixPlot::paintEvent(QPaintEvent*) {
    const MatrixScene drawn = scene();
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    MatrixPainter(drawn).paint(painter, rect());
}

std::pair<qint64, qint64> MatrixPlot::cellAt(const QPoint& position) const {
    const QRect plot = plotRect();
    if (!m_matrix || !plot.contains(position)) return {-1, -1};
    const double x = m_visible.left() + (position.x() - plot.left() + 0.5) * m_visible.width() / plot.width();
    const double y = m_visible.top() + (position.y() - plot.top() + 0.5) * m_visible.height() / plot.height();
    return {std::min(static_cast<qint64>(y), m_matrix->rows - 1), std::min(static_cast<qint64>(x), m_matrix->columns - 1)};
}

QPoint MatrixPlot::pointOf(qint64 row, qint64 column) const {
    const QRect plot = plotRect();
    const auto pixels = [](double p) { return static_cast<int>(std::clamp(p, -1e6, 1e6)); };  // far off-screen is just that
    return {plot.left() + pixels((static_cast<double>(column) + 0.5 - m_visible.left()) * plot.width() / m_visible.width()),
            plot.top() + pixels((static_cast<double>(row) + 0.5 - m_visible.top()) * plot.height() / m_visible.height())};
}

QString MatrixPlot::readout() const {
    if (!m_matrix) return {};
    auto [row, column] = cellAt(m_hover);
    if (row < 0) std::tie(row, column) = std::pair(m_cursorRow, m_cursorColumn);
    if (row < 0 || column < 0 || row >= m_matrix->rows || column >= m_matrix->columns) return {};
    const float value = m_matrix->at(row, column);
    const QString shown = isMissing(value) ? tr("not there") : QStringLiteral("%1 %2").arg(exactText(value), m_axes.unit).trimmed();
    const Matrix::Block block = m_matrix->blockOf(row, column);
    const auto span = [](const std::function<QString(qint64)>& text, const QString& plain, qint64 first, qint64 end) {
        const QString name = text ? text(first) : plain.arg(first);
        return end - first == 1 ? name : QStringLiteral("%1–%2").arg(name).arg(end - 1);
    };
    const bool several = block.endRow - block.firstRow > 1 || block.endColumn - block.firstColumn > 1;
    const QString symbol = !several ? m_axes.symbol : (m_matrix->magnitudes ? tr("max |%1|") : tr("mean %1")).arg(m_axes.symbol);
    return QStringLiteral("%1 = %2   %3, %4").arg(symbol, shown, span(m_axes.rowText, tr("row %1"), block.firstRow, block.endRow),
                                                  span(m_axes.columnText, tr("column %1"), block.firstColumn, block.endColumn));
}

void MatrixPlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    m_press = event->position().toPoint();
    m_pressVisible = m_visible;
    m_dragged = false;
}

void MatrixPlot::mouseMoveEvent(QMouseEvent* event) {
    m_hover = event->position().toPoint();
    if (m_press && (m_dragged || (m_hover - *m_press).manhattanLength() > 5)) {
        m_dragged = true;
        setCursor(Qt::ClosedHandCursor);
        const QRect plot = plotRect();
        setVisibleCells(m_pressVisible.translated(-(m_hover.x() - m_press->x()) * m_visible.width() / plot.width(),
                                                  -(m_hover.y() - m_press->y()) * m_visible.height() / plot.height()));
    }
    Q_EMIT readoutChanged(readout());
}

void MatrixPlot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    const auto [row, column] = cellAt(event->position().toPoint());
    if (m_press && !m_dragged && row >= 0) {
        setCursorCell(row, column);
        Q_EMIT cellClicked(row, column);
    }
    m_press.reset();
    unsetCursor();
}

void MatrixPlot::mouseDoubleClickEvent(QMouseEvent* event) {
    const auto [row, column] = cellAt(event->position().toPoint());
    if (row >= 0) Q_EMIT cellActivated(row, column);
}

bool MatrixPlot::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    // The header's read-out may be cut short where docks are narrow.
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), readout(), this);
    return true;
}

void MatrixPlot::leaveEvent(QEvent*) {
    m_hover = {-1, -1};
    Q_EMIT readoutChanged(readout());
}

void MatrixPlot::zoom(double factor, QPointF around, bool rows, bool columns) {
    QRectF cells = m_visible;
    if (columns) {
        cells.setLeft(around.x() - (around.x() - m_visible.left()) * factor);
        cells.setWidth(m_visible.width() * factor);
    }
    if (rows) {
        cells.setTop(around.y() - (around.y() - m_visible.top()) * factor);
        cells.setHeight(m_visible.height() * factor);
    }
    setVisibleCells(cells);
}

void MatrixPlot::wheelEvent(QWheelEvent* event) {
    const auto [row, column] = cellAt(event->position().toPoint());
    if (row < 0) return event->ignore();
    const int delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    const bool rowsOnly = event->modifiers().testFlag(Qt::ShiftModifier), columnsOnly = event->modifiers().testFlag(Qt::ControlModifier);
    zoom(std::pow(0.8, delta / 120.0), {static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5}, !columnsOnly, !rowsOnly);
    event->accept();
}

void MatrixPlot::moveCursor(qint64 rows, qint64 columns) {
    if (!m_matrix) return;
    setCursorCell(std::clamp<qint64>(std::max<qint64>(m_cursorRow, 0) + rows, 0, m_matrix->rows - 1),
                  std::clamp<qint64>(std::max<qint64>(m_cursorColumn, 0) + columns, 0, m_matrix->columns - 1));
    QRectF cells = m_visible;  // scroll as little as possible
    const auto row = static_cast<double>(m_cursorRow), column = static_cast<double>(m_cursorColumn);
    if (row < cells.top()) cells.moveTop(row);
    if (row + 1 > cells.bottom()) cells.moveBottom(row + 1);
    if (column < cells.left()) cells.moveLeft(column);
    if (column + 1 > cells.right()) cells.moveRight(column + 1);
    setVisibleCells(cells);
    Q_EMIT cellClicked(m_cursorRow, m_cursorColumn);
}

void MatrixPlot::keyPressEvent(QKeyEvent* event) {
    const qint64 step = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
    switch (event->key()) {
        case Qt::Key_Left: return moveCursor(0, -step);
        case Qt::Key_Right: return moveCursor(0, step);
        case Qt::Key_Up: return moveCursor(-step, 0);
        case Qt::Key_Down: return moveCursor(step, 0);
        case Qt::Key_Plus: case Qt::Key_Equal: return zoom(0.8, m_visible.center(), true, true);
        case Qt::Key_Minus: return zoom(1.25, m_visible.center(), true, true);
        case Qt::Key_0: return showAll();
        case Qt::Key_Return: case Qt::Key_Enter:
            if (m_cursorRow >= 0 && m_cursorColumn >= 0) Q_EMIT cellActivated(m_cursorRow, m_cursorColumn);
            return;
        case Qt::Key_Escape: Q_EMIT escapePressed(); return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
