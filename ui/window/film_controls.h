// Films in the window: which view, and the dialog.
#pragma once

#include <QObject>

#include "ui/models/selection.h"

class QAction;
class QMainWindow;
class QMenu;

namespace ms {

class EngineHost;
class ExportControls;
class MessageBar;
class ViewHost;

class FilmControls : public QObject {
    Q_OBJECT
public:
    /// Its action goes into `menu`, to the exports that end before `before`; films are made of what figures are made of.
    FilmControls(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
                 MessageBar& messages, QMenu& menu, QAction* before);

private:
    /// The view under the keyboard's focus, else the first that is seen.
    [[nodiscard]] QString currentView() const;
    void openDialog();

    QMainWindow& m_window;
    EngineHost& m_engine;
    const Selection& m_selection;
    const ViewHost& m_views;
    const ExportControls& m_figures;
    MessageBar& m_messages;
};

}  // namespace ms
