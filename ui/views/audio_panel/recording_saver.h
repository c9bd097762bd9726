// Writes what was heard to a sound file, beside the window's thread.
#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <memory>

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
    /// The target stays as it was.
    void cancel();

Q_SIGNALS:
    /// Only where it takes longer than a blink.
    void progressChanged(const ms::JobProgress& progress);
    void saved(const QString& path);
    void failed(const QString& message);

private:
    void tell();
    void end();

    BackgroundTask<bool> m_task;
    QTimer m_timer;
    std::shared_ptr<std::atomic<qint64>> m_written;  // samples
    qint64 m_total = 0;
    QString m_path;
    bool m_told = false;
};

}  // namespace ms
