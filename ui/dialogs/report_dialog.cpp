#include "ui/dialogs/report_dialog.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSettings>
#include <QVBoxLayout>

namespace ms {

namespace {

const QString kGroup = QStringLiteral("report");

WriteWords words() {
    return {kGroup,
            ReportDialog::tr("Report"),
            ReportDialog::tr("Views in the report"),
            ReportDialog::tr("A figure of each view that is ticked, in this order"),
            ReportDialog::tr("&Write the report"),
            ReportDialog::tr("Draw the figures and write one HTML file that needs nothing else"),
            ReportDialog::tr("Close, or end the report that is being written"),
            ReportDialog::tr("What to know before the report is written"),
            ReportDialog::tr("Progress of the report"),
            ReportDialog::tr("Report to write")};
}

}  // namespace

ReportDialog::ReportDialog(const ExportChoices& choices, const QStringList& views, const QString& title, QWidget* parent)
    : WriteDialog(choices, views, words(), parent), m_title(new QLineEdit), m_text(new QPlainTextEdit), m_model(new QCheckBox(tr("&Model card"))),
      m_run(new QCheckBox(tr("&Prompt and text of the run"))), m_sampling(new QCheckBox(tr("&Sampling settings"))) {
    body()->addLayout(takeViews(), 1);
    buildContent(title);
    resize(560, 620);
    connect(m_title, &QLineEdit::textChanged, this, &ReportDialog::refresh);
    updatePath();
    refresh();
}

ReportDialog::~ReportDialog() = default;

void ReportDialog::buildContent(const QString& title) {
    const auto name = [](QWidget* widget, const char* objectName, const QString& accessibleName, const QString& hint) {
        widget->setObjectName(QStringLiteral("report_") + QLatin1String(objectName));
        widget->setAccessibleName(accessibleName);
        widget->setToolTip(hint);
    };
    name(m_title, "title", tr("Title of the report"), tr("The heading of the report"));
    name(m_text, "text", tr("Note in the report"), tr("Plain text that stands below the title: what was tried, and what is to be seen"));
    m_title->setText(title);
    m_text->setTabChangesFocus(true);
    m_text->setMaximumHeight(5 * m_text->fontMetrics().lineSpacing());
    auto* form = new QFormLayout;
    form->addRow(tr("&Title"), m_title);
    form->addRow(tr("&Note"), m_text);
    auto* parts = new QVBoxLayout;
    const auto add = [&](QCheckBox* box, const char* key, const QString& hint) {
        name(box, key, box->text().remove(QLatin1Char('&')), hint);
        box->setChecked(QSettings().value(kGroup + QLatin1Char('/') + QLatin1String(key), true).toBool());
        parts->addWidget(box);
    };
    add(m_model, "model", tr("Family, sizes, parameters, device and hash of the weights"));
    add(m_run, "run", tr("What was read and what was written, or what was heard, and its most surprising tokens"));
    add(m_sampling, "sampling", tr("Temperature, top-k, top-p and seed"));
    form->addRow(tr("With"), parts);
    body()->addLayout(form);
    for (QWidget* input : std::initializer_list<QWidget*>{m_title, m_text, m_model, m_run, m_sampling}) addInput(input);
}

ReportPlan ReportDialog::plan() const {
    ReportPlan plan;
    plan.title = m_title->text().trimmed();
    plan.note = m_text->toPlainText().trimmed();
    plan.model = m_model->isChecked();
    plan.text = m_run->isChecked();
    plan.sampling = m_sampling->isChecked();
    return plan;
}

void ReportDialog::refresh() {
    const bool titled = !plan().title.isEmpty();
    setWritable(titled);
    setNote(titled ? replacementNote() : tr("Give the report a title."));
}

void ReportDialog::start() {
    const ReportPlan chosen = plan();
    QSettings settings;
    settings.beginGroup(kGroup);
    settings.setValue(QStringLiteral("model"), chosen.model);
    settings.setValue(QStringLiteral("run"), chosen.text);
    settings.setValue(QStringLiteral("sampling"), chosen.sampling);
    keepFolder();
    m_job = std::make_unique<ReportJob>(choices().source(), panels());
    connect(m_job.get(), &ReportJob::written, this, [this](const QString& file) {
        Q_EMIT written(file);
        accept();
    });
    follow(*m_job);
    m_job->write(chosen, path());
}

}  // namespace ms
