#include "ui/export/figure_options.h"

#include <QApplication>
#include <QCoreApplication>
#include <QFontInfo>
#include <QSettings>
#include <algorithm>
#include <cmath>

#include "ui/style/appearance.h"

namespace ms {

namespace {

constexpr double kCentimetresPerInch = 2.54, kPointsPerInch = 72;
constexpr double kLeastUnits = 80;           // of a side: below that there is no room for a plot
constexpr double kMostPixels = 20'000;       // of a side of a PNG
constexpr double kMostArea = 200e6;          // pixels: 800 MB while it is drawn

QString tr(const char* text) { return QCoreApplication::translate("ms::FigureOptions", text); }

}  // namespace

FigureOptions FigureOptions::bare(QSize pixels) {
    FigureOptions options;
    options.unit = FigureUnit::Pixels;
    options.size = pixels;
    options.colours = FigureColours::AsShown;
    options.title = options.axisTitles = options.caption = false;
    options.fitTokens = false;
    return options;
}

QSizeF FigureOptions::layoutSize() const {
    return unit == FigureUnit::Pixels ? size / scale : size * (kFigureUnitsPerInch / kCentimetresPerInch);
}

double FigureOptions::pixelsPerUnit() const { return unit == FigureUnit::Pixels ? scale : dpi / kFigureUnitsPerInch; }

QSize FigureOptions::pixelSize() const {
    const QSizeF pixels = layoutSize() * pixelsPerUnit();
    return {static_cast<int>(std::lround(pixels.width())), static_cast<int>(std::lround(pixels.height()))};
}

double FigureOptions::fontPixels() const {
    return unit == FigureUnit::Pixels ? QFontInfo(QApplication::font()).pixelSize() : fontPoints * kFigureUnitsPerInch / kPointsPerInch;
}

QPalette FigureOptions::palette() const {
    QPalette p = colours == FigureColours::Print     ? printPalette()
                 : colours == FigureColours::AsShown ? QApplication::palette()
                                                     : makePalette(colours == FigureColours::Dark);
    if (!transparent) return p;
    // Its lightness still says whether it is a dark palette.
    QColor clear = p.color(QPalette::Window);
    clear.setAlpha(0);
    p.setColor(QPalette::Window, clear);
    return p;
}

QString FigureOptions::problem() const {
    const QSizeF units = layoutSize();
    if (!(units.width() >= kLeastUnits && units.height() >= kLeastUnits))
        return tr("The figure is too small to draw a view: make it at least %1.")
            .arg(unit == FigureUnit::Pixels ? tr("80 × 80 pixels") : tr("2.2 × 2.2 cm"));
    const QSizeF pixels = units * pixelsPerUnit();
    if (pixels.width() > kMostPixels || pixels.height() > kMostPixels || pixels.width() * pixels.height() > kMostArea)
        return tr("The figure has %1 × %2 pixels: choose a smaller size or fewer dots per inch.").arg(std::lround(pixels.width())).arg(std::lround(pixels.height()));
    if (tokens == FigureTokens::Range && range.empty()) return tr("The range of tokens is empty: its end must lie behind its start.");
    return {};
}

void FigureOptions::save(QSettings& store) const {
    store.setValue(QStringLiteral("unit"), unit == FigureUnit::Pixels ? QStringLiteral("px") : QStringLiteral("cm"));
    store.setValue(QStringLiteral("width"), size.width());
    store.setValue(QStringLiteral("height"), size.height());
    store.setValue(QStringLiteral("dpi"), dpi);
    store.setValue(QStringLiteral("scale"), scale);
    store.setValue(QStringLiteral("fontPoints"), fontPoints);
    store.setValue(QStringLiteral("colours"), static_cast<int>(colours));
    store.setValue(QStringLiteral("transparent"), transparent);
    store.setValue(QStringLiteral("title"), title);
    store.setValue(QStringLiteral("axisTitles"), axisTitles);
    store.setValue(QStringLiteral("caption"), caption);
    store.setValue(QStringLiteral("colourBar"), colourBar);
    store.setValue(QStringLiteral("marks"), marks);
    store.setValue(QStringLiteral("cellRectangles"), cellRectangles);
    store.setValue(QStringLiteral("columns"), columns);
}

FigureOptions FigureOptions::kept() {
    QSettings settings;
    settings.beginGroup(QStringLiteral("export"));
    FigureOptions options;
    options.load(settings);
    return options;
}

void FigureOptions::load(const QSettings& store) {
    const auto number = [&](const char* key, double value, double least, double most) {
        const double stored = store.value(QLatin1String(key), value).toDouble();
        return std::isfinite(stored) ? std::clamp(stored, least, most) : value;
    };
    const auto yes = [&](const char* key, bool& value) { value = store.value(QLatin1String(key), value).toBool(); };
    unit = store.value(QStringLiteral("unit")).toString() == QStringLiteral("px") ? FigureUnit::Pixels : FigureUnit::Centimetres;
    size = {number("width", size.width(), 1, kMostPixels), number("height", size.height(), 1, kMostPixels)};
    dpi = number("dpi", dpi, 30, 2400);
    scale = number("scale", scale, 0.25, 16);
    fontPoints = number("fontPoints", fontPoints, 4, 40);
    colours = static_cast<FigureColours>(std::clamp(store.value(QStringLiteral("colours"), 0).toInt(), 0, 3));
    yes("transparent", transparent);
    yes("title", title);
    yes("axisTitles", axisTitles);
    yes("caption", caption);
    yes("colourBar", colourBar);
    yes("marks", marks);
    yes("cellRectangles", cellRectangles);
    columns = std::clamp(store.value(QStringLiteral("columns"), columns).toInt(), 1, 6);
}

QString key(ExportFormat format) {
    switch (format) {
        case ExportFormat::Png: return QStringLiteral("png");
        case ExportFormat::Svg: return QStringLiteral("svg");
        case ExportFormat::Pdf: return QStringLiteral("pdf");
        case ExportFormat::Csv: return QStringLiteral("csv");
        case ExportFormat::Npz: return QStringLiteral("npz");
    }
    return {};
}

std::optional<ExportFormat> exportFormat(const QString& wanted) {
    for (const ExportFormat format : kExportFormats)
        if (key(format) == wanted.toLower()) return format;
    return {};
}

}  // namespace ms
