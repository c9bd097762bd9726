// The transcript as the window keeps it: growing, tentative ends, edits that can be undone.
#include <QSignalSpy>
#include <QTest>

#include "engine/audio/sound_track.h"
#include "ui/models/speech_log.h"

using namespace ms;

namespace {

SpeechWord word(const char* text, qint64 first, qint64 end, int segment = 0) {
    SpeechWord w;
    w.text = QString::fromLatin1(text);
    w.firstFrame = first;
    w.endFrame = end;
    w.start = 0.04 * static_cast<double>(first);
    w.end = 0.04 * static_cast<double>(end);
    w.confidence = 0.5f;
    w.segment = segment;
    return w;
}

TranscriptUpdate update(std::vector<SpeechWord> final, std::vector<SpeechWord> tentative = {}) {
    TranscriptUpdate u;
    u.final = std::move(final);
    u.tentative = std::move(tentative);
    return u;
}

}  // namespace

class TestSpeechLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void growsAndReplacesTheTentativeEnd() {
        SpeechLog log;
        QSignalSpy words(&log, &SpeechLog::wordsChanged), tentative(&log, &SpeechLog::tentativeChanged);
        log.begin({0.04, 0.085}, nullptr);
        log.apply(update({}, {word("en", 1, 3)}));
        log.apply(update({word("enter", 1, 5)}, {word("six", 8, 12)}));
        log.apply(update({}, {word("six", 8, 12)}));
        QCOMPARE(words.size(), 1);
        QCOMPARE(tentative.size(), 2);
        QCOMPARE(log.text(), QStringLiteral("enter"));
        QCOMPARE(log.text(true), QStringLiteral("enter six"));
        log.apply(update({word("six", 8, 12), word("go", 40, 44, 1)}));
        QCOMPARE(words.last().first().toLongLong(), 1);
        QCOMPARE(log.text(true), QStringLiteral("enter six\ngo"));
        QCOMPARE(log.wordAt(0), -1);
        QCOMPARE(log.wordAt(1), 0);
        QCOMPARE(log.wordAt(5), -1);
        QCOMPARE(log.wordAt(43), 2);
        log.begin({}, nullptr);
        QVERIFY(log.words().empty() && log.tentative().empty());
    }

    void editsCanBeUndoneWhileWordsCome() {
        SpeechLog log;
        log.begin({}, nullptr);
        log.apply(update({word("rub", 0, 10), word("out", 10, 20), word("seven", 20, 30)}));
        log.mergeWithNext(0);
        QCOMPARE(log.text(), QStringLiteral("rubout seven"));
        QCOMPARE(log.words()[0].endFrame, 20);
        log.replaceWord(1, QStringLiteral("  sev en "));
        QCOMPARE(log.text(), QStringLiteral("rubout sev en"));
        QCOMPARE(log.words()[1].endFrame, log.words()[2].firstFrame);
        QCOMPARE(log.words()[2].endFrame, 30);
        QVERIFY(log.words()[2].edited);
        log.apply(update({word("eight", 30, 40)}));
        log.replaceWord(0, QString());
        QCOMPARE(log.text(), QStringLiteral("sev en eight"));
        log.undoStack().undo();
        log.undoStack().undo();
        QCOMPARE(log.text(), QStringLiteral("rubout seven eight"));
        log.undoStack().undo();
        QCOMPARE(log.text(), QStringLiteral("rub out seven eight"));
        QVERIFY(!log.words()[0].edited);
        log.undoStack().redo();
        QCOMPARE(log.text(), QStringLiteral("rubout seven eight"));
    }

    void hearingTheSameSoundAgainKeepsEditsForUndo() {
        SpeechLog log;
        const std::shared_ptr<const SoundTrack> sound = std::move(*SoundTrack::create(16000));
        log.begin({}, sound);
        log.apply(update({word("rub", 0, 10), word("out", 10, 20)}));
        log.mergeWithNext(0);
        log.begin({}, sound);
        QVERIFY(log.words().empty());
        log.apply(update({word("rob", 0, 10)}));
        log.undoStack().undo();  // while the rest is still to be heard
        QCOMPARE(log.text(), QStringLiteral("rubout"));
        log.apply(update({word("out", 10, 20)}));
        QCOMPARE(log.text(), QStringLiteral("rubout"));
        log.undoStack().undo();
        QCOMPARE(log.text(), QStringLiteral("rub out"));
        log.undoStack().redo();
        log.undoStack().redo();
        QCOMPARE(log.text(), QStringLiteral("rob out"));
        log.replaceWord(0, QStringLiteral("rib"));
        log.begin({}, sound);
        log.apply(update({word("third", 0, 10)}));
        log.undoStack().undo();
        log.undoStack().undo();
        log.undoStack().undo();
        QCOMPARE(log.text(), QStringLiteral("rubout"));
        while (log.undoStack().canRedo()) log.undoStack().redo();
        QCOMPARE(log.text(), QStringLiteral("third"));
        // Without edits there is nothing to bring back, and another sound ends them all.
        log.begin({}, std::move(*SoundTrack::create(16000)));
        QCOMPARE(log.undoStack().count(), 0);
        log.begin({}, log.sound());
        QCOMPARE(log.undoStack().count(), 0);
    }

    void editsThatChangeNothingAreNone() {
        SpeechLog log;
        log.begin({}, nullptr);
        log.apply(update({word("yes", 0, 10)}));
        log.replaceWord(0, QStringLiteral(" yes "));
        log.replaceWord(7, QStringLiteral("no"));
        log.mergeWithNext(0);
        QCOMPARE(log.undoStack().count(), 0);
    }
};

QTEST_GUILESS_MAIN(TestSpeechLog)
#include "tst_speech_log.moc"
