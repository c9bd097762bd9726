// Light and dark: one palette each, tuned so that heatmaps and coloured tokens stay the loudest thing on the screen.
#pragma once

#include <QColor>
#include <QPalette>

class QApplication;

namespace ms {

enum class Appearance { System, Light, Dark };

/// Applies a palette, style and fonts to the whole program. System asks the platform, once at the call.
void applyAppearance(QApplication& application, Appearance appearance);

/// The program's own palettes.
[[nodiscard]] QPalette makePalette(bool dark);
/// White paper, and greys that print well.
[[nodiscard]] QPalette printPalette();

[[nodiscard]] bool isDark(const QPalette& palette);

/// Colours that QPalette has no role for.
struct PlotColours {
    QColor background;  ///< behind a plot
    QColor noData;      ///< hatching where nothing was captured
    QColor axis;        ///< ticks and labels
    QColor frame;
    QColor cursor;
    QColor cursorEdge;  ///< outlines the cursor so that it shows on any colour
    QColor promptMark;  ///< underline of prompt tokens
};
[[nodiscard]] PlotColours plotColours(const QPalette& palette);

}  // namespace ms
