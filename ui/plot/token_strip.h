// The base of plots drawn by hand over the token axis: their columns lie under those of heatmaps, mouse and keys do the same.
#pragma once

#include "ui/plot/heatmap_painter.h"
#include "ui/plot/readout_plot.h"
#include "ui/plot/token_axis_input.h"
#include "ui/plot/token_columns.h"

namespace ms {

class TokenStrip : public ReadoutPlot {
    Q_OBJECT
public:
    TokenStrip(TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);
    ~TokenStrip() override;

    /// Seconds of audio that a token stands for; 0: tokens are counted, not timed.
    void setFrameSeconds(double seconds);
    [[nodiscard]] double frameSeconds() const { return m_frameSeconds; }

    [[nodiscard]] HeatmapLayout layoutNow() const { return HeatmapLayout::of(rect(), fontMetrics()); }
    [[nodiscard]] TokenColumns columns() const;
    /// -1 outside and behind the newest.
    [[nodiscard]] qint64 tokenAt(const QPoint& position) const;

Q_SIGNALS:
    /// Double click or Return; the token clicked or under the cursor, never -1.
    void activated(qint64 token);

protected:
    /// Something is there to be drawn; otherwise the empty text is.
    [[nodiscard]] virtual bool hasData() const = 0;
    /// Clipped to the plot, below cursors and range.
    virtual void paintData(QPainter& painter, const TokenColumns& columns) = 0;
    /// Left of the plot, and right of it where heatmaps have their colour bars.
    virtual void paintSides(QPainter&, const HeatmapLayout&) {}
    /// A click, or the first of two; the cursor goes to the token.
    virtual void choose(const QPoint& position);

    [[nodiscard]] PlotColours colours() const;
    [[nodiscard]] TimeAxis& axis() { return m_axis; }
    [[nodiscard]] Selection& selection() { return m_selection; }
    [[nodiscard]] const Selection& selection() const { return m_selection; }

    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override { reportWidth(); }
    void showEvent(QShowEvent*) override { reportWidth(); }
    void hideEvent(QHideEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    void reportWidth();

    TimeAxis& m_axis;
    Selection& m_selection;
    TokenAxisInput m_input;
    double m_frameSeconds = 0;
};

}  // namespace ms
