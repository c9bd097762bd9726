#include "ui/views/architecture/architecture_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <cmath>
#include <utility>

#include "ui/models/layer_tree_model.h"

namespace ms {

namespace {

QColor blend(const QColor& a, const QColor& b, double share) {
    const auto mix = [share](int x, int y) { return static_cast<int>(x + share * (y - x)); };
    return QColor(mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()));
}

}  // namespace

ArchitecturePainter::ArchitecturePainter(const ArchitectureScene& scene) : m_scene(scene), m_title(scene.font), m_detail(scene.font) {
    m_title.setPixelSize(kTitlePixels);
    m_title.setWeight(QFont::DemiBold);
    m_detail.setPixelSize(kTitlePixels - 1);
    const QPalette& p = scene.palette;
    m_text = p.color(QPalette::Text);
    m_accent = p.color(QPalette::Highlight);
    m_panel = blend(p.color(QPalette::Window), p.color(QPalette::Base), 0.6);
    m_faint = plotColours(p).axis;
    m_line = blend(p.color(QPalette::Window), m_text, 0.55);
    m_box = blend(p.color(QPalette::Base), m_accent, 0.10);
    m_function = p.color(QPalette::Window);
    m_probe = blend(p.color(QPalette::Base), QColor(0xffe69f00u), isDark(p) ? 0.35 : 0.30);
}

bool ArchitecturePainter::isLit(const DiagramEdge& edge, int index) const {
    if (index == m_scene.hoveredEdge) return true;
    const int item = m_scene.hovered;
    return item >= 0 && (edge.from == item || edge.to == item || edge.probe == item);
}

void ArchitecturePainter::paint(QPainter& painter) const {
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    paintPanel(painter);
    const Diagram& d = m_scene.diagram;
    for (const bool lit : {false, true})  // what is lit lies above
        for (std::size_t i = 0; i < d.edges.size(); ++i)
            if (isLit(d.edges[i], static_cast<int>(i)) == lit) paintEdge(painter, d.edges[i], lit);
    for (std::size_t i = 0; i < d.items.size(); ++i)  // the scan before what is inside it
        if (d.items[i].kind == ItemKind::Scan) paintItem(painter, d.items[i], static_cast<int>(i));
    for (std::size_t i = 0; i < d.items.size(); ++i)
        if (d.items[i].kind != ItemKind::Scan) paintItem(painter, d.items[i], static_cast<int>(i));
}

void ArchitecturePainter::paintPanel(QPainter& painter) const {
    const Diagram& d = m_scene.diagram;
    painter.setPen(Qt::NoPen);
    QColor wedge = m_accent;
    wedge.setAlpha(28);
    painter.setBrush(wedge);
    painter.drawPolygon(d.opening);
    painter.setPen(QPen(m_accent, 1));
    painter.setBrush(m_panel);
    painter.drawRoundedRect(d.panel, 6, 6);
    painter.setFont(m_title);
    painter.setPen(m_text);
    painter.drawText(d.panel.adjusted(12, 6, -12, 0), Qt::AlignLeft | Qt::AlignTop, d.panelTitle);
    // The legend, where both layouts have room.
    const std::pair<QColor, QString> legend[]{{m_box, QCoreApplication::translate("ms::ArchitectureView", "weights")},
                                              {m_function, QCoreApplication::translate("ms::ArchitectureView", "function")},
                                              {m_probe, QCoreApplication::translate("ms::ArchitectureView", "can be watched")}};
    painter.setFont(m_detail);
    QRectF swatch(d.panel.left() + 34, d.panel.top() + 48, 20, 11);
    for (const auto& [colour, text] : legend) {
        const double radius = colour == m_box ? 3 : swatch.height() / 2;
        painter.setPen(QPen(m_line, 1));
        painter.setBrush(colour);
        painter.drawRoundedRect(swatch, radius, radius);
        painter.setPen(m_faint);
        painter.drawText(QRectF(swatch.right() + 7, swatch.top() - 3, 120, 17), Qt::AlignLeft | Qt::AlignVCenter, text);
        swatch.translate(0, 19);
    }
}

void ArchitecturePainter::paintEdge(QPainter& painter, const DiagramEdge& edge, bool lit) const {
    const QColor colour = lit ? m_accent : m_line;
    painter.setPen(QPen(colour, lit ? 2 : 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(edge.line);
    const QPointF tip = edge.line.last(), before = edge.line[edge.line.size() - 2];
    const double length = std::hypot(tip.x() - before.x(), tip.y() - before.y());
    if (length > 0) {
        const QPointF along = (tip - before) / length, across(-along.y(), along.x());
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawPolygon(QPolygonF({tip, tip - 6 * along + 3.5 * across, tip - 6 * along - 3.5 * across}));
    }
    if (edge.labelAt.isNull()) return;
    painter.setFont(m_detail);
    const QFontMetricsF metrics(m_detail);
    const QRectF box(edge.labelAt + QPointF(0, -9), QSizeF(120, 18));
    painter.setPen(lit ? m_accent : m_text);
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, edge.name);
    painter.setPen(lit ? m_accent : m_faint);
    painter.drawText(box.adjusted(metrics.horizontalAdvance(edge.name) + 5, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, edge.width);
}

void ArchitecturePainter::paintItem(QPainter& painter, const DiagramItem& item, int index) const {
    const bool selected = !m_scene.tensor.isEmpty() && item.tensors.contains(m_scene.tensor);
    QColor fill = m_function, frame = m_line;
    double radius = 4;
    switch (item.kind) {
        case ItemKind::Weights: fill = m_box; break;
        case ItemKind::Scan: fill = blend(m_panel, m_accent, 0.05); break;
        case ItemKind::Probe: fill = m_probe; radius = item.rect.height() / 2; break;
        case ItemKind::Function: radius = item.rect.height() / 2; break;
        case ItemKind::Layer: fill = item.opened ? blend(m_box, m_accent, 0.25) : m_box; break;
        case ItemKind::Gap: fill = Qt::transparent; frame = Qt::transparent; break;
    }
    double width = 1;
    if (selected || item.opened) frame = m_accent, width = 1.6;
    if (index == m_scene.hovered) {
        frame = m_accent;
        width = 2;
        if (item.kind != ItemKind::Gap) fill = blend(fill, m_accent, 0.12);
    }
    painter.setPen(frame == QColor(Qt::transparent) ? QPen(Qt::NoPen) : QPen(frame, width));
    painter.setBrush(fill);
    painter.drawRoundedRect(item.rect, radius, radius);
    if (index == m_scene.current && m_scene.hasFocus) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_accent, 1.4, Qt::DashLine));
        painter.drawRoundedRect(item.rect.adjusted(-3, -3, 3, 3), radius + 3, radius + 3);
    }
    paintWords(painter, item);
}

void ArchitecturePainter::paintWords(QPainter& painter, const DiagramItem& item) const {
    const QFontMetricsF title(m_title), detail(m_detail);
    const QRectF inside = item.rect.adjusted(5, 0, -5, 0);
    const auto line = [&](double top, double height, const QFont& font, const QColor& colour, const QString& text, int flags) {
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(QRectF(inside.left(), top, inside.width(), height), flags | Qt::AlignVCenter,
                         QFontMetricsF(font).elidedText(text, Qt::ElideRight, inside.width()));
    };
    const double y = item.rect.top();
    switch (item.kind) {
        case ItemKind::Probe: {
            // Symbol and width side by side, in the middle together.
            const double gap = 5, symbol = title.horizontalAdvance(item.title), size = detail.horizontalAdvance(item.detail);
            const double left = item.rect.center().x() - (symbol + gap + size) / 2;
            painter.setFont(m_title);
            painter.setPen(m_text);
            painter.drawText(QRectF(left, y, symbol + 1, item.rect.height()), Qt::AlignLeft | Qt::AlignVCenter, item.title);
            painter.setFont(m_detail);
            painter.drawText(QRectF(left + symbol + gap, y, size + 1, item.rect.height()), Qt::AlignLeft | Qt::AlignVCenter, item.detail);
            return;
        }
        case ItemKind::Scan:
            line(y + 5, 18, m_title, m_text, item.title, Qt::AlignLeft);
            painter.setFont(m_detail);
            painter.drawText(QRectF(inside.left(), y + 26, inside.width(), 40), Qt::AlignLeft | Qt::AlignVCenter, m_scene.diagram.scanFormula);
            return;
        case ItemKind::Weights: {
            const QString count = item.parameters > 0 ? formatCount(item.parameters) : QString();  // a tied head has none
            if (item.rect.height() < 44) {
                line(y + 3, 16, m_title, m_text, item.title, Qt::AlignHCenter);
                line(y + 19, 15, m_detail, m_faint, QStringLiteral("%1 · %2").arg(item.detail, count), Qt::AlignHCenter);
                return;
            }
            line(y + 3, 16, m_title, m_text, item.title, Qt::AlignHCenter);
            line(y + 19, 14, m_detail, m_text, item.detail, Qt::AlignHCenter);
            line(y + 33, 14, m_detail, m_faint, count, Qt::AlignHCenter);
            return;
        }
        case ItemKind::Gap: line(y, item.rect.height(), m_detail, m_faint, item.title, Qt::AlignHCenter); return;
        case ItemKind::Function:
        case ItemKind::Layer: line(y, item.rect.height(), item.opened ? m_title : m_detail, m_text, item.title, Qt::AlignHCenter); return;
    }
}

}  // namespace ms
