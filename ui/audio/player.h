// Playing back what was heard.
#pragma once

#include <QObject>
#include <memory>

class QAudioSink;
class QTimer;

namespace ms {

class SoundTrack;

/// Plays a track from anywhere and tells where it is. Without a sound device it says so and stays still.
class Player : public QObject {
    Q_OBJECT
public:
    explicit Player(QObject* parent = nullptr);
    ~Player() override;

    /// What is played; stops.
    void setTrack(std::shared_ptr<const SoundTrack> track);
    [[nodiscard]] bool isPlaying() const { return m_sink != nullptr; }
    /// Seconds from the track's start of what is heard now.
    [[nodiscard]] double position() const;
    /// Plays [from, to) seconds; to < 0: up to the end, and on while the track grows.
    void play(double from, double to = -1);
    void stop();

Q_SIGNALS:
    void playingChanged(bool playing);
    void positionChanged(double seconds);
    void failed(const QString& message);

private:
    class Stream;
    void finish();

    std::shared_ptr<const SoundTrack> m_track;
    std::unique_ptr<Stream> m_stream;
    std::unique_ptr<QAudioSink> m_sink;
    QTimer* m_timer;
    double m_from = 0, m_end = 0;
};

}  // namespace ms
