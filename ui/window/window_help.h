// What the window says about itself: tour, guide, preferences, palette. Each is made when asked for.
#pragma once

#include <QObject>
#include <vector>

#include "ui/models/values.h"

class QMainWindow;

namespace ms {

class EngineHost;
struct MainActions;

class WindowHelp : public QObject {
    Q_OBJECT
public:
    WindowHelp(QMainWindow& window, const MainActions& actions, EngineHost& engine);

    void openPalette();
    void openPreferences();
    void openGuide(const QString& page = {});
    void startTour();
    /// The tour, unless it was seen before.
    void firstRun();

Q_SIGNALS:
    void appearanceChosen(int appearance);
    /// In the preferences; empty: the embedded one.
    void speechModelChosen(const QString& path);
    void rescoringChosen(bool on);

private:
    QMainWindow& m_window;
    const MainActions& m_actions;
    std::vector<DeviceSummary> m_devices;
};

}  // namespace ms
