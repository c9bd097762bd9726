// The interactive plot of a matrix that does not grow with time: a state, a weight, a tile of hidden attention.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ui/plot/heatmap_settings.h"
#include "ui/plot/matrix.h"
#include "ui/plot/matrix_painter.h"
#include "ui/plot/readout_plot.h"

namespace ms {

class MatrixPlot : public ReadoutPlot {
    Q_OBJECT
public:
    explicit MatrixPlot(QWidget* parent = nullptr);

    /// Null or empty: the empty text is shown. The visible part stays when the shape does.
    void setMatrix(std::shared_ptr<const Matrix> matrix);
    [[nodiscard]] const std::shared_ptr<const Matrix>& matrix() const { return m_matrix; }
    void setAxes(const MatrixAxes& axes);
    void setSettings(const HeatmapSettings& settings);
    [[nodiscard]] const HeatmapSettings& settings() const { return m_settings; }
    /// Dimmed while a newer matrix is being computed.
    void setNote(const QString& note);
    /// -1: none. A row alone or a column alone is marked across the plot.
    void setCursorCell(qint64 row, qint64 column);
    void showAll();

    [[nodiscard]] MatrixScene scene();
    /// Limits of the colours as drawn last.
    [[nodiscard]] const ValueScale& scale() const { return m_scale; }
    /// x: columns, y: rows of the matrix.
    [[nodiscard]] const QRectF& visibleCells() const { return m_visible; }
    void setVisibleCells(QRectF cells);
    /// The part that the next matrix of another shape begins with, instead of all of it.
    void beginWith(const QRectF& cells) { m_beginWith = cells; }
    /// "h = 0.123   channel 4, state 2" of the cell under the mouse, else under the cursor.
    [[nodiscard]] QString readout() const override;
    /// Cell at a point of the widget; -1, -1 outside.
    [[nodiscard]] std::pair<qint64, qint64> cellAt(const QPoint& position) const;
    /// Middle of a cell in the widget.
    [[nodiscard]] QPoint pointOf(qint64 row, qint64 column) const;

    [[nodiscard]] QSize sizeHint() const override { return {420, 300}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 120}; }

Q_SIGNALS:
    void cellClicked(qint64 row, qint64 column);
    void cellActivated(qint64 row, qint64 column);  ///< double click or Return
    void visibleChanged(const QRectF& cells);       ///< x: columns, y: rows

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    [[nodiscard]] QRect plotRect() const;
    void zoom(double factor, QPointF around, bool rows, bool columns);
    void moveCursor(qint64 rows, qint64 columns);
    void updateScale();
    void updateImage(QSize size);
    [[nodiscard]] QSize imageSize() const;

    std::shared_ptr<const Matrix> m_matrix;
    MatrixAxes m_axes;
    HeatmapSettings m_settings;
    ValueScale m_scale;
    std::shared_ptr<const Matrix> m_scaleOf;  ///< the matrix and the settings that m_scale was made for
    HeatmapSettings m_scaleSettings;
    QString m_note;
    QRectF m_visible, m_beginWith;
    QImage m_image;
    bool m_imageStale = true;
    qint64 m_cursorRow = -1, m_cursorColumn = -1;
    std::optional<QPoint> m_press;
    QRectF m_pressVisible;
    bool m_dragged = false;
};

}  // namespace ms
