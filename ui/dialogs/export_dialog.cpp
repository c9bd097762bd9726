#include "ui/dialogs/export_dialog.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
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

QString folderKept() { return QSettings().value(kGroup + QStringLiteral("/folder"), QDir::homePath()).toString(); }

}  // namespace

void copyFigure(const FigurePage& page, const FigureInfo& info) {
    auto* mime = new QMimeData;
    mime->setImageData(page.image());
    mime->setData(QStringLiteral("image/svg+xml"), svgOf(page, info));
    QGuiApplication::clipboard()->setMimeData(mime);
}

ExportDialog::ExportDialog(const ExportChoices& choices, const QString& view, QWidget* parent)
    : QDialog(parent), m_choices(choices), m_form(new ExportForm), m_preview(new FigurePreview), m_views(new QListWidget), m_path(new QLineEdit),
      m_note(new QLabel), m_bar(new QProgressBar) {
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export"));
    setAttribute(Qt::WA_DeleteOnClose);
    buildViews(view);
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("export_choices"));
    scroll->setWidget(m_form);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* left = new QVBoxLayout;
    auto* label = new QLabel(tr("&Views"));
    label->setBuddy(m_views);
    left->addWidget(label);
    left->addWidget(m_views, 1);
    left->addWidget(scroll, 3);
    auto* top = new QHBoxLayout;
    top->addLayout(left);
    top->addWidget(m_preview, 1);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top, 1);
    buildFile();
    resize(1040, 680);

    QSettings settings;
    settings.beginGroup(kGroup);
    FigureOptions options;
    options.load(settings);
    m_form->setOptions(options);
    if (const auto format = exportFormat(settings.value(QStringLiteral("format")).toString())) m_form->setFormat(*format);
    m_form->setTokenCount(m_choices.source().context.tokens.size());

    connect(m_form, &ExportForm::changed, this, [this] {
        m_preview->setOptions(m_form->options());
        updateWarning();
    });
    connect(m_form, &ExportForm::formatChanged, this, &ExportDialog::updatePath);
    connect(m_views, &QListWidget::itemChanged, this, &ExportDialog::updatePanels);
    connect(m_preview, &FigurePreview::shown, this, &ExportDialog::updateWarning);
    connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::updateWarning);
    m_preview->setOptions(m_form->options());
    updatePanels();
}

ExportDialog::~ExportDialog() = default;

void ExportDialog::buildViews(const QString& view) {
    m_views->setObjectName(QStringLiteral("export_views"));
    m_views->setAccessibleName(tr("Views on the page"));
    m_views->setToolTip(tr("The view that is exported; tick more for a figure of several, which stand in this order"));
    for (const ExportChoices::View& each : m_choices.views) {
        auto* item = new QListWidgetItem(each.title, m_views);
        item->setData(Qt::UserRole, each.id);
        item->setFlags(Qt::ItemIsUserCheckable | Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item->setCheckState(each.id == view ? Qt::Checked : Qt::Unchecked);
        if (each.id == view) m_views->setCurrentItem(item);
    }
}

void ExportDialog::buildFile() {
    m_path->setObjectName(QStringLiteral("export_path"));
    m_path->setAccessibleName(tr("File to write"));
    m_note->setObjectName(QStringLiteral("export_note"));
    m_note->setAccessibleName(tr("What to know before exporting"));
    m_note->setWordWrap(true);
    m_bar->setObjectName(QStringLiteral("export_progress"));
    m_bar->setAccessibleName(tr("Progress of the export"));
    m_bar->hide();
    const auto button = [](const QString& text, const char* name, const QString& toolTip) {
        auto* made = new QPushButton(text);
        made->setObjectName(QStringLiteral("export_") + QLatin1String(name));
        made->setAccessibleName(QString(text).remove(QLatin1Char('&')));
        made->setToolTip(toolTip);
        made->setAutoDefault(false);
        return made;
    };
    m_browse = button(tr("&Browse…"), "browse", tr("Choose the file in a dialog"));
    m_copy = button(tr("&Copy"), "copy", tr("The figure into the clipboard, as pixels and as SVG"));
    m_export = button(tr("&Export"), "write", tr("Write the file"));
    m_cancel = button(tr("Close"), "cancel", tr("Close, or end the export that is running"));
    m_export->setDefault(true);
    auto* file = new QHBoxLayout;
    auto* label = new QLabel(tr("F&ile"));
    label->setBuddy(m_path);
    file->addWidget(label);
    file->addWidget(m_path, 1);
    file->addWidget(m_browse);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_note, 1);
    buttons->addWidget(m_bar, 1);
    for (QPushButton* each : {m_copy, m_export, m_cancel}) buttons->addWidget(each);
    auto* all = static_cast<QVBoxLayout*>(layout());
    all->addLayout(file);
    all->addLayout(buttons);
    connect(m_browse, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(m_copy, &QPushButton::clicked, this, &ExportDialog::copy);
    connect(m_export, &QPushButton::clicked, this, &ExportDialog::start);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (m_job && m_job->isRunning()) m_job->cancel();
        else reject();
    });
}

QStringList ExportDialog::chosenViews() const {
    QStringList ids;
    for (int i = 0; i < m_views->count(); ++i)
        if (m_views->item(i)->checkState() == Qt::Checked) ids << m_views->item(i)->data(Qt::UserRole).toString();
    return ids;
}

std::vector<FigurePanel> ExportDialog::panels() const {
    std::vector<FigurePanel> panels;
    for (const QString& id : chosenViews()) panels.push_back({id, m_choices.settings(id)});
    return panels;
}

void ExportDialog::updatePanels() {
    m_form->setPanels(static_cast<int>(chosenViews().size()));
    m_preview->setPanels(m_choices.source(), panels());
    updatePath();
    updateWarning();
}

QString ExportDialog::suggestedName() const {
    const FigureSource source = m_choices.source();
    const QString model = source.model ? source.model->name : QString();
    QString name = QStringList{model, chosenViews().join(QLatin1Char('-'))}.join(QLatin1Char('-'));
    static const QRegularExpression awkward(QStringLiteral("[/\\\\:*?\"<>|\\s]+"));
    name.replace(awkward, QStringLiteral("_"));
    return name.left(100) + QLatin1Char('.') + key(m_form->format());
}

/// A name that the user wrote keeps all but its ending.
void ExportDialog::updatePath() {
    const QString name = suggestedName();
    if (m_path->text().isEmpty() || m_path->text() == m_suggested) {
        m_suggested = QDir(folderKept()).filePath(name);
        m_path->setText(m_suggested);
        return;
    }
    const QFileInfo info(m_path->text());
    if (exportFormat(info.suffix())) m_path->setText(info.path() + QLatin1Char('/') + info.completeBaseName() + QLatin1Char('.') + key(m_form->format()));
}

void ExportDialog::updateWarning() {
    m_estimate.cancel();
    const bool numbers = isNumbers(m_form->format());
    const bool any = !chosenViews().isEmpty();
    const QString problem = m_form->options().problem();
    m_export->setEnabled(any && !m_path->text().trimmed().isEmpty() && (numbers || problem.isEmpty()));
    m_copy->setEnabled(m_preview->page() != nullptr);
    QString note = any ? problem : tr("Choose a view.");
    if (note.isEmpty() && QFileInfo::exists(m_path->text())) note = tr("The file is there already: it will be replaced.");
    m_note->setText(note);
    if (!numbers || m_preview->page() == nullptr) return;
    const NumberSource source = numbersOf(*m_preview->page());
    if (source.arrays.empty()) {
        m_export->setEnabled(false);
        return m_note->setText(tr("This view has no numbers now."));
    }
    const NumberFormat format = m_form->format() == ExportFormat::Csv ? NumberFormat::Csv : NumberFormat::Npz;
    m_estimate.start([source, format](const std::stop_token&) { return estimateBytes(format, source, {}); },
                     [this, note, format](const Result<std::uint64_t>& bytes) {
        if (!bytes) return m_note->setText(utf8(bytes.error().message));
        QString size = tr("About %1.").arg(formatBytes(*bytes));
        if (format == NumberFormat::Csv && *bytes > kLargeTable) size = tr("About %1 as CSV: few programs open that. NPZ is smaller, or choose fewer tokens.").arg(formatBytes(*bytes));
        m_note->setText(note.isEmpty() ? size : size + QLatin1Char(' ') + note);
    });
}

void ExportDialog::browse() {
    auto* dialog = new QFileDialog(this, tr("Export to"), m_path->text());
    dialog->setObjectName(QStringLiteral("exportFileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(key(m_form->format()));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_path->setText(path);
        if (const auto format = exportFormat(QFileInfo(path).suffix())) m_form->setFormat(*format);
    });
    dialog->open();
}

void ExportDialog::start() {
    const QString path = m_path->text().trimmed();
    QSettings settings;
    settings.beginGroup(kGroup);
    m_form->options().save(settings);
    settings.setValue(QStringLiteral("format"), key(m_form->format()));
    settings.setValue(QStringLiteral("folder"), QFileInfo(path).absolutePath());
    m_job = std::make_unique<ExportJob>(m_choices.source(), panels());
    connect(m_job.get(), &ExportJob::progressChanged, this, &ExportDialog::showProgress);
    connect(m_job.get(), &ExportJob::failed, this, [this](const QString& problem) {
        setRunning(false);
        m_note->setText(problem);
    });
    connect(m_job.get(), &ExportJob::cancelled, this, [this] {
        setRunning(false);
        m_note->setText(tr("Cancelled: nothing was written."));
    });
    connect(m_job.get(), &ExportJob::written, this, [this](const QString& file) {
        Q_EMIT written(file);
        accept();
    });
    setRunning(true);
    m_job->write(m_form->options(), m_form->format(), path);
}

void ExportDialog::setRunning(bool running) {
    for (QWidget* widget : std::initializer_list<QWidget*>{m_form, m_views, m_path, m_browse, m_copy, m_export}) widget->setEnabled(!running);
    m_bar->setVisible(running);
    m_note->setVisible(!running);
    m_cancel->setText(running ? tr("Cancel") : tr("Close"));
}

void ExportDialog::showProgress(const JobProgress& progress) {
    m_bar->setRange(0, 1000);
    m_bar->setValue(progress.total > 0 ? static_cast<int>(1000 * progress.current / progress.total) : 0);
    m_bar->setFormat(progress.status);
}

void ExportDialog::copy() {
    if (m_preview->page() == nullptr) return;
    const FigureSource source = m_choices.source();
    copyFigure(*m_preview->page(), {m_preview->page()->title(), m_preview->page()->caption(), provenanceOf(source, *m_preview->page())});
    m_note->setText(tr("Copied."));
}

}  // namespace ms
