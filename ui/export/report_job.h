// A report of a run: model card, text, tables and figures in one HTML file. Nothing of it blocks.
#pragma once

#include "ui/export/export_job.h"
#include "ui/export/report_page.h"

namespace ms {

/// What a table tells of layers.
struct ReportMeasure {
    QString name;
    std::vector<NumberArray> layers;  ///< [tokens] each
};

/// What the user chooses about a report.
struct ReportPlan {
    QString title;
    QString note;            ///< plain text below the title; may be empty
    bool model = true, text = true, sampling = true;  ///< with the model's card, the run's text, how it was sampled
    FigureOptions figure{};  ///< how figures are drawn; their captions stand below them as text
};

class ReportJob : public QObject {
    Q_OBJECT
public:
    /// A figure for each of `views`, in this order.
    ReportJob(const FigureSource& source, std::vector<FigurePanel> views, QObject* parent = nullptr);
    ~ReportJob() override;

    /// One of written(), failed() and cancelled() follows. A view that has nothing to show is left out, and the report says so.
    void write(const ReportPlan& plan, const QString& path);
    /// The file of that name stays as it was.
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    void progressChanged(const ms::JobProgress& progress);
    void written(const QString& path);
    /// One line.
    void failed(const QString& problem);
    void cancelled();

private:
    void next();
    void take();
    void takeText();
    void collect(const Provenance& provenance);
    void finish(const Result<QString>& done);
    void tell(const QString& status);
    void end(const QString& problem);

    FigureSource m_source;
    std::vector<FigurePanel> m_views;  // those of figures, then those that tables are made of
    std::size_t m_figures, m_at = 0;
    ReportPlan m_plan;
    std::unique_ptr<FigurePage> m_page;
    FileHashes m_hashes;
    BackgroundTask<QString> m_writing;
    ReportContent m_content;
    std::vector<ReportMeasure> m_measures;
    QString m_path;
    bool m_running = false;
};

}  // namespace ms
