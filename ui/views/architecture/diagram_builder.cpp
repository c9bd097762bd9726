#include "ui/views/architecture/diagram_builder.h"

#include <algorithm>

#include "engine/probe/measure.h"
#include "ui/views/base/scope_view.h"

namespace ms {

int DiagramBuilder::box(const char* id, const Part& part, const QRectF& rect) {
    DiagramItem item;
    item.id = QLatin1String(id);
    item.kind = ItemKind::Weights;
    item.rect = rect;
    item.title = part.title;
    item.detail = part.detail;
    item.definition = part.definition;
    item.shapes = part.shapes;
    item.tensors = part.tensors;
    item.parameters = part.parameters;
    diagram.items.push_back(item);
    return static_cast<int>(diagram.items.size()) - 1;
}

int DiagramBuilder::box(const char* id, const Part& part, const QPointF& centre) {
    using namespace paper;
    return box(id, part, QRectF(centre.x() - kBoxWidth / 2, centre.y() - kBoxHeight / 2, kBoxWidth, kBoxHeight));
}

int DiagramBuilder::function(const char* id, const QString& title, const QString& definition, const QPointF& centre, double width) {
    DiagramItem item;
    item.id = QLatin1String(id);
    item.rect = QRectF(centre.x() - width / 2, centre.y() - 11, width, 22);
    item.title = title;
    item.definition = definition;
    diagram.items.push_back(item);
    return static_cast<int>(diagram.items.size()) - 1;
}

/// The measure under which a view of several shows a probe's own values.
static QString measureOf(ProbePoint point, const QString& view) {
    const bool ofChannels = view == QLatin1String("channel_map");
    if (!ofChannels && view != QLatin1String("overview")) return {};
    const std::span<const MeasureInfo> table = measureTable();
    const auto found = std::find_if(table.begin(), table.end(), [&](const MeasureInfo& measure) {
        return measure.point == point && !measure.difference && (measure.perChannel || !ofChannels);
    });
    return found == table.end() ? QString() : utf8(found->key);
}

int DiagramBuilder::probe(const char* id, ProbePoint point, const QPointF& centre, double width, const char* view, const QString& size) {
    const ProbeInfo& probe = info(point);
    DiagramItem item;
    item.id = QStringLiteral("probe_") + QLatin1String(id);
    item.kind = ItemKind::Probe;
    item.rect = QRectF(centre.x() - width / 2, centre.y() - paper::kPill / 2, width, paper::kPill);
    item.title = utf8(probe.symbol);
    item.detail = size;
    item.definition = QStringLiteral("%1. %2").arg(utf8(probe.title), utf8(probe.definition));
    item.view = QLatin1String(view);
    item.measure = measureOf(point, item.view);
    item.layer = probe.perLayer ? layer : -1;
    diagram.items.push_back(item);
    return static_cast<int>(diagram.items.size()) - 1;
}

DiagramEdge& DiagramBuilder::arrow(int from, int to, std::initializer_list<QPointF> points) {
    DiagramEdge& edge = diagram.edges.emplace_back();
    edge.line = QPolygonF(QList<QPointF>(points));
    edge.from = from;
    edge.to = to;
    return edge;
}

void DiagramBuilder::watched(int from, int to, int probe, std::initializer_list<QPointF> points) {
    arrow(from, to, points).probe = probe;
}

void DiagramBuilder::named(int from, int to, std::initializer_list<QPointF> points, const char* name, std::int64_t width,
                           const QPointF& at) {
    DiagramEdge& edge = arrow(from, to, points);
    edge.name = QLatin1String(name);
    edge.width = QString::number(width);
    edge.labelAt = at;
}

}  // namespace ms
