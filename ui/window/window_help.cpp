#include "ui/window/window_help.h"

#include <QAction>
#include <QDockWidget>
#include <QMainWindow>
#include <QSettings>
#include <QToolBar>

#include "ui/bridge/engine_host.h"
#include "ui/dialogs/about_dialog.h"
#include "ui/dialogs/command_palette.h"
#include "ui/dialogs/guide_dialog.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/dialogs/shortcuts_dialog.h"
#include "ui/dialogs/tour.h"
#include "ui/window/main_actions.h"
#include "ui/window/shortcuts.h"

namespace ms {

namespace {
const auto kTourSeen = QStringLiteral("tour/seen");
}

WindowHelp::WindowHelp(QMainWindow& window, const MainActions& actions, EngineHost& engine)
    : QObject(&window), m_window(window), m_actions(actions) {
    connect(&engine, &EngineHost::devicesListed, this, [this](const std::vector<DeviceSummary>& devices) { m_devices = devices; });
    const auto on = [this](QAction* action, auto slot) { connect(action, &QAction::triggered, this, slot); };
    on(actions.palette, [this] { openPalette(); });
    on(actions.preferences, [this] { openPreferences(); });
    on(actions.guide, [this] { openGuide(); });
    on(actions.tour, [this] { startTour(); });
    on(actions.shortcuts, [this] { (new ShortcutsDialog(m_actions.all(), &m_window))->show(); });
    on(actions.about, [this] { (new AboutDialog(&m_window))->show(); });
}

void WindowHelp::openPalette() {
    if (m_window.findChild<CommandPalette*>() == nullptr) new CommandPalette(m_actions.all(), &m_window);
}

void WindowHelp::openPreferences() {
    auto* dialog = new PreferencesDialog(m_devices, m_actions.all(), {standardShortcut, setShortcut}, &m_window);
    connect(dialog, &PreferencesDialog::appearanceChosen, this, &WindowHelp::appearanceChosen);
    connect(dialog, &PreferencesDialog::speechModelChosen, this, &WindowHelp::speechModelChosen);
    connect(dialog, &PreferencesDialog::rescoringChosen, this, &WindowHelp::rescoringChosen);
    dialog->show();
}

void WindowHelp::openGuide(const QString& page) {
    auto* guide = m_window.findChild<GuideDialog*>();
    if (guide == nullptr) guide = new GuideDialog(&m_window);
    guide->open(page);
    guide->raise();
}

void WindowHelp::startTour() {
    if (m_window.findChild<Tour*>() != nullptr) return;
    const auto dock = [this](const char* id) -> QWidget* {
        return m_window.findChild<QDockWidget*>(QLatin1String(id) + QStringLiteral("Dock"));
    };
    auto* tour = new Tour({
        {tr("A model, open"), tr("What is loaded: family, dimensions, every tensor. Drop your own checkpoint on the window, or press Ctrl+O."), dock("model")},
        {tr("Let it write"), tr("Type a prompt, press Run. Tokens are coloured by surprisal; click one to look at it."), dock("prompt")},
        {tr("Watch Δ"), tr("How far each layer opens for each token. Double-click a layer for its channels; hover for exact values."), dock("dt")},
        {tr("One cursor"), tr("Every view follows the same token, layer and channel. Shift+drag marks a range of tokens to average over."), dock("state_norm")},
        {tr("More views"), tr("View › Layout arranges the window for a task: Ctrl+1 to Ctrl+5. Ctrl+Shift+P finds every command, F1 opens the guide."), m_actions.toolBar},
    }, &m_window);
    connect(tour, &Tour::finished, this, [] { QSettings().setValue(kTourSeen, true); });
}

void WindowHelp::firstRun() {
    if (!QSettings().value(kTourSeen).toBool()) startTour();
}

}  // namespace ms
