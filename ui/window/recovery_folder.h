// A folder for what must outlive a crash: held by one running window, found by the next start when its holder is dead.
#pragma once

#include <QList>
#include <QString>
#include <memory>

namespace ms {

/// <root>/<process>-<number>/ with a lock that the kernel gives back when the process ends, however it ends.
class RecoveryFolder {
public:
    /// A new one. Null when it cannot be made, with the reason in `problem`.
    [[nodiscard]] static std::unique_ptr<RecoveryFolder> create(const QString& root, QString& problem);
    /// Those with a record whose holder is dead, newest record first; they are held by this process from now on. Such without a
    /// record are removed.
    [[nodiscard]] static QList<std::shared_ptr<RecoveryFolder>> leftBehind(const QString& root);
    /// What keepAsLast kept; null when there is nothing.
    [[nodiscard]] static std::shared_ptr<RecoveryFolder> last(const QString& root);
    [[nodiscard]] static bool hasLast(const QString& root);

    ~RecoveryFolder();  ///< gives the lock back; the folder stays
    RecoveryFolder(const RecoveryFolder&) = delete;
    RecoveryFolder& operator=(const RecoveryFolder&) = delete;

    [[nodiscard]] const QString& path() const { return m_path; }
    [[nodiscard]] QString record() const;  ///< file of the record, there or not
    /// The folder goes, with everything in it.
    void remove();
    /// It becomes the one that last() finds, in place of an older one.
    void keepAsLast();
    /// The same for what it holds now; the folder itself goes on.
    void copyAsLast() const;

private:
    RecoveryFolder(QString root, QString path, int lock) : m_root(std::move(root)), m_path(std::move(path)), m_lock(lock) {}
    /// Where the last one goes; an older one is gone.
    [[nodiscard]] QString clearLast() const;
    [[nodiscard]] static std::shared_ptr<RecoveryFolder> hold(const QString& root, const QString& path);

    QString m_root, m_path;
    int m_lock;
};

}  // namespace ms
