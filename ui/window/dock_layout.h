// Which docks there are and where they stand at first.
#pragma once

#include <QString>
#include <array>

class QDockWidget;
class QMainWindow;
class QMenu;
class QWidget;

namespace ms {

class DockLayout {
public:
    explicit DockLayout(QMainWindow* window, QMenu* toggles) : m_window(window), m_toggles(toggles) {}

    /// `header`, when given, replaces the plain title in the dock's title bar.
    QDockWidget* add(const QString& name, const QString& title, QWidget* content, QWidget* header = nullptr);
    /// Model at the left, the heatmaps stacked beside it, the prompt below.
    void arrange(QDockWidget* model, QDockWidget* prompt, const std::array<QDockWidget*, 3>& heatmaps);

private:
    QMainWindow* m_window;
    QMenu* m_toggles;
};

}  // namespace ms
