#include "ui/export/export_all.h"

#include <QDir>
#include <QTimer>

namespace ms {

ExportAll::ExportAll(const FigureSource& source, std::vector<FigurePanel> views, const FigureOptions& options, ExportFormat format,
                     const QString& folder, QObject* parent)
    : QObject(parent), m_source(source), m_views(std::move(views)), m_options(options), m_format(format), m_folder(folder) {}

void ExportAll::start() {
    m_running = true;
    m_at = 0;
    next();
}

void ExportAll::tell(const QString& status) {
    JobProgress progress;
    progress.title = tr("Exporting all views");
    progress.status = status;
    progress.current = static_cast<qint64>(m_at);
    progress.total = static_cast<qint64>(m_views.size());
    progress.active = m_running;
    Q_EMIT progressChanged(progress);
}

void ExportAll::next() {
    if (!m_running) return;
    if (m_at == m_views.size()) {
        m_running = false;
        tell({});
        Q_EMIT finished();
        return;
    }
    const FigurePanel& view = m_views[m_at];
    const QString file = QDir(m_folder).filePath(view.id + QLatin1Char('.') + key(m_format));
    tell(view.id);
    m_job = std::make_unique<ExportJob>(m_source, std::vector{view});
    // Not from within the job's own signal: it goes when the next one comes.
    const auto goOn = [this] {
        ++m_at;
        QTimer::singleShot(0, this, &ExportAll::next);
    };
    connect(m_job.get(), &ExportJob::written, this, [this, goOn](const QString& path) {
        m_written << path;
        goOn();
    });
    connect(m_job.get(), &ExportJob::failed, this, [this, goOn](const QString& problem) {
        m_problems << problem;
        goOn();
    });
    m_job->write(m_options, m_format, file);
}

void ExportAll::cancel() {
    if (!m_running) return;
    m_running = false;
    if (m_job) m_job->cancel();
    tell({});
    Q_EMIT cancelled();
}

}  // namespace ms
