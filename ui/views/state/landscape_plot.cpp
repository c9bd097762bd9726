#include "ui/views/state/landscape_plot.h"

#include <QEvent>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>

#include "ui/plot/colour_bar.h"
#include "ui/style/appearance.h"
#include "ui/style/number_text.h"
#include "ui/views/state/state_matrix.h"

namespace ms {

namespace {

constexpr double kMovingScale = 0.5;      // of the picture's sides while it moves
constexpr qint64 kMovingCells = 8192;
constexpr int kSettleMilliseconds = 150;
constexpr float kRowsForAspect = 1.35f;   // a wide plot has room for wide rows
constexpr double kLabelRoom = 0.08;       // of the width on each side, left free for labels when the view is fitted

std::uint32_t argbOf(const QColor& colour) { return colour.rgb() | 0xff000000u; }

}  // namespace

LandscapePlot::LandscapePlot(LandscapeDrawer* drawer, QWidget* parent) : QWidget(parent), m_drawer(drawer) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    m_settle.setSingleShot(true);
    connect(&m_settle, &QTimer::timeout, this, [this] { redraw(false); });
    if (m_drawer == nullptr) m_error = tr("Landscapes cannot be drawn here.");
}

void LandscapePlot::setMatrix(std::shared_ptr<const Matrix> matrix, const HeatmapSettings& settings, const ValueScale& colours) {
    const bool first = !m_matrix;
    m_matrix = matrix && matrix->rows > 0 && matrix->columns > 0 ? std::move(matrix) : nullptr;
    m_settings = settings;
    m_colourScale = colours;
    m_field.reset();
    if (m_matrix) {
        m_heightScale = heightScaleOf(*m_matrix, settings);
        m_field = fieldOf(*m_matrix, settings, colours, m_heightScale);
        if (first && !m_byHand) fit();
    } else {
        m_picture = {};
        m_shown = {};
    }
    redraw(m_settle.isActive());
    Q_EMIT readoutChanged(readout());
}

void LandscapePlot::setAxes(const MatrixAxes& axes) {
    m_axes = axes;
    update();
}

void LandscapePlot::setEmptyText(const QString& text) {
    m_emptyText = text;
    update();
}

void LandscapePlot::setColourBarVisible(bool visible) {
    if (visible == m_bar) return;
    m_bar = visible;
    if (!m_byHand) fit();
    redraw(false);
}

void LandscapePlot::setCursorCell(qint64 row, qint64 column) {
    if (row == m_cursorRow && column == m_cursorColumn) return;
    const bool rowMoved = row != m_cursorRow;
    m_cursorRow = row;
    m_cursorColumn = column;
    if (rowMoved) redraw(false);
    update();
    Q_EMIT readoutChanged(readout());
}

QRect LandscapePlot::area() const {
    return rect().adjusted(1, 1, m_bar && m_matrix ? -colourBarWidth(fontMetrics()) - 1 : -1, -1);
}

LandscapeRequest LandscapePlot::request(double scale) const {
    const PlotColours colours = plotColours(palette());
    LandscapeRequest request;
    request.field = m_field;
    request.width = std::clamp(static_cast<int>(std::lround(area().width() * scale)), 1, 4096);
    request.height = std::clamp(static_cast<int>(std::lround(area().height() * scale)), 1, 4096);
    request.orbit = m_orbit;
    if (m_matrix && m_heightScale.low < 0 && m_heightScale.high > 0) request.zeroLevel = m_heightScale.position(0);
    request.rowSpan = std::clamp(kRowsForAspect * static_cast<float>(area().width()) / static_cast<float>(std::max(area().height(), 1)), 1.4f, 3.6f);
    request.heightScale = 0.7f;
    request.markedRow = showsMarks() ? m_cursorRow : -1;
    request.background = argbOf(colours.background);
    request.grid = argbOf(colours.frame);
    request.mark = argbOf(palette().color(QPalette::Highlight));
    return request;
}

void LandscapePlot::redraw(bool moving) {
    m_moving = moving;
    m_stale = true;
    if (moving) m_settle.start(kSettleMilliseconds);
    else m_settle.stop();
    ask();
}

/// One picture at a time: while one is drawn the newest wish waits here.
void LandscapePlot::ask() {
    if (!m_stale || m_inFlight || m_drawer == nullptr || !m_field || !isVisible()) {
        if (!m_field) m_stale = false;
        update();
        return;
    }
    m_stale = false;
    m_inFlight = true;
    const double pixels = m_figure ? std::max(1.0, m_figure->resolution) : devicePixelRatioF();
    LandscapeRequest wish = request(pixels * (m_moving ? kMovingScale : 1.0));
    if (m_moving) wish.maxCells = kMovingCells;
    m_drawer->draw(this, wish, [this, wish](const Answer<LandscapePicture>& answer) { receive(wish, answer); });
}

void LandscapePlot::receive(const LandscapeRequest& drawn, const Answer<LandscapePicture>& answer) {
    m_inFlight = false;
    m_error.clear();
    if (!answer) {
        m_error = tr("The landscape cannot be drawn: %1").arg(answer.error);
        m_picture = {};
        m_shown = {};
    } else if (m_field) {
        const LandscapePicture& p = *answer.value;
        m_picture = QImage(reinterpret_cast<const uchar*>(p.pixels.data()), p.width, p.height, p.width * 4, QImage::Format_RGB32).copy();
        m_shown = drawn;
    }
    update();
    Q_EMIT pictureShown();
    Q_EMIT readoutChanged(readout());
    ask();
}

void LandscapePlot::setFigureStyle(const FigureStyle& style) {
    m_figure = style;
    redraw(false);
}

bool LandscapePlot::settle() {
    if (m_settle.isActive()) redraw(false);  // nothing moves in a figure
    return m_drawer == nullptr || !isBusy();
}

void LandscapePlot::setOrbit(const LandscapeOrbit& orbit) {
    m_byHand = true;
    m_orbit = orbit;
    redraw(false);
}

void LandscapePlot::resetOrbit() {
    m_byHand = false;
    fit();
    redraw(false);
}

/// In the middle, from the nearest distance from which the whole box and its labels are in view.
void LandscapePlot::fit() {
    if (m_drawer == nullptr || !m_matrix) return;
    m_orbit = {};
    LandscapeRequest probe = request(1.0);
    const double rows = static_cast<double>(m_matrix->rows), columns = static_cast<double>(m_matrix->columns);
    const double beside = std::max(kLabelRoom * probe.width, 3.0 * fontMetrics().height());
    const QRectF inside = QRectF(0, 0, probe.width, probe.height)
                              .adjusted(beside, fontMetrics().height() / 2.0, -beside, -2.2 * fontMetrics().height());
    const auto box = [&]() -> QRectF {  // empty when a corner lies behind the camera
        QPolygonF corners;
        for (const double row : {0.0, rows})
            for (const double column : {0.0, columns})
                for (const double height : {0.0, 1.0}) {
                    const auto at = m_drawer->project(probe, row, column, height);
                    if (!at) return {};
                    corners.append(*at);
                }
        return corners.boundingRect();
    };
    for (int round = 0; round < 3; ++round) {
        float low = 0.5f, high = 12.0f;
        for (int i = 0; i < 14; ++i) {
            probe.orbit = m_orbit;
            probe.orbit.distance = (low + high) / 2;
            const QRectF seen = box();
            (!seen.isEmpty() && seen.width() <= inside.width() && seen.height() <= inside.height() ? high : low) = probe.orbit.distance;
        }
        m_orbit.distance = probe.orbit.distance = high;
        const QPointF off = inside.center() - box().center();
        shift(off.x(), off.y());
    }
}

std::optional<QPointF> LandscapePlot::project(double row, double column, double height) const {
    if (m_drawer == nullptr || !m_shown.field) return std::nullopt;
    const auto pixel = m_drawer->project(m_shown, row, column, height);
    if (!pixel) return std::nullopt;
    return QPointF(area().left() + pixel->x() * area().width() / m_shown.width, area().top() + pixel->y() * area().height() / m_shown.height);
}

std::optional<std::pair<qint64, qint64>> LandscapePlot::cellAt(const QPointF& position) const {
    if (m_drawer == nullptr || !m_shown.field || !QRectF(area()).contains(position)) return std::nullopt;
    return m_drawer->pick(m_shown, {(position.x() - area().left()) * m_shown.width / area().width(),
                                    (position.y() - area().top()) * m_shown.height / area().height()});
}

std::optional<QPointF> LandscapePlot::pointOf(qint64 row, qint64 column) const {
    if (!m_shown.field || row < 0 || column < 0 || row >= m_shown.field->rows || column >= m_shown.field->columns) return std::nullopt;
    const float height = m_shown.field->heights[static_cast<std::size_t>(row * m_shown.field->columns + column)];
    if (std::isnan(height)) return std::nullopt;
    return project(static_cast<double>(row) + 0.5, static_cast<double>(column) + 0.5, static_cast<double>(height));
}

std::optional<std::pair<qint64, qint64>> LandscapePlot::pointedCell() const {
    std::optional<std::pair<qint64, qint64>> cell;
    if (m_hover) cell = cellAt(*m_hover);
    if (!cell && m_cursorRow >= 0 && m_cursorColumn >= 0) cell = std::pair(m_cursorRow, m_cursorColumn);
    if (!cell || !m_matrix || cell->first >= m_matrix->rows || cell->second >= m_matrix->columns) return std::nullopt;
    return cell;
}

QString LandscapePlot::readout() const {
    const auto cell = pointedCell();
    if (!cell) return {};
    const float value = m_matrix->at(cell->first, cell->second);
    const QString text = QStringLiteral("%1 = %2 %3").arg(m_axes.symbol, exactText(value), m_axes.unit).trimmed();
    const QString said = tr("%1   %2, %3", "value, channel, state")
        .arg(text, m_axes.rowText ? m_axes.rowText(cell->first) : QString::number(cell->first),
             m_axes.columnText ? m_axes.columnText(cell->second) : QString::number(cell->second));
    return m_details ? said + QStringLiteral("   ") + m_details(cell->first, cell->second) : said;
}

void LandscapePlot::resizeEvent(QResizeEvent*) {
    if (!m_byHand) fit();
    redraw(true);  // sharply when the size rests
}

void LandscapePlot::showEvent(QShowEvent*) { redraw(false); }

void LandscapePlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw(false);
    QWidget::changeEvent(event);
}

void LandscapePlot::paintEvent(QPaintEvent*) {
    const PlotColours colours = plotColours(palette());
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    painter.fillRect(area(), colours.background);
    const QString message = !m_error.isEmpty() ? m_error : m_matrix ? QString() : m_emptyText;
    if (!message.isEmpty()) {
        painter.setPen(colours.axis);
        painter.drawText(area().adjusted(8, 4, -8, -4), Qt::AlignCenter | Qt::TextWordWrap, message);
    } else if (!m_picture.isNull()) {
        painter.setClipRect(area());
        painter.setRenderHint(QPainter::SmoothPixmapTransform, m_picture.size() != area().size() * devicePixelRatioF());
        painter.drawImage(area(), m_picture);
        paintAxes(painter);
        if (showsMarks()) paintMarker(painter);
        painter.setClipping(false);
    }
    if (m_bar && m_matrix && m_error.isEmpty() && (!m_figure || m_figure->colourBar)) {
        const int width = colourBarWidth(fontMetrics());
        const int margin = fontMetrics().height() + 4;
        paintColourBar(painter, QRect(area().right() + 8, margin / 2, width - 8, height() - margin - margin / 2), m_settings.colourMap, m_colourScale,
                       m_axes.unit, colours);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(hasFocus() && !m_figure ? palette().color(QPalette::Highlight) : colours.frame);
    painter.drawRect(area().adjusted(-1, -1, 0, 0));
}

}  // namespace ms
