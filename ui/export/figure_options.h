// What the user chooses about a figure: size, colours, what stands around the plots, which tokens.
#pragma once

#include <QPalette>
#include <QSizeF>
#include <QString>
#include <array>
#include <optional>

#include "ui/models/selection.h"

class QSettings;

namespace ms {

/// Of a figure's layout.
inline constexpr double kFigureUnitsPerInch = 96;

enum class ExportFormat { Png, Svg, Pdf, Csv, Npz };
inline constexpr std::array kExportFormats{ExportFormat::Png, ExportFormat::Svg, ExportFormat::Pdf, ExportFormat::Csv, ExportFormat::Npz};
enum class FigureUnit { Centimetres, Pixels };
/// Print: black on white paper. Light and Dark: the program's own. AsShown: the one that it has now.
enum class FigureColours { Print, Light, Dark, AsShown };
enum class FigureTokens { Shown, All, Range };

struct FigureOptions {
    FigureUnit unit = FigureUnit::Centimetres;
    QSizeF size{17, 8};         ///< in that unit
    double dpi = 300;           ///< of a size in centimetres: pixels of a PNG, and of pictures inside a vector file
    double scale = 1;           ///< of a size in pixels: pixels for one of the window's; 2 doubles letters and lines
    double fontPoints = 8;      ///< of a size in centimetres, as printed
    FigureColours colours = FigureColours::Print;
    bool transparent = false;
    bool title = true, axisTitles = true, caption = true, colourBar = true;
    bool marks = false;         ///< cursors and chosen rows, as on screen
    bool cellRectangles = false;
    QString captionText;        ///< empty: made of what is shown
    FigureTokens tokens = FigureTokens::Shown;
    TokenRange range;           ///< of FigureTokens::Range
    bool fitTokens = true;      ///< the tokens fill the width; else they are as wide as on screen
    int columns = 2;            ///< of a figure of several views

    bool operator==(const FigureOptions&) const = default;

    /// Only the view, pixel for pixel what a window shows that has this size.
    [[nodiscard]] static FigureOptions bare(QSize pixels);

    /// Size in units of the layout: 1/96 inch, or a pixel of a window.
    [[nodiscard]] QSizeF layoutSize() const;
    /// Pixels of a PNG in a unit of the layout.
    [[nodiscard]] double pixelsPerUnit() const;
    /// Of a PNG.
    [[nodiscard]] QSize pixelSize() const;
    /// Height of plain letters, in units of the layout.
    [[nodiscard]] double fontPixels() const;
    [[nodiscard]] QPalette palette() const;

    /// Empty, or one line that says which choice cannot be drawn and why.
    [[nodiscard]] QString problem() const;

    void save(QSettings& store) const;
    void load(const QSettings& store);
    /// Those last chosen in the export dialog.
    [[nodiscard]] static FigureOptions kept();
};

/// "png", "svg", …: also the ending of the file's name.
[[nodiscard]] QString key(ExportFormat format);
/// In any case; nothing for another one.
[[nodiscard]] std::optional<ExportFormat> exportFormat(const QString& key);
[[nodiscard]] constexpr bool isNumbers(ExportFormat format) { return format == ExportFormat::Csv || format == ExportFormat::Npz; }

}  // namespace ms
