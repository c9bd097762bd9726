// The session as a document: its file, whether it was changed since, saving, opening, and what is asked about it.
#pragma once

#include <QObject>
#include <memory>

#include "ui/window/session_window_part.h"

class QAction;
class QMenu;

namespace ms {

class MessageBar;
class RecentFiles;
class SessionRecovery;

class SessionFiles : public QObject {
    Q_OBJECT
public:
    /// `recoveryFolder`: empty: nothing is kept for the case of a crash.
    SessionFiles(const SessionParts& parts, MessageBar& messages, RecentFiles& recent, const QString& recoveryFolder);
    ~SessionFiles() override;

    /// Into the file menu, around the recent files.
    void addTo(QMenu& menu);

    [[nodiscard]] static bool isSession(const QString& path) { return path.endsWith(QLatin1String(".mscope"), Qt::CaseInsensitive); }
    void open(const QString& path);
    /// Into its file; asks for one if it has none.
    void save();
    void saveAs(const QString& path);
    [[nodiscard]] const QString& path() const { return m_path; }
    [[nodiscard]] bool isModified() const { return m_changes != m_saved; }
    /// One is being opened: the model that comes is its, and reads nothing by itself.
    [[nodiscard]] bool isOpening() const { return m_opening; }
    /// A model was opened: without a session, this is a new one.
    void setModel(const ModelSummaryPtr& model);
    /// Asks about what a crash left behind.
    void offerRecovery();

    /// The window is asked to close. False: not yet, something is being written; it closes by itself afterwards.
    [[nodiscard]] bool mayClose();

private:
    void createActions();
    void connectChanges();
    void touch();
    void setAside();
    void askForFile();
    void onOpened(const OpenedSession& session);
    void onSaved(const QString& path);
    void ask(const SessionModelQuestion& question);
    /// Asks where the model is of a session that is shown without it.
    void findModel();
    void openWith(SessionOpen wish);
    void updateTitle();
    void updateActions();
    [[nodiscard]] QString startName() const;

    SessionParts m_parts;
    MessageBar& m_messages;
    RecentFiles& m_recent;
    std::unique_ptr<SessionRecovery> m_recovery;
    QAction *m_open, *m_save, *m_saveAs, *m_find, *m_last;
    QString m_path;                      // of the session; empty: it was never saved
    qint64 m_changes = 0, m_saved = 0;   // numbers of changes: now, and in the file
    qint64 m_saving = -1;                // of the save under way
    bool m_hasTokens = false;            // there is, or was, something to lose
    bool m_opening = false;              // a session is on its way: the model that comes is its
    bool m_applying = false;
    bool m_closing = false;              // closes when what is being written is written
    bool m_mayClose = false;
};

}  // namespace ms
