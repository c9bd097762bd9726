// Draws the architecture through any QPainter, at any scale.
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

#include "ui/style/appearance.h"
#include "ui/views/architecture/diagram.h"

class QPainter;

namespace ms {

struct ArchitectureScene {
    const Diagram& diagram;
    QPalette palette;
    QFont font;
    int current = -1;          ///< item with the keyboard's cursor
    int hovered = -1;          ///< item under the mouse
    int hoveredEdge = -1;
    QString tensor;            ///< the selected one: its box is marked
    bool hasFocus = false;
};

class ArchitecturePainter {
public:
    explicit ArchitecturePainter(const ArchitectureScene& scene);
    /// In the diagram's units: the caller has scaled and moved the painter.
    void paint(QPainter& painter) const;

    /// Height of the letters in the boxes' titles, in the diagram's units.
    static constexpr int kTitlePixels = 12;

private:
    void paintPanel(QPainter& painter) const;
    void paintEdge(QPainter& painter, const DiagramEdge& edge, bool lit) const;
    void paintItem(QPainter& painter, const DiagramItem& item, int index) const;
    void paintWords(QPainter& painter, const DiagramItem& item) const;
    [[nodiscard]] bool isLit(const DiagramEdge& edge, int index) const;

    const ArchitectureScene& m_scene;
    QFont m_title, m_detail;
    QColor m_text, m_faint, m_line, m_accent, m_box, m_function, m_panel, m_probe;
};

}  // namespace ms
