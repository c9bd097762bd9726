#include "ui/views/audio_panel/recording_saver.h"

#include <algorithm>
#include <vector>

#include "engine/audio/sound_track.h"

namespace ms {

namespace {

constexpr int kTellMilliseconds = 200;
constexpr qint64 kPiece = 1 << 16;  // samples

Result<bool> write(const SoundTrack& track, qint64 total, const std::string& path, AudioFormat format,
                   std::atomic<qint64>& written, const std::stop_token& stop) {
    MS_TRY(auto writer, AudioWriter::create(path, format, track.sampleRate(), 1));
    std::vector<float> piece;
    Result<void> done;
    for (qint64 at = 0; done && at < total && !stop.stop_requested(); at += kPiece) {
        piece.resize(static_cast<std::size_t>(std::min(kPiece, total - at)));
        track.read(at, piece);
        done = writer.write(piece);
        written = at + static_cast<qint64>(piece.size());
    }
    // The sound is still in the track: what was written of it is worth nothing.
    if (!done || stop.stop_requested()) {
        writer.discard();
        return done ? Error{ErrorCode::Cancelled, path + ": not saved, cancelled"} : done.error();
    }
    MS_CHECK(writer.finish());
    return true;
}

}  // namespace

RecordingSaver::RecordingSaver(QObject* parent) : QObject(parent) {
    m_timer.setInterval(kTellMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &RecordingSaver::tell);
}

void RecordingSaver::save(std::shared_ptr<const SoundTrack> track, const QString& path) {
    end();
    if (!track || track->samples() == 0) return Q_EMIT failed(tr("There is no sound to save. Record or open some."));
    m_path = path;
    m_total = track->samples();
    m_written = std::make_shared<std::atomic<qint64>>(0);
    const AudioFormat format = path.endsWith(QLatin1String(".wav"), Qt::CaseInsensitive) ? AudioFormat::Wav16 : AudioFormat::Flac;
    m_timer.start();
    m_task.start(
        [track = std::move(track), total = m_total, target = path.toStdString(), format, written = m_written](const std::stop_token& stop) {
            return write(*track, total, target, format, *written, stop);
        },
        [this](const Result<bool>& result) {
            end();
            if (result) Q_EMIT saved(m_path);
            else Q_EMIT failed(QString::fromStdString(result.error().message));
        });
}

void RecordingSaver::cancel() {
    if (!m_task.running()) return;
    end();
    Q_EMIT failed(tr("%1: not saved, cancelled").arg(m_path));
}

void RecordingSaver::tell() {
    m_told = true;
    Q_EMIT progressChanged({tr("Saving %1").arg(m_path.section(QLatin1Char('/'), -1)), {}, *m_written, m_total, true});
}

void RecordingSaver::end() {
    m_task.cancel();
    m_timer.stop();
    if (std::exchange(m_told, false)) Q_EMIT progressChanged({});
}

}  // namespace ms
