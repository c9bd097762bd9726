// The interactive architecture: scales to its place, scrolls when that is too small, mouse and keyboard.
#pragma once

#include <QAbstractScrollArea>
#include <optional>

#include "ui/models/values.h"
#include "ui/plot/figure_plot.h"
#include "ui/views/architecture/diagram.h"

namespace ms {

class ArchitectureCanvas : public QAbstractScrollArea, public FigurePlot {
    Q_OBJECT
public:
    explicit ArchitectureCanvas(QWidget* parent = nullptr);

    /// Null: the empty text is shown. What had the keyboard's cursor keeps it where it still is.
    void setModel(const ModelSummaryPtr& model, qint64 openedLayer);
    void setEmptyText(const QString& text);
    void setTensor(const QString& name);
    [[nodiscard]] const Diagram& diagram() const { return m_diagram; }
    /// Item under the mouse, else the one with the keyboard's cursor; -1: none.
    [[nodiscard]] int shownItem() const;
    [[nodiscard]] int currentItem() const { return m_current; }
    void setCurrentItem(int item);
    /// Middle of an item in the viewport.
    [[nodiscard]] QPoint pointOf(int item) const;
    [[nodiscard]] double scale() const { return m_scale; }
    [[nodiscard]] QString edgeText(int edge) const;
    /// Read-out and full text of what is shown.
    [[nodiscard]] QString summary() const;
    [[nodiscard]] QString description() const;
    void setFigureStyle(const FigureStyle& style) override;
    /// Fits the diagram into `size` through any painter.
    void paintOn(QPainter& painter, const QSize& size);

    [[nodiscard]] QSize sizeHint() const override { return {760, 560}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 120}; }

Q_SIGNALS:
    void shownChanged();
    void itemChosen(int item);      ///< clicked, or moved to by keyboard when it has weights
    void itemActivated(int item);   ///< double click or Return
    void runPauseRequested();

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void rebuild();
    void fit();
    void zoom(double factor);
    void move(int x, int y);
    void hover(const QPoint& position);
    void announce();
    [[nodiscard]] QPointF origin() const;
    [[nodiscard]] QPointF toDiagram(const QPoint& position) const;
    /// The item that a click at a point means: the one there, or the probe on the line there.
    [[nodiscard]] int target(const QPoint& position) const;

    ModelSummaryPtr m_model;
    qint64 m_opened = 0;
    Diagram m_diagram;
    bool m_wide = false;
    std::optional<FigureStyle> m_figure;
    double m_scale = 1, m_zoom = 1;
    QString m_emptyText, m_tensor;
    int m_current = -1, m_hovered = -1, m_hoveredEdge = -1;
    std::optional<QPoint> m_press;
    QPoint m_pressScroll;
    bool m_dragged = false;
};

}  // namespace ms
