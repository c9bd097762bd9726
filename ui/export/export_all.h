// Every view into a folder, one after the other.
#pragma once

#include <QStringList>

#include "ui/export/export_job.h"

namespace ms {

class ExportAll : public QObject {
    Q_OBJECT
public:
    /// Files are named after the views' ids.
    ExportAll(const FigureSource& source, std::vector<FigurePanel> views, const FigureOptions& options, ExportFormat format, const QString& folder,
              QObject* parent = nullptr);

    void start();
    /// What was written until then stays.
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }
    [[nodiscard]] const QStringList& written() const { return m_written; }
    /// A line for each view that could not be written.
    [[nodiscard]] const QStringList& problems() const { return m_problems; }

Q_SIGNALS:
    void progressChanged(const ms::JobProgress& progress);
    /// All were tried.
    void finished();
    void cancelled();

private:
    void next();
    void tell(const QString& status);

    FigureSource m_source;
    std::vector<FigurePanel> m_views;
    FigureOptions m_options;
    ExportFormat m_format;
    QString m_folder;
    std::size_t m_at = 0;
    std::unique_ptr<ExportJob> m_job;
    QStringList m_written, m_problems;
    bool m_running = false;
};

}  // namespace ms
