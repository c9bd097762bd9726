#include "ui/lab/experiment_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>

namespace ms {

ExperimentBar::ExperimentBar(const QString& key, const QString& lengths, QWidget* parent)
    : QWidget(parent), m_lengths(new QLineEdit), m_choices(new QHBoxLayout), m_run(new QPushButton), m_status(new QLabel) {
    m_lengths->setObjectName(key + QStringLiteral("Lengths"));
    m_lengths->setAccessibleName(tr("Lengths to measure"));
    m_lengths->setToolTip(tr("Whole numbers that rise, with commas between"));
    m_run->setObjectName(key + QStringLiteral("Run"));
    m_run->setAutoDefault(false);
    m_status->setObjectName(key + QStringLiteral("Status"));
    m_status->setWordWrap(true);
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("&Lengths"));
    label->setBuddy(m_lengths);
    row->addWidget(label);
    row->addWidget(m_lengths, 1);
    row->addLayout(m_choices);
    row->addWidget(m_run);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addLayout(row);
    layout->addWidget(m_status);
    connect(m_lengths, &QLineEdit::textChanged, this, &ExperimentBar::refresh);
    connect(m_lengths, &QLineEdit::editingFinished, this, [this] { QSettings().setValue(m_setting, m_lengths->text()); });
    connect(m_run, &QPushButton::clicked, this, [this] { m_running ? Q_EMIT stopRequested() : Q_EMIT runRequested(); });
    remember(key, lengths);
    refresh();
}

void ExperimentBar::remember(const QString& name, const QString& lengths) {
    m_setting = name + QStringLiteral("/lengths");
    m_lengths->setText(QSettings().value(m_setting, lengths).toString());
}

void ExperimentBar::addChoice(const QString& label, QWidget* choice) {
    if (!label.isEmpty()) {
        auto* text = new QLabel(label);
        text->setBuddy(choice);
        m_choices->addWidget(text);
    }
    m_choices->addWidget(choice);
}

std::optional<std::vector<qint64>> ExperimentBar::lengths() const {
    static const QRegularExpression between(QStringLiteral("[,;\\s]+"));
    std::vector<qint64> lengths;
    for (const QString& part : m_lengths->text().split(between, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qint64 length = part.toLongLong(&isNumber);
        if (!isNumber || length <= (lengths.empty() ? 0 : lengths.back())) return std::nullopt;
        lengths.push_back(length);
    }
    if (lengths.empty()) return std::nullopt;
    return lengths;
}

void ExperimentBar::setRunning(bool running) {
    m_running = running;
    refresh();
}

void ExperimentBar::setObstacle(const QString& why) {
    m_obstacle = why;
    refresh();
}

void ExperimentBar::tell(const QString& text) { m_status->setText(text); }

void ExperimentBar::refresh() {
    const QString why = lengths() ? m_obstacle : tr("Lengths are whole numbers that rise, as 64, 128, 256");
    m_run->setText(m_running ? tr("&Stop") : tr("&Run"));
    m_run->setEnabled(m_running || why.isEmpty());
    m_run->setToolTip(m_running ? tr("End the experiment; what was measured stays") : why);
    m_lengths->setEnabled(!m_running);
    if (!m_running) tell(why);
}

}  // namespace ms
