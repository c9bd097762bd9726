// What can be done with sound and transcript, for buttons, menus and the command palette.
#pragma once

#include <QList>
#include <QString>

class QAction;
class QToolButton;
class QWidget;

namespace ms {

/// The actions belong to `panel`. Those on words have their keys while the transcript has the focus, the others everywhere
/// in the window as long as the panel is seen; a window that adds them to itself has them always.
struct AudioActions {
    AudioActions(QWidget& panel, QWidget& transcript);

    QAction *record, *pause, *stop, *openSound;
    QAction *play, *playRange, *stopPlaying, *hearOnClick;
    QAction *exportTranscript, *saveRecording;
    QAction *hearWord, *editWord, *removeWord, *joinWords, *undoEdit, *redoEdit, *findWord, *copyTranscript;

    /// For a menu, in this order; none of them is a separator.
    [[nodiscard]] QList<QAction*> sound() const { return {record, pause, stop, openSound, play, playRange, stopPlaying, saveRecording}; }
    [[nodiscard]] QList<QAction*> words() const {
        return {hearWord, editWord, removeWord, joinWords, undoEdit, redoEdit, findWord, copyTranscript, exportTranscript};
    }

private:
    void createSound();
    void createWords();
    QAction* create(QWidget& owner, const char* name, const QString& text, const char* keys = "", const char* iconName = "");

    QWidget& m_panel;
    QWidget& m_transcript;
};

/// A button "<name>Button" for an action, with a shorter text; in the tab order.
[[nodiscard]] QToolButton* actionButton(QAction* action, const QString& iconText, Qt::ToolButtonStyle style);

}  // namespace ms
