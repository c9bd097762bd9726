// Buttons to hear what was recorded.
#pragma once

#include <QWidget>

#include "ui/models/speech_log.h"

class QLabel;

namespace ms {

struct AudioActions;
class Playback;

class PlaybackBar : public QWidget {
    Q_OBJECT
public:
    PlaybackBar(Playback& playback, SpeechLog& log, AudioActions& actions, QWidget* parent = nullptr);

    void updateActions();

private:
    void updateTime();

    Playback& m_playback;
    SpeechLog& m_log;
    AudioActions& m_actions;
    QLabel* m_time;
};

}  // namespace ms
