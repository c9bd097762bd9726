// Looking back at speech through the engine host: frames' states, the lens, snapshots, and hearing again with interventions.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "engine/audio/audio_file.h"
#include "engine/audio/sound_track.h"
#include "ui/bridge/engine_host.h"

using namespace ms;

namespace {

// The embedded model: it hears silence, and utterances end.
const QString kSpeechModel = QStringLiteral(MS_RESOURCES "/models/speech");
const QString kTinySpeechModel = QStringLiteral(MS_TEST_DATA "/mamba-ctc-tiny");
const QString kTextModel = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
const QString kSound = QStringLiteral(MS_TEST_DATA "/audio/speech.flac");
constexpr int kPatience = 60'000;
constexpr std::int64_t kLayer = 2;
constexpr std::size_t kBlock = 1280;  // of a microphone

/// The file twice, with more silence between than an utterance survives.
std::vector<float> twoUtterances() {
    auto file = AudioFile::open(kSound.toStdString());
    std::vector<float> one(static_cast<std::size_t>(file->frames().value()));
    one.resize(file->readMono(one));
    std::vector<float> sound = one;
    sound.resize(one.size() + 32'000, 0.0f);
    sound.insert(sound.end(), one.begin(), one.end());
    return sound;
}

CaptureRequest rows(ProbePoint point) { return {point, {LayerIndex(kLayer)}, Reduction::None, 1, 0, 0, 1}; }

struct Host {
    EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
    QSignalSpy failures{&engine, &EngineHost::failed};
    QSignalSpy cancellations{&engine, &EngineHost::cancelled};
    QSignalSpy notes{&engine, &EngineHost::noted};
    QSignalSpy states{&engine, &EngineHost::stateChanged};
    QSignalSpy applied{&engine, &EngineHost::interventionsApplied};
    QSignalSpy snapshots{&engine, &EngineHost::snapshotsChanged};
    QSignalSpy compared{&engine, &EngineHost::snapshotsCompared};
    QObject view;

    explicit Host(const std::vector<CaptureRequest>& requests = {rows(ProbePoint::Y), rows(ProbePoint::State)}) {
        engine.setSpeechModel(kSpeechModel);
        if (!requests.empty()) engine.feed().setRequests(&view, requests);
    }
    void say(std::span<const float> samples) {
        for (std::size_t at = 0; at < samples.size(); at += kBlock) {
            const auto part = samples.subspan(at, std::min(kBlock, samples.size() - at));
            engine.hear({{part.begin(), part.end()}, 16000, 1, std::chrono::steady_clock::now()});
        }
    }
    bool listen() {
        engine.beginListening();
        return QTest::qWaitFor([&] { return engine.state() == EngineState::Listening; }, kPatience);
    }
    bool rest() {
        return QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && !engine.progress().active; }, kPatience);
    }
    /// Until the sound that is there was heard again so many times.
    bool heardAgain(int times) {
        const auto begun = [&] {
            return std::count_if(states.begin(), states.end(), [](const auto& s) { return s.first().template value<EngineState>() == EngineState::Reading; });
        };
        return QTest::qWaitFor([&] { return begun() == times && engine.state() == EngineState::Idle && !engine.progress().active; }, kPatience);
    }
    bool waitForFrames(qint64 frames) {
        return QTest::qWaitFor([&] { return engine.feed().tokens().size() >= frames; }, kPatience);
    }
    [[nodiscard]] std::vector<float> captured(ProbePoint point, qint64 frame, bool baseline = false) {
        const std::size_t width = static_cast<std::size_t>(engine.model()->dims.d_inner) *
                                  (point == ProbePoint::State ? static_cast<std::size_t>(engine.model()->dims.d_state) : 1u);
        std::vector<float> values(width);
        const auto& store = baseline ? engine.feed().baseline() : engine.feed().store();
        store->read({point, LayerIndex(kLayer), Reduction::None}, TokenPos(frame), 1, 0, static_cast<std::int64_t>(width), values);
        return values;
    }
    Answer<TokenValues> ask(qint64 frame, bool baseline = false) {
        std::optional<Answer<TokenValues>> answer;
        const auto take = [&](const Answer<TokenValues>& a) { answer = a; };
        const std::vector<CaptureRequest> requests{rows(ProbePoint::Y), rows(ProbePoint::State)};
        if (baseline) engine.queries().baselineValues(&view, frame, requests, take);
        else engine.queries().tokenValues(&view, frame, requests, take);
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, kPatience)) return {nullptr, QStringLiteral("no answer")};
        return *answer;
    }
    /// Whether a look back brings what was captured then, to the bit.
    bool agrees(qint64 frame, bool baseline = false) {
        const Answer<TokenValues> seen = ask(frame, baseline);
        if (!seen) {
            qWarning() << frame << seen.error;
            return false;
        }
        for (const ProbePoint point : {ProbePoint::Y, ProbePoint::State}) {
            const auto& value = seen.value->values.at({point, LayerIndex(kLayer), Reduction::None});
            const std::vector<float> then = captured(point, frame, baseline);
            if (value != then || std::isnan(then.front())) {
                qWarning() << "frame" << frame << "differs" << value.front() << then.front();
                return false;
            }
        }
        return true;
    }
    /// First frames of the utterances heard.
    [[nodiscard]] std::vector<qint64> firstWords() {
        std::vector<qint64> first;
        int segment = -1;
        for (const SpeechWord& word : engine.speech().words())
            if (std::exchange(segment, word.segment) != word.segment) first.push_back(word.firstFrame);
        return first;
    }
};

InterventionList halfDt() {
    InterventionValue value;
    value.kind = InterventionValue::Kind::ScaleDt;
    value.factor = 0.5f;
    return {value};
}

QStringList wordsOf(const SpeechLog& log) {
    QStringList words;
    for (const SpeechWord& word : log.words()) words.append(word.text);
    return words;
}

}  // namespace

class TestSpeechPastHost : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bringsTheStatesOfFramesWhileItRecordsAndAfterwards() {
        const std::vector<float> sound = twoUtterances();
        Host host;
        QVERIFY(host.listen());
        QVERIFY(host.ask(0).error.contains(QStringLiteral("frame 0")));  // nothing was heard yet
        host.say(std::span(sound).first(sound.size() * 3 / 4));
        const auto now = static_cast<qint64>(sound.size() * 3 / 4 / 640) - 8;
        QVERIFY(host.waitForFrames(now));
        QCOMPARE(host.engine.state(), EngineState::Listening);
        for (const qint64 frame : {now - 1, qint64{0}, now / 2, qint64{1}, now - 2}) QVERIFY(host.agrees(frame));
        host.say(std::span(sound).subspan(sound.size() * 3 / 4));
        host.engine.endListening();
        QVERIFY(host.rest());
        const qint64 all = host.engine.statistics().position;
        QVERIFY(host.waitForFrames(all));
        const std::vector<qint64> first = host.firstWords();
        QVERIFY2(first.size() >= 2, "the sound has one utterance only: its silence must be longer");
        // Around the end of the first utterance, the frames between it and the second one's first word.
        for (qint64 frame = first[1] - 1; frame > first[1] - 40; frame -= 3) QVERIFY(host.agrees(frame));
        for (const qint64 frame : {all - 1, all - 2, qint64{0}, first[1], first[1] + 1}) QVERIFY(host.agrees(frame));
        const Answer<TokenValues> beyond = host.ask(all);
        QVERIFY(!beyond);
        QVERIFY2(beyond.error.contains(QStringLiteral("frame %1 was not read").arg(all)), qPrintable(beyond.error));
        QVERIFY(host.failures.isEmpty());
    }

    void theLensOfAFrameLooksForItsOwnSymbol() {
        Host host{std::vector<CaptureRequest>{}};
        host.engine.transcribe(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(!host.engine.speech().words().empty() && host.engine.state() == EngineState::Idle, kPatience);
        const qint64 frame = host.engine.speech().words().front().firstFrame;
        QVERIFY(host.waitForFrames(host.engine.statistics().position));
        const TokenRow row = host.engine.feed().tokens().row(frame);
        std::optional<Answer<LensTable>> answer;
        host.engine.queries().logitLens(&host.view, frame, 3, [&](const Answer<LensTable>& a) { answer = a; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), kPatience);
        QVERIFY2(*answer, qPrintable(answer->error));
        const LensTable& table = *answer->value;
        QCOMPARE(static_cast<std::int64_t>(table.layers.size()), host.engine.model()->dims.n_layer);
        const LensTable::Row& last = table.layers.back().full;  // the model's own answer
        QCOMPARE(last.guesses.front().id, row.id);
        QCOMPARE(last.guesses.front().text, host.engine.feed().tokens().textAt(frame));
        QCOMPARE(last.nextRank, 1);
        QVERIFY(std::abs(last.nextProbability - row.alternatives.front().probability) < 1e-4f);
        // Far from every word the blank is the best guess, and shown as such.
        answer.reset();
        host.engine.queries().logitLens(&host.view, 0, 3, [&](const Answer<LensTable>& a) { answer = a; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), kPatience);
        QCOMPARE(answer->value->layers.back().full.guesses.front().text, QStringLiteral("–"));
    }

    void hearsAFileAgainWithInterventionsAndBesideItTheBaseline() {
        Host host;
        host.engine.transcribe(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(!host.engine.speech().words().empty() && host.engine.state() == EngineState::Idle, kPatience);
        const qint64 all = host.engine.statistics().position, frame = all / 2;
        QVERIFY(host.waitForFrames(all));
        const std::vector<float> before = host.captured(ProbePoint::State, frame);
        const QStringList words = wordsOf(host.engine.speech());
        const auto sound = host.engine.speech().sound();
        QVERIFY(host.ask(frame, true).error.contains(QStringLiteral("baseline")));

        host.engine.setInterventions(halfDt());
        QVERIFY(host.heardAgain(1));
        QCOMPARE(host.applied.size(), 1);
        QCOMPARE(host.engine.statistics().position, all);
        QVERIFY(host.waitForFrames(all));
        QCOMPARE(host.engine.speech().sound().get(), sound.get());  // the same sound
        QCOMPARE(host.captured(ProbePoint::State, frame, true), before);
        QVERIFY(host.captured(ProbePoint::State, frame) != before);
        QVERIFY(host.agrees(frame));
        QVERIFY(host.agrees(all - 1, true));
        const TokenRow row = host.engine.feed().tokens().row(frame);
        QVERIFY(std::isfinite(row.baselineSurprisalBits));
        QVERIFY(row.baselineAlternativeCount > 0);

        host.engine.setInterventions({});
        QVERIFY(host.heardAgain(2));
        QCOMPARE(wordsOf(host.engine.speech()), words);
        QVERIFY(host.waitForFrames(all));
        QCOMPARE(host.captured(ProbePoint::State, frame), before);
        QVERIFY(!host.ask(frame, true));
        QVERIFY(host.failures.isEmpty());
    }

    void aFileThatIsBeingHeardBeginsAgain() {
        Host host{std::vector<CaptureRequest>{}};
        host.engine.transcribe(kSound);
        QTRY_COMPARE_WITH_TIMEOUT(host.engine.state(), EngineState::Listening, kPatience);
        host.engine.setInterventions(halfDt());  // before it is done
        QTRY_COMPARE_WITH_TIMEOUT(host.applied.size(), 1, kPatience);
        QVERIFY(host.rest());
        auto file = AudioFile::open(kSound.toStdString());
        QCOMPARE(host.engine.speech().sound()->samples(), static_cast<qint64>(*file->frames()));
        const qint64 all = host.engine.statistics().position;
        QVERIFY(host.waitForFrames(all));
        QVERIFY(host.ask(0, true));  // the baseline was there from the beginning
        QVERIFY(host.cancellations.isEmpty());
        QVERIFY(host.failures.isEmpty());
    }

    void aRecordingIsHeardAgainOnceItEnds() {
        const std::vector<float> sound = twoUtterances();
        Host host;
        QVERIFY(host.listen());
        host.say(std::span(sound).first(32'000));
        QVERIFY(host.waitForFrames(40));
        host.engine.setInterventions(halfDt());
        QTRY_COMPARE(host.notes.size(), 1);
        QVERIFY(host.notes.last().first().toString().contains(QStringLiteral("from now on")));
        host.say(std::span(sound).subspan(32'000, 32'000));
        QVERIFY(host.waitForFrames(90));
        const QString refused = host.ask(10).error;  // two models heard it
        QVERIFY2(refused.contains(QStringLiteral("interventions changed at")), qPrintable(refused));
        host.engine.endListening();
        QVERIFY(host.heardAgain(1));
        QCOMPARE(host.engine.speech().sound()->samples(), 64'000);
        QVERIFY(host.waitForFrames(host.engine.statistics().position));
        QVERIFY(host.agrees(10));
        QVERIFY(host.agrees(10, true));
        QVERIFY(host.failures.isEmpty());
    }

    void hearingAgainCanBeCancelledAndBegunAnew() {
        Host host;
        host.engine.transcribe(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(!host.engine.speech().words().empty() && host.engine.state() == EngineState::Idle, kPatience);
        const qint64 all = host.engine.statistics().position;
        host.engine.setInterventions(halfDt());
        QTRY_COMPARE_WITH_TIMEOUT(host.engine.state(), EngineState::Reading, kPatience);
        host.engine.cancel();
        QTRY_COMPARE_WITH_TIMEOUT(host.cancellations.size(), 1, kPatience);
        QVERIFY(host.rest());
        const qint64 part = host.engine.statistics().position;
        QVERIFY2(part < all, "it was done before it could be cancelled");
        QVERIFY(host.waitForFrames(part));
        for (const qint64 frame : {part - 1, part - 10, qint64{0}}) QVERIFY(host.agrees(frame));  // its tail was silence
        host.engine.setInterventions({});
        QVERIFY(host.heardAgain(2));
        QCOMPARE(host.engine.statistics().position, all);
        QVERIFY(host.waitForFrames(all));
        QVERIFY(host.agrees(all - 1));
    }

    void keepsComparesAndSavesStatesOfFrames() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("none"));  // no model is open
        host.engine.transcribe(kSound);
        QTRY_VERIFY_WITH_TIMEOUT(!host.engine.speech().words().empty() && host.engine.state() == EngineState::Idle, kPatience);
        const SpeechWord word = host.engine.speech().words().front();
        QVERIFY(host.waitForFrames(host.engine.statistics().position));
        host.engine.takeSnapshot(QStringLiteral("before"), word.firstFrame);
        host.engine.takeSnapshot(QStringLiteral("behind"), word.endFrame);
        QTRY_COMPARE_WITH_TIMEOUT(host.snapshots.isEmpty() ? 0u : host.snapshots.last().first().value<std::vector<SnapshotSummary>>().size(), 2u, kPatience);
        const auto kept = host.snapshots.last().first().value<std::vector<SnapshotSummary>>();
        QCOMPARE(kept.front().tokens, word.firstFrame + 1);
        QCOMPARE(kept.front().lastText, host.engine.feed().tokens().textAt(word.firstFrame));
        QVERIFY(kept.front().bytes > 0);
        host.engine.compareSnapshots(kept[0].id, kept[1].id);
        QTRY_COMPARE_WITH_TIMEOUT(host.compared.size(), 1, kPatience);
        const auto comparison = host.compared.last().first().value<SnapshotComparison>();
        // The distance in one layer, from what was captured at the two frames.
        const std::vector<float> a = host.captured(ProbePoint::State, word.firstFrame), b = host.captured(ProbePoint::State, word.endFrame);
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(b[i]) - static_cast<double>(a[i]), 2);
        const double shown = comparison.layers[static_cast<std::size_t>(kLayer)].distance;
        QVERIFY2(sum > 0 && std::abs(shown - std::sqrt(sum)) < 1e-4 * shown, qPrintable(QString::number(shown)));

        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("frame.safetensors"));
        host.engine.saveSnapshot(kept[1].id, path);
        QTRY_COMPARE_WITH_TIMEOUT(host.notes.size(), 1, kPatience);
        host.engine.loadSnapshot(path);
        QTRY_COMPARE_WITH_TIMEOUT(host.snapshots.last().first().value<std::vector<SnapshotSummary>>().size(), 3u, kPatience);
        const auto loaded = host.snapshots.last().first().value<std::vector<SnapshotSummary>>().back();
        host.engine.compareSnapshots(kept[1].id, loaded.id);
        QTRY_COMPARE_WITH_TIMEOUT(host.compared.size(), 2, kPatience);
        for (const SnapshotLayerDistance& layer : host.compared.last().first().value<SnapshotComparison>().layers) QCOMPARE(layer.distance, 0.0);

        QVERIFY(host.failures.isEmpty());
        host.engine.goToSnapshot(kept[0].id);
        host.engine.goToToken(3);
        host.engine.swapState(kept[0].id, {});
        QTRY_COMPARE_WITH_TIMEOUT(host.failures.size(), 3, kPatience);
        for (const auto& failure : host.failures) {
            const QString text = failure.first().toString();
            QVERIFY2(text.contains(QStringLiteral("recording")) && !text.contains(QLatin1Char('\n')), qPrintable(text));
        }
        QCOMPARE(host.engine.feed().tokens().size(), host.engine.statistics().position);
    }

    void anotherSpeechModelListensFromTheNextRecordingOn() {
        Host host{std::vector<CaptureRequest>{}};
        QSignalSpy refused(&host.engine, &EngineHost::listeningRefused);
        host.engine.open(kTextModel);
        QVERIFY(host.rest());
        QVERIFY(host.listen());  // with the one that is set
        const QString first = host.engine.model()->path;
        QVERIFY(first.contains(QStringLiteral("speech")));
        host.engine.setSpeechModel(kTinySpeechModel);
        host.engine.endListening();
        QVERIFY(host.rest());
        QCOMPARE(host.engine.model()->path, first);  // what was heard stays
        QVERIFY(host.listen());
        QVERIFY(host.engine.model()->path.contains(QStringLiteral("tiny")));
        host.engine.endListening();
        QVERIFY(host.rest());
        // One that the user has opened stays.
        host.engine.open(kSpeechModel);
        QTRY_VERIFY_WITH_TIMEOUT(host.engine.model()->path == first && host.engine.state() == EngineState::Idle, kPatience);
        QVERIFY(host.listen());
        QCOMPARE(host.engine.model()->path, first);
        QVERIFY(refused.isEmpty());
        host.engine.endListening();
        host.engine.open(kTextModel);
        QTRY_VERIFY_WITH_TIMEOUT(!host.engine.model()->speech && host.engine.state() == EngineState::Idle, kPatience);
        host.engine.setSpeechModel(QStringLiteral("/nowhere"));
        host.engine.beginListening();
        QTRY_COMPARE_WITH_TIMEOUT(refused.size(), 1, kPatience);
        QVERIFY(refused.first().first().toString().contains(QStringLiteral("/nowhere")));
    }
};

QTEST_GUILESS_MAIN(TestSpeechPastHost)
#include "tst_speech_past_host.moc"
