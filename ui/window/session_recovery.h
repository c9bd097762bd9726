// What a crash must not take: a record of the session every few seconds, and its way back at the next start.
#pragma once

#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>

#include "ui/bridge/engine_host.h"
#include "ui/window/recovery_folder.h"

namespace ms {

class MessageBar;

class SessionRecovery : public QObject {
    Q_OBJECT
public:
    /// While something changes, records are at least so far apart.
    static constexpr int kMilliseconds = 3000;

    /// `root`: folder of all records; empty: nothing is kept. `collect`: the window's part of a record.
    SessionRecovery(EngineHost& engine, MessageBar& messages, const QString& root, std::function<SessionWindowPart()> collect, QObject* parent);
    ~SessionRecovery() override;

    /// Asks about what a dead process left behind, if it did.
    void offerLeftovers();
    /// Something changed that the next record shall hold.
    void touch();
    /// There is a session kept at an earlier closing.
    [[nodiscard]] bool hasLast() const;
    void openLast();

    /// Another session takes this one's place: what is recorded of it can be opened as the last one.
    void setAside();
    /// A session came from one of the folders, which goes once a record of ours holds the same.
    void tookOver(const QString& record);
    /// Whether everything is in a record; if not, one is written and recorded() follows.
    [[nodiscard]] bool isUpToDate();
    /// The window closes: `keep` what was not saved for another start, or forget it.
    void finish(bool keep);

Q_SIGNALS:
    void openRequested(const QString& record);
    void recorded();

private:
    void record();
    void onRecordKept(const QString& path, const QString& problem);
    void offerNext();

    EngineHost& m_engine;
    MessageBar& m_messages;
    QString m_root;
    std::function<SessionWindowPart()> m_collect;
    std::unique_ptr<RecoveryFolder> m_folder;
    QList<std::shared_ptr<RecoveryFolder>> m_leftovers;  // not answered yet
    std::shared_ptr<RecoveryFolder> m_opening;           // being read, or not yet in a record of ours
    QTimer m_timer;
    qint64 m_changes = 0, m_recorded = 0, m_writing = -1;  // numbers of changes; -1: nothing is being written
    bool m_failed = false;
};

}  // namespace ms
