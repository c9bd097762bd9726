#include "ui/lab/compare_input.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>

namespace ms {

namespace {

constexpr int kLines = 2;
enum Kind { Text, Ids };

const QString kKindKey = QStringLiteral("labCompare/kind");
const std::array<QString, 2> kTypedKeys{QStringLiteral("labCompare/text"), QStringLiteral("labCompare/ids")};

std::optional<std::vector<qint32>> idsOf(const QString& text) {
    static const QRegularExpression between(QStringLiteral("[\\s,;]+"));
    std::vector<qint32> ids;
    for (const QString& part : text.split(between, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        ids.push_back(part.toInt(&isNumber));
        if (!isNumber || ids.back() < 0) return std::nullopt;
    }
    return ids;
}

}  // namespace

CompareInput::CompareInput(QWidget* parent)
    : QWidget(parent), m_kind(new QComboBox), m_edit(new QPlainTextEdit), m_run(new QPushButton), m_statusLine(new QLabel) {
    const QSettings settings;
    m_typed = {settings.value(kTypedKeys[Text], tr("The keeper Marlow lit the lamp of the lighthouse at dusk. When the storm came, the keeper Marlow lit the lamp of the "
                                                   "lighthouse again.")).toString(),
               settings.value(kTypedKeys[Ids], QStringLiteral("7 12 5 31 9 18 2 40 7 12 5 31 9 18 2 40")).toString()};
    m_kind->addItems({tr("Text"), tr("Token ids")});
    m_kind->setObjectName(QStringLiteral("labCompareKind"));
    m_kind->setAccessibleName(tr("What is read"));
    m_kind->setToolTip(tr("Ids are read as they are by models without a tokenizer, too: numbers, as 12 5 7"));
    m_edit->setObjectName(QStringLiteral("labCompareInput"));
    m_edit->setTabChangesFocus(true);
    m_edit->setFixedHeight(kLines * m_edit->fontMetrics().lineSpacing() + 14);
    m_edit->installEventFilter(this);
    m_run->setObjectName(QStringLiteral("labCompareRun"));
    m_run->setAutoDefault(false);
    m_statusLine->setObjectName(QStringLiteral("labCompareStatus"));
    m_statusLine->setWordWrap(true);
    auto* label = new QLabel(tr("R&ead"));
    label->setBuddy(m_kind);
    auto* row = new QHBoxLayout;
    row->addWidget(label, 0, Qt::AlignTop);
    row->addWidget(m_kind, 0, Qt::AlignTop);
    row->addWidget(m_edit, 1);
    row->addWidget(m_run, 0, Qt::AlignTop);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addLayout(row);
    layout->addWidget(m_statusLine);
    m_shownKind = settings.value(kKindKey).toInt() == Ids ? Ids : Text;
    m_kind->setCurrentIndex(m_shownKind);
    m_edit->setPlainText(m_typed[static_cast<std::size_t>(m_shownKind)]);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &CompareInput::chooseKind);
    connect(m_edit, &QPlainTextEdit::textChanged, this, &CompareInput::refresh);
    connect(m_run, &QPushButton::clicked, this, &CompareInput::runOrStop);
    refresh();
}

bool CompareInput::readsIds() const { return m_kind->currentIndex() == Ids; }

/// What was typed of the other kind comes back with it.
void CompareInput::chooseKind() {
    m_typed[static_cast<std::size_t>(m_shownKind)] = m_edit->toPlainText();
    m_shownKind = m_kind->currentIndex();
    m_edit->setPlainText(m_typed[static_cast<std::size_t>(m_shownKind)]);
    save();
    refresh();
}

void CompareInput::save() const {
    QSettings settings;
    settings.setValue(kKindKey, m_shownKind);
    settings.setValue(kTypedKeys[static_cast<std::size_t>(m_shownKind)], m_edit->toPlainText());
}

std::optional<LabInput> CompareInput::input() const {
    const QString typed = m_edit->toPlainText();
    if (typed.trimmed().isEmpty()) return std::nullopt;
    if (!readsIds()) return typed;
    auto ids = idsOf(typed);
    if (!ids) return std::nullopt;
    return std::move(*ids);
}

QString CompareInput::obstacle() const {
    if (!m_obstacle.isEmpty()) return m_obstacle;
    if (input()) return {};
    if (m_edit->toPlainText().trimmed().isEmpty()) return readsIds() ? tr("Type token ids for the models to read") : tr("Type a text for the models to read");
    return tr("Token ids are whole numbers from 0 on, as 12 5 7");
}

void CompareInput::runOrStop() {
    if (m_running) return Q_EMIT stopRequested();
    save();
    Q_EMIT runRequested();
}

void CompareInput::setRunning(bool running) {
    m_running = running;
    refresh();
}

void CompareInput::setObstacle(const QString& why) {
    m_obstacle = why;
    refresh();
}

void CompareInput::tell(const QString& status) {
    m_status = status;
    refresh();
}

void CompareInput::refresh() {
    const QString why = obstacle();
    m_run->setText(m_running ? tr("&Stop") : tr("&Run"));
    m_run->setEnabled(m_running || why.isEmpty());
    m_run->setToolTip(m_running ? tr("End the comparison; what was read stays") : why.isEmpty() ? tr("All ticked models read it (Ctrl+Return)") : why);
    m_kind->setEnabled(!m_running);
    m_edit->setReadOnly(m_running);
    m_edit->setAccessibleName(readsIds() ? tr("Token ids for the models to read") : tr("Text for the models to read"));
    m_statusLine->setText(m_running || why.isEmpty() ? m_status : why);
    m_statusLine->setVisible(!m_statusLine->text().isEmpty());
}

bool CompareInput::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            m_run->click();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace ms
