#include "ui/window/main_actions.h"

#include <QAction>
#include <QActionGroup>
#include <QMainWindow>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>
#include <QUndoStack>

#include "ui/style/icons.h"
#include "ui/window/recent_files.h"

namespace ms {

MainActions::MainActions(QMainWindow* mainWindow)
    : recent(new RecentFiles(mainWindow)), history(new QUndoStack(mainWindow)), window(mainWindow) {
    const auto tr = [](const char* text) { return QMainWindow::tr(text); };
    const auto add = [&](const char* name, const QString& text, const QKeySequence& key,
                         const char* iconName = nullptr) {
        auto* action = new QAction(text, window);
        action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
        action->setShortcut(key);
        if (iconName != nullptr) action->setIcon(icon(QLatin1String(iconName)));
        window->addAction(action);
        return action;
    };
    const auto key = [](const char* keys) { return QKeySequence(QLatin1String(keys)); };

    openFolder = add("openFolder", tr("&Open model folder…"), key("Ctrl+O"), "open");
    openFile = add("openFile", tr("Open model &file…"), key("Ctrl+Shift+O"));
    closeWindow = add("close", tr("&Close window"), key("Ctrl+W"));
    quit = add("quit", tr("&Quit"), key("Ctrl+Q"));
    run = add("run", tr("&Run the prompt"), key("Ctrl+R"), "play");
    pause = add("pause", tr("&Pause or go on"), key("F9"), "pause");
    step = add("step", tr("St&ep one token"), key("F10"), "step");
    stop = add("stop", tr("&Stop"), key("Ctrl+."), "stop");
    copyText = add("copyText", tr("&Copy the text so far"), key("Ctrl+Shift+C"));
    follow = add("follow", tr("&Follow"), key("Ctrl+L"), "follow");
    follow->setCheckable(true);
    openFolder->setIconText(tr("Open"));
    openFolder->setToolTip(tr("Open a model's folder (Ctrl+O)"));
    follow->setToolTip(tr("Keep the newest token in view (Ctrl+L)"));
    zoomIn = add("zoomIn", tr("Zoom &in"), key("Ctrl++"), "zoom-in");
    zoomOut = add("zoomOut", tr("Zoom &out"), key("Ctrl+-"), "zoom-out");
    zoomFit = add("zoomFit", tr("Show &all tokens"), key("Ctrl+0"), "zoom-fit");
    fullScreen = add("fullScreen", tr("F&ull screen"), key("F11"));
    fullScreen->setCheckable(true);
    palette = add("palette", tr("&Command palette…"), key("Ctrl+Shift+P"), "command");
    appearanceSystem = add("appearanceSystem", tr("Like the &system"), {});
    appearanceLight = add("appearanceLight", tr("&Light"), {});
    appearanceDark = add("appearanceDark", tr("&Dark"), {});
    undo = history->createUndoAction(window, tr("&Undo"));
    redo = history->createRedoAction(window, tr("&Redo"));
    for (QAction* action : {undo, redo}) {
        const bool isUndo = action == undo;
        action->setObjectName(isUndo ? QStringLiteral("action_undo") : QStringLiteral("action_redo"));
        action->setShortcut(key(isUndo ? "Ctrl+Z" : "Ctrl+Shift+Z"));
        action->setIcon(icon(isUndo ? QStringLiteral("undo") : QStringLiteral("redo")));
        window->addAction(action);
    }
    find = add("find", tr("&Find token…"), key("Ctrl+F"), "search");
    findNext = add("findNext", tr("Find &next"), key("F3"));
    findPrevious = add("findPrevious", tr("Find &previous"), key("Shift+F3"));
    preferences = add("preferences", tr("Pre&ferences…"), key("Ctrl+,"), "settings");
    guide = add("guide", tr("&Guide"), key("F1"));
    tour = add("tour", tr("&Tour of the window"), {});
    shortcuts = add("shortcuts", tr("&Keyboard shortcuts"), key("Ctrl+Shift+K"));
    about = add("about", tr("&About MambaScope"), {});

    QMenu* file = window->menuBar()->addMenu(tr("&File"));
    file->addActions({openFolder, openFile});
    file->addMenu(recent);
    file->addSeparator();
    file->addActions({closeWindow, quit});
    QMenu* edit = window->menuBar()->addMenu(tr("&Edit"));
    edit->addActions({undo, redo});
    edit->addSeparator();
    edit->addActions({copyText});
    edit->addSeparator();
    edit->addActions({find, findNext, findPrevious});
    edit->addSeparator();
    edit->addActions({palette, preferences});
    QMenu* runMenu = window->menuBar()->addMenu(tr("&Run"));
    runMenu->addActions({run, pause, step, stop});
    QMenu* view = window->menuBar()->addMenu(tr("&View"));
    view->addActions({follow, zoomIn, zoomOut, zoomFit});
    view->addSeparator();
    viewMenu = view;
    docksMenu = view->addMenu(tr("&Panels"));
    QMenu* appearance = view->addMenu(tr("A&ppearance"));
    auto* group = new QActionGroup(window);
    for (QAction* action : {appearanceSystem, appearanceLight, appearanceDark}) {
        action->setCheckable(true);
        group->addAction(action);
        appearance->addAction(action);
    }
    view->addAction(fullScreen);
    QMenu* help = window->menuBar()->addMenu(tr("&Help"));
    help->addActions({guide, tour, shortcuts, about});

    toolBar = window->addToolBar(tr("Tool bar"));
    toolBar->setObjectName(QStringLiteral("toolBar"));
    toolBar->setMovable(false);
    toolBar->setIconSize({16, 16});
    toolBar->setToolButtonStyle(Qt::ToolButtonIconOnly);
    toolBar->addAction(openFolder);
    toolBar->addSeparator();
    toolBar->addActions({run, pause, step, stop});
    toolBar->addSeparator();
    toolBar->addActions({follow, zoomOut, zoomIn, zoomFit});
    toolBar->addSeparator();
    toolBar->addActions({undo, redo, find, palette});
    for (QAction* action : toolBar->actions())
        if (QWidget* button = toolBar->widgetForAction(action); button != nullptr && !action->text().isEmpty()) {
            button->setObjectName(QStringLiteral("tool_") + action->objectName().section(QLatin1Char('_'), 1));
            button->setAccessibleName(action->text().remove(QLatin1Char('&')));
            button->setFocusPolicy(Qt::TabFocus);
            const bool labelled = action == follow || action == openFolder;
            if (labelled) static_cast<QToolButton*>(button)->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        }
}

QList<QAction*> MainActions::all() const {
    QList<QAction*> named;
    for (QAction* action : window->findChildren<QAction*>())
        if (action->objectName().startsWith(QLatin1String("action_"))) named.append(action);
    return named;
}

}  // namespace ms
