#include "ui/style/appearance.h"

#include <QApplication>
#include <QStyleHints>
#include <utility>

#include "ui/style/control_style.h"

namespace ms {

QPalette makePalette(bool dark) {
    const auto rgb = [](unsigned value) { return QColor(QRgb(0xff000000u | value)); };
    QPalette p;
    const QColor window = rgb(dark ? 0x1d2127 : 0xf3f4f6), base = rgb(dark ? 0x15181d : 0xffffff);
    const QColor text = rgb(dark ? 0xdde2e8 : 0x1c232d), faint = rgb(dark ? 0x8a94a0 : 0x66707d);
    const QColor accent = rgb(dark ? 0x4f9bd9 : 0x2268a8);
    p.setColor(QPalette::Window, window);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, base);
    p.setColor(QPalette::AlternateBase, rgb(dark ? 0x1a1e24 : 0xf7f8fa));
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::PlaceholderText, faint);
    p.setColor(QPalette::Button, rgb(dark ? 0x272c34 : 0xfcfcfd));
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::BrightText, Qt::white);
    p.setColor(QPalette::ToolTipBase, rgb(dark ? 0x2b313a : 0xfffef8));
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::Highlight, accent);
    p.setColor(QPalette::HighlightedText, Qt::white);
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::Light, rgb(dark ? 0x343b45 : 0xffffff));
    p.setColor(QPalette::Midlight, rgb(dark ? 0x2d333c : 0xe9ebef));
    p.setColor(QPalette::Mid, rgb(dark ? 0x3a424d : 0xcdd2d9));
    p.setColor(QPalette::Dark, rgb(dark ? 0x0f1216 : 0xa8b0ba));
    p.setColor(QPalette::Shadow, rgb(dark ? 0x000000 : 0x6c757f));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, rgb(dark ? 0x5c6570 : 0xa3abb5));
    return p;
}

QPalette printPalette() {
    QPalette p = makePalette(false);
    for (const QPalette::ColorRole role : {QPalette::Window, QPalette::Base, QPalette::AlternateBase, QPalette::Button}) p.setColor(role, Qt::white);
    p.setColor(QPalette::PlaceholderText, QColor(0x3b, 0x44, 0x50));
    p.setColor(QPalette::Mid, QColor(0x9a, 0xa3, 0xae));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive}) p.setColor(group, role, QColor(0x12, 0x16, 0x1c));
    return p;
}

namespace {

bool systemIsDark() {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown) return scheme == Qt::ColorScheme::Dark;
#endif
    // Before any palette of ours, the application's is the platform theme's.
    static const bool dark = isDark(QGuiApplication::palette());
    return dark;
}

}  // namespace

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightness() < 128; }

void applyAppearance(QApplication& application, Appearance appearance) {
    const bool system = systemIsDark();
    const bool dark = appearance == Appearance::Dark || (appearance == Appearance::System && system);
    static bool styled = false;
    if (!std::exchange(styled, true)) QApplication::setStyle(new ControlStyle);
    QApplication::setPalette(makePalette(dark));
    application.setStyleSheet(
        QStringLiteral("QMainWindow::separator { width: 5px; height: 5px; background: palette(window); }"
                       "QMainWindow::separator:hover { background: palette(midlight); }"
                       "QToolBar { border: none; spacing: 2px; padding: 2px 6px; }"
                       "QToolButton::menu-indicator { image: none; }"
                       "QToolBar QToolButton { padding: 3px 6px; }"
                       "QStatusBar::item { border: none; }"
                       "QTreeView { border: 1px solid palette(mid); }"
                       "QHeaderView::section { border: none; border-bottom: 1px solid palette(mid); padding: 2px 4px; "
                       "background: palette(window); }"
                       "QToolTip { border: 1px solid palette(mid); padding: 3px; }"));
}

PlotColours plotColours(const QPalette& palette) {
    const bool dark = isDark(palette);
    PlotColours c;
    const bool paper = palette.color(QPalette::Window).rgb() == qRgb(0xff, 0xff, 0xff);
    c.background = dark ? QColor(0x15, 0x18, 0x1d) : paper ? QColor(Qt::white) : QColor(0xfa, 0xfa, 0xfb);
    c.noData = dark ? QColor(0x33, 0x3a, 0x44) : QColor(0xd9, 0xdd, 0xe2);
    c.axis = palette.color(QPalette::PlaceholderText);
    c.frame = palette.color(QPalette::Mid);
    c.cursor = QColor(0xff, 0xff, 0xff);
    c.cursorEdge = QColor(0x10, 0x14, 0x18);
    c.promptMark = palette.color(QPalette::Highlight);
    return c;
}

}  // namespace ms
