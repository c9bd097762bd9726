#include "ui/plot/matrix_plot.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/models/series_source.h"
#include "ui/plot/matrix_image.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {

/// Whether both come to the same limits for the same values.
bool sameLimits(HeatmapSettings a, const HeatmapSettings& b) {
    a.colourMap = b.colourMap;
    a.aggregate = b.aggregate;
    return a == b;
}

}  // namespace

MatrixPlot::MatrixPlot(QWidget* parent) : ReadoutPlot(parent) {}

void MatrixPlot::setMatrix(std::shared_ptr<const Matrix> matrix) {
    const bool sameShape = m_matrix && matrix && m_matrix->rows == matrix->rows && m_matrix->columns == matrix->columns;
    m_matrix = matrix && matrix->rows > 0 && matrix->columns > 0 ? std::move(matrix) : nullptr;
    m_imageStale = true;
    updateScale();
    if (!sameShape) showAll();
    if (!sameShape && m_matrix && !m_beginWith.isNull()) setVisibleCells(std::exchange(m_beginWith, {}));
    update();
    tellReadout();
}

void MatrixPlot::setAxes(const MatrixAxes& axes) {
    m_axes = axes;
    update();
}

void MatrixPlot::setSettings(const HeatmapSettings& settings) {
    m_settings = settings;
    m_settings.normaliseRows = false;
    updateScale();
    m_imageStale = true;
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
    tellReadout();
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

void MatrixPlot::updateScale() {
    if (m_scaleOf == m_matrix && sameLimits(m_scaleSettings, m_settings)) return;
    if (m_scaleOf && figure() && figure()->steadyScale) return;
    if (m_matrix) m_scale = rangeFor(m_settings, m_matrix->values);
    m_scaleOf = m_matrix;
    m_scaleSettings = m_settings;
}

void MatrixPlot::updateImage(QSize size) {
    size = size.expandedTo({1, 1});
    if (!m_imageStale && m_image.size() == size) return;
    m_imageStale = false;
    m_image = MatrixImage(*m_matrix, m_visible, size).image(m_settings, m_scale);
}

QSize MatrixPlot::imageSize() const {
    if (!figure()) return plotRect().size();
    QSize size = (QSizeF(plotRect().size()) * std::max(1.0, figure()->resolution)).toSize();
    const auto whole = [](double from, double span, int pixels) {  // pixels enough for one cell each, none of them cut
        return from == std::floor(from) && span == std::floor(span) && span <= pixels ? static_cast<int>(span) : pixels;
    };
    if (figure()->vector || figure()->cellRectangles)
        size = {whole(m_visible.left(), m_visible.width(), size.width()), whole(m_visible.top(), m_visible.height(), size.height())};
    return size;
}

MatrixScene MatrixPlot::scene() {
    MatrixScene scene;
    scene.axes = m_axes;
    scene.colours = plotColours(palette());
    scene.text = palette().color(QPalette::Text);
    scene.accent = palette().color(QPalette::Highlight);
    scene.hasFocus = showsFocus();
    if (figure()) scene.style = *figure();
    scene.note = m_note;
    scene.colourMap = m_settings.colourMap;
    scene.scale = m_scale;
    if (!m_matrix) {
        scene.emptyText = emptyText();
        return scene;
    }
    updateImage(imageSize());
    scene.image = m_image;
    scene.visible = m_visible;
    scene.rows = m_matrix->rows;
    scene.columns = m_matrix->columns;
    if (showsMarks()) {
        scene.cursorRow = m_cursorRow;
        scene.cursorColumn = m_cursorColumn;
    }
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
    auto [row, column] = cellAt(hovered());
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
    const QPoint at = event->position().toPoint();
    hover(at);
    if (m_press && (m_dragged || (at - *m_press).manhattanLength() > 5)) {
        m_dragged = true;
        setCursor(Qt::ClosedHandCursor);
        const QRect plot = plotRect();
        setVisibleCells(m_pressVisible.translated(-(at.x() - m_press->x()) * m_visible.width() / plot.width(),
                                                  -(at.y() - m_press->y()) * m_visible.height() / plot.height()));
    }
    tellReadout();
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
        default: ReadoutPlot::keyPressEvent(event);
    }
}

}  // namespace ms
