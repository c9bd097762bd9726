#include "ui/widgets/find_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>
#include <algorithm>

#include "ui/models/token_search.h"
#include "ui/style/icons.h"

namespace ms {

FindBar::FindBar(TokenSearch& search, QWidget* parent)
    : QFrame(parent), m_search(search), m_edit(new QLineEdit), m_count(new QLabel) {
    setObjectName(QStringLiteral("findBar"));
    auto* label = new QLabel(tr("&Find token"));
    label->setBuddy(m_edit);
    m_edit->setObjectName(QStringLiteral("findText"));
    m_edit->setAccessibleName(tr("Text to find among the tokens"));
    m_edit->setPlaceholderText(tr("text, or #17 for position 17"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setMinimumWidth(220);
    m_edit->installEventFilter(this);
    m_count->setObjectName(QStringLiteral("findCount"));
    const auto button = [this](const QString& name, const QString& iconName, const QString& text, auto slot) {
        auto* b = new QToolButton;
        b->setObjectName(name);
        b->setIcon(icon(iconName));
        b->setText(text);
        b->setToolTip(text);
        b->setAccessibleName(text);
        b->setAutoRaise(true);
        connect(b, &QToolButton::clicked, this, slot);
        return b;
    };
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 2, 6, 2);
    layout->addWidget(label);
    layout->addWidget(m_edit);
    layout->addWidget(button(QStringLiteral("findPrevious"), QStringLiteral("up"), tr("Previous occurrence (Shift+F3)"), [this] { findPrevious(); }));
    layout->addWidget(button(QStringLiteral("findNext"), QStringLiteral("down"), tr("Next occurrence (F3)"), [this] { findNext(); }));
    layout->addWidget(m_count);
    layout->addStretch(1);
    layout->addWidget(button(QStringLiteral("findClose"), QStringLiteral("close"), tr("Close (Esc)"), [this] { close(); }));
    connect(m_edit, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_search.setText(text);
        if (const qint64 token = m_search.next(m_current - 1); token >= 0) go(token);
        updateCount();
    });
    connect(&m_search, &TokenSearch::changed, this, &FindBar::updateCount);
}

void FindBar::open() {
    m_search.setText(m_edit->text());
    Q_EMIT openChanged(true);
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
    updateCount();
}

void FindBar::close() {
    m_search.setText({});
    Q_EMIT openChanged(false);
}

void FindBar::go(qint64 token) {
    if (token < 0) return;
    m_current = token;
    Q_EMIT found(token);
    updateCount();
}

void FindBar::findNext() {
    if (search()) go(m_search.next(m_current));
}

void FindBar::findPrevious() {
    if (search()) go(m_search.previous(m_current));
}

/// Also while the bar is closed: its text stays. Without one it asks for it.
bool FindBar::search() {
    if (m_edit->text().isEmpty()) open();
    m_search.setText(m_edit->text());
    return !m_edit->text().isEmpty();
}

QString FindBar::countText() const { return m_count->text(); }

void FindBar::updateCount() {
    const std::vector<qint64>& matches = m_search.matches();
    const auto at = std::lower_bound(matches.begin(), matches.end(), m_current);
    if (m_edit->text().isEmpty()) m_count->clear();
    else if (matches.empty()) m_count->setText(tr("not found"));
    else if (at != matches.end() && *at == m_current)
        m_count->setText(tr("%1 of %2").arg(at - matches.begin() + 1).arg(matches.size()));
    else m_count->setText(tr("%1 found").arg(matches.size()));
}

bool FindBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_edit && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            key->modifiers().testFlag(Qt::ShiftModifier) ? findPrevious() : findNext();
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void FindBar::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return close();
    QFrame::keyPressEvent(event);
}

}  // namespace ms
