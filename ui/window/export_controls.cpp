#include "ui/window/export_controls.h"

#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>

#include "ui/models/intervention_model.h"
#include "ui/views/base/scope_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/status_strip.h"
#include "ui/window/view_host.h"
#include "ui/window/view_registry.h"

namespace ms {

ExportControls::ExportControls(QMainWindow& window, EngineHost& engine, Selection& selection, ViewHost& views, MessageBar& messages,
                               StatusStrip& status, QMenu& menu, QAction* before)
    : QObject(&window), m_window(window), m_engine(engine), m_selection(selection), m_views(views), m_messages(messages), m_status(status) {
    const auto add = [&](const QString& text, const char* name, const char* keys, auto&& slot) {
        auto* action = new QAction(text, &window);
        action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
        action->setShortcut(QKeySequence(QLatin1String(keys)));
        window.addAction(action);
        menu.insertAction(before, action);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    const auto ofCurrent = [this](void (ExportControls::*what)(const QString&)) {
        return [this, what] {
            if (ScopeView* view = currentView()) (this->*what)(view->id());
            else note(tr("Show a view first: there is nothing to export."));
        };
    };
    add(tr("&Export view…"), "exportView", "Ctrl+Shift+E", ofCurrent(&ExportControls::openDialog));
    add(tr("Copy view as &figure"), "copyView", "", ofCurrent(&ExportControls::copy));
    add(tr("Export &all views into a folder…"), "exportAll", "", [this] { askForFolder(); });
    menu.insertSeparator(before);
    for (ScopeView* view : views.views()) connectView(view);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        for (QWidget* widget = now; widget != nullptr; widget = widget->parentWidget())
            if (auto* view = qobject_cast<ScopeView*>(widget); view != nullptr && m_views.view(view->id()) == view) m_last = view;
    });
    connect(&status, &StatusStrip::cancelRequested, this, [this] {
        if (m_all) m_all->cancel();
    });
    connect(&engine, &EngineHost::interventionsApplied, this, [this](const InterventionList& list) { m_interventions = list; });
    // A figure of another model's values would be of nothing.
    connect(&engine, &EngineHost::modelChanged, this, [this] {
        m_copied.reset();
        if (m_all) m_all->cancel();
    });
}

ExportControls::~ExportControls() = default;

void ExportControls::connectView(ScopeView* view) {
    connect(view, &ScopeView::exportRequested, this, [this, view] { openDialog(view->id()); });
    connect(view, &ScopeView::copyRequested, this, [this, view] { copy(view->id()); });
}

void ExportControls::note(const QString& text) { m_messages.show(MessageBar::Kind::Note, text); }

ScopeView* ExportControls::currentView() const {
    if (m_last && m_last->isActive()) return m_last;
    for (ScopeView* view : m_views.views())
        if (view->isActive()) return view;
    return nullptr;
}

FigureSource ExportControls::source() const {
    FigureSource source{m_views.context(), m_engine.model()};
    source.compare = m_views.compare();
    source.create = createView;
    source.interventions = m_interventions;
    if (source.model && !source.model->speech) source.sampling = m_engine.sampling();
    source.soundPath = source.model && source.model->speech ? m_soundPath : QString();
    source.request = [feed = QPointer<CaptureFeed>(&m_engine.feed())](const QObject* view, std::vector<CaptureRequest> requests) {
        if (feed) feed->setRequests(view, std::move(requests));
    };
    source.isWorking = [engine = QPointer<EngineHost>(&m_engine)] {
        return engine && (engine->progress().active || engine->isCapturing() || engine->state() == EngineState::Reading ||
                          engine->state() == EngineState::Loading);
    };
    return source;
}

ViewSettings ExportControls::settingsOf(const QString& id) const {
    const ScopeView* view = m_views.view(id);
    return view != nullptr ? ViewSettings(*view, m_selection) : ViewSettings();
}

void ExportControls::openDialog(const QString& view) {
    if (!m_engine.model()) return note(tr("Open a model first: there is nothing to export."));
    ExportChoices choices;
    for (const ViewEntry& entry : viewRegistry()) choices.views.push_back({entry.id, entry.title});
    choices.source = [this] { return source(); };
    choices.settings = [this](const QString& id) { return settingsOf(id); };
    auto* dialog = new ExportDialog(choices, view, &m_window);
    connect(dialog, &ExportDialog::written, this, [this](const QString& path) { note(tr("Exported: %1").arg(path)); });
    connect(&m_engine, &EngineHost::modelChanged, dialog, &QDialog::reject);
    dialog->open();
}

void ExportControls::copy(const QString& view) {
    m_copied = makePage(source(), {{view, settingsOf(view)}});
    if (!m_copied) return;
    connect(m_copied.get(), &FigurePage::failed, this, [this](const QString& problem) { m_messages.show(MessageBar::Kind::Error, problem); });
    connect(m_copied.get(), &FigurePage::settled, this, [this] {
        copyFigure(*m_copied, {m_copied->title(), m_copied->caption(), provenanceOf(source(), *m_copied)});
        note(tr("The figure is on the clipboard, as pixels and as SVG."));
    });
    m_copied->layOut(FigureOptions::kept());
}

void ExportControls::askForFolder() {
    if (!m_engine.model()) return note(tr("Open a model first: there is nothing to export."));
    auto* dialog = new QFileDialog(&m_window, tr("Export all views into a folder"), QSettings().value(QStringLiteral("export/folder")).toString());
    dialog->setObjectName(QStringLiteral("exportFolderDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &ExportControls::exportAll);
    dialog->open();
}

void ExportControls::exportAll(const QString& folder) {
    const bool hears = m_engine.model() && m_engine.model()->speech;
    std::vector<FigurePanel> views;
    for (const ViewEntry& entry : viewRegistry())
        if (hears || !entry.ofSpeech) views.push_back({entry.id, settingsOf(entry.id)});
    const auto format = exportFormat(QSettings().value(QStringLiteral("export/format")).toString()).value_or(ExportFormat::Png);
    m_all = std::make_unique<ExportAll>(source(), std::move(views), FigureOptions::kept(), format, folder);
    connect(m_all.get(), &ExportAll::progressChanged, &m_status, &StatusStrip::setProgress);
    connect(m_all.get(), &ExportAll::cancelled, this, [this, folder] { note(tr("Cancelled: %1 files were written to %2").arg(m_all->written().size()).arg(folder)); });
    connect(m_all.get(), &ExportAll::finished, this, [this, folder] {
        const QString done = tr("%1 files written to %2").arg(m_all->written().size()).arg(folder);
        if (m_all->problems().isEmpty()) return note(done);
        m_messages.show(MessageBar::Kind::Error, done + QStringLiteral(" – ") + m_all->problems().join(QStringLiteral("; ")));
    });
    m_all->start();
}

bool ExportControls::takesFigure(const QString& path) {
    const QString ending = QFileInfo(path).suffix().toLower();
    if (ending != QLatin1String("png") && ending != QLatin1String("svg")) return false;
    const Result<Provenance> provenance = provenanceOfFigure(path);
    if (!provenance || provenance->view.empty()) {
        const QString why = provenance ? tr("%1: says of no view that it shows").arg(path) : utf8(provenance.error().message);
        m_messages.show(MessageBar::Kind::Error, why);
        return true;
    }
    if (provenance->view.starts_with("lab.")) {
        m_messages.show(MessageBar::Kind::Note, tr("%1 is of the architecture lab: its experiments are run there").arg(QFileInfo(path).fileName()));
        return true;
    }
    m_messages.offer(tr("%1 shows %2 of %3").arg(QFileInfo(path).fileName(), utf8(provenance->view), utf8(provenance->model.name)),
                     tr("Bring the view back"), [this, p = *provenance] { rebuild(p); });
    return true;
}

/// The model first, unless it is open; then the input, unless it is what was read; then the views.
void ExportControls::rebuild(const Provenance& provenance) {
    m_waits = std::make_unique<QObject>();
    if (m_engine.model() && utf8(provenance.model.fingerprint) == m_engine.model()->fingerprint) return readInput(provenance);
    const QString path = utf8(provenance.model.path);
    if (!QFileInfo::exists(path))
        return m_messages.show(MessageBar::Kind::Error, tr("The figure's model is not at %1 any more: open it, then drop the figure again").arg(path));
    connect(&m_engine, &EngineHost::modelChanged, m_waits.get(), [this, provenance](const ModelSummaryPtr& model) {
        if (model && utf8(provenance.model.fingerprint) == model->fingerprint) return readInput(provenance);
        m_waits.reset();
        m_messages.show(MessageBar::Kind::Error, tr("The model at %1 is another one than the figure's").arg(utf8(provenance.model.path)));
    });
    Q_EMIT openRequested(path);
}

void ExportControls::readInput(const Provenance& provenance) {
    const auto isRead = [this, wanted = provenance.input.hash] { return provenanceOf(source()).input.hash == wanted; };
    const bool sound = provenance.input.kind == Provenance::InputKind::Sound;
    if (provenance.input.kind == Provenance::InputKind::None || (sound ? isHeard(provenance) : isRead())) return showViews(provenance);
    const QString path = utf8(provenance.input.path);
    if (sound && !QFileInfo::exists(path))
        return m_messages.show(MessageBar::Kind::Error, path.isEmpty() ? tr("The figure is of a recording that is in no sound file: open the session that it was saved with, then drop the figure again") : tr("The figure's sound is not at %1 any more").arg(path));
    if (!sound && provenance.input.ids.empty())
        return m_messages.show(MessageBar::Kind::Error, tr("The figure's input has %1 tokens, too many to be kept in it: run it again, then drop the figure").arg(provenance.input.tokens));
    m_waits = std::make_unique<QObject>();
    connect(&m_engine, &EngineHost::stateChanged, m_waits.get(), [this, provenance](EngineState state) {
        if (state == EngineState::Idle && m_engine.feed().tokens().size() >= provenance.input.tokens) showViews(provenance);
    });
    connect(&m_engine.feed(), &CaptureFeed::rangeChanged, m_waits.get(), [this, provenance] {
        if (m_engine.state() == EngineState::Idle && m_engine.feed().tokens().size() >= provenance.input.tokens) showViews(provenance);
    });
    if (sound) return Q_EMIT openRequested(path);
    RunRequest request;
    request.ids = provenance.input.ids;
    request.onlyRead = true;
    m_engine.run(request);
}

void ExportControls::showViews(const Provenance& provenance) {
    if (m_waits) m_waits.release()->deleteLater();
    for (const RecordedView& recorded : viewsOf(provenance)) {
        ScopeView* view = m_views.view(recorded.id);
        if (view == nullptr) continue;
        recorded.settings.applyTo(m_selection);
        recorded.settings.applyTo(*view);
        m_views.show(recorded.id);
        recorded.settings.applyShownTo(*view);
    }
    if (provenance.tokens) {
        TimeAxis& axis = m_views.context().axis;
        axis.fitAll();
        axis.scrollTo(provenance.tokens->first);
    }
    tellInterventions(provenance);
}

bool ExportControls::isHeard(const Provenance& provenance) const {
    const Provenance::Input here = provenanceOf(source()).input;
    return here.kind == provenance.input.kind && here.tokens == provenance.input.tokens && here.excerpt == provenance.input.excerpt;
}

/// They change the model, so the user has the last word.
void ExportControls::tellInterventions(const Provenance& provenance) {
    const auto wanted = interventionsFromJson(QByteArray::fromStdString(provenance.interventionList));
    const bool same = utf8(provenance.interventions) == interventionsText(m_interventions);
    if (same) return note(tr("The view is back."));
    if (provenance.interventions.empty()) {
        m_messages.offer(tr("The view is back; the figure was made without interventions."), tr("Switch them off"), [this] { Q_EMIT interventionsRequested({}); });
    } else if (wanted) {
        m_messages.offer(tr("The view is back, but for the interventions: %1").arg(utf8(provenance.interventions)), tr("Apply them"),
                         [this, list = *wanted] { Q_EMIT interventionsRequested(list); });
    } else {
        note(tr("The view is back, but for the interventions: %1").arg(utf8(provenance.interventions)));
    }
}

}  // namespace ms
