#include "ui/window/report_controls.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>

#include "ui/bridge/engine_host.h"
#include "ui/widgets/message_bar.h"
#include "ui/window/export_controls.h"
#include "ui/window/status_strip.h"
#include "ui/window/view_host.h"

namespace ms {

namespace {
const QString kFolder = QStringLiteral("report/folder");
}

ReportControls::ReportControls(QMainWindow& window, EngineHost& engine, const Selection& selection, const ViewHost& views, const ExportControls& figures,
                               MessageBar& messages, StatusStrip& status, QMenu& menu, QAction* before)
    : QObject(&window), m_window(window), m_engine(engine), m_selection(selection), m_views(views), m_figures(figures), m_messages(messages), m_status(status) {
    auto* action = new QAction(tr("Repor&t…"), &window);
    action->setObjectName(QStringLiteral("action_report"));
    action->setToolTip(tr("One HTML file with model, text, tables and a figure of each view that is seen"));
    window.addAction(action);
    const qsizetype end = menu.actions().indexOf(before);
    QAction* last = end > 0 ? menu.actions().at(end - 1) : nullptr;
    menu.insertAction(last != nullptr && last->isSeparator() ? last : before, action);
    connect(action, &QAction::triggered, this, &ReportControls::askForFile);
    connect(&status, &StatusStrip::cancelRequested, this, [this] {
        if (m_job) m_job->cancel();
    });
    // A report of another model's values would be of nothing.
    connect(&engine, &EngineHost::modelChanged, this, [this] {
        if (m_job) m_job->cancel();
    });
}

void ReportControls::askForFile() {
    const ModelSummaryPtr model = m_engine.model();
    if (!model) return m_messages.show(MessageBar::Kind::Note, tr("Open a model first: there is nothing to report."));
    const QDir folder(QSettings().value(kFolder, QDir::homePath()).toString());
    auto* dialog = new QFileDialog(&m_window, tr("Report to write"), folder.filePath(QString(model->name).replace(QLatin1Char('/'), QLatin1Char('_')) + QStringLiteral(".html")));
    dialog->setObjectName(QStringLiteral("reportFileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("html"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        QSettings().setValue(kFolder, QFileInfo(path).absolutePath());
        write(path);
    });
    dialog->open();
}

void ReportControls::write(const QString& path) {
    std::vector<FigurePanel> views;
    for (const ScopeView* view : m_views.views())
        if (view->isActive()) views.push_back({view->id(), ViewSettings(*view, m_selection)});
    m_job = std::make_unique<ReportJob>(m_figures.source(), std::move(views));
    connect(m_job.get(), &ReportJob::progressChanged, &m_status, &StatusStrip::setProgress);
    connect(m_job.get(), &ReportJob::failed, this, [this](const QString& problem) { m_messages.show(MessageBar::Kind::Error, problem); });
    connect(m_job.get(), &ReportJob::cancelled, this, [this] { m_messages.show(MessageBar::Kind::Note, tr("Cancelled: no report was written.")); });
    connect(m_job.get(), &ReportJob::written, this, [this](const QString& file) { m_messages.show(MessageBar::Kind::Note, tr("Report written: %1").arg(file)); });
    const ModelSummaryPtr model = m_engine.model();
    m_job->write(tr("A run of %1").arg(model ? model->name : QString()), {}, path);
}

}  // namespace ms
