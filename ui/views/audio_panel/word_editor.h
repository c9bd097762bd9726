// The line that stands in place of a word while it is being changed.
#pragma once

#include <QLineEdit>

namespace ms {

/// Return or leaving it accepts, Escape does not.
class WordEditor : public QLineEdit {
    Q_OBJECT
public:
    explicit WordEditor(QWidget* parent);

    /// Opens over `rect` of the parent with the word's text selected.
    void open(qint64 word, const QRect& rect, const QString& text);
    /// The word being changed; -1: none.
    [[nodiscard]] qint64 word() const { return m_word; }
    void moveTo(const QRect& rect);
    void accept();
    void cancel();

Q_SIGNALS:
    void accepted(qint64 word, const QString& text);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void close();

    qint64 m_word = -1;
    QRect m_rect;
};

}  // namespace ms
