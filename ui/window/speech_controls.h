// Recording and transcripts in the window: the audio panel, the engine, and the views of speech.
#pragma once

#include <QObject>

#include "ui/bridge/engine_host.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"

class QMainWindow;

namespace ms {

class AudioPanel;
class DockLayout;
class MessageBar;
class StatusStrip;
class ViewHost;

class SpeechControls : public QObject {
    Q_OBJECT
public:
    SpeechControls(QMainWindow& window, EngineHost& engine, TimeAxis& axis, Selection& selection, DockLayout& docks, MessageBar& messages,
                   StatusStrip& status);

    /// Once the views are there: what they ask for is played, and they come to the front when sound comes.
    void connectViews(ViewHost& views);
    /// The next sound leaves the docks as they are: the user has asked for them.
    void keepDocksOnce() { m_keepsDocks = true; }
    [[nodiscard]] AudioPanel& panel() { return *m_panel; }

private:
    void connectPanel(MessageBar& messages, StatusStrip& status);
    void addMenu(QMainWindow& window);
    /// Sound comes: its views are shown, unless the user has them in sight already.
    void showSpeech();

    EngineHost& m_engine;
    Selection& m_selection;
    DockLayout& m_docks;
    AudioPanel* m_panel;
    bool m_keepsDocks = false;
};

}  // namespace ms
