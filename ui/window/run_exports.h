// Films and reports of the run in the window: their actions and dialogs.
#pragma once

#include <QObject>

#include "ui/dialogs/write_dialog.h"
#include "ui/models/selection.h"

class QAction;
class QMainWindow;
class QMenu;

namespace ms {

class EngineHost;
class ExportControls;
class MessageBar;
class ViewHost;

class RunExports : public QObject {
    Q_OBJECT
public:
    /// The actions go into `menu`, to the exports that end before `before`; both are made of what figures are made of.
    RunExports(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
               MessageBar& messages, QMenu& menu, QAction* before);

private:
    void openFilm();
    void openReport();
    /// Of views that can show something of the open model.
    [[nodiscard]] ExportChoices choices() const;
    /// The view under the keyboard's focus, else the first that is seen.
    [[nodiscard]] QString currentView() const;
    /// It goes with the model: a film or report of another one's values would be of nothing.
    void open(WriteDialog* dialog);

    QMainWindow& m_window;
    EngineHost& m_engine;
    const Selection& m_selection;
    const ViewHost& m_views;
    const ExportControls& m_figures;
    MessageBar& m_messages;
};

}  // namespace ms
