#include "ui/dialogs/film_dialog.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/dialogs/film_form.h"
#include "ui/models/time_axis.h"
#include "ui/style/number_text.h"

namespace ms {

namespace {
const QString kGroup = QStringLiteral("film");
}

FilmDialog::FilmDialog(const ExportChoices& choices, const QString& view, QWidget* parent)
    : QDialog(parent), m_choices(choices), m_form(new FilmForm), m_views(new QListWidget), m_path(new QLineEdit), m_note(new QLabel), m_bar(new QProgressBar) {
    setObjectName(QStringLiteral("filmDialog"));
    setWindowTitle(tr("Film"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* layout = new QVBoxLayout(this);
    buildViews(view);
    layout->addWidget(m_form);
    buildFile();
    resize(620, 600);

    QSettings settings;
    settings.beginGroup(kGroup);
    FilmPlan plan;
    plan.load(settings);
    m_form->setPlan(plan);
    const FigureSource source = m_choices.source();
    const TimeAxis& axis = source.context.axis;
    const qint64 all = source.context.tokens.size();
    m_form->setTokenCounts(all, std::clamp<qint64>(all - axis.firstToken(), 0, axis.visibleTokens()));

    connect(m_form, &FilmForm::changed, this, &FilmDialog::updateNote);
    connect(m_form, &FilmForm::formatChanged, this, &FilmDialog::updatePath);
    connect(m_path, &QLineEdit::textChanged, this, &FilmDialog::updateNote);
    connect(m_views, &QListWidget::itemChanged, this, &FilmDialog::updatePath);
    updatePath();
}

FilmDialog::~FilmDialog() = default;

void FilmDialog::buildViews(const QString& view) {
    m_views->setObjectName(QStringLiteral("film_views"));
    m_views->setAccessibleName(tr("Views in the film"));
    m_views->setToolTip(tr("The view that is filmed; tick more for a film of several, which stand in this order"));
    for (const ExportChoices::View& each : m_choices.views) {
        auto* item = new QListWidgetItem(each.title, m_views);
        item->setData(Qt::UserRole, each.id);
        item->setFlags(Qt::ItemIsUserCheckable | Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item->setCheckState(each.id == view ? Qt::Checked : Qt::Unchecked);
        if (each.id == view) m_views->setCurrentItem(item);
    }
    auto* label = new QLabel(tr("&Views"));
    label->setBuddy(m_views);
    static_cast<QVBoxLayout*>(layout())->addWidget(label);
    static_cast<QVBoxLayout*>(layout())->addWidget(m_views, 1);
}

void FilmDialog::buildFile() {
    const auto name = [](QWidget* widget, const char* objectName, const QString& accessibleName) {
        widget->setObjectName(QStringLiteral("film_") + QLatin1String(objectName));
        widget->setAccessibleName(accessibleName);
    };
    name(m_path, "path", tr("File to write"));
    name(m_note, "note", tr("Length of the film, and what to know before it is made"));
    name(m_bar, "progress", tr("Progress of the film"));
    m_note->setWordWrap(true);
    m_bar->hide();
    const auto button = [&](const QString& text, const char* objectName, const QString& toolTip) {
        auto* made = new QPushButton(text);
        name(made, objectName, QString(text).remove(QLatin1Char('&')));
        made->setToolTip(toolTip);
        made->setAutoDefault(false);
        return made;
    };
    m_browse = button(tr("&Browse…"), "browse", tr("Choose the file in a dialog"));
    m_make = button(tr("&Make the film"), "write", tr("Draw all frames and write the file"));
    m_cancel = button(tr("Close"), "cancel", tr("Close, or end the film that is being made"));
    m_make->setDefault(true);
    auto* label = new QLabel(tr("F&ile"));
    label->setBuddy(m_path);
    auto* file = new QHBoxLayout;
    file->addWidget(label);
    file->addWidget(m_path, 1);
    file->addWidget(m_browse);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_note, 1);
    buttons->addWidget(m_bar, 1);
    buttons->addWidget(m_make);
    buttons->addWidget(m_cancel);
    auto* all = static_cast<QVBoxLayout*>(layout());
    all->addLayout(file);
    all->addLayout(buttons);
    connect(m_browse, &QPushButton::clicked, this, &FilmDialog::browse);
    connect(m_make, &QPushButton::clicked, this, &FilmDialog::start);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (m_job && m_job->isRunning()) m_job->cancel();
        else reject();
    });
}

QStringList FilmDialog::chosenViews() const {
    QStringList ids;
    for (int i = 0; i < m_views->count(); ++i)
        if (m_views->item(i)->checkState() == Qt::Checked) ids << m_views->item(i)->data(Qt::UserRole).toString();
    return ids;
}

/// A name that the user wrote keeps all but its ending.
void FilmDialog::updatePath() {
    m_form->setPanels(static_cast<int>(chosenViews().size()));
    const QString ending = QLatin1Char('.') + QLatin1String(extensionOf(m_form->format()));
    if (m_path->text().isEmpty() || m_path->text() == m_suggested) {
        const ModelSummaryPtr model = m_choices.source().model;
        QString name = QStringList{model ? model->name : QString(), chosenViews().join(QLatin1Char('-'))}.join(QLatin1Char('-'));
        static const QRegularExpression awkward(QStringLiteral("[/\\\\:*?\"<>|\\s]+"));
        name.replace(awkward, QStringLiteral("_"));
        m_suggested = QDir(QSettings().value(kGroup + QStringLiteral("/folder"), QDir::homePath()).toString()).filePath(name.left(100) + ending);
        m_path->setText(m_suggested);
    } else {
        const QFileInfo info(m_path->text());
        for (const FilmFormat format : {FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif})
            if (info.suffix().toLower() == QLatin1String(extensionOf(format))) m_path->setText(info.path() + QLatin1Char('/') + info.completeBaseName() + ending);
    }
    updateNote();
}

void FilmDialog::updateNote() {
    const FilmPlan plan = m_form->plan();
    const qint64 tokens = m_form->tokens();
    const QString problem = chosenViews().isEmpty() ? tr("Choose a view.") : plan.problem(tokens);
    m_make->setEnabled(problem.isEmpty() && !m_path->text().trimmed().isEmpty());
    if (!problem.isEmpty()) return m_note->setText(problem);
    QString note = tr("%1 tokens in %2 s, %3 frames.").arg(groupedText(tokens)).arg(plan.seconds(tokens), 0, 'f', 1).arg(groupedText(plan.frames(tokens)));
    if (QFileInfo::exists(m_path->text())) note += QLatin1Char(' ') + tr("The file is there already: it will be replaced.");
    m_note->setText(note);
}

void FilmDialog::browse() {
    auto* dialog = new QFileDialog(this, tr("Film to write"), m_path->text());
    dialog->setObjectName(QStringLiteral("filmFileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QLatin1String(extensionOf(m_form->format())));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_path->setText(path);
        for (const FilmFormat format : {FilmFormat::Mp4, FilmFormat::WebM, FilmFormat::Gif})
            if (QFileInfo(path).suffix().toLower() == QLatin1String(extensionOf(format))) m_form->setFormat(format);
    });
    dialog->open();
}

void FilmDialog::start() {
    const FilmPlan plan = m_form->plan();
    const QString path = m_path->text().trimmed();
    QSettings settings;
    settings.beginGroup(kGroup);
    plan.save(settings);
    settings.setValue(QStringLiteral("folder"), QFileInfo(path).absolutePath());
    std::vector<FigurePanel> panels;
    for (const QString& id : chosenViews()) panels.push_back({id, m_choices.settings(id)});
    m_job = std::make_unique<FilmJob>(m_choices.source(), panels);
    connect(m_job.get(), &FilmJob::progressChanged, this, &FilmDialog::showProgress);
    connect(m_job.get(), &FilmJob::failed, this, [this](const QString& problem) {
        setRunning(false);
        m_note->setText(problem);
    });
    connect(m_job.get(), &FilmJob::cancelled, this, [this] {
        setRunning(false);
        m_note->setText(tr("Cancelled: nothing was written."));
    });
    connect(m_job.get(), &FilmJob::written, this, [this](const FilmResult& result) {
        Q_EMIT written(result);
        accept();
    });
    setRunning(true);
    m_job->write(plan, path);
}

void FilmDialog::reject() {
    if (m_job && m_job->isRunning()) m_job->cancel();
    QDialog::reject();
}

void FilmDialog::setRunning(bool running) {
    for (QWidget* widget : std::initializer_list<QWidget*>{m_form, m_views, m_path, m_browse, m_make}) widget->setEnabled(!running);
    m_bar->setVisible(running);
    m_note->setVisible(!running);
    m_cancel->setText(running ? tr("Cancel") : tr("Close"));
}

void FilmDialog::showProgress(const JobProgress& progress) {
    m_bar->setRange(0, 1000);
    m_bar->setValue(progress.total > 0 ? static_cast<int>(1000 * progress.current / progress.total) : 0);
    m_bar->setFormat(progress.status);
}

}  // namespace ms
