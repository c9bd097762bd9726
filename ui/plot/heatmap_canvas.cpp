#include "ui/plot/heatmap_canvas.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QSettings>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/plot/token_names.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
/// While tokens stream the limits are looked at this often: a scale that trembles cannot be read.
constexpr qint64 kRangeMilliseconds = 120;
/// Between two slices of building a far view.
constexpr int kBuildPause = 1;
constexpr int kWheelStep = 120;
constexpr qint64 kLeastRows = 4;
constexpr double kRowZoom = 1.5;
}  // namespace

HeatmapCanvas::HeatmapCanvas(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent)
    : ReadoutPlot(parent), m_tokens(tokens), m_axis(axis), m_selection(selection), m_input(axis, selection) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&axis, &TimeAxis::changed, this, [this] {
        m_rangeStale = true;
        update();
    });
    const auto repaint = [this] {
        update();
        tellReadout();
    };
    connect(&selection, &Selection::tokenChanged, this, repaint);
    connect(&selection, &Selection::layerChanged, this, repaint);
    connect(&selection, &Selection::channelChanged, this, repaint);
    connect(&selection, &Selection::hoverTokenChanged, this, qOverload<>(&QWidget::update));
    connect(&selection, &Selection::rangeChanged, this, qOverload<>(&QWidget::update));
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, qOverload<>(&QWidget::update));
    m_sinceRange.start();
}

HeatmapCanvas::~HeatmapCanvas() { m_axis.setViewport(this, 0); }

void HeatmapCanvas::setSource(const SeriesSource& source, std::optional<RowKind> kind) {
    const ProbeInfo& point = info(source.point());
    m_rowKind = kind.value_or(source.layer() ? RowKind::Channel : RowKind::Layer);
    m_state = -1;
    m_symbol = QString::fromUtf8(point.symbol.data(), static_cast<qsizetype>(point.symbol.size()));
    m_unit = QString::fromUtf8(point.unit.data(), static_cast<qsizetype>(point.unit.size()));
    const bool sameRows = source.rows() == rows() && m_visibleRows > 0;
    m_raster.setSource(source, m_settings);
    m_rangeStale = true;
    m_sinceRange.invalidate();
    if (!sameRows) showAllRows();
    update();
    tellReadout();
}

void HeatmapCanvas::setMeasure(const QString& symbol, const QString& unit) {
    m_symbol = symbol;
    m_unit = unit;
    update();
}

void HeatmapCanvas::setSettings(const HeatmapSettings& settings) {
    const bool regroup = settings.aggregate != m_settings.aggregate;
    m_settings = settings;
    if (regroup) m_raster.setSource(m_raster.source(), settings);
    m_raster.setNormalised(settings.normaliseRows);
    m_rangeStale = true;
    m_sinceRange.invalidate();
    update();
}

void HeatmapCanvas::setCaption(const QString& caption) {
    m_caption = caption;
    update();
}

void HeatmapCanvas::setRowNames(RowNames names) {
    m_rowNames = std::move(names);
    update();
    tellReadout();
}

void HeatmapCanvas::setFrameSeconds(double seconds) {
    m_frameSeconds = seconds;
    update();
    tellReadout();
}

void HeatmapCanvas::setVisibleRows(qint64 first, qint64 count) {
    count = std::clamp(count, std::min(kLeastRows, rows()), rows());
    first = std::clamp<qint64>(first, 0, rows() - count);
    if (first == m_firstRow && count == m_visibleRows) return;
    m_firstRow = first;
    m_visibleRows = count;
    m_rangeStale = true;
    update();
    Q_EMIT visibleRowsChanged(first, count);
    tellReadout();
}

void HeatmapCanvas::saveRows(QSettings& store) const {
    if (m_visibleRows == rows()) return;
    store.setValue(QStringLiteral("firstRow"), m_firstRow);
    store.setValue(QStringLiteral("rows"), m_visibleRows);
}

void HeatmapCanvas::loadRows(const QSettings& store) {
    if (store.contains(QStringLiteral("rows")))
        setVisibleRows(store.value(QStringLiteral("firstRow")).toLongLong(), store.value(QStringLiteral("rows")).toLongLong());
}

void HeatmapCanvas::ensureRowVisible(qint64 row) {
    if (row < 0 || row >= rows()) return;
    if (row < m_firstRow) setVisibleRows(row, m_visibleRows);
    else if (row >= m_firstRow + m_visibleRows) setVisibleRows(row - m_visibleRows + 1, m_visibleRows);
}

void HeatmapCanvas::zoomRows(int steps, double share) {
    const auto before = static_cast<double>(m_visibleRows);
    const double fixed = static_cast<double>(m_firstRow) + share * before;
    double count = before * std::pow(kRowZoom, -steps);
    count = steps > 0 ? std::floor(count) : std::ceil(count);
    count = std::clamp(count, static_cast<double>(std::min(kLeastRows, rows())), static_cast<double>(rows()));
    setVisibleRows(std::lround(fixed - share * count), static_cast<qint64>(count));
}

void HeatmapCanvas::dataChanged(qint64 first, qint64 end) {
    m_raster.invalidate(first, end);
    m_rangeStale = true;
    update();
    tellReadout();
}

HeatmapLayout HeatmapCanvas::layoutNow() const { return HeatmapLayout::of(rect(), fontMetrics()); }

HeatmapScene HeatmapCanvas::scene() {
    const HeatmapLayout layout = layoutNow();
    const TimeScale timeScale = m_axis.scale();
    const qint64 visible = m_visibleRows;
    HeatmapScene scene;
    scene.firstColumn = m_axis.firstToken() / timeScale.tokensPerColumn;
    scene.timeScale = timeScale;
    scene.tokenCount = rows() > 0 ? m_axis.tokenCount() : 0;
    scene.frameSeconds = m_frameSeconds;
    scene.firstRow = m_firstRow;
    scene.rows = visible;
    scene.allRows = rows();
    scene.caption = m_caption;
    scene.rowLabel = [this](qint64 row) {
        const qint64 channel = m_raster.source().channelOf(row);
        return m_rowNames.label ? m_rowNames.label(channel) : QString::number(channel);
    };
    scene.everyRowLabelled = m_rowNames.label != nullptr;
    scene.colourMap = m_settings.colourMap;
    scene.colours = plotColours(palette());
    scene.text = palette().color(QPalette::Text);
    scene.accent = palette().color(QPalette::Highlight);
    scene.hasFocus = showsFocus();
    scene.finer = finer(timeScale);
    if (figure()) scene.style = *figure();
    if (scene.tokenCount == 0 || !m_raster.source()) scene.emptyText = emptyText();
    if (m_raster.source()) {
        const double rowPixels = layout.plot.height() * (figure() ? std::max(1.0, figure()->resolution) : 1.0);
        const int displayRows = static_cast<int>(std::min<qint64>(visible, std::max(1, static_cast<int>(rowPixels))));
        const int perColumn = timeScale.tokensPerColumn / scene.finer;
        const bool more = m_raster.update({scene.firstColumn * scene.finer, columnsIn(layout.plot.width(), timeScale) * scene.finer,
                                           perColumn, displayRows, m_firstRow, visible}, scene.tokenCount);
        if (figure() && figure()->steadyScale) m_rangeStale = false;
        const bool rangeDue = figure() || !m_sinceRange.isValid() || m_sinceRange.elapsed() >= kRangeMilliseconds;
        if (m_rangeStale && rangeDue) {
            m_scale = m_raster.range(m_settings);
            m_rangeStale = more;
            m_sinceRange.start();
        }
        m_incomplete = more || m_rangeStale;
        if (m_incomplete && !m_again.isActive())
            m_again.start(more ? kBuildPause : static_cast<int>(kRangeMilliseconds));
        scene.image = m_raster.image(m_settings, m_scale);
        QStringList notes;
        const QString how = m_settings.aggregate == Aggregate::Mean ? tr("mean") : tr("maximum");
        if (perColumn > 1) notes << (m_frameSeconds > 0 ? tr("%1 frames per pixel") : tr("%1 tokens per pixel")).arg(perColumn);
        if (displayRows < visible) notes << tr("%1 rows in %2 pixels").arg(visible).arg(displayRows);
        if (!notes.isEmpty()) notes << how;
        scene.note = notes.join(QStringLiteral(", "));
        scene.unit = m_settings.normaliseRows ? tr("σ of row") : m_unit;
    } else {
        m_incomplete = false;
    }
    scene.scale = m_scale;
    if (showsMarks()) {
        scene.cursorToken = m_selection.token();
        scene.cursorRow = cursorRow();
        scene.selected = m_selection.range();
    }
    if (!figure()) scene.hoverToken = m_selection.hoverToken();
    scene.tokenText = [this](qint64 token) {
        return token < m_tokens.size() ? m_tokens.visibleText(m_tokens.row(token).id) : QString();
    };
    return scene;
}

/// A power of two, as many as the pixels of a figure can show.
int HeatmapCanvas::finer(const TimeScale& scale) const {
    int finer = 1;
    while (figure() && 2 * finer <= scale.tokensPerColumn && 2 * finer <= figure()->resolution * scale.columnPixels) finer *= 2;
    return finer;
}

bool HeatmapCanvas::settle() {
    static_cast<void>(scene());
    return !m_incomplete;
}

void HeatmapCanvas::paintEvent(QPaintEvent*) {
    QElapsedTimer timer;
    timer.start();
    const HeatmapScene drawn = scene();
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    HeatmapPainter(drawn).paint(painter, rect());
    m_lastPaint = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
    ++m_paintCount;
}

void HeatmapCanvas::reportWidth() { m_axis.setViewport(this, isVisible() ? layoutNow().plot.width() : 0); }
void HeatmapCanvas::resizeEvent(QResizeEvent*) { reportWidth(); }
void HeatmapCanvas::showEvent(QShowEvent*) { reportWidth(); }
void HeatmapCanvas::hideEvent(QHideEvent*) { m_axis.setViewport(this, 0); }

qint64 HeatmapCanvas::tokenAt(const QPoint& position) const { return m_input.tokenAt(position.x(), layoutNow().plot); }

qint64 HeatmapCanvas::rowAt(const QPoint& position) const {
    const QRect plot = layoutNow().plot;
    const RasterWindow& drawn = m_raster.window();
    if (rows() == 0 || position.y() < plot.top() || position.y() > plot.bottom()) return -1;
    if (drawn.displayRows == m_visibleRows || drawn.displayRows == 0)
        return m_firstRow + (position.y() - plot.top()) * m_visibleRows / plot.height();
    return m_raster.firstRowOf((position.y() - plot.top()) * drawn.displayRows / plot.height());
}

qint64 HeatmapCanvas::cursorRow() const {
    switch (m_rowKind) {
        case RowKind::Layer: return m_selection.layer();
        case RowKind::Channel: return m_raster.source().rowOf(m_selection.channel());
        case RowKind::State: return m_state;
    }
    return -1;
}

void HeatmapCanvas::setCursorRow(qint64 row) {
    switch (m_rowKind) {
        case RowKind::Layer: return m_selection.setLayer(row);
        case RowKind::Channel: return m_selection.setChannel(m_raster.source().channelOf(row));
        case RowKind::State:
            m_state = row;
            update();
            tellReadout();
    }
}

QString HeatmapCanvas::rowText(qint64 row) const {
    if (m_rowNames.readout) return m_rowNames.readout(m_raster.source().channelOf(row));
    if (m_rowKind == RowKind::Layer) return tr("layer %1").arg(row);
    const qint64 layer = m_raster.source().layer()->value, channel = m_raster.source().channelOf(row);
    return m_rowKind == RowKind::Channel ? tr("layer %1, channel %2").arg(layer).arg(channel)
                                         : tr("layer %1, state %2").arg(layer).arg(channel);
}

QString HeatmapCanvas::tokenText(qint64 token) const {
    return TokenNames(m_tokens, m_frameSeconds).name(token);
}

QString HeatmapCanvas::readout() const {
    const bool hovers = hovered().x() >= 0;
    const qint64 token = hovers ? tokenAt(hovered()) : m_selection.token();
    const qint64 row = hovers ? rowAt(hovered()) : cursorRow();
    const SeriesSource& source = m_raster.source();
    if (!source || token < 0 || row < 0 || row >= source.rows() || token >= m_tokens.size()) return {};
    const int perColumn = m_axis.scale().tokensPerColumn;
    const float value = source.at(token, row);
    const QString shown =
        isMissing(value) ? tr("not captured") : QStringLiteral("%1 %2").arg(exactText(value), m_unit).trimmed();
    QString text = QStringLiteral("%1 = %2   %3, %4").arg(m_symbol, shown, rowText(row), tokenText(token));
    if (perColumn > 1 || m_settings.normaliseRows) {
        const int column = static_cast<int>(token / perColumn - m_raster.window().firstColumn);
        const float cell = m_raster.shown(column, m_raster.displayRowOf(row));
        if (!isMissing(cell)) text += tr("   (drawn: %1)").arg(shortText(static_cast<double>(cell)));
    }
    return text;
}

void HeatmapCanvas::select(const QPoint& position) {
    const qint64 token = tokenAt(position), row = rowAt(position);
    if (token >= 0) m_selection.setToken(token);
    if (row >= 0) setCursorRow(row);
}

void HeatmapCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    m_input.press(event);
    m_pressRow = m_firstRow;
}

void HeatmapCanvas::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    const QRect plot = layoutNow().plot;
    hover(at);
    if (m_input.drag(at, plot)) {
        if (m_input.selectsRange()) return;
        setCursor(Qt::ClosedHandCursor);
        const double down = at.y() - m_input.pressed()->y();
        setVisibleRows(m_pressRow - std::lround(down * static_cast<double>(m_visibleRows) / plot.height()), m_visibleRows);
    }
    m_selection.setHoverToken(rowAt(at) >= 0 ? tokenAt(at) : -1);
    tellReadout();
}

void HeatmapCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    if (m_input.release()) select(event->position().toPoint());
    unsetCursor();
}

void HeatmapCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    const qint64 row = rowAt(event->position().toPoint());
    select(event->position().toPoint());
    if (row >= 0) Q_EMIT rowActivated(row);
}

void HeatmapCanvas::leaveEvent(QEvent* event) {
    m_selection.setHoverToken(-1);
    ReadoutPlot::leaveEvent(event);
}

void HeatmapCanvas::wheelEvent(QWheelEvent* event) {
    if (!event->modifiers().testFlag(Qt::ControlModifier))
        return m_input.wheel(event, tokenAt(event->position().toPoint()));
    const QRect plot = layoutNow().plot;
    m_rowWheel += event->angleDelta().y();
    const int steps = m_rowWheel / kWheelStep;
    m_rowWheel -= steps * kWheelStep;
    if (steps != 0) zoomRows(steps, std::clamp((event->position().y() - plot.top()) / plot.height(), 0.0, 1.0));
    event->accept();
}

void HeatmapCanvas::moveCursorRow(qint64 by) {
    if (!m_raster.source() || m_axis.tokenCount() == 0) return;
    setCursorRow(std::clamp<qint64>(std::max<qint64>(cursorRow(), 0) + by, 0, rows() - 1));
    ensureRowVisible(cursorRow());
}

bool HeatmapCanvas::rowKey(QKeyEvent* event) {
    const double share = cursorRow() < m_firstRow || cursorRow() >= m_firstRow + m_visibleRows
                             ? 0.5
                             : (static_cast<double>(cursorRow() - m_firstRow) + 0.5) / static_cast<double>(m_visibleRows);
    switch (event->key()) {
        case Qt::Key_Up: zoomRows(1, share); return true;
        case Qt::Key_Down: zoomRows(-1, share); return true;
        case Qt::Key_PageUp: setVisibleRows(m_firstRow - m_visibleRows, m_visibleRows); return true;
        case Qt::Key_PageDown: setVisibleRows(m_firstRow + m_visibleRows, m_visibleRows); return true;
        case Qt::Key_Home: showAllRows(); return true;
        default: return false;
    }
}

void HeatmapCanvas::keyPressEvent(QKeyEvent* event) {
    if (event->modifiers().testFlag(Qt::ControlModifier) ? rowKey(event) : m_input.key(event)) return;
    const qint64 stride = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
    switch (event->key()) {
        case Qt::Key_Up: return moveCursorRow(-stride);
        case Qt::Key_Down: return moveCursorRow(stride);
        case Qt::Key_Return: case Qt::Key_Enter:
            if (cursorRow() >= 0) Q_EMIT rowActivated(cursorRow());
            return;
        default: ReadoutPlot::keyPressEvent(event);
    }
}

}  // namespace ms
