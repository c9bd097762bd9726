// The architecture as boxes and lines on paper of its own units: what is where, and what it says.
#pragma once

#include <QPolygonF>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <vector>

#include "ui/models/values.h"

namespace ms {

enum class ItemKind {
    Weights,    ///< a box with weights
    Function,   ///< a function without
    Scan,       ///< the selective scan, around its weights
    Probe,      ///< a place that can be watched
    Layer,      ///< a closed layer, or the opened one's place in the list
    Gap,        ///< layers that are not listed
};

struct DiagramItem {
    QString id;               ///< "in_proj", "probe_dt", "layer_3"
    ItemKind kind = ItemKind::Function;
    QRectF rect;
    QString title, detail;
    QString definition;
    QString shapes;           ///< of its tensors, in full
    QStringList tensors;
    std::int64_t parameters = 0;
    QString view;             ///< probes: where it is watched
    QString measure;          ///< probes: the measure of that view which shows it; empty: it has but one, or none of it
    qint64 layer = -1;        ///< that a click opens (Layer, Gap) or that the item belongs to
    bool opened = false;      ///< the layer that is drawn

    /// One line for the read-out.
    [[nodiscard]] QString summary() const;
    /// All there is to say.
    [[nodiscard]] QString description() const;
};

struct DiagramEdge {
    QPolygonF line;
    QString name;             ///< of the tensor that flows: "x"
    QString width;            ///< "128"
    QPointF labelAt;          ///< left end of the label's middle; null: none
    int from = -1, to = -1;   ///< items
    int probe = -1;           ///< the item that watches it
};

struct Diagram {
    QSizeF size;
    QRectF panel;             ///< around the opened layer
    QString panelTitle;
    QPolygonF opening;        ///< from the list's row to the panel
    QString scanFormula;
    std::vector<DiagramItem> items;
    std::vector<DiagramEdge> edges;

    [[nodiscard]] int find(const QString& id) const;
    /// The innermost item at a point, -1 outside.
    [[nodiscard]] int itemAt(const QPointF& point) const;
    /// The edge whose line or label is at a point.
    [[nodiscard]] int edgeAt(const QPointF& point, double reach) const;
    /// The item that lies next in a direction (x, y of -1, 0, 1); -1: none.
    [[nodiscard]] int next(int from, int x, int y) const;
};

/// `wide`: for landscape places; the same graph, laid out flatter.
[[nodiscard]] Diagram buildDiagram(const ModelSummary& model, qint64 openedLayer, bool wide);

}  // namespace ms
