// A picture of cells on any device: each cell keeps its edges, in a file that others will enlarge too.
#pragma once

#include <QImage>
#include <QRectF>

#include "ui/plot/figure_plot.h"

class QPainter;

namespace ms {

/// Draws all of the image. Where the painter writes vectors, cells become so many pixels that no reader sees fit to blur them
/// into each other, or rectangles, where neighbours of one colour in a row share one; transparent ones are left out.
void paintCellImage(QPainter& painter, const QRectF& area, const QImage& image, const FigureStyle& style);

}  // namespace ms
