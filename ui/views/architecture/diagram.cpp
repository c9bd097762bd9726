#include "ui/views/architecture/diagram.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/style/number_text.h"
#include "ui/views/architecture/diagram_builder.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::ArchitectureView", text); }

constexpr double kRowHeight = 20, kRowPitch = 26;

struct Row {
    qint64 first, end;   // layers; one: the layer itself, more: not listed
};

/// All layers when there is room; else the first, the last and the opened one's neighbours, with gaps between them.
std::vector<Row> listedLayers(qint64 count, qint64 opened, int room) {
    std::vector<Row> rows;
    if (count <= room) {
        for (qint64 k = 0; k < count; ++k) rows.push_back({k, k + 1});
        return rows;
    }
    const qint64 span = std::max(1, room - 4);
    const qint64 first = std::clamp<qint64>(opened - span / 2, 0, count - span), end = first + span;
    const auto add = [&](qint64 from, qint64 to) {
        if (from < to) rows.push_back({from, to});
    };
    if (first > 0) add(0, 1);
    add(1, first);
    for (qint64 k = first; k < end; ++k) add(k, k + 1);
    add(end, count - 1);
    if (end < count) add(count - 1, count);
    return rows;
}

/// Embedding, layers, final norm and head, below each other. Returns the height.
double buildList(DiagramBuilder& b, qint64 opened, double height) {
    using namespace paper;
    const double x = kListWidth / 2;
    const int embedding = b.box("embedding", partOf(b.model, ModelPart::Embedding), QRectF(0, 0, kListWidth, kBoxHeight));
    double y = kBoxHeight + 28;
    const double below = 28 + kBoxHeight + 44 + kBoxHeight + 14 + kPill;
    const int room = std::max(7, static_cast<int>((height - y - below) / kRowPitch));
    int above = embedding;
    bool named = false;
    for (const Row& row : listedLayers(b.dims.n_layer, opened, room)) {
        DiagramItem item;
        const bool gap = row.end - row.first > 1;
        item.kind = gap ? ItemKind::Gap : ItemKind::Layer;
        item.layer = gap ? (row.first + row.end) / 2 : row.first;
        item.id = QStringLiteral("%1_%2").arg(gap ? QStringLiteral("gap") : QStringLiteral("layer")).arg(row.first);
        item.rect = QRectF(0, y, kListWidth, kRowHeight);
        item.opened = row.first == opened && !gap;
        if (gap) {
            item.title = tr("⋮ %1 layers").arg(row.end - row.first);
            item.definition = tr("Layers %1 to %2. Click to open the middle one.").arg(row.first).arg(row.end - 1);
        } else {
            const Part part = layerPart(b.model, row.first);
            item.title = part.title;
            item.detail = part.detail;
            item.definition = part.definition;
            item.parameters = part.parameters;
        }
        b.diagram.items.push_back(item);
        const int at = static_cast<int>(b.diagram.items.size()) - 1;
        if (!named) b.named(above, at, {b.bottom(above), b.top(at)}, "r", b.dims.d_model, b.bottom(above) + QPointF(6, 13));
        else b.arrow(above, at, {b.bottom(above), b.top(at)});
        named = true;
        above = at;
        if (item.opened)
            b.diagram.opening = QPolygonF({item.rect.topRight(), b.diagram.panel.topLeft(), b.diagram.panel.bottomLeft(), item.rect.bottomRight()});
        y += kRowPitch;
    }
    y += 28 - (kRowPitch - kRowHeight);
    const int norm = b.box("norm_f", partOf(b.model, ModelPart::FinalNorm), QRectF(0, y, kListWidth, kBoxHeight));
    b.named(above, norm, {b.bottom(above), b.top(norm)}, "r", b.dims.d_model, b.bottom(above) + QPointF(6, 13));
    y += kBoxHeight + 44;
    const int head = b.box("head", partOf(b.model, ModelPart::Head), QRectF(0, y, kListWidth, kBoxHeight));
    const int normed = b.probe("final_norm", ProbePoint::FinalNorm, {x, y - 22}, 70, "logit_lens", QString::number(b.dims.d_model));
    b.watched(norm, head, normed, {b.bottom(norm), b.top(head)});
    y += kBoxHeight + 14;
    const int logits = b.probe("logits", ProbePoint::Logits, {x, y + kPill / 2}, 90, "logit_lens", QString::number(b.dims.vocab));
    b.watched(head, logits, logits, {b.bottom(head), b.top(logits)});
    return y + kPill;
}

double distanceTo(const QPolygonF& line, const QPointF& p) {
    double least = std::numeric_limits<double>::infinity();
    for (qsizetype i = 0; i + 1 < line.size(); ++i) {
        const QPointF a = line[i], d = line[i + 1] - a;
        const double length = QPointF::dotProduct(d, d);
        const double t = length > 0 ? std::clamp(QPointF::dotProduct(p - a, d) / length, 0.0, 1.0) : 0;
        const QPointF gap = p - (a + t * d);
        least = std::min(least, std::hypot(gap.x(), gap.y()));
    }
    return least;
}

}  // namespace

QString DiagramItem::summary() const {
    QStringList parts{title};
    if (kind == ItemKind::Probe) {
        parts << tr("%1 values a token").arg(detail) << definition.section(QLatin1Char('.'), 0, 0);
    } else {
        if (!detail.isEmpty()) parts << detail;
        if (!tensors.isEmpty() || kind == ItemKind::Layer) parts << tr("%1 parameters").arg(groupedText(parameters));
    }
    return parts.join(QStringLiteral("   "));
}

QString DiagramItem::description() const {
    QStringList parts;
    if (kind == ItemKind::Probe) parts << QStringLiteral("%1: %2").arg(title, tr("%1 values a token").arg(detail));
    else if (!shapes.isEmpty()) parts << QStringLiteral("%1: %2").arg(title, shapes);
    else parts << (detail.isEmpty() || kind == ItemKind::Gap ? title : QStringLiteral("%1: %2").arg(title, detail));
    if (parameters > 0 || !tensors.isEmpty()) parts.last() += QStringLiteral(" · ") + tr("%1 parameters").arg(groupedText(parameters));
    parts << definition;
    return parts.join(QStringLiteral(". "));
}

int Diagram::find(const QString& id) const {
    for (std::size_t i = 0; i < items.size(); ++i)
        if (items[i].id == id) return static_cast<int>(i);
    return -1;
}

int Diagram::itemAt(const QPointF& point) const {
    int best = -1;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const QRectF& r = items[i].rect;
        if (!r.contains(point)) continue;
        if (best < 0 || r.width() * r.height() < items[static_cast<std::size_t>(best)].rect.width() * items[static_cast<std::size_t>(best)].rect.height())
            best = static_cast<int>(i);
    }
    return best;
}

int Diagram::edgeAt(const QPointF& point, double reach) const {
    int best = -1;
    double least = reach;
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const DiagramEdge& edge = edges[i];
        double distance = distanceTo(edge.line, point);
        if (!edge.labelAt.isNull() && QRectF(edge.labelAt + QPointF(0, -9), QSizeF(62, 18)).contains(point)) distance = 0;
        if (distance >= least) continue;
        least = distance;
        best = static_cast<int>(i);
    }
    return best;
}

int Diagram::next(int from, int x, int y) const {
    if (from < 0 || from >= static_cast<int>(items.size())) return items.empty() ? -1 : 0;
    const QRectF& here = items[static_cast<std::size_t>(from)].rect;
    int best = -1;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const QRectF& there = items[i].rect;
        if (static_cast<int>(i) == from) continue;
        const QPointF d = there.center() - here.center();
        const double along = x != 0 ? d.x() * x : d.y() * y;
        if (along < 4) continue;
        // Sideways, what overlaps costs nothing and the rest much: the way goes straight first.
        const double gap = x != 0 ? std::max({0.0, there.top() - here.bottom(), here.top() - there.bottom()})
                                  : std::max({0.0, there.left() - here.right(), here.left() - there.right()});
        const double across = x != 0 ? std::abs(d.y()) : std::abs(d.x());
        const double cost = along + 3 * gap + 0.3 * across;
        if (cost >= least) continue;
        least = cost;
        best = static_cast<int>(i);
    }
    return best;
}

Diagram buildDiagram(const ModelSummary& model, qint64 openedLayer, bool wide) {
    using namespace paper;
    if (model.dims.n_layer <= 0) return {};
    const qint64 opened = std::clamp<qint64>(openedLayer, 0, model.dims.n_layer - 1);
    DiagramBuilder b(model, opened);
    const LayerDims layer = model.dims.layer(LayerIndex(opened));
    const bool plain = layer.kind == LayerKind::Mamba1 && layer.feedForward == FeedForward::None;
    const QPointF corner(kListWidth + kListGap, 0);
    const QSizeF block = plain ? buildBlock(b, corner, wide) : buildModules(b, corner);
    const double list = buildList(b, opened, block.height());
    b.diagram.size = QSizeF(kListWidth + kListGap + block.width(), std::max(block.height(), list));
    return b.diagram;
}

}  // namespace ms
