#include "ui/window/layout_menu.h"

#include <QAction>
#include <QInputDialog>

#include "ui/window/dock_layout.h"

namespace ms {

LayoutMenu::LayoutMenu(DockLayout& docks, QWidget* window)
    : QMenu(tr("&Layout"), window), m_docks(docks), m_window(window), m_removeMenu(new QMenu(tr("Re&move"), this)) {
    setObjectName(QStringLiteral("layoutMenu"));
    setToolTipsVisible(true);
    int number = 1;
    for (const Arrangement& arrangement : DockLayout::arrangements()) {
        QAction* action = addAction(arrangement.title, this, [this, &arrangement] {
            m_docks.arrange(arrangement);
            Q_EMIT arranged(arrangement.title);
        });
        action->setObjectName(QStringLiteral("action_layout_") + arrangement.id);
        action->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(number++)));
        action->setToolTip(arrangement.purpose);
        m_window->addAction(action);
    }
    m_separator = addSeparator();
    QAction* save = addAction(tr("&Save as…"), this, &LayoutMenu::saveAs);
    save->setObjectName(QStringLiteral("action_saveLayout"));
    addMenu(m_removeMenu);
    QAction* reset = addAction(tr("&Reset layout"), this, [this] {
        m_docks.arrange(DockLayout::arrangements().front());
        Q_EMIT arranged(DockLayout::arrangements().front().title);
    });
    reset->setObjectName(QStringLiteral("action_resetLayout"));
    rebuild();
}

void LayoutMenu::saveAs() {
    auto* dialog = new QInputDialog(m_window);
    dialog->setObjectName(QStringLiteral("layoutName"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Save the layout"));
    dialog->setLabelText(tr("Name of the layout"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString& name) {
        if (name.trimmed().isEmpty()) return;
        m_docks.saveAs(name.trimmed());
        rebuild();
    });
    dialog->open();
}

void LayoutMenu::rebuild() {
    qDeleteAll(m_own);
    m_own.clear();
    m_removeMenu->clear();
    const QStringList names = DockLayout::savedNames();
    for (const QString& name : names) {
        auto* action = new QAction(name, this);
        action->setObjectName(QStringLiteral("action_ownLayout_") + name);
        connect(action, &QAction::triggered, this, [this, name] {
            if (m_docks.restore(name)) Q_EMIT arranged(name);
        });
        insertAction(m_separator, action);
        m_own.append(action);
        m_removeMenu->addAction(name, this, [this, name] {
            DockLayout::remove(name);
            QMetaObject::invokeMethod(this, &LayoutMenu::rebuild, Qt::QueuedConnection);  // it deletes the action that calls
        });
    }
    m_removeMenu->setEnabled(!names.isEmpty());
}

}  // namespace ms
