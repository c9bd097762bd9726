#include "ui/plot/heatmap_canvas.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>

#include "ui/style/number_text.h"

namespace ms {

namespace {
/// While tokens stream the limits are looked at this often: a scale that trembles cannot be read.
constexpr qint64 kRangeMilliseconds = 120;
/// Between two slices of building a far view.
constexpr int kBuildPause = 10;
constexpr int kWheelStep = 120;
}  // namespace

HeatmapCanvas::HeatmapCanvas(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent)
    : QWidget(parent), m_tokens(tokens), m_axis(axis), m_selection(selection) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&axis, &TimeAxis::changed, this, [this] {
        m_rangeStale = true;
        update();
    });
    const auto repaint = [this] {
        update();
        Q_EMIT readoutChanged();
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
    m_raster.setSource(source, m_settings);
    m_rangeStale = true;
    m_sinceRange.invalidate();
    update();
    Q_EMIT readoutChanged();
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

void HeatmapCanvas::setEmptyText(const QString& text) {
    m_emptyText = text;
    update();
}

void HeatmapCanvas::dataChanged(qint64 first, qint64 end) {
    m_raster.invalidate(first, end);
    m_rangeStale = true;
    update();
}

HeatmapLayout HeatmapCanvas::layoutNow() const { return HeatmapLayout::of(rect(), fontMetrics()); }

HeatmapScene HeatmapCanvas::scene() {
    const HeatmapLayout layout = layoutNow();
    const TimeScale timeScale = m_axis.scale();
    const qint64 rows = m_raster.source().rows();
    HeatmapScene scene;
    scene.firstColumn = m_axis.firstToken() / timeScale.tokensPerColumn;
    scene.timeScale = timeScale;
    scene.tokenCount = m_axis.tokenCount();
    scene.rows = rows;
    scene.rowsAreChannels = m_raster.source().layer().has_value();
    scene.colourMap = m_settings.colourMap;
    scene.colours = plotColours(palette());
    scene.text = palette().color(QPalette::Text);
    scene.accent = palette().color(QPalette::Highlight);
    scene.hasFocus = hasFocus();
    if (scene.tokenCount == 0) scene.emptyText = m_emptyText;
    if (m_raster.source()) {
        const int displayRows = static_cast<int>(std::min<qint64>(rows, std::max(1, layout.plot.height())));
        const bool more = m_raster.update({scene.firstColumn, columnsIn(layout.plot.width(), timeScale),
                                           timeScale.tokensPerColumn, displayRows}, scene.tokenCount);
        const bool rangeDue = !m_sinceRange.isValid() || m_sinceRange.elapsed() >= kRangeMilliseconds;
        if (m_rangeStale && rangeDue) {
            m_scale = m_raster.range(m_settings);
            m_rangeStale = more;
            m_sinceRange.start();
        }
        if ((more || m_rangeStale) && !m_again.isActive())
            m_again.start(more ? kBuildPause : static_cast<int>(kRangeMilliseconds));
        scene.image = m_raster.image(m_settings, m_scale);
        QStringList notes;
        const QString how = m_settings.aggregate == Aggregate::Mean ? tr("mean") : tr("maximum");
        if (timeScale.tokensPerColumn > 1) notes << tr("%1 tokens per pixel").arg(timeScale.tokensPerColumn);
        if (displayRows < rows) notes << tr("%1 channels in %2 pixels").arg(rows).arg(displayRows);
        if (!notes.isEmpty()) notes << how;
        scene.note = notes.join(QStringLiteral(", "));
        scene.unit = m_settings.normaliseRows ? tr("σ of row") : m_unit;
    }
    scene.scale = m_scale;
    scene.cursorToken = m_selection.token();
    scene.hoverToken = m_selection.hoverToken();
    scene.cursorRow = cursorRow();
    scene.selected = m_selection.range();
    scene.tokenText = [this](qint64 token) {
        return token < m_tokens.size() ? m_tokens.visibleText(m_tokens.row(token).id) : QString();
    };
    return scene;
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

qint64 HeatmapCanvas::tokenAt(const QPoint& position) const {
    const QRect plot = layoutNow().plot;
    if (position.x() < plot.left() || position.x() > plot.right()) return -1;
    const TimeScale s = m_axis.scale();
    const qint64 token =
        m_axis.firstToken() + qint64((position.x() - plot.left()) / s.columnPixels) * s.tokensPerColumn;
    return token < m_axis.tokenCount() ? token : -1;
}

qint64 HeatmapCanvas::rowAt(const QPoint& position) const {
    const QRect plot = layoutNow().plot;
    const qint64 rows = m_raster.source().rows();
    if (rows == 0 || position.y() < plot.top() || position.y() > plot.bottom()) return -1;
    if (m_raster.window().displayRows == rows || m_raster.window().displayRows == 0)
        return (position.y() - plot.top()) * rows / plot.height();
    return m_raster.firstRowOf((position.y() - plot.top()) * m_raster.window().displayRows / plot.height());
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
            Q_EMIT readoutChanged();
    }
}

QString HeatmapCanvas::rowText(qint64 row) const {
    if (m_rowKind == RowKind::Layer) return tr("layer %1").arg(row);
    const qint64 layer = m_raster.source().layer()->value, channel = m_raster.source().channelOf(row);
    return m_rowKind == RowKind::Channel ? tr("layer %1, channel %2").arg(layer).arg(channel)
                                         : tr("layer %1, state %2").arg(layer).arg(channel);
}

QString HeatmapCanvas::readout() const {
    const bool hovers = m_hover.x() >= 0;
    const qint64 token = hovers ? tokenAt(m_hover) : m_selection.token();
    const qint64 row = hovers ? rowAt(m_hover) : cursorRow();
    const SeriesSource& source = m_raster.source();
    if (!source || token < 0 || row < 0 || row >= source.rows() || token >= m_tokens.size()) return {};
    const int perColumn = m_axis.scale().tokensPerColumn;
    const float value = source.at(token, row);
    const QString shown =
        isMissing(value) ? tr("not captured") : QStringLiteral("%1 %2").arg(exactText(value), m_unit).trimmed();
    QString text = tr("%1 = %2   %3, token %4 “%5”").arg(m_symbol, shown, rowText(row), groupedText(token),
                                                        m_tokens.visibleText(m_tokens.row(token).id));
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
    m_press = event->position().toPoint();
    m_pressFirst = m_axis.firstToken();
    m_dragged = false;
    m_selectsRange = event->modifiers().testFlag(Qt::ShiftModifier);
}

void HeatmapCanvas::mouseMoveEvent(QMouseEvent* event) {
    m_hover = event->position().toPoint();
    if (m_press && (m_dragged || (m_hover - *m_press).manhattanLength() > 5)) {
        m_dragged = true;
        if (m_selectsRange) {
            const qint64 from = tokenAt(*m_press), to = tokenAt(m_hover);
            if (from >= 0 && to >= 0) m_selection.setRange({std::min(from, to), std::max(from, to) + 1});
            return;
        }
        setCursor(Qt::ClosedHandCursor);
        const TimeScale s = m_axis.scale();
        m_axis.scrollTo(m_pressFirst - qint64(m_hover.x() - m_press->x()) / s.columnPixels * s.tokensPerColumn);
    }
    m_selection.setHoverToken(rowAt(m_hover) >= 0 ? tokenAt(m_hover) : -1);
    Q_EMIT readoutChanged();
}

void HeatmapCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    if (m_press && !m_dragged) {
        if (m_selectsRange) m_selection.setRange({});
        select(event->position().toPoint());
    }
    m_press.reset();
    unsetCursor();
}

void HeatmapCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    const qint64 row = rowAt(event->position().toPoint());
    select(event->position().toPoint());
    if (row >= 0) Q_EMIT rowActivated(row);
}

void HeatmapCanvas::leaveEvent(QEvent*) {
    m_hover = {-1, -1};
    m_selection.setHoverToken(-1);
    Q_EMIT readoutChanged();
}

void HeatmapCanvas::wheelEvent(QWheelEvent* event) {
    const QPoint delta = event->angleDelta();
    const TimeScale s = m_axis.scale();
    if (std::abs(delta.x()) > std::abs(delta.y()) || event->modifiers().testFlag(Qt::ShiftModifier)) {
        const int along = delta.x() != 0 ? delta.x() : delta.y();
        m_axis.pan(-qint64(along) / 2 / s.columnPixels * s.tokensPerColumn);
        return event->accept();
    }
    m_wheel += delta.y();
    const int steps = m_wheel / kWheelStep;
    m_wheel -= steps * kWheelStep;
    if (steps != 0) m_axis.zoom(steps, tokenAt(event->position().toPoint()));
    event->accept();
}

void HeatmapCanvas::moveCursor(qint64 tokens, qint64 rows) {
    const qint64 last = m_axis.tokenCount() - 1;
    if (last < 0) return;
    if (tokens != 0) {
        const qint64 from = m_selection.token() < 0 ? last : m_selection.token();
        m_selection.setToken(std::clamp<qint64>(from + tokens, 0, last));
        m_axis.ensureVisible(m_selection.token());
    }
    if (rows != 0 && m_raster.source())
        setCursorRow(std::clamp<qint64>(std::max<qint64>(cursorRow(), 0) + rows, 0, m_raster.source().rows() - 1));
}

void HeatmapCanvas::keyPressEvent(QKeyEvent* event) {
    const bool far = event->modifiers().testFlag(Qt::ShiftModifier);
    const qint64 stride = (far ? 10 : 1) * m_axis.scale().tokensPerColumn;
    switch (event->key()) {
        case Qt::Key_Left: return moveCursor(-stride, 0);
        case Qt::Key_Right: return moveCursor(stride, 0);
        case Qt::Key_Up: return moveCursor(0, far ? -10 : -1);
        case Qt::Key_Down: return moveCursor(0, far ? 10 : 1);
        case Qt::Key_PageUp: return m_axis.pan(-m_axis.visibleTokens());
        case Qt::Key_PageDown: return m_axis.pan(m_axis.visibleTokens());
        case Qt::Key_Home: return m_axis.scrollTo(0);
        case Qt::Key_End: return m_axis.setFollow(true);
        case Qt::Key_Plus: case Qt::Key_Equal: return m_axis.zoom(1, m_selection.token());
        case Qt::Key_Minus: return m_axis.zoom(-1, m_selection.token());
        case Qt::Key_0: return m_axis.fitAll();
        case Qt::Key_Return: case Qt::Key_Enter:
            if (cursorRow() >= 0) Q_EMIT rowActivated(cursorRow());
            return;
        case Qt::Key_Escape: Q_EMIT escapePressed(); return;
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace ms
