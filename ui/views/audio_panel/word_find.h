// Find in the transcript: a line, how many places there are, next and previous.
#pragma once

#include <QFrame>
#include <vector>

#include "ui/models/speech_log.h"

class QLabel;
class QLineEdit;

namespace ms {

/// Words at which `text` begins, ascending: upper and lower case are the same, blanks stand between words.
[[nodiscard]] std::vector<qint64> findWords(const std::vector<SpeechWord>& words, const QString& text);

class WordFind : public QFrame {
    Q_OBJECT
public:
    explicit WordFind(SpeechLog& log, QWidget* parent = nullptr);

    /// Shows the line with its text selected.
    void open();
    void findNext(bool backwards = false);
    /// Where the search goes on from.
    void setCurrent(qint64 word);

Q_SIGNALS:
    void found(qint64 word);
    void matchesChanged(const std::vector<qint64>& words);
    void closed();

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void search();
    void close();
    void updateCount();

    SpeechLog& m_log;
    QLineEdit* m_edit;
    QLabel* m_count;
    std::vector<qint64> m_matches;
    qint64 m_current = -1;
};

}  // namespace ms
