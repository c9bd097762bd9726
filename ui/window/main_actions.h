// The window's actions, in menus and in the tool bar.
#pragma once

#include <QList>
#include <QObject>

class QAction;
class QMainWindow;
class QMenu;
class QToolBar;
class QUndoStack;

namespace ms {

class RecentFiles;

struct MainActions {
    explicit MainActions(QMainWindow* window);

    QAction *openFolder, *openFile, *closeWindow, *quit;
    QAction *run, *pause, *stop, *step, *copyText, *lab;
    QAction *undo, *redo, *find, *findNext, *findPrevious, *preferences;
    QAction *follow, *zoomIn, *zoomOut, *zoomFit;
    QAction *fullScreen, *palette, *appearanceSystem, *appearanceLight, *appearanceDark;
    QAction *guide, *tour, *shortcuts, *about;
    RecentFiles* recent;
    QMenu* fileMenu;    ///< exports go here, before closeWindow
    QMenu* viewMenu;    ///< the layout menu goes here, before the appearance
    QMenu* docksMenu;   ///< docks add their toggles here
    QUndoStack* history;  ///< of what changes the session
    QToolBar* toolBar;

    QMainWindow* window;
    /// Every action with a name: those here, the docks' toggles, the layouts.
    [[nodiscard]] QList<QAction*> all() const;

private:
    void createFileActions();
    void createRunActions();
    void createViewActions();
    void createEditActions();
    void createHelpActions();
    void fillMenuBar();
    void fillToolBar();
    /// Gives an action its name, "action_<name>", its keys and icon, and makes it the window's.
    QAction* adopt(QAction* action, const char* name, const char* keys, const char* iconName);
    QAction* create(const char* name, const QString& text, const char* keys = "", const char* iconName = "");
};

}  // namespace ms
