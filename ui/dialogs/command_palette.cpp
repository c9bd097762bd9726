#include "ui/dialogs/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace ms {

namespace {

constexpr int kWidth = 560;
constexpr int kRows = 12;

QString plain(QString text) {
    text.remove(QLatin1Char('&'));
    if (text.endsWith(QChar(0x2026))) text.chop(1);
    return text;
}

}  // namespace

int paletteScore(const QString& text, const QString& name) {
    if (text.isEmpty()) return 1;
    int score = 1, run = 0;
    qsizetype at = 0;
    for (const QChar wanted : text) {
        if (wanted.isSpace()) {
            run = 0;
            continue;
        }
        const qsizetype found = name.indexOf(wanted, at, Qt::CaseInsensitive);
        if (found < 0) return 0;
        const bool beginsWord = found == 0 || !name[found - 1].isLetterOrNumber();
        run = found == at && found > 0 ? run + 1 : 0;
        score += 1 + (beginsWord ? 6 : 0) + 3 * run;
        at = found + 1;
    }
    const qsizetype whole = name.indexOf(text, 0, Qt::CaseInsensitive);
    if (whole >= 0) score += whole == 0 || !name[whole - 1].isLetterOrNumber() ? 20 : 5;
    return score;
}

QString actionPath(const QAction* action) {
    QStringList path{plain(action->text())};
    const QMenu* menu = nullptr;
    for (QObject* object : action->associatedObjects())
        if (auto* owner = qobject_cast<QMenu*>(object)) menu = owner;
    while (menu != nullptr && !menu->title().isEmpty()) {
        path.prepend(plain(menu->title()));
        menu = qobject_cast<QMenu*>(menu->parentWidget());
    }
    return path.join(QStringLiteral(" › "));
}

CommandPalette::CommandPalette(const QList<QAction*>& actions, QWidget* window)
    : QFrame(window), m_actions(actions), m_edit(new QLineEdit), m_list(new QListWidget) {
    setObjectName(QStringLiteral("commandPalette"));
    setAttribute(Qt::WA_DeleteOnClose);
    setAutoFillBackground(true);
    setFrameShape(QFrame::Box);
    m_edit->setObjectName(QStringLiteral("paletteText"));
    m_edit->setAccessibleName(tr("Command to run"));
    m_edit->setPlaceholderText(tr("Type what you want to do"));
    m_edit->installEventFilter(this);
    m_list->setObjectName(QStringLiteral("paletteList"));
    m_list->setAccessibleName(tr("Matching commands"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_edit);
    layout->addWidget(m_list);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_list, &QListWidget::itemClicked, this, [this] { choose(); });
    fill({});
    const int width = std::min(kWidth, window->width() - 40);
    const int rows = std::min<int>(kRows, m_list->count());
    resize(width, sizeHint().height() - m_list->sizeHint().height() + rows * m_list->sizeHintForRow(0) + 12);
    move((window->width() - width) / 2, std::min(80, window->height() / 8));
    show();
    raise();
    m_edit->setFocus(Qt::PopupFocusReason);
}

QList<QAction*> CommandPalette::matching(const QString& text) const {
    std::vector<std::pair<int, QAction*>> scored;
    for (QAction* action : m_actions)
        if (const int score = paletteScore(text, actionPath(action)); score > 0 && action->isEnabled()) scored.emplace_back(score, action);
    std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    QList<QAction*> result;
    for (const auto& [score, action] : scored) result.append(action);
    return result;
}

void CommandPalette::fill(const QString& text) {
    m_shown = matching(text);
    m_list->clear();
    for (const QAction* action : m_shown) {
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        const QString mark = action->isCheckable() && action->isChecked() ? QStringLiteral("✓ ") : QString();
        new QListWidgetItem(mark + actionPath(action) + (keys.isEmpty() ? QString() : QStringLiteral("    ") + keys), m_list);
    }
    if (m_shown.isEmpty()) {
        auto* none = new QListWidgetItem(tr("No command has these letters"), m_list);
        none->setFlags(Qt::NoItemFlags);
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::choose() {
    const int row = m_list->currentRow();
    QAction* action = row >= 0 && row < m_shown.size() ? m_shown[row] : nullptr;
    close();
    if (action != nullptr) QTimer::singleShot(0, action, &QAction::trigger);  // after the focus went back
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_edit && event->type() == QEvent::FocusOut) close();
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const int rows = m_list->count(), row = m_list->currentRow();
        switch (static_cast<QKeyEvent*>(event)->key()) {
            case Qt::Key_Down: m_list->setCurrentRow((row + 1) % std::max(1, rows)); return true;
            case Qt::Key_Up: m_list->setCurrentRow((row + rows - 1) % std::max(1, rows)); return true;
            case Qt::Key_PageDown: m_list->setCurrentRow(std::min(row + kRows, rows - 1)); return true;
            case Qt::Key_PageUp: m_list->setCurrentRow(std::max(row - kRows, 0)); return true;
            case Qt::Key_Return: case Qt::Key_Enter: choose(); return true;
            case Qt::Key_Escape: close(); return true;
            default: break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

}  // namespace ms
