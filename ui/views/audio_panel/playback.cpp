#include "ui/views/audio_panel/playback.h"

#include <algorithm>
#include <cmath>

#include "engine/audio/sound_track.h"

namespace ms {

namespace {
constexpr int kSeekMilliseconds = 120;
constexpr double kAtEnd = 0.1;  // seconds
}  // namespace

Playback::Playback(SpeechLog& log, TimeAxis& axis, Selection& selection, QObject* parent)
    : QObject(parent), m_log(log), m_axis(axis), m_selection(selection) {
    m_seek.setSingleShot(true);
    m_seek.setInterval(kSeekMilliseconds);
    connect(&m_seek, &QTimer::timeout, this, [this] {
        if (isPlaying()) play(cursor());
    });
    connect(&log, &SpeechLog::begun, this, [this] {
        m_stretch = {};  // it was another recording's
        m_player.setTrack(m_log.sound());
    });
    connect(&selection, &Selection::tokenChanged, this, &Playback::onTokenChanged);
    connect(&m_player, &Player::playingChanged, this, &Playback::onPlayingChanged);
    connect(&m_player, &Player::positionChanged, this, &Playback::follow);
    connect(&m_player, &Player::failed, this, &Playback::failed);
    m_player.setTrack(log.sound());
}

bool Playback::canPlay() const { return !m_blocked && m_log.sound() && m_log.sound()->samples() > 0; }

void Playback::setBlocked(bool blocked) {
    m_blocked = blocked;
    if (blocked) m_player.stop();
}

double Playback::position() const {
    return isPlaying() && !m_seek.isActive() ? m_player.position() : cursor();
}

double Playback::cursor() const {
    return static_cast<double>(std::max<qint64>(0, m_selection.token())) * m_log.clock().frameSeconds;
}

void Playback::toggle() {
    if (isPlaying()) return m_player.stop();
    if (!canPlay()) return;
    m_origin = m_selection.token();
    const double from = cursor();
    play(from + kAtEnd >= m_log.sound()->seconds() ? 0 : from);
}

void Playback::play(double from) {
    m_stretch = {};
    m_player.play(from);
}

void Playback::playWord(qint64 index) {
    if (index < 0 || index >= static_cast<qint64>(m_log.words().size())) return;
    const SpeechWord word = m_log.words()[static_cast<std::size_t>(index)];
    const double least = word.start + m_log.clock().frameSeconds;
    playStretch({word.firstFrame, std::max(word.endFrame, word.firstFrame + 1)}, word.start, std::max(word.end, least));
}

void Playback::playRange() {
    const TokenRange range = m_selection.range();
    const double frame = m_log.clock().frameSeconds;
    if (!range.empty()) playStretch(range, static_cast<double>(range.first) * frame, static_cast<double>(range.end) * frame);
}

void Playback::playStretch(TokenRange frames, double start, double end) {
    if (!canPlay()) return;
    m_stretch = {};  // of what still plays: not to be returned to
    m_player.stop();
    m_origin = frames.first;
    m_stretch = frames;
    m_player.play(start, end);
}

void Playback::stop() {
    const bool playing = isPlaying();
    m_stretch = {};
    m_player.stop();
    if (playing) moveCursor(m_origin);
}

void Playback::follow(double seconds) {
    if (m_seek.isActive()) return;
    auto frame = static_cast<qint64>(seconds / m_log.clock().frameSeconds);
    if (!m_stretch.empty()) frame = std::clamp(frame, m_stretch.first, m_stretch.end - 1);
    else if (m_axis.tokenCount() > 0) frame = std::min(frame, m_axis.tokenCount() - 1);
    moveCursor(frame);
    Q_EMIT positionChanged();
}

void Playback::moveCursor(qint64 frame) {
    m_moving = true;
    m_selection.setToken(frame);
    if (frame >= 0) m_axis.ensureVisible(frame);
    m_moving = false;
}

void Playback::onTokenChanged() {
    Q_EMIT positionChanged();
    if (m_moving || !isPlaying() || !m_stretch.empty()) return;
    m_origin = m_selection.token();
    m_seek.start();
}

void Playback::onPlayingChanged(bool playing) {
    if (!playing && !m_stretch.empty()) moveCursor(m_stretch.first);
    if (!playing) m_stretch = {};
    Q_EMIT playingChanged(playing);
}

}  // namespace ms
