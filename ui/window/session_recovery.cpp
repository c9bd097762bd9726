#include "ui/window/session_recovery.h"

#include <QDateTime>
#include <QFileInfo>
#include <QLocale>

#include "ui/widgets/message_bar.h"

namespace ms {

SessionRecovery::SessionRecovery(EngineHost& engine, MessageBar& messages, const QString& root, std::function<SessionWindowPart()> collect, QObject* parent)
    : QObject(parent), m_engine(engine), m_messages(messages), m_root(root), m_collect(std::move(collect)) {
    if (root.isEmpty()) return;
    QString problem;
    m_folder = RecoveryFolder::create(root, problem);
    if (!m_folder) {
        m_messages.show(MessageBar::Kind::Error, problem);
        return;
    }
    m_engine.setSoundFolder(m_folder->path());
    m_timer.setSingleShot(true);
    m_timer.setInterval(kMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &SessionRecovery::record);
    connect(&engine, &EngineHost::recordKept, this, &SessionRecovery::onRecordKept);
}

SessionRecovery::~SessionRecovery() = default;

void SessionRecovery::offerLeftovers() {
    if (!m_folder) return;
    m_leftovers = RecoveryFolder::leftBehind(m_root);
    offerNext();
}

void SessionRecovery::offerNext() {
    if (m_leftovers.isEmpty()) return;
    const auto folder = m_leftovers.first();
    const QString time = QLocale().toString(QFileInfo(folder->record()).lastModified(), QLocale::ShortFormat);
    const auto answered = [this, folder] { m_leftovers.removeOne(folder); };
    m_messages.ask(tr("MambaScope ended unexpectedly. Its session as of %1 was kept.").arg(time),
                   {{QStringLiteral("recoverSession"), tr("Recover"), [this, folder, answered] {
                         answered();
                         m_opening = folder;
                         Q_EMIT openRequested(folder->record());
                     }},
                    {QStringLiteral("discardSession"), tr("Discard"), [this, folder, answered] {
                         answered();
                         folder->remove();
                         offerNext();
                     }}});
}

bool SessionRecovery::hasLast() const { return m_folder && RecoveryFolder::hasLast(m_root); }

void SessionRecovery::openLast() {
    m_opening = m_folder ? RecoveryFolder::last(m_root) : nullptr;
    if (m_opening) Q_EMIT openRequested(m_opening->record());
}

void SessionRecovery::setAside() {
    if (m_folder && !m_opening && QFileInfo::exists(m_folder->record())) m_folder->copyAsLast();
}

void SessionRecovery::tookOver(const QString& record) {
    if (m_opening && m_opening->record() == record) touch();
    else m_opening.reset();
}

void SessionRecovery::touch() {
    ++m_changes;
    if (m_folder && m_writing < 0 && !m_timer.isActive()) m_timer.start();
}

void SessionRecovery::record() {
    if (m_writing >= 0) return;
    m_writing = m_changes;
    m_engine.keepRecord({m_folder->record(), m_collect(), true});
}

void SessionRecovery::onRecordKept(const QString&, const QString& problem) {
    m_recorded = std::exchange(m_writing, -1);
    if (!problem.isEmpty() && !std::exchange(m_failed, true))
        m_messages.show(MessageBar::Kind::Error, tr("Nothing is kept for the case of a crash: %1").arg(problem));
    if (problem.isEmpty()) {
        m_failed = false;
        if (m_opening) m_opening->remove();  // ours holds the same by now
        m_opening.reset();
    }
    if (m_changes > m_recorded) m_timer.start();
    Q_EMIT recorded();
}

bool SessionRecovery::isUpToDate() {
    if (!m_folder || !m_engine.model() || (m_changes == m_recorded && m_writing < 0)) return true;
    record();
    return false;
}

void SessionRecovery::finish(bool keep) {
    if (!m_folder) return;
    m_timer.stop();
    if (keep && QFileInfo::exists(m_folder->record())) m_folder->keepAsLast();
    else m_folder->remove();
    m_folder.reset();
}

}  // namespace ms
