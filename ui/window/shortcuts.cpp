#include "ui/window/shortcuts.h"

#include <QAction>
#include <QSettings>

namespace ms {

namespace {
constexpr const char* kStandard = "standardShortcut";
QString settingsKey(const QAction* action) { return QStringLiteral("shortcuts/") + action->objectName(); }
}  // namespace

void loadShortcuts(const QList<QAction*>& actions) {
    const QSettings settings;
    for (QAction* action : actions) {
        if (!action->property(kStandard).isValid()) action->setProperty(kStandard, QVariant::fromValue(action->shortcut()));
        const QVariant own = settings.value(settingsKey(action));
        if (own.isValid()) action->setShortcut(QKeySequence(own.toString(), QKeySequence::PortableText));
    }
}

QKeySequence standardShortcut(const QAction* action) { return action->property(kStandard).value<QKeySequence>(); }

void setShortcut(QAction* action, const QKeySequence& keys) {
    action->setShortcut(keys);
    QSettings settings;
    if (keys == standardShortcut(action)) settings.remove(settingsKey(action));
    else settings.setValue(settingsKey(action), keys.toString(QKeySequence::PortableText));
}

}  // namespace ms
