// Puts engine, views and menus together; what each of them does is elsewhere.
#pragma once

#include <QMainWindow>
#include <memory>

#include "ui/bridge/engine_host.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/window/main_actions.h"

namespace ms {

class DockLayout;
class ExportControls;
class FindBar;
class HeatmapView;
class MessageBar;
class ModelPanel;
class PromptPanel;
class SessionControls;
class SessionFiles;
class SpeechControls;
class StatusStrip;
class TokenSearch;
class ViewHost;
class WindowHelp;

/// What the command line asks of the window.
struct WindowOptions {
    QString model;             ///< empty: none is opened
    QString sound;             ///< file to transcribe at once; empty: none
    QString speechModel;       ///< opened when sound comes and the open model reads text
    QString standardSpeechModel{};  ///< the same where the preferences name none
    QString standardLanguageModel{};  ///< the one that helps to hear, where the user wants that
    bool rescoring = false;    ///< so the user wants
    QString prompt;            ///< empty: the default one
    QString taskModels;        ///< folder of small models for the architecture lab; empty: none come with the program
    QString layout;            ///< id of an arrangement; empty: as it was left
    QString session;           ///< file to open in place of a model; empty: none
    QString recoveryFolder;    ///< of what must outlive a crash; empty: nothing is kept
    bool firstRunTour = false; ///< offer the tour to who has not seen it
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
    void openLab();
    void showExample(const QString& model, const QString& ids);
    [[nodiscard]] EngineHost& engine() { return m_engine; }
    [[nodiscard]] TimeAxis& timeAxis() { return m_axis; }
    [[nodiscard]] Selection& selection() { return m_selection; }
    [[nodiscard]] PromptPanel& promptPanel() { return *m_prompt; }
    [[nodiscard]] ViewHost& views() { return *m_views; }
    /// The three live heatmaps: Δ, state norm, selectivity.
    [[nodiscard]] std::vector<HeatmapView*> heatmaps() const;
    [[nodiscard]] SessionFiles& files() { return *m_files; }
    [[nodiscard]] MessageBar& messages() { return *m_messages; }
    [[nodiscard]] ExportControls& exports() { return *m_export; }

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void childEvent(QChildEvent* event) override;

private:
    void buildMessageBar();
    void buildViews();
    void buildFindBar();
    void connectEngine();
    void connectActions();
    void connectViews();
    void onModelChanged(const ModelSummaryPtr& model);
    void onStateChanged(EngineState state);
    void restoreSettings();
    void saveSettings();
    void setAppearance(int appearance);
    void copyText();

    WindowOptions m_options;
    bool m_autorunPending;
    struct Example {
        QString model;       // path; empty: none waits
        RunRequest request;
    };
    Example m_example;       // to be read when its model is open
    EngineHost m_engine;
    TimeAxis m_axis;
    Selection m_selection;
    MainActions m_actions;
    MessageBar* m_messages = nullptr;
    StatusStrip* m_status = nullptr;
    ModelPanel* m_modelPanel = nullptr;
    PromptPanel* m_prompt = nullptr;
    std::unique_ptr<DockLayout> m_docks;
    ViewHost* m_views = nullptr;
    SessionControls* m_session = nullptr;
    SpeechControls* m_speech = nullptr;
    SessionFiles* m_files = nullptr;
    ExportControls* m_export = nullptr;
    WindowHelp* m_help = nullptr;
    TokenSearch* m_search = nullptr;
    FindBar* m_find = nullptr;
};

}  // namespace ms
