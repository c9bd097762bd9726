// The window's actions, in menus and in the tool bar.
#pragma once

#include <QList>
#include <QObject>

class QAction;
class QMainWindow;
class QMenu;
class QToolBar;

namespace ms {

class RecentFiles;

struct MainActions {
    explicit MainActions(QMainWindow* window);

    QAction *openFolder, *openFile, *closeWindow, *quit;
    QAction *run, *pause, *stop, *step, *copyText;
    QAction *follow, *zoomIn, *zoomOut, *zoomFit;
    QAction *fullScreen, *resetLayout, *appearanceSystem, *appearanceLight, *appearanceDark;
    QAction *shortcuts, *about;
    RecentFiles* recent;
    QMenu* docksMenu;   ///< docks add their toggles here
    QToolBar* toolBar;

    [[nodiscard]] QList<QAction*> all() const;
};

}  // namespace ms
