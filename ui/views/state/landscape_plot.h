// A matrix as a landscape that can be turned, zoomed and picked. The pictures come from a LandscapeDrawer; axes are drawn here.
#pragma once

#include <QImage>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <optional>

#include "ui/models/landscape_drawer.h"
#include "ui/plot/figure_plot.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/plot/matrix_plot.h"

namespace ms {

class LandscapePlot : public QWidget, public FigurePlot {
    Q_OBJECT
public:
    /// `drawer` null: an error is shown instead.
    explicit LandscapePlot(LandscapeDrawer* drawer, QWidget* parent = nullptr);

    /// `colours`: limits of the colour map, those of the heatmap beside it.
    void setMatrix(std::shared_ptr<const Matrix> matrix, const HeatmapSettings& settings, const ValueScale& colours);
    void setAxes(const MatrixAxes& axes);
    /// What else there is to say of a cell, after the read-out's own words; null: nothing.
    void setDetails(std::function<QString(qint64 row, qint64 column)> details) { m_details = std::move(details); }
    void setEmptyText(const QString& text);
    void setColourBarVisible(bool visible);
    /// -1: none. The row is traced on the ground.
    void setCursorCell(qint64 row, qint64 column);
    void resetOrbit();
    void setOrbit(const LandscapeOrbit& orbit);
    void setFigureStyle(const FigureStyle& style) override;
    bool settle() override;

    [[nodiscard]] const LandscapeOrbit& orbit() const { return m_orbit; }
    /// The picture in view, and what was asked for to get it.
    [[nodiscard]] const QImage& picture() const { return m_picture; }
    [[nodiscard]] const LandscapeRequest& shown() const { return m_shown; }
    [[nodiscard]] const QString& errorText() const { return m_error; }
    [[nodiscard]] bool isBusy() const { return m_inFlight || m_stale || m_settle.isActive(); }
    /// "h = 0.123   channel 4, state 2" of the cell under the mouse, else under the cursor.
    [[nodiscard]] QString readout() const;
    [[nodiscard]] std::optional<std::pair<qint64, qint64>> cellAt(const QPointF& position) const;
    /// Where the middle of a cell appears.
    [[nodiscard]] std::optional<QPointF> pointOf(qint64 row, qint64 column) const;

    [[nodiscard]] QSize sizeHint() const override { return {420, 300}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 120}; }

Q_SIGNALS:
    void readoutChanged(const QString& text);
    void cellClicked(qint64 row, qint64 column);
    void pictureShown();
    void escapePressed();
    void runPauseRequested();

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;
    void showEvent(QShowEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void focusInEvent(QFocusEvent*) override { update(); }
    void focusOutEvent(QFocusEvent*) override { update(); }

private:
    [[nodiscard]] bool showsMarks() const { return !m_figure || m_figure->marks; }
    [[nodiscard]] QRect area() const;
    [[nodiscard]] LandscapeRequest request(double scale) const;
    void redraw(bool moving);
    void ask();
    void receive(const LandscapeRequest& drawn, const Answer<LandscapePicture>& answer);
    void turn(double yaw, double pitch);
    void zoom(double factor);
    void pan(double dx, double dy);
    void shift(double dx, double dy);
    void fit();
    void moveCursor(qint64 rows, qint64 columns);
    [[nodiscard]] std::optional<std::pair<qint64, qint64>> pointedCell() const;
    [[nodiscard]] std::optional<QPointF> project(double row, double column, double height) const;
    void paintAxes(QPainter& painter) const;
    void paintMarker(QPainter& painter) const;

    LandscapeDrawer* m_drawer;
    std::shared_ptr<const Matrix> m_matrix;
    std::shared_ptr<const LandscapeField> m_field;
    HeatmapSettings m_settings;
    ValueScale m_colourScale, m_heightScale;
    MatrixAxes m_axes;
    std::function<QString(qint64, qint64)> m_details;
    QString m_emptyText, m_error;
    LandscapeOrbit m_orbit;
    LandscapeRequest m_shown;
    QImage m_picture;
    qint64 m_cursorRow = -1, m_cursorColumn = -1;
    bool m_bar = true, m_byHand = false;   // m_byHand: the orbit is the user's, a new size does not change it
    bool m_stale = false, m_moving = false, m_inFlight = false;
    std::optional<FigureStyle> m_figure;
    QTimer m_settle;                       // draws sharply after the last movement
    std::optional<QPointF> m_hover, m_press;
    QPointF m_last;
    bool m_dragged = false;
    Qt::MouseButton m_button = Qt::NoButton;
};

}  // namespace ms
