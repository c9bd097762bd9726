#include "ui/export/export_job.h"

#include <QFileInfo>
#include <filesystem>

#include "engine/export/number_file.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {
constexpr int kSteps = 3;  // values, drawing, writing
constexpr double kDotsPerUnit = 96;
}

std::unique_ptr<FigurePage> makePage(const FigureSource& source, const std::vector<FigurePanel>& panels) {
    std::vector<std::unique_ptr<FigureView>> views;
    for (const FigurePanel& panel : panels) {
        auto view = std::make_unique<FigureView>(source, panel.id, panel.settings);
        if (!view->isValid()) return nullptr;
        views.push_back(std::move(view));
    }
    return std::make_unique<FigurePage>(std::move(views));
}

NumberSource numbersOf(const FigurePage& page) {
    NumberSource all;
    for (const auto& panel : page.panels()) {
        NumberSource own = panel->view().numbers(panel->wantedTokens());
        for (NumberArray& array : own.arrays) {
            if (page.panels().size() > 1) array.name = panel->view().id().toStdString() + '.' + array.name;
            all.arrays.push_back(std::move(array));
        }
    }
    return all;
}

ExportJob::ExportJob(const FigureSource& source, const std::vector<FigurePanel>& panels, QObject* parent)
    : QObject(parent), m_source(source), m_page(makePage(source, panels)) {
    if (!m_page) return;
    connect(m_page.get(), &FigurePage::settled, this, &ExportJob::onSettled);
    connect(m_page.get(), &FigurePage::failed, this, &ExportJob::end);
}

ExportJob::~ExportJob() = default;

void ExportJob::write(const FigureOptions& options, ExportFormat format, const QString& path) {
    m_running = true;
    m_format = format;
    m_path = path;
    if (!m_page) return end(tr("There is no such view."));
    if (const QString problem = options.problem(); !problem.isEmpty()) return end(problem);
    tell(0, kSteps, tr("collecting values"));
    for (const auto& panel : m_page->panels()) panel->setVector(format == ExportFormat::Svg || format == ExportFormat::Pdf);
    m_page->layOut(options);
}

void ExportJob::cancel() {
    if (!m_running) return;
    m_running = false;
    m_hashes.cancel();
    m_writing.cancel();
    tell(kSteps, kSteps, {});
    Q_EMIT cancelled();
}

void ExportJob::tell(qint64 current, qint64 total, const QString& status) {
    JobProgress progress;
    progress.title = tr("Exporting %1").arg(QFileInfo(m_path).fileName());
    progress.status = status;
    progress.current = current;
    progress.total = total;
    progress.active = m_running;
    Q_EMIT progressChanged(progress);
}

void ExportJob::onSettled() {
    if (!m_running) return;
    tell(1, kSteps, tr("checking what it was made of"));
    const ModelSummaryPtr& model = m_source.model;
    m_hashes.add(provenanceOf(m_source, *m_page), model ? model->weightFiles : QStringList(), m_source.soundPath, [this](const Provenance& p) {
        if (!m_running) return;
        tell(2, kSteps, tr("writing"));
        if (isNumbers(m_format)) writeNumbers(p);
        else draw(p);
    });
}

/// Drawing is done here, where widgets live; compressing and writing beside it.
void ExportJob::draw(const Provenance& provenance) {
    const FigureInfo info{m_page->title(), m_page->caption(), provenance};
    QByteArray bytes;
    QImage image;
    if (m_format == ExportFormat::Svg) bytes = svgOf(*m_page, info);
    else if (m_format == ExportFormat::Pdf) bytes = pdfOf(*m_page, info);
    else image = m_page->image();
    const double dotsPerInch = kDotsPerUnit * m_page->options().pixelsPerUnit();
    m_writing.start([bytes, image, info, dotsPerInch, path = m_path](const std::stop_token& stop) -> Result<QString> {
        const QByteArray content = bytes.isEmpty() ? pngOf(image, dotsPerInch, info) : bytes;
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled"};
        if (content.isEmpty()) return Error{ErrorCode::Internal, path.toStdString() + ": the picture cannot be encoded"};
        MS_CHECK(writeFile(path, content));
        return path;
    }, [this](const Result<QString>& done) { finish(done); });
}

void ExportJob::writeNumbers(const Provenance& provenance) {
    const NumberSource numbers = numbersOf(*m_page);
    if (numbers.arrays.empty()) return end(tr("%1 has no numbers to write now").arg(m_page->title()));
    const QPointer<ExportJob> self(this);
    // On the writer's thread; it tells now and then.
    const ProgressCallback progress = [self](const Progress& p) {
        QMetaObject::invokeMethod(qApp, [self, p] {
            if (self && self->m_running) self->tell(p.current, p.total, tr("writing numbers"));
        }, Qt::QueuedConnection);
    };
    m_writing.start([numbers, provenance, progress, path = m_path](const std::stop_token& stop) -> Result<QString> {
        MS_CHECK(ms::writeNumbers(std::filesystem::path(path.toStdString()), numbers, provenance, progress, stop));
        return path;
    }, [this](const Result<QString>& done) { finish(done); });
}

void ExportJob::finish(const Result<QString>& done) {
    if (!done) return end(utf8(done.error().message));
    m_running = false;
    tell(kSteps, kSteps, {});
    Q_EMIT written(*done);
}

void ExportJob::end(const QString& problem) {
    if (!m_running) return;
    m_running = false;
    tell(kSteps, kSteps, {});
    Q_EMIT failed(problem);
}

}  // namespace ms
