// What was heard and understood so far, as views see it: words on the axis of frames, final or tentative, and edits of them.
#pragma once

#include <QMetaType>
#include <QObject>
#include <QString>
#include <QUndoStack>
#include <memory>
#include <vector>

namespace ms {

class SoundTrack;

struct SpeechWord {
    QString text;
    qint64 firstFrame = 0, endFrame = 0;  ///< frames [first, end) of the model
    double start = 0, end = 0;            ///< seconds of the audio
    float confidence = 0;                 ///< 0 to 1; what was typed by hand counts as 1
    int segment = 0;                      ///< utterance that it belongs to, ascending
    bool edited = false;

    bool operator==(const SpeechWord&) const = default;
};

/// What one step of the transcriber changed. Final words only ever come; tentative ones are replaced.
struct TranscriptUpdate {
    std::vector<SpeechWord> final;      ///< behind the final words told before
    std::vector<SpeechWord> tentative;  ///< all there are now
    double audioSeconds = 0;            ///< of audio read so far
    double latencySeconds = -1;         ///< from a sample's arrival to this text; -1: nobody is waiting (a file)
};

/// Whether a file's name ends like one of sound that can be read.
[[nodiscard]] bool isSoundFile(const QString& path);

/// How frames lie on the audio.
struct SpeechClock {
    double frameSeconds = 0.04;
    double lookAheadSeconds = 0;

    bool operator==(const SpeechClock&) const = default;
};

class SpeechLog : public QObject {
    Q_OBJECT
public:
    explicit SpeechLog(QObject* parent = nullptr);

    /// Another recording begins, or (null) there is none. With the sound that is there it is heard again: words that
    /// were edited come back by undo.
    void begin(const SpeechClock& clock, std::shared_ptr<const SoundTrack> sound);
    void apply(const TranscriptUpdate& update);

    [[nodiscard]] const SpeechClock& clock() const { return m_clock; }
    [[nodiscard]] const std::shared_ptr<const SoundTrack>& sound() const { return m_sound; }
    /// Final words as edited, by time.
    [[nodiscard]] const std::vector<SpeechWord>& words() const { return m_words; }
    [[nodiscard]] const std::vector<SpeechWord>& tentative() const { return m_tentative; }
    [[nodiscard]] double audioSeconds() const { return m_audioSeconds; }
    [[nodiscard]] double latencySeconds() const { return m_latency; }
    /// The word that a frame belongs to; -1: none.
    [[nodiscard]] qint64 wordAt(qint64 frame) const;
    /// Words joined by blanks, segments by line breaks, tentative ones at the end if wanted.
    [[nodiscard]] QString text(bool withTentative = false) const;

    // --- edits, each one step of undo ---
    /// An empty text removes the word; one with blanks makes several of it, the time shared out by length.
    void replaceWord(qint64 index, const QString& text);
    /// Joins a word with the one behind it.
    void mergeWithNext(qint64 index);
    [[nodiscard]] QUndoStack& undoStack() { return m_undo; }

Q_SIGNALS:
    void begun();
    /// Final words from `index` on are new or changed.
    void wordsChanged(qint64 index);
    void tentativeChanged();

private:
    class Replace;
    class HearAgain;
    /// Words [first, first + count) become `words`; told by wordsChanged.
    void splice(qint64 first, qint64 count, const std::vector<SpeechWord>& words);
    void push(qint64 first, qint64 count, std::vector<SpeechWord> words, const QString& what);

    SpeechClock m_clock;
    std::shared_ptr<const SoundTrack> m_sound;
    std::vector<SpeechWord> m_words, m_tentative;
    std::shared_ptr<std::vector<SpeechWord>> m_aside;  // words as heard now, while those of an earlier hearing are shown
    double m_audioSeconds = 0, m_latency = -1;
    QUndoStack m_undo;
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::TranscriptUpdate)
