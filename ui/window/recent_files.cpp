#include "ui/window/recent_files.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>

namespace ms {

namespace {
constexpr qsizetype kKept = 10;
const auto kKey = QStringLiteral("recentModels");
}

RecentFiles::RecentFiles(QWidget* parent) : QMenu(tr("Open &recent"), parent) {
    setObjectName(QStringLiteral("recentMenu"));
    setToolTipsVisible(true);
    rebuild();
}

QStringList RecentFiles::paths() const { return QSettings().value(kKey).toStringList(); }

void RecentFiles::store(const QStringList& paths) {
    QSettings().setValue(kKey, paths);
    rebuild();
}

void RecentFiles::add(const QString& path) {
    const QString whole = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    QStringList known = paths();
    known.removeAll(whole);
    known.prepend(whole);
    store(known.first(std::min(known.size(), kKept)));
}

void RecentFiles::rebuild() {
    clear();
    const QStringList known = paths();
    for (const QString& path : known) {
        QAction* action = addAction(QFileInfo(path).fileName(), this, [this, path] { Q_EMIT chosen(path); });
        action->setToolTip(QDir::toNativeSeparators(path));
    }
    if (!known.isEmpty()) {
        addSeparator();
        addAction(tr("Clear this list"), this, [this] { store({}); });
    }
    setEnabled(!known.isEmpty());
}

}  // namespace ms
