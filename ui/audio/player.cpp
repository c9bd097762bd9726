#include "ui/audio/player.h"

#include <QAudioDevice>
#include <QAudioFormat>
#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "engine/audio/resampler.h"
#include "engine/audio/sound_track.h"

namespace ms {

namespace {

constexpr int kTickMilliseconds = 30;
constexpr std::size_t kBlock = 1600;  // samples of the track read at once

}  // namespace

/// The track's samples from a point on, in the device's format; the sink pulls.
class Player::Stream : public QIODevice {
public:
    Stream(std::shared_ptr<const SoundTrack> track, Resampler resampler, const QAudioFormat& format, qint64 first, qint64 end)
        : m_track(std::move(track)), m_resampler(std::move(resampler)), m_format(format), m_at(first), m_end(end) {}

    [[nodiscard]] bool isSequential() const override { return true; }
    [[nodiscard]] qint64 bytesAvailable() const override {
        return atEnd() ? QIODevice::bytesAvailable() : m_format.bytesForDuration(100'000) + QIODevice::bytesAvailable();
    }
    [[nodiscard]] bool atEnd() const override { return m_flushed && m_ready.empty(); }

protected:
    qint64 readData(char* data, qint64 most) override {
        const auto frames = static_cast<std::size_t>(most / m_format.bytesPerFrame());
        while (m_ready.size() < frames && !m_flushed) fill();
        const std::size_t count = std::min(frames, m_ready.size());
        for (std::size_t i = 0; i < count; ++i)
            for (int c = 0; c < m_format.channelCount(); ++c) data = put(data, m_ready[i]);
        m_ready.erase(m_ready.begin(), m_ready.begin() + static_cast<std::ptrdiff_t>(count));
        return static_cast<qint64>(count) * m_format.bytesPerFrame();
    }
    qint64 writeData(const char*, qint64) override { return -1; }

private:
    void fill() {
        std::vector<float> block(kBlock);
        const qint64 left = (m_end >= 0 ? std::min<qint64>(m_end, m_track->samples()) : m_track->samples()) - m_at;
        block.resize(static_cast<std::size_t>(std::clamp<qint64>(left, 0, static_cast<qint64>(kBlock))));
        if (block.empty()) {
            m_resampler.flush(m_ready);
            m_flushed = true;
            return;
        }
        m_track->read(m_at, block);
        m_at += static_cast<qint64>(block.size());
        m_resampler.push(block, m_ready);
    }
    char* put(char* to, float value) const {
        if (m_format.sampleFormat() == QAudioFormat::Float) {
            std::memcpy(to, &value, sizeof value);
            return to + sizeof value;
        }
        const auto sixteen = static_cast<qint16>(std::lround(std::clamp(value, -1.0f, 1.0f) * 32767.0f));
        std::memcpy(to, &sixteen, sizeof sixteen);
        return to + sizeof sixteen;
    }

    std::shared_ptr<const SoundTrack> m_track;
    Resampler m_resampler;
    QAudioFormat m_format;
    qint64 m_at, m_end;
    bool m_flushed = false;
    std::vector<float> m_ready;
};

Player::Player(QObject* parent) : QObject(parent), m_timer(new QTimer(this)) {
    m_timer->setInterval(kTickMilliseconds);
    connect(m_timer, &QTimer::timeout, this, [this] {
        if (m_sink->error() != QAudio::NoError && m_sink->error() != QAudio::UnderrunError) {
            stop();
            Q_EMIT failed(tr("The sound device stopped. Choose another one in the system's settings."));
            return;
        }
        Q_EMIT positionChanged(position());
        if (m_sink->state() == QAudio::IdleState && m_stream->atEnd()) finish();
    });
}

Player::~Player() = default;

void Player::setTrack(std::shared_ptr<const SoundTrack> track) {
    stop();
    m_track = std::move(track);
}

double Player::position() const {
    if (!m_sink) return m_from;
    return std::min(m_from + static_cast<double>(m_sink->processedUSecs()) * 1e-6, m_end < 0 ? m_track->seconds() : m_end);
}

void Player::play(double from, double to) {
    stop();
    if (!m_track || m_track->samples() == 0) return;
    const QAudioDevice device = QMediaDevices::defaultAudioOutput();
    if (device.isNull()) {
        Q_EMIT failed(tr("There is no sound output. Start a sound server (Debian: pipewire-pulse or pulseaudio) to hear recordings."));
        return;
    }
    QAudioFormat format = device.preferredFormat();
    if (format.sampleFormat() != QAudioFormat::Float) format.setSampleFormat(QAudioFormat::Int16);
    auto resampler = Resampler::create(m_track->sampleRate(), 1, format.sampleRate());
    if (!resampler) {
        Q_EMIT failed(QString::fromStdString(resampler.error().message));
        return;
    }
    m_from = std::max(0.0, from);
    m_end = to;
    const double rate = m_track->sampleRate();
    m_stream = std::make_unique<Stream>(m_track, std::move(*resampler), format, std::llround(m_from * rate),
                                        to < 0 ? -1 : std::llround(to * rate));
    m_stream->open(QIODevice::ReadOnly);
    m_sink = std::make_unique<QAudioSink>(device, format);
    m_sink->start(m_stream.get());
    if (m_sink->error() != QAudio::NoError) {
        m_sink.reset();
        m_stream.reset();
        Q_EMIT failed(tr("The sound output cannot be opened. Another program may hold it."));
        return;
    }
    m_timer->start();
    Q_EMIT playingChanged(true);
}

void Player::finish() {
    const double end = position();
    stop();
    m_from = end;
}

void Player::stop() {
    if (!m_sink) return;
    m_from = position();
    m_timer->stop();
    m_sink->stop();
    m_sink.reset();
    m_stream.reset();
    Q_EMIT playingChanged(false);
}

}  // namespace ms
