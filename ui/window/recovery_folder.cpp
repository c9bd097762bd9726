#include "ui/window/recovery_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>

namespace ms {

namespace {

const QString kLast = QStringLiteral("last"), kRecord = QStringLiteral("session.mscope"), kLock = QStringLiteral("lock");

/// -1: somebody alive holds it, or it cannot be held.
int lock(const QString& folder) {
    const QByteArray name = QFile::encodeName(folder + QLatin1Char('/') + kLock);
    const int file = ::open(name.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
    ::close(file);
    return -1;
}

}  // namespace

std::unique_ptr<RecoveryFolder> RecoveryFolder::create(const QString& root, QString& problem) {
    static int s_counter = 0;
    QString path;
    do path = QStringLiteral("%1/%2-%3").arg(root).arg(QCoreApplication::applicationPid()).arg(s_counter++);
    while (QFileInfo::exists(path));  // of an earlier process with this number
    const int held = QDir().mkpath(path) ? lock(path) : -1;
    if (held >= 0) {
        // What is said and written is the user's own.
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return std::unique_ptr<RecoveryFolder>(new RecoveryFolder(root, path, held));
    }
    problem = QCoreApplication::translate("ms::RecoveryFolder", "%1: cannot be written; nothing is kept for the case of a crash. Make the folder writable.").arg(path);
    return nullptr;
}

std::shared_ptr<RecoveryFolder> RecoveryFolder::hold(const QString& root, const QString& path) {
    const int held = lock(path);
    return held < 0 ? nullptr : std::shared_ptr<RecoveryFolder>(new RecoveryFolder(root, path, held));
}

QList<std::shared_ptr<RecoveryFolder>> RecoveryFolder::leftBehind(const QString& root) {
    QList<std::shared_ptr<RecoveryFolder>> found;
    for (const QFileInfo& folder : QDir(root).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks)) {
        if (folder.fileName() == kLast) continue;
        auto held = hold(root, folder.filePath());
        if (!held) continue;
        if (QFileInfo::exists(held->record())) found.append(std::move(held));
        else held->remove();
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return QFileInfo(a->record()).lastModified() > QFileInfo(b->record()).lastModified();
    });
    return found;
}

bool RecoveryFolder::hasLast(const QString& root) { return QFileInfo::exists(root + QLatin1Char('/') + kLast + QLatin1Char('/') + kRecord); }

std::shared_ptr<RecoveryFolder> RecoveryFolder::last(const QString& root) {
    return hasLast(root) ? hold(root, root + QLatin1Char('/') + kLast) : nullptr;
}

RecoveryFolder::~RecoveryFolder() { ::close(m_lock); }

QString RecoveryFolder::record() const { return m_path + QLatin1Char('/') + kRecord; }

void RecoveryFolder::remove() { QDir(m_path).removeRecursively(); }

QString RecoveryFolder::clearLast() const {
    const QString target = m_root + QLatin1Char('/') + kLast;
    if (const auto older = hold(m_root, target)) older->remove();
    return target;
}

void RecoveryFolder::keepAsLast() {
    const QString target = clearLast();
    QDir().rename(m_path, target);
    m_path = target;
}

void RecoveryFolder::copyAsLast() const {
    const QString target = clearLast();
    QDir().mkpath(target);
    // Links: a record is replaced as a whole, and the sound of a recording is never written again when another begins.
    for (const QString& name : QDir(m_path).entryList(QDir::Files))
        if (name != kLock)
            [[maybe_unused]] const int linked = ::link(QFile::encodeName(m_path + QLatin1Char('/') + name).constData(),
                                                       QFile::encodeName(target + QLatin1Char('/') + name).constData());
}

}  // namespace ms
