#include "ui/dialogs/export_dialog.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QVBoxLayout>

#include "engine/export/number_file.h"
#include "ui/dialogs/export_form.h"
#include "ui/dialogs/figure_preview.h"
#include "ui/models/layer_tree_model.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

constexpr quint64 kLargeTable = 1'000'000'000;
const QString kGroup = QStringLiteral("export");

WriteWords words() {
    return {kGroup,
            ExportDialog::tr("Export"),
            ExportDialog::tr("Views on the page"),
            ExportDialog::tr("The view that is exported; tick more for a figure of several, which stand in this order"),
            ExportDialog::tr("&Export"),
            ExportDialog::tr("Write the file"),
            ExportDialog::tr("Close, or end the export that is running"),
            ExportDialog::tr("What to know before exporting"),
            ExportDialog::tr("Progress of the export"),
            ExportDialog::tr("Export to")};
}

}  // namespace

void copyFigure(const FigurePage& page, const FigureInfo& info) {
    auto* mime = new QMimeData;
    mime->setImageData(page.image());
    mime->setData(QStringLiteral("image/svg+xml"), svgOf(page, info));
    QGuiApplication::clipboard()->setMimeData(mime);
}

ExportDialog::ExportDialog(const ExportChoices& choices, const QString& view, QWidget* parent)
    : WriteDialog(choices, {view}, words(), parent), m_form(new ExportForm), m_preview(new FigurePreview),
      m_copy(addButton(tr("&Copy"), "copy", tr("The figure into the clipboard, as pixels and as SVG"))) {
    buildChoices();
    resize(1040, 680);
    QSettings settings;
    settings.beginGroup(kGroup);
    FigureOptions options;
    options.load(settings);
    m_form->setOptions(options);
    if (const auto format = exportFormat(settings.value(QStringLiteral("format")).toString())) m_form->setFormat(*format);
    m_form->setTokenCount(choices.source().context.tokens.size());

    connect(m_form, &ExportForm::changed, this, [this] {
        m_preview->setOptions(m_form->options());
        refresh();
    });
    connect(m_form, &ExportForm::formatChanged, this, [this] { updatePath(); });
    connect(m_preview, &FigurePreview::shown, this, &ExportDialog::refresh);
    connect(m_copy, &QPushButton::clicked, this, &ExportDialog::copy);
    m_preview->setOptions(m_form->options());
    updatePath();
    refresh();
}

ExportDialog::~ExportDialog() = default;

void ExportDialog::buildChoices() {
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("export_choices"));
    scroll->setWidget(m_form);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    addInput(m_form);
    auto* left = new QVBoxLayout;
    left->addLayout(takeViews(), 1);
    left->addWidget(scroll, 3);
    auto* top = new QHBoxLayout;
    top->addLayout(left);
    top->addWidget(m_preview, 1);
    body()->addLayout(top, 1);
}

QStringList ExportDialog::endings() const {
    QStringList all{key(m_form->format())};
    for (const ExportFormat format : kExportFormats)
        if (format != m_form->format()) all << key(format);
    return all;
}

void ExportDialog::takeEnding(const QString& ending) {
    if (const auto format = exportFormat(ending)) m_form->setFormat(*format);
}

void ExportDialog::showPanels() {
    const QStringList views = chosenViews();
    if (views == m_previewed) return;
    m_previewed = views;
    m_form->setPanels(static_cast<int>(views.size()));
    m_preview->setPanels(choices().source(), panels());
}

void ExportDialog::refresh() {
    showPanels();
    m_estimate.cancel();
    const bool numbers = isNumbers(m_form->format());
    const bool any = !m_previewed.isEmpty();
    const QString problem = m_form->options().problem();
    setWritable(any && (numbers || problem.isEmpty()));
    m_copy->setEnabled(m_preview->page() != nullptr);
    QString note = any ? problem : tr("Choose a view.");
    if (note.isEmpty()) note = replacementNote();
    setNote(note);
    if (!numbers || m_preview->page() == nullptr) return;
    const NumberSource source = numbersOf(*m_preview->page());
    if (!source.arrays.empty()) return tellSize(source, note);
    setWritable(false);
    setNote(tr("This view has no numbers now."));
}

void ExportDialog::tellSize(const NumberSource& source, const QString& note) {
    const NumberFormat format = m_form->format() == ExportFormat::Csv ? NumberFormat::Csv : NumberFormat::Npz;
    m_estimate.start([source, format](const std::stop_token&) { return estimateBytes(format, source, {}); },
                     [this, note, format](const Result<std::uint64_t>& bytes) {
        if (!bytes) return setNote(utf8(bytes.error().message));
        QString size = tr("About %1.").arg(formatBytes(*bytes));
        if (format == NumberFormat::Csv && *bytes > kLargeTable) size = tr("About %1 as CSV: few programs open that. NPZ is smaller, or choose fewer tokens.").arg(formatBytes(*bytes));
        setNote(note.isEmpty() ? size : size + QLatin1Char(' ') + note);
    });
}

void ExportDialog::start() {
    QSettings settings;
    settings.beginGroup(kGroup);
    m_form->options().save(settings);
    settings.setValue(QStringLiteral("format"), key(m_form->format()));
    keepFolder();
    m_job = std::make_unique<ExportJob>(choices().source(), panels());
    connect(m_job.get(), &ExportJob::written, this, [this](const QString& file) {
        Q_EMIT written(file);
        accept();
    });
    follow(*m_job);
    m_job->write(m_form->options(), m_form->format(), path());
}

void ExportDialog::copy() {
    if (m_preview->page() == nullptr) return;
    const FigureSource source = choices().source();
    copyFigure(*m_preview->page(), {m_preview->page()->title(), m_preview->page()->caption(), provenanceOf(source, *m_preview->page())});
    setNote(tr("Copied."));
}

}  // namespace ms
