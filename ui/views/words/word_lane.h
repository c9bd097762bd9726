// Words where they were said: a box each from its first to its last frame.
#pragma once

#include "ui/models/speech_log.h"
#include "ui/plot/token_strip.h"

namespace ms {

class WordLane : public TokenStrip {
    Q_OBJECT
public:
    /// `log` may be null: nothing can be heard.
    WordLane(const SpeechLog* log, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    /// Without it words of a log that is about something else stay unseen.
    void setShown(bool shown);

    /// Final words, then tentative ones.
    [[nodiscard]] qint64 wordCount() const;
    [[nodiscard]] const SpeechWord& word(qint64 index) const;
    [[nodiscard]] bool isTentative(qint64 index) const;
    /// Where a word is drawn; may lie outside the plot.
    [[nodiscard]] QRect wordRect(qint64 index) const;
    /// -1: none.
    [[nodiscard]] qint64 wordAt(const QPoint& position) const;
    /// The word at the cursor; -1: none.
    [[nodiscard]] qint64 currentWord() const;
    /// Its frames become the range of every view, its first frame the cursor.
    void selectWord(qint64 index);

    [[nodiscard]] QString readout() const override;
    [[nodiscard]] QSize sizeHint() const override { return {640, 70}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 48}; }

Q_SIGNALS:
    /// Double click or Return.
    void wordActivated(qint64 index);

protected:
    [[nodiscard]] bool hasData() const override { return m_shown && wordCount() > 0; }
    void paintData(QPainter& painter, const TokenColumns& columns) override;
    void paintSides(QPainter& painter, const HeatmapLayout& layout) override;
    void choose(const QPoint& position) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QRect wordRect(qint64 index, const TokenColumns& drawn) const;
    /// The last word that begins at a frame or before it; -1: none.
    [[nodiscard]] qint64 lastWordFrom(qint64 frame) const;
    void paintWord(QPainter& painter, qint64 index, int textEnd) const;
    void step(int by);
    void changed();
    [[nodiscard]] QString wordText(qint64 index) const;

    const SpeechLog* m_log;
    bool m_shown = false;
    qint64 m_current = -1;  // chosen here: words made by hand may share a frame
};

}  // namespace ms
