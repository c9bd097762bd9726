#include "ui/window/run_exports.h"

#include <QAction>
#include <QApplication>
#include <QMainWindow>
#include <QMenu>

#include "ui/bridge/engine_host.h"
#include "ui/dialogs/film_dialog.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/export_controls.h"
#include "ui/window/view_host.h"
#include "ui/window/view_registry.h"

namespace ms {

RunExports::RunExports(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
                       MessageBar& messages, QMenu& menu, QAction* before)
    : QObject(&window), m_window(window), m_engine(engine), m_selection(selection), m_views(views), m_figures(figures), m_messages(messages) {
    const qsizetype end = menu.actions().indexOf(before);
    QAction* last = end > 0 ? menu.actions().at(end - 1) : nullptr;
    if (last == nullptr || !last->isSeparator()) last = before;
    const auto add = [&](const QString& text, const char* name, const QString& hint, void (RunExports::*slot)()) {
        auto* action = new QAction(text, &window);
        action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
        action->setToolTip(hint);
        window.addAction(action);
        menu.insertAction(last, action);
        connect(action, &QAction::triggered, this, slot);
    };
    add(tr("Fil&m of this view…"), "filmView", tr("The run again as a film: MP4, WebM or GIF"), &RunExports::openFilm);
    add(tr("Repor&t…"), "report", tr("One HTML file with model, text, tables and figures of views"), &RunExports::openReport);
}

QString RunExports::currentView() const {
    for (QWidget* widget = QApplication::focusWidget(); widget != nullptr; widget = widget->parentWidget())
        if (const auto* view = qobject_cast<ScopeView*>(widget); view != nullptr && m_views.view(view->id()) == view) return view->id();
    for (const ScopeView* view : m_views.views())
        if (view->isActive()) return view->id();
    return {};
}

ExportChoices RunExports::choices() const {
    ExportChoices choices;
    for (const ViewEntry& entry : viewRegistry())
        if (m_engine.model()->speech || !entry.ofSpeech) choices.views.push_back({entry.id, entry.title});
    choices.source = [this] { return m_figures.source(); };
    choices.settings = [this](const QString& id) {
        const ScopeView* view = m_views.view(id);
        return view != nullptr ? ViewSettings(*view, m_selection) : ViewSettings();
    };
    return choices;
}

void RunExports::open(WriteDialog* dialog) {
    connect(&m_engine, &EngineHost::modelChanged, dialog, &QDialog::reject);
    dialog->open();
}

void RunExports::openFilm() {
    if (!m_engine.model() || m_engine.feed().tokens().size() == 0)
        return m_messages.show(MessageBar::Kind::Note, tr("Run a prompt or open a sound first: there is nothing to film."));
    auto* dialog = new FilmDialog(choices(), currentView(), &m_window);
    connect(dialog, &FilmDialog::written, this, [this](const FilmResult& result) {
        m_messages.show(MessageBar::Kind::Note, tr("Film written: %1. %2").arg(result.path, result.codec));
    });
    open(dialog);
}

void RunExports::openReport() {
    const ModelSummaryPtr model = m_engine.model();
    if (!model) return m_messages.show(MessageBar::Kind::Note, tr("Open a model first: there is nothing to report."));
    QStringList seen;
    for (const ScopeView* view : m_views.views())
        if (view->isActive()) seen << view->id();
    auto* dialog = new ReportDialog(choices(), seen, tr("A run of %1").arg(model->name), &m_window);
    connect(dialog, &ReportDialog::written, this, [this](const QString& file) { m_messages.show(MessageBar::Kind::Note, tr("Report written: %1").arg(file)); });
    open(dialog);
}

}  // namespace ms
