// Figures and numbers in the window: which view, the dialog, all views at once, the clipboard, and the way back from a file.
#pragma once

#include <QObject>
#include <QPointer>
#include <memory>

#include "ui/bridge/engine_host.h"
#include "ui/dialogs/export_dialog.h"
#include "ui/export/export_all.h"

class QAction;
class QMainWindow;
class QMenu;

namespace ms {

class MessageBar;
class ScopeView;
class StatusStrip;
class ViewHost;

class ExportControls : public QObject {
    Q_OBJECT
public:
    /// Its actions go into `menu`, before `before`.
    ExportControls(QMainWindow& window, EngineHost& engine, Selection& selection, ViewHost& views, MessageBar& messages, StatusStrip& status,
                   QMenu& menu, QAction* before);
    ~ExportControls() override;

    /// A figure that says what made it: offers to bring its view back. False: it is none.
    bool takesFigure(const QString& path);
    /// Of the sound that is heard; empty: a microphone's.
    void setSoundPath(const QString& path) { m_soundPath = path; }
    [[nodiscard]] FigureSource source() const;
    /// Every view that shows something of the open model, as the dialog was used last.
    void exportAll(const QString& folder);

Q_SIGNALS:
    void openRequested(const QString& path);
    /// The user wants these in place of what is on.
    void interventionsRequested(const ms::InterventionList& list);

private:
    void connectView(ScopeView* view);
    /// Under the keyboard's focus, else used last, else the first that is seen.
    [[nodiscard]] ScopeView* currentView() const;
    [[nodiscard]] ViewSettings settingsOf(const QString& id) const;
    void openDialog(const QString& view);
    void copy(const QString& view);
    void askForFolder();
    void rebuild(const Provenance& provenance);
    void readInput(const Provenance& provenance);
    void showViews(const Provenance& provenance);
    void note(const QString& text);
    /// The sound that a figure shows is here already, of whatever file: saved with a session, or heard again.
    [[nodiscard]] bool isHeard(const Provenance& provenance) const;
    void tellInterventions(const Provenance& provenance);

    QMainWindow& m_window;
    EngineHost& m_engine;
    Selection& m_selection;
    ViewHost& m_views;
    MessageBar& m_messages;
    StatusStrip& m_status;
    QPointer<ScopeView> m_last;
    InterventionList m_interventions;      // that the engine applied
    QString m_soundPath;
    std::unique_ptr<FigurePage> m_copied;
    std::unique_ptr<ExportAll> m_all;
    FileHashes m_hashes;
    std::unique_ptr<QObject> m_waits;   // for the model and the input of a view that is brought back
};

}  // namespace ms
