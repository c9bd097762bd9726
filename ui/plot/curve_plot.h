// Curves and histograms over one x axis, drawn by QCustomPlot in the program's colours.
#pragma once

#include <QPoint>
#include <QWidget>
#include <optional>
#include <utility>
#include <vector>

#include "ui/plot/curve.h"
#include "ui/plot/curve_limits.h"
#include "ui/plot/curve_zoom.h"
#include "ui/plot/figure_plot.h"

class QCPItemStraightLine;
class QCPItemText;
class QMouseEvent;

namespace ms {

class CurveCanvas;

class CurvePlot : public QWidget, public FigurePlot {
    Q_OBJECT
public:
    explicit CurvePlot(QWidget* parent = nullptr);

    void setAxes(const CurveAxes& axes);
    /// Replaces what is drawn. A legend is shown for two curves or more.
    void setCurves(const std::vector<Curve>& curves);
    /// Bars from edges[i] to edges[i + 1] of height heights[i]; edges has one more entry.
    void setHistogram(const QVector<double>& edges, const QVector<double>& heights, const QColor& colour = {});
    void clear();
    void setEmptyText(const QString& text);
    /// Off where a view names its curves itself.
    void showLegend(bool show);
    /// From now on the legend stands right of the plot instead of on it: for many curves.
    void placeLegendBeside();

    /// Fixed limits; without them (low == high) the axis fits the data.
    void setXRange(double low, double high);
    void setYRange(double low, double high);
    /// Margins as a heatmap over the token axis has them, so that both stand exactly below each other. The title of the
    /// y axis then stands inside.
    void alignWithHeatmaps(bool align);
    /// A vertical line; NaN: none.
    void setCursor(double x);
    void setHoverCursor(double x);

    void setFigureStyle(const FigureStyle& style) override;
    bool settle() override;

    /// Left and width of the plot's inside, in pixels of this widget.
    [[nodiscard]] QRect plotRect() const;
    [[nodiscard]] double xAt(const QPoint& position) const;
    [[nodiscard]] double yAt(const QPoint& position) const;
    [[nodiscard]] QPoint pointOf(double x, double y) const;
    [[nodiscard]] const CurveAxes& axes() const { return m_axes; }
    [[nodiscard]] const std::vector<Curve>& curves() const { return m_curves; }
    /// "name: y at x" of the curve nearest to the point.
    [[nodiscard]] QString readoutAt(const QPoint& position) const;
    /// The y axis as drawn last: values, ascending, and what is written at them.
    [[nodiscard]] std::vector<std::pair<double, QString>> yTicks() const;
    /// The same of the x axis.
    [[nodiscard]] std::vector<std::pair<double, QString>> xTicks() const;
    /// Draws at any size through any painter.
    void paintOn(QPainter& painter, const QSize& size);

    [[nodiscard]] QSize sizeHint() const override { return {480, 220}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 76}; }

Q_SIGNALS:
    void clicked(double x, double y);
    void hovered(double x, double y);    ///< NaN, NaN when the mouse leaves
    void readoutChanged(const QString& text);
    void runPauseRequested();
    void stepRequested(int steps);       ///< arrow keys: one, with Shift ten
    void resized();
    /// Wheel, + and − where the owner sets the x range: it decides what that means. `x`: what stays in place.
    void zoomRequested(int steps, double x);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void applyAxes();
    void applyLimits();
    void replot();
    void addTexts();
    void placeMargins();
    void correct();
    void placeLines();
    void moveLines();
    void press(const QPoint& at);
    void release(const QPoint& at);
    void hover(const QPoint& at);
    void click(const QPoint& at);
    /// Zooms the x axis about `x`; the y axis keeps fitting what is visible.
    void zoom(int steps, double x);
    void pan(double pixels);
    void showAll();
    [[nodiscard]] bool ownsRange() const { return m_xRange.fits(); }

    CurveCanvas* m_plot;
    QCPItemStraightLine* m_hoverLine = nullptr;
    QCPItemStraightLine* m_cursorLine = nullptr;
    std::vector<QCPItemText*> m_texts;
    std::vector<Curve> m_curves;
    Bars m_bars;
    CurveAxes m_axes;
    CurveScale m_yScale;
    QString m_emptyText;
    Span m_xRange, m_yRange;  // fits(): the data's
    CurveZoom m_zoom;
    double m_cursor, m_hover;
    bool m_aligned = false;
    bool m_legend = true;
    struct SteadyAxis {
        CurveScale scale;
        Span y;                // coordinates
    };
    std::optional<FigureStyle> m_figure;
    std::optional<SteadyAxis> m_steady;  // of a film: the axis grows at most
    bool m_fresh = false;  // drawn since it changed
    QSize m_placedFor;     // room that margins, labels and lines were chosen for
    int m_corrections = 0; // in a row
};

}  // namespace ms
