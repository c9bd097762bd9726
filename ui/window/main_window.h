// Puts engine, views and menus together; what each of them does is elsewhere.
#pragma once

#include <QMainWindow>
#include <array>

#include "ui/bridge/engine_host.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/window/main_actions.h"

class QDockWidget;

namespace ms {

class DockLayout;
class HeatmapView;
class MessageBar;
class ModelPanel;
class PromptPanel;
class StatusStrip;

/// What the command line asks of the window.
struct WindowOptions {
    QString model;             ///< empty: none is opened
    QString prompt;            ///< empty: the default one
    bool autorun = true;       ///< run the prompt as soon as the first model is open
    std::int64_t maxNew = 200;
    std::uint64_t seed = 1;
    EngineOptions engine;
};

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(const WindowOptions& options, QWidget* parent = nullptr);
    ~MainWindow() override;

    void open(const QString& path);
    [[nodiscard]] EngineHost& engine() { return m_engine; }
    [[nodiscard]] TimeAxis& timeAxis() { return m_axis; }
    [[nodiscard]] Selection& selection() { return m_selection; }
    [[nodiscard]] PromptPanel& promptPanel() { return *m_prompt; }
    [[nodiscard]] const std::array<HeatmapView*, 3>& heatmaps() const { return m_heatmaps; }
    [[nodiscard]] MessageBar& messages() { return *m_messages; }

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void buildMessageBar();
    void buildViews();
    void connectEngine();
    void connectActions();
    void connectViews();
    void onModelChanged(const ModelSummaryPtr& model);
    void onStateChanged(EngineState state);
    void resetLayout();
    void restoreSettings();
    void saveSettings();
    void setAppearance(int appearance);
    void copyText();

    WindowOptions m_options;
    bool m_autorunPending;
    EngineHost m_engine;
    TimeAxis m_axis;
    Selection m_selection;
    MainActions m_actions;
    MessageBar* m_messages = nullptr;
    StatusStrip* m_status = nullptr;
    ModelPanel* m_modelPanel = nullptr;
    PromptPanel* m_prompt = nullptr;
    std::array<HeatmapView*, 3> m_heatmaps{};
    std::unique_ptr<DockLayout> m_docks;
    QDockWidget* m_modelDock = nullptr;
    QDockWidget* m_promptDock = nullptr;
    std::array<QDockWidget*, 3> m_heatmapDocks{};
};

}  // namespace ms
