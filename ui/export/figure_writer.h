// Figures as files. Every one says what made it: PNG in a text chunk, SVG and PDF in their metadata.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QSizeF>
#include <QString>
#include <functional>

#include "engine/base/result.h"
#include "engine/export/provenance.h"
#include "ui/export/figure_options.h"

class QPainter;

namespace ms {

class FigurePage;

/// What a file says of itself besides the drawing.
struct FigureInfo {
    QString title, description;
    Provenance provenance;
};

/// What a vector file holds: something that draws on `options.layoutSize()` units.
struct FigureDrawing {
    FigureOptions options;
    std::function<void(QPainter&)> draw;
};

/// `dotsPerInch`: how large the pixels are on paper. Slow for large images: from any thread.
[[nodiscard]] QByteArray pngOf(QImage image, double dotsPerInch, const FigureInfo& info);
/// Lengths in centimetres or pixels, as the page's options say; text stays text. The page has settled.
[[nodiscard]] QByteArray svgOf(const FigurePage& page, const FigureInfo& info);
[[nodiscard]] QByteArray svgOf(const FigureDrawing& drawing, const FigureInfo& info);
/// One page of the figure's size, fonts embedded; the provenance is also attached as a file.
[[nodiscard]] QByteArray pdfOf(const FigurePage& page, const FigureInfo& info);
[[nodiscard]] QByteArray pdfOf(const FigureDrawing& drawing, const FigureInfo& info);

/// The old file or the whole new one, never a part: through a temporary file beside it. Errors: Io, naming the file and
/// what to do.
Result<void> writeFile(const QString& path, const QByteArray& bytes);

/// What made a PNG or SVG that this program exported, from its path. Errors: Io; Format, when it says nothing of the kind.
[[nodiscard]] Result<Provenance> provenanceOfFigure(const QString& path);

}  // namespace ms
