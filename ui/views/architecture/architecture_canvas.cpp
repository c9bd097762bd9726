#include "ui/views/architecture/architecture_canvas.h"

#include <QFontInfo>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>

#include "ui/views/architecture/architecture_painter.h"

namespace ms {

namespace {
constexpr double kMargin = 12;          // of the paper around the diagram, in its units
constexpr double kSmallestLetters = 0.8; // of the program's font: below that the view scrolls
constexpr double kLargest = 1.6, kReach = 7;

QSizeF paperOf(const Diagram& diagram) { return diagram.size + QSizeF(2 * kMargin, 2 * kMargin); }
}  // namespace

ArchitectureCanvas::ArchitectureCanvas(QWidget* parent) : QAbstractScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
}

void ArchitectureCanvas::setModel(const ModelSummaryPtr& model, qint64 openedLayer) {
    if (model == m_model && openedLayer == m_opened) return;
    m_model = model;
    m_opened = openedLayer;
    // A cursor in the list goes with the layer that opened.
    if (m_current >= 0 && m_diagram.items[static_cast<std::size_t>(m_current)].layer >= 0 &&
        m_diagram.items[static_cast<std::size_t>(m_current)].kind != ItemKind::Probe)
        m_current = -1;
    rebuild();
}

void ArchitectureCanvas::rebuild() {
    const auto idOf = [&](int item) { return item < 0 ? QString() : m_diagram.items[static_cast<std::size_t>(item)].id; };
    const QString current = idOf(m_current);
    m_hovered = m_hoveredEdge = -1;
    m_diagram = {};
    if (m_model) {
        // The flatter layout where it can be drawn larger.
        const auto room = [&](const Diagram& d) {
            const QSizeF paper = paperOf(d);
            return std::min(viewport()->width() / paper.width(), viewport()->height() / paper.height());
        };
        Diagram tall = buildDiagram(*m_model, m_opened, false), wide = buildDiagram(*m_model, m_opened, true);
        m_wide = room(wide) > room(tall);
        m_diagram = m_wide ? std::move(wide) : std::move(tall);
    }
    m_current = m_diagram.find(current);
    if (m_current < 0) m_current = m_diagram.find(QStringLiteral("layer_%1").arg(m_opened));
    fit();
    announce();
}

void ArchitectureCanvas::fit() {
    const QSizeF paper = paperOf(m_diagram);
    const double least = kSmallestLetters * QFontInfo(font()).pixelSize() / ArchitecturePainter::kTitlePixels;
    const double across = viewport()->width() / paper.width();
    double whole = std::min(across, viewport()->height() / paper.height());
    if (whole < least) whole = std::clamp(across, least, std::max(1.0, least));
    m_scale = std::min(whole, kLargest) * m_zoom;
    const auto set = [](QScrollBar* bar, double content, int shown) {
        bar->setRange(0, std::max(0, static_cast<int>(content) - shown));
        bar->setPageStep(shown);
        bar->setSingleStep(20);
    };
    set(horizontalScrollBar(), m_diagram.items.empty() ? 0 : paper.width() * m_scale, viewport()->width());
    set(verticalScrollBar(), m_diagram.items.empty() ? 0 : paper.height() * m_scale, viewport()->height());
    viewport()->update();
}

void ArchitectureCanvas::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    rebuild();
}

void ArchitectureCanvas::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) fit();
    if (event->type() == QEvent::PaletteChange) viewport()->update();
    QAbstractScrollArea::changeEvent(event);
}

void ArchitectureCanvas::setEmptyText(const QString& text) {
    m_emptyText = text;
    viewport()->update();
}

void ArchitectureCanvas::setTensor(const QString& name) {
    m_tensor = name;
    viewport()->update();
}

/// Where the diagram's 0, 0 is in the viewport.
QPointF ArchitectureCanvas::origin() const {
    const QSizeF drawn = m_diagram.size * m_scale;
    const auto axis = [](double content, int shown, const QScrollBar* bar, double margin) {
        return bar->maximum() > 0 ? margin - bar->value() : (shown - content) / 2;
    };
    return {axis(drawn.width(), viewport()->width(), horizontalScrollBar(), kMargin * m_scale),
            axis(drawn.height(), viewport()->height(), verticalScrollBar(), kMargin * m_scale)};
}

QPointF ArchitectureCanvas::toDiagram(const QPoint& position) const { return (QPointF(position) - origin()) / m_scale; }

QPoint ArchitectureCanvas::pointOf(int item) const {
    const DiagramItem& i = m_diagram.items[static_cast<std::size_t>(item)];
    // The scan's middle belongs to what is inside it.
    const QPointF at = i.kind == ItemKind::Scan ? i.rect.topLeft() + QPointF(20, 14) : i.rect.center();
    return (origin() + at * m_scale).toPoint();
}

int ArchitectureCanvas::target(const QPoint& position) const {
    const QPointF at = toDiagram(position);
    const int item = m_diagram.itemAt(at);
    // Lines end inside no box but the scan's rim.
    if (item >= 0) return item;
    const int edge = m_diagram.edgeAt(at, kReach);
    return edge < 0 ? -1 : m_diagram.edges[static_cast<std::size_t>(edge)].probe;
}

int ArchitectureCanvas::shownItem() const { return m_hovered >= 0 ? m_hovered : m_current; }

QString ArchitectureCanvas::edgeText(int index) const {
    const DiagramEdge& edge = m_diagram.edges[static_cast<std::size_t>(index)];
    const auto title = [&](int item) { return m_diagram.items[static_cast<std::size_t>(item)].title; };
    if (edge.probe >= 0) return m_diagram.items[static_cast<std::size_t>(edge.probe)].summary();
    const QString ways = edge.to >= 0 ? QStringLiteral("%1 → %2").arg(title(edge.from), title(edge.to)) : title(edge.from);
    return edge.name.isEmpty() ? ways : QStringLiteral("%1   %2   %3").arg(edge.name, tr("%1 values a token").arg(edge.width), ways);
}

QString ArchitectureCanvas::summary() const {
    if (m_hovered < 0 && m_hoveredEdge >= 0) return edgeText(m_hoveredEdge);
    const int item = shownItem();
    return item < 0 ? QString() : m_diagram.items[static_cast<std::size_t>(item)].summary();
}

QString ArchitectureCanvas::description() const {
    if (m_hovered < 0 && m_hoveredEdge >= 0) {
        const int probe = m_diagram.edges[static_cast<std::size_t>(m_hoveredEdge)].probe;
        return probe < 0 ? edgeText(m_hoveredEdge) : m_diagram.items[static_cast<std::size_t>(probe)].description();
    }
    const int item = shownItem();
    return item < 0 ? QString() : m_diagram.items[static_cast<std::size_t>(item)].description();
}

void ArchitectureCanvas::announce() {
    setAccessibleDescription(description());
    viewport()->update();
    Q_EMIT shownChanged();
}

void ArchitectureCanvas::setCurrentItem(int item) {
    if (item < 0 || item >= static_cast<int>(m_diagram.items.size())) return;
    m_current = item;
    m_hovered = m_hoveredEdge = -1;  // the keyboard was used last
    const QRectF& r = m_diagram.items[static_cast<std::size_t>(item)].rect;
    const QRect box = QRectF(origin() + r.topLeft() * m_scale, r.size() * m_scale).toRect().adjusted(-12, -12, 12, 12);
    const auto reveal = [](QScrollBar* bar, int low, int high, int shown) {
        if (low < 0) bar->setValue(bar->value() + low);
        else if (high > shown) bar->setValue(bar->value() + high - shown);
    };
    reveal(horizontalScrollBar(), box.left(), box.right(), viewport()->width());
    reveal(verticalScrollBar(), box.top(), box.bottom(), viewport()->height());
    announce();
}

void ArchitectureCanvas::setFigureStyle(const FigureStyle& style) {
    m_figure = style;
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->update();
}

void ArchitectureCanvas::paintOn(QPainter& painter, const QSize& size) {
    const QSizeF paper = paperOf(m_diagram);
    const double scale = std::min(size.width() / paper.width(), size.height() / paper.height());
    painter.save();
    painter.scale(scale, scale);
    painter.translate((size.width() / scale - m_diagram.size.width()) / 2, (size.height() / scale - m_diagram.size.height()) / 2);
    const ArchitectureScene scene{m_diagram, palette(), font(), -1, -1, -1, m_tensor, false};
    ArchitecturePainter(scene).paint(painter);
    painter.restore();
}

void ArchitectureCanvas::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), palette().color(QPalette::Window));
    if (m_diagram.items.empty()) {
        painter.setPen(plotColours(palette()).axis);
        painter.drawText(viewport()->rect().adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
        return;
    }
    const bool scrolled = horizontalScrollBar()->maximum() > 0 || verticalScrollBar()->maximum() > 0;
    if (m_figure && scrolled) return paintOn(painter, viewport()->size());  // a figure shows all of it
    painter.translate(origin());
    painter.scale(m_scale, m_scale);
    const bool marks = !m_figure || m_figure->marks;
    const ArchitectureScene scene{m_diagram, palette(), font(), marks ? m_current : -1, m_hovered, m_hoveredEdge, m_tensor, hasFocus()};
    ArchitecturePainter(scene).paint(painter);
}

void ArchitectureCanvas::hover(const QPoint& position) {
    const QPointF at = toDiagram(position);
    const int item = m_diagram.itemAt(at), edge = item >= 0 ? -1 : m_diagram.edgeAt(at, kReach);
    if (item == m_hovered && edge == m_hoveredEdge) return;
    m_hovered = item;
    m_hoveredEdge = edge;
    if (target(position) >= 0) viewport()->setCursor(Qt::PointingHandCursor);
    else viewport()->unsetCursor();
    announce();
}

bool ArchitectureCanvas::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const bool over = m_hovered >= 0 || m_hoveredEdge >= 0;
        QToolTip::showText(help->globalPos(), over ? QStringLiteral("<p>%1</p>").arg(description().toHtmlEscaped()) : QString(), viewport());
        return true;
    }
    if (event->type() == QEvent::Leave && (m_hovered >= 0 || m_hoveredEdge >= 0)) {
        m_hovered = m_hoveredEdge = -1;
        announce();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void ArchitectureCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    m_press = event->position().toPoint();
    m_pressScroll = {horizontalScrollBar()->value(), verticalScrollBar()->value()};
    m_dragged = false;
}

void ArchitectureCanvas::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    if (!m_press) return hover(at);
    if (!m_dragged && (at - *m_press).manhattanLength() <= 5) return;
    m_dragged = true;
    viewport()->setCursor(Qt::ClosedHandCursor);
    horizontalScrollBar()->setValue(m_pressScroll.x() - (at.x() - m_press->x()));
    verticalScrollBar()->setValue(m_pressScroll.y() - (at.y() - m_press->y()));
}

void ArchitectureCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_press) return;
    m_press.reset();
    if (m_dragged) return viewport()->unsetCursor();
    const int item = target(event->position().toPoint());
    if (item < 0) return;
    m_current = item;
    announce();
    Q_EMIT itemChosen(item);
}

void ArchitectureCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    const int item = target(event->position().toPoint());
    if (item >= 0) Q_EMIT itemActivated(item);
}

void ArchitectureCanvas::wheelEvent(QWheelEvent* event) {
    if (!event->modifiers().testFlag(Qt::ControlModifier)) return QAbstractScrollArea::wheelEvent(event);
    zoom(event->angleDelta().y() > 0 ? 1.15 : 1 / 1.15);
    event->accept();
}

void ArchitectureCanvas::zoom(double factor) {
    m_zoom = std::clamp(m_zoom * factor, 0.5, 4.0);
    const double before = m_scale;
    const QPointF middle(viewport()->width() / 2.0, viewport()->height() / 2.0);
    const QPointF kept = (middle - origin()) / before;
    fit();
    const QPointF now = origin() + kept * m_scale - middle;
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + static_cast<int>(now.x()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(now.y()));
}

void ArchitectureCanvas::move(int x, int y) {
    const int next = m_diagram.next(m_current, x, y);
    if (next >= 0) setCurrentItem(next);
}

void ArchitectureCanvas::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left: return move(-1, 0);
        case Qt::Key_Right: return move(1, 0);
        case Qt::Key_Up: return move(0, -1);
        case Qt::Key_Down: return move(0, 1);
        case Qt::Key_Return: case Qt::Key_Enter:
            if (m_current >= 0) Q_EMIT itemActivated(m_current);
            return;
        case Qt::Key_Plus: case Qt::Key_Equal: return zoom(1.15);
        case Qt::Key_Minus: return zoom(1 / 1.15);
        case Qt::Key_0: return zoom(1 / m_zoom);
        case Qt::Key_Space: Q_EMIT runPauseRequested(); return;
        default: event->ignore();  // scroll keys would fight with the arrows
    }
}

void ArchitectureCanvas::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void ArchitectureCanvas::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

}  // namespace ms
