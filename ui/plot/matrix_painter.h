// Draws a matrix with its axes and colour bar through any QPainter: screen, image or vector file.
#pragma once

#include <QColor>
#include <QFontMetrics>
#include <QImage>
#include <QRect>
#include <QRectF>
#include <QString>
#include <functional>

#include "ui/plot/figure_plot.h"
#include "ui/style/appearance.h"
#include "ui/style/colour_map.h"
#include "ui/style/value_scale.h"

class QPainter;

namespace ms {

/// What the axes of a matrix are called. Row and column numbers given to the functions count from the matrix's start.
struct MatrixAxes {
    QString rowTitle, columnTitle;
    QString symbol, unit;                        ///< of the values
    std::function<QString(qint64)> rowText;      ///< "channel 17"; the plain number without
    std::function<QString(qint64)> columnText;
    std::function<QString(qint64)> rowLabel;     ///< short, for the axis; the plain number without
    std::function<QString(qint64)> columnLabel;
};

struct MatrixScene {
    QImage image;                  ///< of the visible cells, one pixel or more cells each
    QRectF visible;                ///< x: columns, y: rows of the matrix
    qint64 rows = 0, columns = 0;
    MatrixAxes axes;
    ValueScale scale;
    ColourMapId colourMap = ColourMapId::Viridis;
    FigureStyle style;             ///< how cells are drawn, whether there is a colour bar; marks are left out by the scene
    QString note, emptyText;
    qint64 cursorRow = -1, cursorColumn = -1;
    bool hasFocus = false;
    PlotColours colours;
    QColor text, accent;
};

struct MatrixLayout {
    QRect plot, rowAxis, columnAxis, colourBar;
    [[nodiscard]] static MatrixLayout of(const QRect& area, const QFontMetrics& metrics);
};

class MatrixPainter {
public:
    explicit MatrixPainter(const MatrixScene& scene) : m_scene(scene) {}
    void paint(QPainter& painter, const QRect& area) const;

private:
    void paintPlot(QPainter& painter, const MatrixLayout& layout) const;
    void paintRows(QPainter& painter, const QRect& area) const;
    void paintColumns(QPainter& painter, const QRect& area) const;

    const MatrixScene& m_scene;
};

}  // namespace ms
