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

namespace {

QString tr(const char* text) { return QMainWindow::tr(text); }

}  // namespace

MainActions::MainActions(QMainWindow* mainWindow)
    : recent(new RecentFiles(mainWindow)), history(new QUndoStack(mainWindow)), window(mainWindow) {
    createFileActions();
    createRunActions();
    createViewActions();
    createEditActions();
    createHelpActions();
    fillMenuBar();
    fillToolBar();
}

QAction* MainActions::adopt(QAction* action, const char* name, const char* keys, const char* iconName) {
    action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
    action->setShortcut(QKeySequence(QLatin1String(keys)));
    if (*iconName != '\0') action->setIcon(icon(QLatin1String(iconName)));
    window->addAction(action);
    return action;
}

QAction* MainActions::create(const char* name, const QString& text, const char* keys, const char* iconName) {
    return adopt(new QAction(text, window), name, keys, iconName);
}

void MainActions::createFileActions() {
    openFolder = create("openFolder", tr("&Open model folder…"), "Ctrl+O", "open");
    openFolder->setIconText(tr("Open"));
    openFolder->setToolTip(tr("Open a model's folder (Ctrl+O)"));
    openFile = create("openFile", tr("Open model &file…"), "Ctrl+Shift+O");
    closeWindow = create("close", tr("&Close window"), "Ctrl+W");
    quit = create("quit", tr("&Quit"), "Ctrl+Q");
}

void MainActions::createRunActions() {
    run = create("run", tr("&Run the prompt"), "Ctrl+R", "play");
    pause = create("pause", tr("&Pause or go on"), "F9", "pause");
    step = create("step", tr("St&ep one token"), "F10", "step");
    stop = create("stop", tr("&Stop"), "Ctrl+.", "stop");
    copyText = create("copyText", tr("&Copy the text so far"), "Ctrl+Shift+C");
    lab = create("lab", tr("Architecture &lab…"), "Ctrl+Shift+L");
}

void MainActions::createViewActions() {
    follow = create("follow", tr("&Follow"), "Ctrl+L", "follow");
    follow->setCheckable(true);
    follow->setToolTip(tr("Keep the newest token in view (Ctrl+L)"));
    zoomIn = create("zoomIn", tr("Zoom &in"), "Ctrl++", "zoom-in");
    zoomOut = create("zoomOut", tr("Zoom &out"), "Ctrl+-", "zoom-out");
    zoomFit = create("zoomFit", tr("Show &all tokens"), "Ctrl+0", "zoom-fit");
    fullScreen = create("fullScreen", tr("F&ull screen"), "F11");
    fullScreen->setCheckable(true);
    palette = create("palette", tr("&Command palette…"), "Ctrl+Shift+P", "command");
    appearanceSystem = create("appearanceSystem", tr("Like the &system"));
    appearanceLight = create("appearanceLight", tr("&Light"));
    appearanceDark = create("appearanceDark", tr("&Dark"));
    auto* appearances = new QActionGroup(window);
    for (QAction* action : {appearanceSystem, appearanceLight, appearanceDark}) {
        action->setCheckable(true);
        appearances->addAction(action);
    }
}

void MainActions::createEditActions() {
    undo = adopt(history->createUndoAction(window, tr("&Undo")), "undo", "Ctrl+Z", "undo");
    redo = adopt(history->createRedoAction(window, tr("&Redo")), "redo", "Ctrl+Shift+Z", "redo");
    find = create("find", tr("&Find token…"), "Ctrl+F", "search");
    findNext = create("findNext", tr("Find &next"), "F3");
    findPrevious = create("findPrevious", tr("Find &previous"), "Shift+F3");
    preferences = create("preferences", tr("Pre&ferences…"), "Ctrl+,", "settings");
}

void MainActions::createHelpActions() {
    guide = create("guide", tr("&Guide"), "F1");
    tour = create("tour", tr("&Tour of the window"));
    shortcuts = create("shortcuts", tr("&Keyboard shortcuts"), "Ctrl+Shift+K");
    about = create("about", tr("&About MambaScope"));
}

void MainActions::fillMenuBar() {
    fileMenu = window->menuBar()->addMenu(tr("&File"));
    fileMenu->addActions({openFolder, openFile});
    fileMenu->addMenu(recent);
    fileMenu->addSeparator();
    fileMenu->addActions({closeWindow, quit});
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
    runMenu->addSeparator();
    runMenu->addAction(lab);
    viewMenu = window->menuBar()->addMenu(tr("&View"));
    viewMenu->addActions({follow, zoomIn, zoomOut, zoomFit});
    viewMenu->addSeparator();
    docksMenu = viewMenu->addMenu(tr("&Panels"));
    viewMenu->addMenu(tr("A&ppearance"))->addActions({appearanceSystem, appearanceLight, appearanceDark});
    viewMenu->addAction(fullScreen);
    window->menuBar()->addMenu(tr("&Help"))->addActions({guide, tour, shortcuts, about});
}

void MainActions::fillToolBar() {
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
