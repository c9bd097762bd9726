// Every key the window listens to.
#pragma once

#include <QDialog>
#include <QList>

class QAction;

namespace ms {

class ShortcutsDialog : public QDialog {
    Q_OBJECT
public:
    /// Keys of `actions`, and those of the plots, which are not actions.
    explicit ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent = nullptr);
};

}  // namespace ms
