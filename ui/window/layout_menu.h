// The menu of layouts: the built-in arrangements, the user's own, and keeping the present one.
#pragma once

#include <QMenu>

class QAction;

namespace ms {

class DockLayout;

class LayoutMenu : public QMenu {
    Q_OBJECT
public:
    LayoutMenu(DockLayout& docks, QWidget* window);

    /// Asks for a name in the window, without blocking.
    void saveAs();

Q_SIGNALS:
    void arranged(const QString& title);

private:
    void rebuild();

    DockLayout& m_docks;
    QWidget* m_window;
    QList<QAction*> m_own;       // actions of the user's layouts
    QMenu* m_removeMenu;
    QAction* m_separator;
};

}  // namespace ms
