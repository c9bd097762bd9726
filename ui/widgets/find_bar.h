// Find among the tokens: a line, how many there are, next and previous.
#pragma once

#include <QFrame>

class QLabel;
class QLineEdit;

namespace ms {

class TokenSearch;

class FindBar : public QFrame {
    Q_OBJECT
public:
    explicit FindBar(TokenSearch& search, QWidget* parent = nullptr);

    /// Shows the bar with its text selected.
    void open();
    void findNext();
    void findPrevious();
    /// Where the search goes on from.
    void setCurrent(qint64 token) { m_current = token; }
    [[nodiscard]] QString countText() const;

Q_SIGNALS:
    void found(qint64 token);
    void openChanged(bool open);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool search();
    void go(qint64 token);
    void updateCount();
    void close();

    TokenSearch& m_search;
    QLineEdit* m_edit;
    QLabel* m_count;
    qint64 m_current = -1;
};

}  // namespace ms
