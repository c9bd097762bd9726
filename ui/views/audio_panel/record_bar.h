// Microphone, its level, and how the transcriber keeps up.
#pragma once

#include <QElapsedTimer>
#include <QWidget>

#include "ui/audio/audio_inputs.h"
#include "ui/audio/microphone.h"
#include "ui/models/speech_log.h"
#include "ui/models/values.h"

class QLabel;
class QTimer;

namespace ms {

struct AudioActions;
class ElidedLabel;
class InputBox;
class LevelMeterWidget;

class RecordBar : public QWidget {
    Q_OBJECT
public:
    RecordBar(SpeechLog& log, AudioActions& actions, QWidget* parent = nullptr);

    void setState(EngineState state);
    /// The microphone is running or pausing.
    [[nodiscard]] bool isRecording() const { return m_microphone.state() != Microphone::State::Stopped; }
    /// It hears: what is played now would be recorded.
    [[nodiscard]] bool isHearing() const { return m_microphone.state() == Microphone::State::Recording; }
    /// Ends the recording, if there is one, and says why. Empty: no reason is needed.
    void endRecording(const QString& why = {});

Q_SIGNALS:
    /// The microphone has begun: whoever transcribes must listen before the first block comes.
    void recordRequested();
    void blockReady(const ms::AudioBlock& block);
    /// After the last block.
    void recordingEnded();
    /// A file is being transcribed and shall not be.
    void cancelRequested();
    void recordingChanged();

private:
    void arrange(AudioActions& actions);
    void connectActions();
    void connectMicrophone();
    /// What went wrong with a recording, until the next one, and why none can be made now.
    void showFailure(const QString& why);
    void updateActions();
    void updateStatus();
    [[nodiscard]] QString paceText() const;

    SpeechLog& m_log;
    AudioActions& m_actions;
    AudioInputs m_inputs;
    Microphone m_microphone;
    InputBox* m_box;
    LevelMeterWidget* m_meter;
    QLabel *m_elapsed, *m_message;
    ElidedLabel* m_status;
    QTimer* m_timer;
    EngineState m_state = EngineState::NoModel;
    QString m_failure;
    bool m_engineHeard = false;         // it was Listening since the recording began
    bool m_live = false;                // what is in the log came from the microphone
    double m_recorded = 0;              // seconds delivered
    double m_latency = -1;              // of the newest text
    double m_fileRate = 0;              // seconds of audio a second, of a file
    QElapsedTimer m_since;              // the log began
};

}  // namespace ms
