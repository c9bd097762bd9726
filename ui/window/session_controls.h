// Snapshots and interventions in the window: panels, engine and history of what changed the session.
#pragma once

#include <QObject>

#include "ui/bridge/engine_host.h"
#include "ui/models/intervention_model.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"

class QMainWindow;
class QUndoStack;

namespace ms {

class DockLayout;
class InterventionsPanel;
class MessageBar;
class SnapshotsPanel;
class ViewHost;

class SessionControls : public QObject {
    Q_OBJECT
public:
    SessionControls(QMainWindow& window, EngineHost& engine, Selection& selection, QUndoStack& history, DockLayout& docks, ViewHost& views,
                    MessageBar& messages);

    void setModel(const ModelSummaryPtr& model);
    /// What a file brought and the engine has: the list of interventions, and which run the views show.
    void restore(const InterventionList& list, Compare compare);
    [[nodiscard]] InterventionModel& interventions() { return m_interventions; }

private:
    void connectInterventions(ViewHost& views, MessageBar& messages);
    void connectSnapshots(MessageBar& messages);

    QMainWindow& m_window;
    EngineHost& m_engine;
    QUndoStack& m_history;
    InterventionModel m_interventions;
    InterventionsPanel* m_interventionsPanel;
    SnapshotsPanel* m_snapshots;
};

}  // namespace ms
