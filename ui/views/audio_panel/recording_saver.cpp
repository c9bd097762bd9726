#include "ui/views/audio_panel/recording_saver.h"

#include <algorithm>
#include <vector>

#include "engine/audio/sound_track.h"

namespace ms {

namespace {

constexpr int kTellMilliseconds = 200;
constexpr qint64 kPiece = 1 << 16;  // samples

}  // namespace

Result<bool> RecordingSaver::write(Job& job, const std::stop_token& stop) {
    MS_TRY(auto writer, AudioWriter::create(job.path, job.format, job.track->sampleRate(), 1));
    std::vector<float> piece;
    const auto wanted = [&] { return !job.cancelled && !stop.stop_requested(); };
    Result<void> done;
    for (qint64 at = 0; done && at < job.total && wanted(); at += kPiece) {
        piece.resize(static_cast<std::size_t>(std::min(kPiece, job.total - at)));
        job.track->read(at, piece);
        done = writer.write(piece);
        job.written = at + static_cast<qint64>(piece.size());
    }
    if (done && !wanted()) done = Error{ErrorCode::Cancelled, job.path + ": not saved, cancelled"};
    if (!done) {  // the sound is still in the track: what was written of it is worth nothing
        writer.discard();
        return done.error();
    }
    MS_CHECK(writer.finish());
    return true;
}

RecordingSaver::RecordingSaver(QObject* parent) : QObject(parent) {
    m_timer.setInterval(kTellMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &RecordingSaver::tell);
}

void RecordingSaver::save(std::shared_ptr<const SoundTrack> track, const QString& path) {
    end();
    if (!track || track->samples() == 0) return Q_EMIT failed(tr("There is no sound to save. Record or open some."));
    m_path = path;
    m_job = std::make_shared<Job>();
    m_job->total = track->samples();
    m_job->track = std::move(track);
    m_job->path = path.toStdString();
    if (path.endsWith(QLatin1String(".wav"), Qt::CaseInsensitive)) m_job->format = AudioFormat::Wav16;
    m_timer.start();
    m_task.start(
        [job = m_job](const std::stop_token& stop) { return write(*job, stop); },
        [this](const Result<bool>& result) {
            end();
            if (result) Q_EMIT saved(m_path);
            else Q_EMIT failed(QString::fromStdString(result.error().message));
        });
}

void RecordingSaver::cancel() {
    if (m_task.running()) m_job->cancelled = true;
}

void RecordingSaver::tell() {
    m_told = true;
    Q_EMIT progressChanged({tr("Saving %1").arg(m_path.section(QLatin1Char('/'), -1)), {}, m_job->written, m_job->total, true});
}

void RecordingSaver::end() {
    m_task.cancel();
    m_timer.stop();
    if (std::exchange(m_told, false)) Q_EMIT progressChanged({});
}

}  // namespace ms
