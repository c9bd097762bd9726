// The user's own keys for actions, kept in the settings.
#pragma once

#include <QKeySequence>
#include <QList>

class QAction;

namespace ms {

/// Remembers the built-in key of each action, then applies the user's.
void loadShortcuts(const QList<QAction*>& actions);
/// The key the program came with.
[[nodiscard]] QKeySequence standardShortcut(const QAction* action);
/// Applies and keeps a key; the standard one is not kept. An empty one takes the key away.
void setShortcut(QAction* action, const QKeySequence& keys);

}  // namespace ms
