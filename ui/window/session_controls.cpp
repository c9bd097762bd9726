#include "ui/window/session_controls.h"

#include <QFileDialog>
#include <QMainWindow>
#include <QUndoStack>

#include "ui/models/without_model.h"
#include "ui/views/interventions/interventions_panel.h"
#include "ui/views/snapshots/snapshots_panel.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/dock_layout.h"
#include "ui/window/view_host.h"

namespace ms {

namespace {

/// No more than the engine keeps points for: each move needs two.
constexpr int kUndoSteps = 128;

/// A move between two kept points; done already when it is pushed.
class MoveSession final : public QUndoCommand {
public:
    MoveSession(EngineHost& engine, qint64 from, qint64 to, const QString& what)
        : QUndoCommand(what), m_engine(engine), m_from(from), m_to(to) {}
    void undo() override { m_engine.goToSnapshot(m_from, false); }
    void redo() override {
        if (m_done) m_engine.goToSnapshot(m_to, false);
        m_done = true;
    }

private:
    EngineHost& m_engine;
    qint64 m_from, m_to;
    bool m_done = false;
};

}  // namespace

SessionControls::SessionControls(QMainWindow& window, EngineHost& engine, Selection& selection, QUndoStack& history, DockLayout& docks,
                                 ViewHost& views, MessageBar& messages)
    : QObject(&window), m_window(window), m_engine(engine), m_history(history), m_interventions(&history),
      m_interventionsPanel(new InterventionsPanel(m_interventions, selection)), m_snapshots(new SnapshotsPanel(selection)) {
    m_history.setUndoLimit(kUndoSteps);
    docks.add(QStringLiteral("interventions"), tr("Interventions"), m_interventionsPanel);
    docks.add(QStringLiteral("snapshots"), tr("Snapshots"), m_snapshots);
    connectInterventions(views, messages);
    connectSnapshots(messages);
}

void SessionControls::connectInterventions(ViewHost& views, MessageBar& messages) {
    connect(&m_interventions, &InterventionModel::changed, &m_engine, &EngineHost::setInterventions);
    connect(&m_engine, &EngineHost::interventionsApplied, m_interventionsPanel, &InterventionsPanel::setApplied);
    connect(m_interventionsPanel, &InterventionsPanel::compareChanged, &views, &ViewHost::setCompare);
    connect(m_interventionsPanel, &InterventionsPanel::comparableChanged, &views, &ViewHost::setComparable);
    connect(&views, &ViewHost::compareChosen, m_interventionsPanel, &InterventionsPanel::chooseCompare);
    connect(m_interventionsPanel, &InterventionsPanel::refused, &messages,
            [&messages](const QString& message) { messages.show(MessageBar::Kind::Error, message); });
}

void SessionControls::connectSnapshots(MessageBar& messages) {
    SnapshotsPanel* p = m_snapshots;
    connect(p, &SnapshotsPanel::takeRequested, &m_engine, &EngineHost::takeSnapshot);
    connect(p, &SnapshotsPanel::goToRequested, &m_engine, [this](qint64 id) { m_engine.goToSnapshot(id); });
    connect(p, &SnapshotsPanel::goToTokenRequested, &m_engine, &EngineHost::goToToken);
    connect(p, &SnapshotsPanel::renameRequested, &m_engine, &EngineHost::renameSnapshot);
    connect(p, &SnapshotsPanel::removeRequested, &m_engine, &EngineHost::removeSnapshot);
    connect(p, &SnapshotsPanel::compareRequested, &m_engine, &EngineHost::compareSnapshots);
    connect(p, &SnapshotsPanel::swapRequested, &m_engine, &EngineHost::swapState);
    connect(p, &SnapshotsPanel::saveRequested, this, [this](qint64 id) {
        auto* dialog = new QFileDialog(&m_window, tr("Save the snapshot"), QString(), tr("Snapshots (*.safetensors)"));
        dialog->setObjectName(QStringLiteral("saveSnapshotDialog"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("safetensors"));
        connect(dialog, &QFileDialog::fileSelected, this, [this, id](const QString& path) { m_engine.saveSnapshot(id, path); });
        dialog->open();
    });
    connect(p, &SnapshotsPanel::loadRequested, this, [this] {
        auto* dialog = new QFileDialog(&m_window, tr("Load a snapshot"), QString(), tr("Snapshots (*.safetensors);;All files (*)"));
        dialog->setObjectName(QStringLiteral("loadSnapshotDialog"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, &m_engine, &EngineHost::loadSnapshot);
        dialog->open();
    });
    connect(&m_engine, &EngineHost::snapshotsChanged, p, &SnapshotsPanel::setSnapshots);
    connect(&m_engine, &EngineHost::snapshotsCompared, p, &SnapshotsPanel::showComparison);
    connect(&m_engine, &EngineHost::sessionMoved, this,
            [this](qint64 from, qint64 to, const QString& what) { m_history.push(new MoveSession(m_engine, from, to, what)); });
    connect(&m_engine, &EngineHost::noted, &messages, [&messages](const QString& message) { messages.show(MessageBar::Kind::Note, message); });
    TokenLog& tokens = m_engine.feed().tokens();
    const auto count = [p, &tokens] { p->setTokenCount(tokens.size()); };
    connect(&tokens, &TokenLog::appended, p, count);
    connect(&tokens, &TokenLog::truncated, p, count);
    connect(&tokens, &TokenLog::cleared, p, count);
}

void SessionControls::restore(const InterventionList& list, Compare compare) {
    m_interventions.show(list);
    m_interventionsPanel->setApplied(list);
    m_interventionsPanel->chooseCompare(compare);
}

void SessionControls::setModel(const ModelSummaryPtr& model) {
    m_interventionsPanel->setModel(model);
    m_snapshots->setModel(model);
    const bool shown = isWithoutWeights(model);
    for (QWidget* panel : {static_cast<QWidget*>(m_interventionsPanel), static_cast<QWidget*>(m_snapshots)}) {
        panel->setEnabled(!shown);
        panel->setToolTip(shown ? withoutModelText() : QString());
    }
}

}  // namespace ms
