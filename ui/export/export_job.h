// One export: lays out, waits for values, draws or collects, writes. Nothing of it blocks.
#pragma once

#include <QObject>
#include <memory>

#include "engine/export/number_source.h"
#include "ui/export/figure_page.h"
#include "ui/export/figure_provenance.h"
#include "ui/export/figure_writer.h"

namespace ms {

/// A view by its id, set as it is told.
struct FigurePanel {
    QString id;
    ViewSettings settings;
};

/// A page with these views. Null: one of them does not exist.
[[nodiscard]] std::unique_ptr<FigurePage> makePage(const FigureSource& source, const std::vector<FigurePanel>& panels);
/// What all its views show, of the tokens that the options ask for; of several views each below "<id>.". Only when settled.
[[nodiscard]] NumberSource numbersOf(const FigurePage& page);

class ExportJob : public QObject {
    Q_OBJECT
public:
    ExportJob(const FigureSource& source, const std::vector<FigurePanel>& panels, QObject* parent = nullptr);
    ~ExportJob() override;

    /// One of written(), failed() and cancelled() follows.
    void write(const FigureOptions& options, ExportFormat format, const QString& path);
    /// What is written then is given up; the file of that name stays as it was.
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    void progressChanged(const ms::JobProgress& progress);
    void written(const QString& path);
    /// One line.
    void failed(const QString& problem);
    void cancelled();

private:
    void tell(qint64 current, qint64 total, const QString& status);
    void onSettled();
    void draw(const Provenance& provenance);
    void writeNumbers(const Provenance& provenance);
    void finish(const Result<QString>& done);
    void end(const QString& problem);

    FigureSource m_source;
    std::unique_ptr<FigurePage> m_page;
    FileHashes m_hashes;
    BackgroundTask<QString> m_writing;
    ExportFormat m_format = ExportFormat::Png;
    QString m_path;
    bool m_running = false;
};

}  // namespace ms
