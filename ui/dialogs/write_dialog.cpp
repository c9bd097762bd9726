#include "ui/dialogs/write_dialog.h"

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
#include <utility>

namespace ms {

namespace {
constexpr int kMostStem = 100;  // characters of a suggested name
}

WriteDialog::WriteDialog(const ExportChoices& choices, const QStringList& chosen, const WriteWords& words, QWidget* parent)
    : QDialog(parent), m_choices(choices), m_words(words), m_body(new QVBoxLayout), m_buttons(new QHBoxLayout), m_views(new QListWidget), m_path(new QLineEdit),
      m_note(new QLabel), m_bar(new QProgressBar) {
    setObjectName(words.key + QStringLiteral("Dialog"));
    setWindowTitle(words.title);
    setAttribute(Qt::WA_DeleteOnClose);
    buildViews(chosen);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(m_body, 1);
    buildFile();
    connect(m_views, &QListWidget::itemChanged, this, [this] {
        updatePath();
        refresh();
    });
    connect(m_path, &QLineEdit::textChanged, this, [this] { refresh(); });
}

void WriteDialog::name(QWidget* widget, const char* objectName, const QString& accessibleName, const QString& hint) const {
    widget->setObjectName(m_words.key + QLatin1Char('_') + QLatin1String(objectName));
    widget->setAccessibleName(accessibleName);
    widget->setToolTip(hint);
}

QPushButton* WriteDialog::makeButton(const QString& text, const char* objectName, const QString& hint) const {
    auto* button = new QPushButton(text);
    name(button, objectName, QString(text).remove(QLatin1Char('&')), hint);
    button->setAutoDefault(false);
    return button;
}

void WriteDialog::buildViews(const QStringList& chosen) {
    name(m_views, "views", m_words.views, m_words.viewsHint);
    for (const ExportChoices::View& each : m_choices.views) {
        auto* item = new QListWidgetItem(each.title, m_views);
        item->setData(Qt::UserRole, each.id);
        item->setFlags(Qt::ItemIsUserCheckable | Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item->setCheckState(chosen.contains(each.id) ? Qt::Checked : Qt::Unchecked);
        if (!chosen.isEmpty() && each.id == chosen.first()) m_views->setCurrentItem(item);
    }
    addInput(m_views);
}

QVBoxLayout* WriteDialog::takeViews() {
    auto* column = new QVBoxLayout;
    auto* label = new QLabel(tr("&Views"));
    label->setBuddy(m_views);
    column->addWidget(label);
    column->addWidget(m_views, 1);
    return column;
}

void WriteDialog::buildFile() {
    name(m_path, "path", tr("File to write"));
    name(m_note, "note", m_words.note);
    name(m_bar, "progress", m_words.progress);
    m_note->setWordWrap(true);
    m_bar->hide();
    m_browse = makeButton(tr("&Browse…"), "browse", tr("Choose the file in a dialog"));
    m_write = makeButton(m_words.write, "write", m_words.writeHint);
    m_cancel = makeButton(tr("Close"), "cancel", m_words.cancelHint);
    m_write->setDefault(true);
    for (QWidget* input : std::initializer_list<QWidget*>{m_path, m_browse, m_write}) addInput(input);
    auto* file = new QHBoxLayout;
    auto* label = new QLabel(tr("F&ile"));
    label->setBuddy(m_path);
    file->addWidget(label);
    file->addWidget(m_path, 1);
    file->addWidget(m_browse);
    m_buttons->addWidget(m_note, 1);
    m_buttons->addWidget(m_bar, 1);
    m_buttons->addWidget(m_write);
    m_buttons->addWidget(m_cancel);
    auto* all = static_cast<QVBoxLayout*>(layout());
    all->addLayout(file);
    all->addLayout(m_buttons);
    connect(m_browse, &QPushButton::clicked, this, &WriteDialog::browse);
    connect(m_write, &QPushButton::clicked, this, [this] { start(); });
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (m_cancelJob) m_cancelJob();
        else reject();
    });
}

QPushButton* WriteDialog::addButton(const QString& text, const char* objectName, const QString& hint) {
    QPushButton* button = makeButton(text, objectName, hint);
    m_buttons->insertWidget(m_buttons->indexOf(m_write), button);
    addInput(button);
    return button;
}

QStringList WriteDialog::chosenViews() const {
    QStringList ids;
    for (int i = 0; i < m_views->count(); ++i)
        if (m_views->item(i)->checkState() == Qt::Checked) ids << m_views->item(i)->data(Qt::UserRole).toString();
    return ids;
}

std::vector<FigurePanel> WriteDialog::panels() const {
    std::vector<FigurePanel> panels;
    for (const QString& id : chosenViews()) panels.push_back({id, m_choices.settings(id)});
    return panels;
}

QString WriteDialog::path() const { return m_path->text().trimmed(); }

void WriteDialog::updatePath() {
    const QStringList endings = this->endings();
    const QString ending = QLatin1Char('.') + endings.first();
    if (m_path->text().isEmpty() || m_path->text() == m_suggested) {
        const ModelSummaryPtr model = m_choices.source().model;
        QString stem = QStringList{model ? model->name : QString(), chosenViews().join(QLatin1Char('-'))}.join(QLatin1Char('-'));
        static const QRegularExpression awkward(QStringLiteral("[/\\\\:*?\"<>|\\s]+"));
        stem.replace(awkward, QStringLiteral("_"));
        const QString folder = QSettings().value(m_words.key + QStringLiteral("/folder"), QDir::homePath()).toString();
        m_suggested = QDir(folder).filePath(stem.left(kMostStem) + ending);
        return m_path->setText(m_suggested);
    }
    const QFileInfo info(m_path->text());
    if (endings.contains(info.suffix().toLower())) m_path->setText(info.path() + QLatin1Char('/') + info.completeBaseName() + ending);
}

void WriteDialog::keepFolder() const { QSettings().setValue(m_words.key + QStringLiteral("/folder"), QFileInfo(path()).absolutePath()); }

void WriteDialog::setNote(const QString& text) { m_note->setText(text); }

void WriteDialog::setWritable(bool writable) { m_write->setEnabled(writable && !path().isEmpty() && !m_cancelJob); }

QString WriteDialog::replacementNote() const { return QFileInfo::exists(path()) ? tr("The file is there already: it will be replaced.") : QString(); }

void WriteDialog::browse() {
    auto* dialog = new QFileDialog(this, m_words.browse, m_path->text());
    dialog->setObjectName(m_words.key + QStringLiteral("FileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(endings().first());
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_path->setText(path);
        if (const QString ending = QFileInfo(path).suffix().toLower(); endings().contains(ending)) takeEnding(ending);
    });
    dialog->open();
}

void WriteDialog::reject() {
    if (m_cancelJob) m_cancelJob();
    QDialog::reject();
}

void WriteDialog::setRunning(bool running) {
    for (QWidget* input : m_inputs) input->setEnabled(!running);
    m_bar->setVisible(running);
    m_note->setVisible(!running);
    m_cancel->setText(running ? tr("Cancel") : tr("Close"));
}

void WriteDialog::end(const QString& note) {
    m_cancelJob = {};
    setRunning(false);
    m_note->setText(note);
}

void WriteDialog::showProgress(const JobProgress& progress) {
    m_bar->setRange(0, 1000);
    m_bar->setValue(progress.total > 0 ? static_cast<int>(1000 * progress.current / progress.total) : 0);
    m_bar->setFormat(progress.status);
}

}  // namespace ms
