#include "ui/models/speech_log.h"

#include <QStringList>
#include <QUndoCommand>
#include <algorithm>

namespace ms {

bool isSoundFile(const QString& path) {
    static const QStringList endings{QStringLiteral("wav"), QStringLiteral("flac"), QStringLiteral("ogg"), QStringLiteral("oga"), QStringLiteral("opus"),
                                     QStringLiteral("mp3"), QStringLiteral("aif"), QStringLiteral("aiff"), QStringLiteral("aifc")};
    return endings.contains(path.section(QLatin1Char('.'), -1).toLower()) && path.contains(QLatin1Char('.'));
}

/// Words are only added behind the ones edited, so an index stays what it was.
class SpeechLog::Replace : public QUndoCommand {
public:
    Replace(SpeechLog& log, qint64 first, std::vector<SpeechWord> before, std::vector<SpeechWord> after, const QString& what)
        : QUndoCommand(what), m_log(log), m_first(first), m_before(std::move(before)), m_after(std::move(after)) {}
    void redo() override { m_log.splice(m_first, static_cast<qint64>(m_before.size()), m_after); }
    void undo() override { m_log.splice(m_first, static_cast<qint64>(m_after.size()), m_before); }

private:
    SpeechLog& m_log;
    qint64 m_first;
    std::vector<SpeechWord> m_before, m_after;
};

/// The words of one hearing go aside for those of the next, which come as they are heard.
class SpeechLog::HearAgain : public QUndoCommand {
public:
    explicit HearAgain(SpeechLog& log)
        : QUndoCommand(SpeechLog::tr("Hearing the sound again")), m_log(log), m_other(std::make_shared<std::vector<SpeechWord>>()) {}
    void redo() override {
        swap();
        if (m_log.m_aside == m_other) m_log.m_aside.reset();
    }
    void undo() override {
        swap();
        if (!m_log.m_aside) m_log.m_aside = m_other;
    }

private:
    void swap() {
        std::swap(m_log.m_words, *m_other);
        Q_EMIT m_log.wordsChanged(0);
    }

    SpeechLog& m_log;
    std::shared_ptr<std::vector<SpeechWord>> m_other;
};

SpeechLog::SpeechLog(QObject* parent) : QObject(parent), m_undo(this) {}

void SpeechLog::begin(const SpeechClock& clock, std::shared_ptr<const SoundTrack> sound) {
    const bool again = sound != nullptr && sound == m_sound;
    m_aside.reset();
    if (again && m_undo.canUndo()) m_undo.push(new HearAgain(*this));
    else m_undo.clear();
    m_clock = clock;
    m_sound = std::move(sound);
    m_words.clear();
    m_tentative.clear();
    m_audioSeconds = 0;
    m_latency = -1;
    Q_EMIT begun();
}

void SpeechLog::apply(const TranscriptUpdate& update) {
    m_audioSeconds = update.audioSeconds;
    m_latency = update.latencySeconds;
    std::vector<SpeechWord>& words = m_aside ? *m_aside : m_words;
    const auto at = static_cast<qint64>(words.size());
    words.insert(words.end(), update.final.begin(), update.final.end());
    const bool tentative = m_tentative != update.tentative;
    m_tentative = update.tentative;
    if (!update.final.empty() && !m_aside) Q_EMIT wordsChanged(at);
    if (tentative) Q_EMIT tentativeChanged();
}

qint64 SpeechLog::wordAt(qint64 frame) const {
    const auto after = std::upper_bound(m_words.begin(), m_words.end(), frame,
                                        [](qint64 f, const SpeechWord& word) { return f < word.firstFrame; });
    if (after == m_words.begin()) return -1;
    const auto index = after - m_words.begin() - 1;
    return frame < m_words[static_cast<std::size_t>(index)].endFrame ? index : -1;
}

QString SpeechLog::text(bool withTentative) const {
    QString text;
    int segment = m_words.empty() ? 0 : m_words.front().segment;
    const auto add = [&](const SpeechWord& word) {
        if (!text.isEmpty()) text += word.segment == segment ? QLatin1Char(' ') : QLatin1Char('\n');
        segment = word.segment;
        text += word.text;
    };
    for (const SpeechWord& word : m_words) add(word);
    if (withTentative)
        for (const SpeechWord& word : m_tentative) add(word);
    return text;
}

void SpeechLog::replaceWord(qint64 index, const QString& text) {
    if (index < 0 || index >= static_cast<qint64>(m_words.size())) return;
    const SpeechWord& word = m_words[static_cast<std::size_t>(index)];
    const QStringList parts = text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (parts.size() == 1 && parts.front() == word.text) return;
    const qsizetype letters = parts.join(QString()).size();
    std::vector<SpeechWord> made;
    qsizetype done = 0;
    for (const QString& part : parts) {
        const auto share = [&](qsizetype count) { return static_cast<double>(count) / static_cast<double>(letters); };
        const auto frame = [&](double s) { return word.firstFrame + static_cast<qint64>(s * static_cast<double>(word.endFrame - word.firstFrame)); };
        SpeechWord one = word;
        one.text = part;
        one.start = word.start + share(done) * (word.end - word.start);
        one.firstFrame = frame(share(done));
        done += part.size();
        one.end = word.start + share(done) * (word.end - word.start);
        one.endFrame = std::max(frame(share(done)), one.firstFrame + 1);
        one.confidence = 1.0f;
        one.edited = true;
        made.push_back(one);
    }
    push(index, 1, std::move(made), parts.isEmpty() ? tr("Remove “%1”").arg(word.text) : tr("Change “%1”").arg(word.text));
}

void SpeechLog::mergeWithNext(qint64 index) {
    if (index < 0 || index + 1 >= static_cast<qint64>(m_words.size())) return;
    const SpeechWord& next = m_words[static_cast<std::size_t>(index) + 1];
    SpeechWord joined = m_words[static_cast<std::size_t>(index)];
    joined.text += next.text;
    joined.end = next.end;
    joined.endFrame = next.endFrame;
    joined.confidence = std::min(joined.confidence, next.confidence);
    joined.edited = true;
    push(index, 2, {joined}, tr("Join “%1”").arg(joined.text));
}

void SpeechLog::push(qint64 first, qint64 count, std::vector<SpeechWord> words, const QString& what) {
    const auto begin = m_words.begin() + first;
    m_undo.push(new Replace(*this, first, {begin, begin + count}, std::move(words), what));
}

void SpeechLog::splice(qint64 first, qint64 count, const std::vector<SpeechWord>& words) {
    const auto begin = m_words.begin() + first;
    m_words.insert(m_words.erase(begin, begin + count), words.begin(), words.end());
    Q_EMIT wordsChanged(first);
}

}  // namespace ms
