#include "ui/views/audio_panel/audio_actions.h"

#include <QAction>
#include <QToolButton>
#include <QWidget>

#include "ui/style/icons.h"
#include "ui/views/audio_panel/audio_panel.h"

namespace ms {

namespace {

QString tr(const char* text) { return AudioPanel::tr(text); }

}  // namespace

AudioActions::AudioActions(QWidget& panel, QWidget& transcript) : m_panel(panel), m_transcript(transcript) {
    createSound();
    createWords();
}

QAction* AudioActions::create(QWidget& owner, const char* name, const QString& text, const char* keys, const char* iconName) {
    auto* action = new QAction(text, &m_panel);
    action->setObjectName(QStringLiteral("action_") + QLatin1String(name));
    action->setShortcut(QKeySequence(QLatin1String(keys)));
    const QString plain = QString(text).remove(QLatin1Char('&'));
    action->setToolTip(*keys == '\0' ? plain : QStringLiteral("%1 (%2)").arg(plain, action->shortcut().toString(QKeySequence::NativeText)));
    if (*iconName != '\0') action->setIcon(icon(QLatin1String(iconName)));
    action->setShortcutContext(&owner == &m_transcript ? Qt::WidgetWithChildrenShortcut : Qt::WindowShortcut);
    owner.addAction(action);
    return action;
}

void AudioActions::createSound() {
    record = create(m_panel, "recordSound", tr("&Record"), "F5", "record");
    pause = create(m_panel, "pauseSound", tr("&Pause recording"), "F6", "pause");
    stop = create(m_panel, "stopSound", tr("&Stop listening"), "F7", "stop");
    openSound = create(m_panel, "openSound", tr("&Open sound file…"), "Ctrl+Alt+O", "open");
    play = create(m_panel, "playSound", tr("P&lay from the cursor"), "F8", "play");
    playRange = create(m_panel, "playRange", tr("Play the s&election"), "Shift+Space", "play");
    playRange->setToolTip(tr("Play the selected stretch (%1); Shift+drag in any view over time selects one").arg(playRange->shortcut().toString(QKeySequence::NativeText)));
    stopPlaying = create(m_panel, "stopPlaying", tr("S&top playing"), "Shift+F8", "stop");
    hearOnClick = create(m_panel, "hearOnClick", tr("&Hear words when clicked"));
    hearOnClick->setCheckable(true);
    saveRecording = create(m_panel, "saveRecording", tr("Save the recor&ding…"), "Ctrl+Shift+S");
}

void AudioActions::createWords() {
    hearWord = create(m_transcript, "hearWord", tr("&Hear the word"));
    hearWord->setToolTip(tr("Hear the word (Return, or a double click)"));
    editWord = create(m_transcript, "editWord", tr("&Change the word"), "F2");
    removeWord = create(m_transcript, "removeWord", tr("&Remove the word"), "Del");
    joinWords = create(m_transcript, "joinWords", tr("&Join with the next word"), "Ctrl+J");
    // Without keys of their own: the transcript takes the window's undo, redo and find while it has the focus.
    undoEdit = create(m_transcript, "undoEdit", tr("&Undo the transcript's last change"));
    redoEdit = create(m_transcript, "redoEdit", tr("R&edo the transcript's change"));
    findWord = create(m_transcript, "findWord", tr("&Find in the transcript"));
    copyTranscript = create(m_transcript, "copyTranscript", tr("C&opy the transcript"), "Ctrl+C");
    exportTranscript = create(m_transcript, "exportTranscript", tr("E&xport the transcript…"), "Ctrl+E");
    exportTranscript->setShortcutContext(Qt::WindowShortcut);
}

QToolButton* actionButton(QAction* action, const QString& iconText, Qt::ToolButtonStyle style) {
    auto* button = new QToolButton;
    action->setIconText(iconText);
    button->setDefaultAction(action);
    button->setObjectName(action->objectName().section(QLatin1Char('_'), 1) + QStringLiteral("Button"));
    button->setToolButtonStyle(style);
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(action->text().remove(QLatin1Char('&')));
    return button;
}

}  // namespace ms
