#include "ui/views/audio_panel/word_find.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>
#include <algorithm>

#include "ui/style/icons.h"

namespace ms {

std::vector<qint64> findWords(const std::vector<SpeechWord>& words, const QString& text) {
    const QString wanted = text.simplified();
    std::vector<qint64> found;
    if (wanted.isEmpty()) return found;
    QString all;
    std::vector<qsizetype> starts;
    for (const SpeechWord& word : words) {
        starts.push_back(all.size());
        all += word.text + QLatin1Char(' ');
    }
    for (qsizetype at = all.indexOf(wanted, 0, Qt::CaseInsensitive); at >= 0; at = all.indexOf(wanted, at + 1, Qt::CaseInsensitive)) {
        const auto word = std::upper_bound(starts.begin(), starts.end(), at) - starts.begin() - 1;
        if (found.empty() || found.back() != word) found.push_back(word);
    }
    return found;
}

WordFind::WordFind(SpeechLog& log, QWidget* parent) : QFrame(parent), m_log(log), m_edit(new QLineEdit), m_count(new QLabel) {
    setObjectName(QStringLiteral("wordFind"));
    m_edit->setObjectName(QStringLiteral("wordFindText"));
    m_edit->setAccessibleName(tr("Text to find in the transcript"));
    m_edit->setPlaceholderText(tr("Find in the transcript"));
    m_edit->setClearButtonEnabled(true);
    m_count->setObjectName(QStringLiteral("wordFindCount"));
    const auto button = [this](const QString& name, const QString& iconName, const QString& text, auto slot) {
        auto* b = new QToolButton;
        b->setObjectName(name);
        b->setIcon(icon(iconName));
        b->setToolTip(text);
        b->setAccessibleName(text);
        b->setAutoRaise(true);
        b->setFocusPolicy(Qt::TabFocus);
        connect(b, &QToolButton::clicked, this, slot);
        return b;
    };
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_edit, 1);
    layout->addWidget(button(QStringLiteral("wordFindPrevious"), QStringLiteral("up"), tr("Previous (Shift+F3)"), [this] { findNext(true); }));
    layout->addWidget(button(QStringLiteral("wordFindNext"), QStringLiteral("down"), tr("Next (F3)"), [this] { findNext(); }));
    layout->addWidget(m_count);
    layout->addWidget(button(QStringLiteral("wordFindClose"), QStringLiteral("close"), tr("Close (Esc)"), [this] { close(); }));
    hide();
    connect(m_edit, &QLineEdit::textChanged, this, [this] {
        search();
        const auto at = std::lower_bound(m_matches.begin(), m_matches.end(), m_current);
        if (!m_matches.empty()) Q_EMIT found(at == m_matches.end() ? m_matches.front() : *at);
    });
    connect(&log, &SpeechLog::wordsChanged, this, &WordFind::search);
    connect(&log, &SpeechLog::begun, this, &WordFind::search);
}

void WordFind::open() {
    show();
    search();
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void WordFind::close() {
    hide();
    search();
    Q_EMIT closed();
}

void WordFind::search() {
    const std::vector<qint64> none;
    m_matches = isHidden() ? none : findWords(m_log.words(), m_edit->text());
    Q_EMIT matchesChanged(m_matches);
    updateCount();
}

void WordFind::setCurrent(qint64 word) {
    m_current = word;
    updateCount();
}

void WordFind::findNext(bool backwards) {
    if (isHidden() || m_edit->text().isEmpty()) open();
    if (m_matches.empty()) return;
    const auto at = backwards ? std::lower_bound(m_matches.begin(), m_matches.end(), m_current)
                              : std::upper_bound(m_matches.begin(), m_matches.end(), m_current);
    if (backwards) Q_EMIT found(at == m_matches.begin() ? m_matches.back() : *(at - 1));
    else Q_EMIT found(at == m_matches.end() ? m_matches.front() : *at);
}

void WordFind::updateCount() {
    const auto at = std::lower_bound(m_matches.begin(), m_matches.end(), m_current);
    if (m_edit->text().isEmpty()) m_count->clear();
    else if (m_matches.empty()) m_count->setText(tr("not found"));
    else if (at != m_matches.end() && *at == m_current) m_count->setText(tr("%1 of %2").arg(at - m_matches.begin() + 1).arg(m_matches.size()));
    else m_count->setText(tr("%1 found").arg(m_matches.size()));
}

bool WordFind::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->key() == Qt::Key_F3) {
        event->accept();  // not the window's
        return true;
    }
    return QFrame::event(event);
}

void WordFind::keyPressEvent(QKeyEvent* event) {
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    switch (event->key()) {
        case Qt::Key_Escape: return close();
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_F3: return findNext(shift);
        default: QFrame::keyPressEvent(event);
    }
}

}  // namespace ms
