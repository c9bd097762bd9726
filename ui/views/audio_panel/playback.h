// Playing what was heard, with the shared cursor moving along through all views.
#pragma once

#include <QObject>
#include <QTimer>

#include "ui/audio/player.h"
#include "ui/models/selection.h"
#include "ui/models/speech_log.h"
#include "ui/models/time_axis.h"

namespace ms {

class Playback : public QObject {
    Q_OBJECT
public:
    Playback(SpeechLog& log, TimeAxis& axis, Selection& selection, QObject* parent = nullptr);

    [[nodiscard]] bool isPlaying() const { return m_player.isPlaying(); }
    [[nodiscard]] bool canPlay() const;
    [[nodiscard]] bool canPlayRange() const { return canPlay() && !m_selection.range().empty(); }
    /// While a microphone hears, nothing is played: it would be recorded. Ends what is playing.
    void setBlocked(bool blocked);
    /// Seconds of the cursor, or of what is heard now.
    [[nodiscard]] double position() const;

    /// Plays on from the cursor (from the start when it is at the end or nowhere), or pauses there.
    void toggle();
    /// Plays one word; the cursor is at its start again afterwards.
    void playWord(qint64 word);
    /// Plays the selected range of frames; the cursor is at its start afterwards. Nothing without one.
    void playRange();
    /// Ends playing; the cursor returns to where it began.
    void stop();

Q_SIGNALS:
    void playingChanged(bool playing);
    void positionChanged();
    void failed(const QString& message);

private:
    [[nodiscard]] double cursor() const;  ///< seconds; 0 without one
    void play(double from);
    void playStretch(TokenRange frames, double start, double end);
    void follow(double seconds);
    void onTokenChanged();
    void onPlayingChanged(bool playing);
    void moveCursor(qint64 frame);

    SpeechLog& m_log;
    TimeAxis& m_axis;
    Selection& m_selection;
    Player m_player;
    QTimer m_seek;                     // the cursor was moved by hand: play from there once it rests
    TokenRange m_stretch;              // frames of the word or selection being played; empty: playing on
    qint64 m_origin = -1;              // cursor when playing began
    bool m_moving = false, m_blocked = false;
};

}  // namespace ms
