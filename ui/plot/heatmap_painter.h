// Draws a heatmap with its axes, colour bar and cursors through any QPainter: screen, image or vector file.
#pragma once

#include <QColor>
#include <QFontMetrics>
#include <QImage>
#include <QRect>
#include <functional>

#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/style/appearance.h"
#include "ui/style/value_scale.h"
#include "ui/plot/figure_plot.h"
#include "ui/plot/heatmap_settings.h"
#include "ui/plot/token_columns.h"

class QPainter;

namespace ms {

/// Everything a drawing needs, by value: the painter knows no widget and no engine.
struct HeatmapScene {
    QImage image;                   ///< [displayRows][columns · finer], transparent where nothing was captured
    int finer = 1;                  ///< columns of the image in one of the plot: print has more pixels than the layout
    FigureStyle style;              ///< how cells are drawn, whether there is a colour bar; marks are left out by the scene
    qint64 firstColumn = 0;
    TimeScale timeScale;
    qint64 tokenCount = 0;
    double frameSeconds = 0;        ///< of audio that a token stands for: the axis tells times; 0: tokens are counted
    qint64 firstRow = 0, rows = 0;  ///< the visible rows of the source
    qint64 allRows = 0;             ///< of the source; more than `rows`: a bar beside the row axis shows where they are
    ValueScale scale;
    ColourMapId colourMap = ColourMapId::Viridis;
    QString unit;                   ///< beside the colour bar
    QString note;                   ///< in a corner: "8 tokens per pixel, mean"
    QString emptyText;              ///< shown instead of data when there is none
    qint64 cursorToken = -1, hoverToken = -1, cursorRow = -1;
    TokenRange selected;            ///< shaded at the edges outside; empty: nothing is
    bool hasFocus = false;
    PlotColours colours;
    QColor text, accent;
    QString caption;                ///< in the other corner: what this heatmap is of, beside others of its view
    std::function<QString(qint64)> rowLabel;   ///< of a row of the source, for the axis; its number without
    bool everyRowLabelled = false;             ///< labels are no numbers to count on from: in two columns if that helps
    std::function<QString(qint64)> tokenText;  ///< label of a token, drawn when columns are wide enough
};

struct HeatmapLayout {
    QRect plot, rowAxis, timeAxis, colourBar;
    [[nodiscard]] static HeatmapLayout of(const QRect& area, const QFontMetrics& metrics);
};

/// Columns that a plot of this width can show, the last one perhaps cut.
[[nodiscard]] int columnsIn(int plotWidth, const TimeScale& scale);

class HeatmapPainter {
public:
    explicit HeatmapPainter(const HeatmapScene& scene) : m_scene(scene) {}
    void paint(QPainter& painter, const QRect& area) const;

private:
    void paintPlot(QPainter& painter) const;
    void paintCells(QPainter& painter) const;
    void paintRowAxis(QPainter& painter) const;
    void paintTimeAxis(QPainter& painter) const;
    void paintColourBar(QPainter& painter) const;
    void paintCursors(QPainter& painter) const;
    [[nodiscard]] QString rowLabel(qint64 row) const;
    /// Labels of all visible rows have room, in two columns.
    [[nodiscard]] bool rowLabelsAlternate(const QFontMetrics& metrics) const;
    void paintRowScroll(QPainter& painter) const;
    [[nodiscard]] TokenColumns columns() const;

    const HeatmapScene& m_scene;
    mutable HeatmapLayout m_layout;
};

}  // namespace ms
