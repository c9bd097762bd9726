// The words as flowing text: a line per segment, coloured by confidence, tentative ones slanted; they are chosen, heard and
// corrected here.
#pragma once

#include <QAbstractScrollArea>
#include <vector>

#include "ui/models/selection.h"
#include "ui/models/speech_log.h"
#include "ui/models/time_axis.h"
#include "ui/views/audio_panel/word_flow.h"

namespace ms {

class WordEditor;

/// Word numbers count the final words, then the tentative ones.
class TranscriptView : public QAbstractScrollArea {
    Q_OBJECT
public:
    TranscriptView(SpeechLog& log, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    void setEmptyText(const QString& text);
    /// Words to mark, ascending.
    void setMatches(std::vector<qint64> words);
    /// The final word that the shared cursor is in; -1: none.
    [[nodiscard]] qint64 current() const { return m_current; }
    /// Word at a point of the viewport; -1 where there is none.
    [[nodiscard]] qint64 wordAt(const QPoint& position) const;
    /// Where a word stands in the viewport; empty when it is scrolled away.
    [[nodiscard]] QRect rectOf(qint64 word) const;
    /// Plain words about one word: text, time, confidence.
    [[nodiscard]] QString describe(qint64 word) const;

    [[nodiscard]] QSize sizeHint() const override { return {420, 180}; }

public Q_SLOTS:
    /// Selects the word and its frames for all views.
    void select(qint64 word);
    void editCurrent();
    void removeCurrent();
    void joinCurrent();
    void undo() { m_log.undoStack().undo(); }
    void redo() { m_log.undoStack().redo(); }

Q_SIGNALS:
    void currentChanged(qint64 word);
    /// By click or key, not by the cursor of another view; -1: a tentative one.
    void wordSelected(qint64 word);
    /// Clicked once: hear it if that is wanted.
    void wordClicked(qint64 word);
    void playRequested(qint64 word);
    void findRequested();
    void findNextRequested(bool backwards);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void scrollContentsBy(int, int) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;
    bool viewportEvent(QEvent*) override;

private:
    static constexpr int kMargin = 8;
    static constexpr int kPadding = 3;  // left and right of a word's text

    void connectModels();
    [[nodiscard]] const SpeechWord& word(qint64 index) const;
    [[nodiscard]] qint64 finalCount() const { return static_cast<qint64>(m_log.words().size()); }
    [[nodiscard]] qint64 count() const { return finalCount() + static_cast<qint64>(m_log.tentative().size()); }
    [[nodiscard]] bool isFinal(qint64 index) const { return index >= 0 && index < finalCount(); }
    [[nodiscard]] WordFlow::Extent extentOf(qint64 index) const;
    [[nodiscard]] QFont fontOf(qint64 index) const;
    [[nodiscard]] QRect place(qint64 index) const;  ///< in the viewport or beyond its edges
    [[nodiscard]] int lineHeight() const { return fontMetrics().height() + 8; }
    [[nodiscard]] int gutter() const;               ///< room for the times at the left
    void drawWord(QPainter& painter, qint64 index, const QRect& rect, bool dark) const;
    void drawTime(QPainter& painter, qint64 index, int top) const;
    void layOutFrom(qint64 first);
    void layOutAnew();
    void follow(qint64 token);
    void setCurrent(qint64 index);
    void scrollTo(qint64 index);
    void moveBy(qint64 words);
    void moveLine(int lines);

    SpeechLog& m_log;
    TimeAxis& m_axis;
    Selection& m_selection;
    WordFlow m_flow;
    WordEditor* m_editor;
    std::vector<qint64> m_matches;
    qint64 m_current = -1;
    int m_gutter = 0;
    QString m_emptyText;
};

/// "3:07", "1:02:07".
[[nodiscard]] QString clockText(double seconds);

}  // namespace ms
