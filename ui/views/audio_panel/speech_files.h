// Sound files in, transcripts and recordings out: what is asked, and what is written.
#pragma once

#include <QObject>

#include "engine/speech/transcript_export.h"
#include "ui/models/speech_log.h"
#include "ui/views/audio_panel/recording_saver.h"

class QWidget;

namespace ms {

/// The final words as the user left them.
[[nodiscard]] Transcript transcriptOf(const SpeechLog& log);

class SpeechFiles : public QObject {
    Q_OBJECT
public:
    /// Dialogs are `window`'s.
    SpeechFiles(SpeechLog& log, QWidget* window);

    /// What is heard now is this file, or (empty) a microphone: proposed names follow.
    void setSource(const QString& soundFile);
    /// Name without folder and ending that is proposed for what is written.
    [[nodiscard]] const QString& baseName() const { return m_baseName; }

    // Dialogs; none of them blocks.
    void askSound();
    void askTranscript();
    void askRecording();

    /// The ending chooses the format: txt, srt, vtt or json.
    void exportTo(const QString& path);
    void saveTo(const QString& path) { m_saver.save(m_log.sound(), path); }
    void cancel() { m_saver.cancel(); }

Q_SIGNALS:
    void soundChosen(const QString& path);
    void progressChanged(const ms::JobProgress& progress);
    /// Something was written.
    void noted(const QString& message);
    void failed(const QString& message);

private:
    SpeechLog& m_log;
    QWidget* m_window;
    RecordingSaver m_saver;
    QString m_folder, m_baseName;
};

}  // namespace ms
