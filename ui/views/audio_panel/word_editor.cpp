#include "ui/views/audio_panel/word_editor.h"

#include <QKeyEvent>
#include <algorithm>

namespace ms {

namespace {
constexpr int kLeastWidth = 70;
constexpr int kMargin = 14;  // frame and cursor
}  // namespace

WordEditor::WordEditor(QWidget* parent) : QLineEdit(parent) {
    setObjectName(QStringLiteral("wordEditor"));
    setAccessibleName(tr("Change the word; blanks make several of it"));
    setTextMargins(0, 0, 0, 0);
    hide();
    connect(this, &QLineEdit::textChanged, this, [this] { moveTo(m_rect); });
}

void WordEditor::open(qint64 word, const QRect& rect, const QString& text) {
    m_word = word;
    setText(text);
    moveTo(rect);
    selectAll();
    show();
    setFocus(Qt::OtherFocusReason);
}

void WordEditor::moveTo(const QRect& rect) {
    m_rect = rect;
    const int width = std::max(kLeastWidth, fontMetrics().horizontalAdvance(text()) + kMargin);
    const int left = std::clamp(rect.left() - 4, 0, std::max(0, parentWidget()->width() - width));
    setGeometry(left, rect.center().y() - sizeHint().height() / 2, std::min(width, parentWidget()->width()), sizeHint().height());
}

void WordEditor::accept() {
    if (m_word < 0) return;
    const qint64 word = m_word;
    const QString typed = text();
    close();
    Q_EMIT accepted(word, typed);
}

void WordEditor::cancel() {
    if (m_word >= 0) close();
}

void WordEditor::close() {
    m_word = -1;  // first: hiding takes the focus away
    const bool focused = hasFocus();
    hide();
    if (focused) parentWidget()->setFocus(Qt::OtherFocusReason);
}

void WordEditor::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return accept();
    if (event->key() == Qt::Key_Escape) return cancel();
    QLineEdit::keyPressEvent(event);
}

void WordEditor::focusOutEvent(QFocusEvent* event) {
    QLineEdit::focusOutEvent(event);
    if (event->reason() != Qt::PopupFocusReason) accept();  // its own context menu is no leaving
}

}  // namespace ms
