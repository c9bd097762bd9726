// Sound in, words out: record or open, read along, correct, hear again, save.
#pragma once

#include <QWidget>

#include "ui/models/audio_block.h"
#include "ui/models/selection.h"
#include "ui/models/speech_log.h"
#include "ui/models/time_axis.h"
#include "ui/models/values.h"
#include "ui/views/audio_panel/audio_actions.h"

class QBoxLayout;

namespace ms {

class Playback;
class PlaybackBar;
class RecordBar;
class SpeechFiles;
class TranscriptView;
class WordFind;

class AudioPanel : public QWidget {
    Q_OBJECT
public:
    AudioPanel(SpeechLog& log, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);
    ~AudioPanel() override;

    [[nodiscard]] const AudioActions& actions() const { return *m_actions; }
    [[nodiscard]] SpeechFiles& files() { return *m_files; }
    [[nodiscard]] TranscriptView& transcript() { return *m_transcript; }
    [[nodiscard]] Playback& playback() { return *m_playback; }
    [[nodiscard]] bool isRecording() const;

public Q_SLOTS:
    void setState(ms::EngineState state);
    void setModel(const ms::ModelSummaryPtr& model);
    /// As if the file had been dropped here: ends a recording, then tells fileChosen.
    void openFile(const QString& path);
    /// The engine refused something. If nothing hears the recording that is running, it ends.
    void onListeningRefused(const QString& why);
    /// Asks the saving of a recording to end; noted or failed tells what came of it.
    void cancelSaving();

Q_SIGNALS:
    /// The microphone has begun; listen before the first block comes.
    void recordRequested();
    void blockReady(const ms::AudioBlock& block);
    void recordingEnded();
    void fileChosen(const QString& path);
    /// The file that is being transcribed shall not be.
    void cancelRequested();
    void wordSelected(qint64 word);
    /// Of saving, where it takes longer than a blink.
    void progressChanged(const ms::JobProgress& progress);
    void noted(const QString& message);
    void failed(const QString& message);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();
    QWidget* textSide();
    void connectRecording();
    void connectTranscript();
    void connectWordActions();
    void connectFiles();
    void updateActions();
    [[nodiscard]] bool hasWord() const;

    SpeechLog& m_log;
    Selection& m_selection;
    TranscriptView* m_transcript;
    std::unique_ptr<AudioActions> m_actions;
    Playback* m_playback;
    SpeechFiles* m_files;
    RecordBar* m_record;
    WordFind* m_find;
    PlaybackBar* m_bar;
    QBoxLayout* m_layout = nullptr;
    bool m_clicked = false, m_told = false;  // playing was asked for by a mere click; told once that such cannot be heard
};

}  // namespace ms
