// The engine thread listening: a file and a microphone's blocks give the words and frames that the transcriber gives alone.
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "engine/audio/audio_file.h"
#include "engine/audio/sound_track.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/transcribe_file.h"
#include "ui/bridge/engine_host.h"

using namespace ms;

namespace {

const QString kSpeechModel = QStringLiteral(MS_TEST_DATA "/mamba-ctc-tiny");
const QString kTextModel = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
const QString kSound = QStringLiteral(MS_TEST_DATA "/audio/speech.flac");

EngineOptions onHost() {
    EngineOptions options;
    options.device = QStringLiteral("host");
    return options;
}

/// What the transcriber says of the file without a window.
QStringList expectedWords(const QString& speechModel = kSpeechModel, const QString& languageModel = {}) {
    auto backend = openDevice("host");
    auto model = Model::load(speechModel.toStdString(), *backend);
    TranscriberOptions options;
    options.decoding = *readDecoding(speechModel.toStdString());
    if (!languageModel.isEmpty()) options.decoding = *rescoredBy(options.decoding, *Model::load(languageModel.toStdString(), *backend));
    auto transcriber = Transcriber::create(*model, options);
    const auto heard = transcribeFile(kSound.toStdString(), **transcriber);
    QStringList words;
    for (const TranscriptSegment& segment : heard->transcript.segments)
        for (const TranscriptWord& word : segment.words) words.append(QString::fromStdString(word.text));
    return words;
}

EngineState stateIn(const QVariantList& signal) { return signal.first().value<EngineState>(); }

QStringList wordsOf(const SpeechLog& log) {
    QStringList words;
    for (const SpeechWord& word : log.words()) words.append(word.text);
    return words;
}

std::vector<float> soundOfFile() {
    auto file = AudioFile::open(kSound.toStdString());
    std::vector<float> samples(static_cast<std::size_t>(file->frames().value()));
    samples.resize(file->readMono(samples));
    return samples;
}

}  // namespace

class TestSpeechHost : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void opensASpeechModelAndTranscribesAFile() {
        EngineHost host(onHost());
        QSignalSpy failed(&host, &EngineHost::failed);
        host.open(kSpeechModel);
        QTRY_COMPARE(host.state(), EngineState::Idle);
        QVERIFY(host.model()->speech.has_value());
        QCOMPARE(host.model()->speech->symbols.size(), host.model()->dims.vocab);
        CaptureRequest dt;
        dt.point = ProbePoint::Dt;
        host.feed().setRequests(this, {dt});
        host.transcribe(kSound);
        QTRY_VERIFY(host.state() == EngineState::Listening || !host.speech().words().empty());
        QTRY_COMPARE_WITH_TIMEOUT(host.state(), EngineState::Idle, 20'000);
        QTRY_COMPARE(wordsOf(host.speech()), expectedWords());
        QVERIFY(host.speech().tentative().empty());
        QCOMPARE(host.speech().sound()->samples(), static_cast<qint64>(soundOfFile().size()));
        QVERIFY(!host.speech().words().empty());
        QTRY_VERIFY(host.feed().tokens().size() >= host.speech().words().back().endFrame);
        const qint64 frames = host.feed().tokens().size();
        for (const SpeechWord& word : host.speech().words()) QVERIFY(word.endFrame <= frames);
        float value = std::numeric_limits<float>::quiet_NaN();
        host.feed().store()->read({ProbePoint::Dt, LayerIndex(0), Reduction::MeanChannels}, TokenPos(frames - 1), 1, 0, 1, {&value, 1});
        QVERIFY(value > 0);
        QVERIFY(failed.isEmpty());
    }

    void aLanguageModelHelpsFromTheNextRecordingOn() {
        const QString speech = QStringLiteral(MS_RESOURCES "/models/speech"), language = QStringLiteral(MS_RESOURCES "/models/language");
        EngineHost host(onHost());
        QSignalSpy noted(&host, &EngineHost::noted), failed(&host, &EngineHost::failed);
        QSignalSpy states(&host, &EngineHost::stateChanged);
        const auto heard = [&] {
            states.clear();
            host.transcribe(kSound);  // may be over between two looks at the state; the signals are not missed
            const bool over = QTest::qWaitFor([&] {
                const auto listened = std::find_if(states.begin(), states.end(), [](const auto& s) { return stateIn(s) == EngineState::Listening; });
                return std::any_of(listened, states.end(), [](const auto& s) { return stateIn(s) == EngineState::Idle; });
            }, 60'000);
            return over ? wordsOf(host.speech()) : QStringList{QStringLiteral("still listening")};
        };
        host.open(speech);
        QTRY_COMPARE_WITH_TIMEOUT(host.state(), EngineState::Idle, 20'000);
        host.setRescorer(language);
        QCOMPARE(heard(), expectedWords(speech, language));
        host.setRescorer(QStringLiteral("/nonexistent"));
        QCOMPARE(heard(), expectedWords(speech));
        QCOMPARE(noted.size(), 1);
        QVERIFY(noted.first().first().toString().contains(QStringLiteral("/nonexistent")));
        host.setRescorer({});
        QCOMPARE(heard(), expectedWords(speech));
        QCOMPARE(noted.size(), 1);
        QVERIFY(failed.isEmpty());
    }

    void hearsAMicrophoneAsItHearsAFile() {
        EngineHost host(onHost());
        host.setSpeechModel(kSpeechModel);
        host.open(kTextModel);
        QTRY_COMPARE(host.state(), EngineState::Idle);
        host.beginListening();  // opens the speech model by itself
        QTRY_COMPARE(host.state(), EngineState::Listening);
        const std::vector<float> sound = soundOfFile();
        for (std::size_t at = 0; at < sound.size(); at += 640) {
            const std::size_t count = std::min<std::size_t>(640, sound.size() - at);
            host.hear({{sound.begin() + static_cast<std::ptrdiff_t>(at), sound.begin() + static_cast<std::ptrdiff_t>(at + count)},
                       16000, 1, std::chrono::steady_clock::now()});
        }
        host.endListening();
        QTRY_COMPARE_WITH_TIMEOUT(host.state(), EngineState::Idle, 20'000);
        QTRY_COMPARE(wordsOf(host.speech()), expectedWords());
        host.hear({{0.5f}, 16000, 1, std::chrono::steady_clock::now()});  // nobody listens: dropped
        QTest::qWait(50);
        QCOMPARE(host.speech().sound()->samples(), static_cast<qint64>(sound.size()));
    }

    void whatIsWatchedLaterIsFilledInWithTheSameBits() {
        EngineHost host(onHost());
        host.setSpeechModel(kSpeechModel);
        CaptureRequest dt, y;
        dt.point = ProbePoint::Dt;
        y.point = ProbePoint::Y;
        y.reduction = Reduction::L2;
        QObject first, second;
        host.feed().setRequests(&first, {dt, y});
        host.transcribe(kSound);
        QTRY_COMPARE_WITH_TIMEOUT(host.state(), EngineState::Idle, 20'000);
        QTRY_VERIFY(!host.speech().words().empty());
        const qint64 frames = host.statistics().position;
        const auto read = [&](ProbePoint point, Reduction reduction) {
            std::vector<float> values(static_cast<std::size_t>(frames));
            host.feed().store()->read({point, LayerIndex(1), reduction}, TokenPos(0), frames, 0, 1, values);
            return values;
        };
        const auto complete = [&](const std::vector<float>& values) {
            return std::none_of(values.begin(), values.end(), [](float x) { return std::isnan(x); });
        };
        QTRY_VERIFY(complete(read(ProbePoint::Y, Reduction::L2)));  // requests may have come after the first frames
        const std::vector<float> expected = read(ProbePoint::Y, Reduction::L2);
        QVERIFY(!complete(read(ProbePoint::U, Reduction::MaxChannels)));
        EngineHost other(onHost());
        other.setSpeechModel(kSpeechModel);
        other.transcribe(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(other.state() == EngineState::Idle && !other.speech().words().empty(), 20'000);
        other.feed().setRequests(&second, {y});
        const auto filled = [&] {
            std::vector<float> values(static_cast<std::size_t>(frames));
            other.feed().store()->read({ProbePoint::Y, LayerIndex(1), Reduction::L2}, TokenPos(0), frames, 0, 1, values);
            return values;
        };
        QTRY_VERIFY_WITH_TIMEOUT(complete(filled()), 20'000);
        QCOMPARE(filled(), expected);
    }

    void refusesWhatItCannotHearAndKeepsWhatIsOpen() {
        EngineHost host(onHost());
        QSignalSpy failed(&host, &EngineHost::failed);
        host.open(kTextModel);
        QTRY_COMPARE(host.state(), EngineState::Idle);
        host.beginListening();  // no speech model is known
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(failed.last().first().toString().contains(QStringLiteral("speech model")));
        host.transcribe(QStringLiteral(MS_TEST_DATA "/audio/README.md"));
        QTRY_COMPARE(failed.size(), 2);
        QVERIFY(failed.last().first().toString().contains(QStringLiteral("README.md")));
        QTRY_COMPARE(host.state(), EngineState::Idle);
        QVERIFY(!host.model()->speech);
        host.open(kSpeechModel);
        QTRY_VERIFY(host.model()->speech.has_value());
        RunRequest request;
        request.text = QStringLiteral("1 2 3");
        host.run(request);
        QTRY_COMPARE(failed.size(), 3);
        QVERIFY(failed.last().first().toString().contains(QStringLiteral("transcribe")));
    }
};

QTEST_GUILESS_MAIN(TestSpeechHost)
#include "tst_speech_host.moc"
