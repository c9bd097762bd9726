// Puts boxes and lines on the paper: the words in which the diagram is written.
#pragma once

#include <QPointF>
#include <initializer_list>

#include "engine/probe/probe_point.h"
#include "ui/views/architecture/diagram.h"
#include "ui/views/architecture/parts.h"

namespace ms {

namespace paper {
constexpr double kBoxWidth = 128, kBoxHeight = 50, kPill = 20, kListWidth = 124, kListGap = 30;
}

class DiagramBuilder {
public:
    DiagramBuilder(const ModelSummary& ofModel, qint64 opened) : model(ofModel), dims(ofModel.dims), layer(opened) {}

    int box(const char* id, const Part& part, const QRectF& rect);
    /// A box of the usual size.
    int box(const char* id, const Part& part, const QPointF& centre);
    int function(const char* id, const QString& title, const QString& definition, const QPointF& centre, double width);
    /// `view`: id of the view that shows it. `ofLayer` -1: of the whole model.
    int probe(const char* id, ProbePoint point, const QPointF& centre, double width, const char* view, const QString& size);

    /// An arrow along the points; nothing is written at it.
    DiagramEdge& arrow(int from, int to, std::initializer_list<QPointF> points);
    /// An arrow through a probe, which watches what flows.
    void watched(int from, int to, int probe, std::initializer_list<QPointF> points);
    /// An arrow with name and width of what flows, written to the right of `at`.
    void named(int from, int to, std::initializer_list<QPointF> points, const char* name, std::int64_t width, const QPointF& at);

    [[nodiscard]] const QRectF& rect(int item) const { return diagram.items[static_cast<std::size_t>(item)].rect; }
    [[nodiscard]] QPointF top(int item) const { return {rect(item).center().x(), rect(item).top()}; }
    [[nodiscard]] QPointF bottom(int item) const { return {rect(item).center().x(), rect(item).bottom()}; }
    [[nodiscard]] QPointF left(int item) const { return {rect(item).left(), rect(item).center().y()}; }
    [[nodiscard]] QPointF right(int item) const { return {rect(item).right(), rect(item).center().y()}; }

    const ModelSummary& model;
    const ModelDims& dims;
    const qint64 layer;
    Diagram diagram;
};

/// The opened layer: a panel whose left upper corner is `corner`. Returns its size.
QSizeF buildBlock(DiagramBuilder& b, const QPointF& corner, bool wide);
/// The same of a layer of another kind: its modules, without the ways between them.
QSizeF buildModules(DiagramBuilder& b, const QPointF& corner);

}  // namespace ms
