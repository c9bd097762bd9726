// Writes what was heard to a sound file, beside the window's thread.
#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <memory>
#include <string>

#include "engine/audio/audio_writer.h"
#include "ui/models/background_task.h"
#include "ui/models/values.h"

namespace ms {

class SoundTrack;

class RecordingSaver : public QObject {
    Q_OBJECT
public:
    explicit RecordingSaver(QObject* parent = nullptr);

    /// Writes the samples that the track has now; one that is being written is given up. What ends `path` chooses: ".wav"
    /// 16-bit WAV, anything else FLAC, both without loss.
    void save(std::shared_ptr<const SoundTrack> track, const QString& path);
    /// Asks the writing to end; `failed` or, if it was done by then, `saved` tells what came of it.
    void cancel();

Q_SIGNALS:
    /// Only where it takes longer than a blink.
    void progressChanged(const ms::JobProgress& progress);
    void saved(const QString& path);
    void failed(const QString& message);

private:
    /// What the window's thread and the writing one share.
    struct Job {
        std::shared_ptr<const SoundTrack> track;
        qint64 total = 0;  // samples
        std::string path;
        AudioFormat format = AudioFormat::Flac;
        std::atomic<qint64> written = 0;
        std::atomic<bool> cancelled = false;
    };
    static Result<bool> write(Job& job, const std::stop_token& stop);
    void tell();
    void end();

    BackgroundTask<bool> m_task;
    QTimer m_timer;
    std::shared_ptr<Job> m_job;
    QString m_path;
    bool m_told = false;
};

}  // namespace ms
