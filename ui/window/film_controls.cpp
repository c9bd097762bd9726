#include "ui/window/film_controls.h"

#include <QAction>
#include <QApplication>
#include <QMainWindow>
#include <QMenu>

#include "ui/bridge/engine_host.h"
#include "ui/dialogs/film_dialog.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/export_controls.h"
#include "ui/window/view_host.h"
#include "ui/window/view_registry.h"

namespace ms {

FilmControls::FilmControls(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
                           MessageBar& messages, QMenu& menu, QAction* before)
    : QObject(&window), m_window(window), m_engine(engine), m_selection(selection), m_views(views), m_figures(figures), m_messages(messages) {
    auto* action = new QAction(tr("Fil&m of this view…"), &window);
    action->setObjectName(QStringLiteral("action_filmView"));
    action->setToolTip(tr("The run again as a film: MP4, WebM or GIF"));
    window.addAction(action);
    const qsizetype end = menu.actions().indexOf(before);
    QAction* last = end > 0 ? menu.actions().at(end - 1) : nullptr;
    menu.insertAction(last != nullptr && last->isSeparator() ? last : before, action);
    connect(action, &QAction::triggered, this, &FilmControls::openDialog);
}

QString FilmControls::currentView() const {
    for (QWidget* widget = QApplication::focusWidget(); widget != nullptr; widget = widget->parentWidget())
        if (const auto* view = qobject_cast<ScopeView*>(widget); view != nullptr && m_views.view(view->id()) == view) return view->id();
    for (const ScopeView* view : m_views.views())
        if (view->isActive()) return view->id();
    return {};
}

void FilmControls::openDialog() {
    if (!m_engine.model() || m_engine.feed().tokens().size() == 0)
        return m_messages.show(MessageBar::Kind::Note, tr("Run a prompt or open a sound first: there is nothing to film."));
    ExportChoices choices;
    for (const ViewEntry& entry : viewRegistry())
        if (m_engine.model()->speech || !entry.ofSpeech) choices.views.push_back({entry.id, entry.title});
    choices.source = [this] { return m_figures.source(); };
    choices.settings = [this](const QString& id) {
        const ScopeView* view = m_views.view(id);
        return view != nullptr ? ViewSettings(*view, m_selection) : ViewSettings();
    };
    auto* dialog = new FilmDialog(choices, currentView(), &m_window);
    connect(dialog, &FilmDialog::written, this, [this](const FilmResult& result) {
        m_messages.show(MessageBar::Kind::Note, tr("Film written: %1. %2").arg(result.path, result.codec));
    });
    connect(&m_engine, &EngineHost::modelChanged, dialog, &QDialog::reject);
    dialog->open();
}

}  // namespace ms
