// Snapshots and interventions through the engine host: what the window's panels drive.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "engine/runtime/devices.h"
#include "engine/runtime/model.h"
#include "engine/runtime/snapshot_file.h"
#include "ui/bridge/engine_host.h"
#include "ui/models/series_source.h"

using namespace ms;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
constexpr int kPatience = 60'000;

CaptureRequest layerMeans(ProbePoint point) { return {point, {}, Reduction::MeanChannels, 1, 0, 0, 1}; }

struct Host {
    EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
    QSignalSpy failures{&engine, &EngineHost::failed};
    QSignalSpy snapshots{&engine, &EngineHost::snapshotsChanged};
    QSignalSpy moves{&engine, &EngineHost::sessionMoved};
    QSignalSpy applied{&engine, &EngineHost::interventionsApplied};
    QSignalSpy notes{&engine, &EngineHost::noted};
    QObject view;

    explicit Host(int prompt = 100, std::int64_t maxNew = 50) {
        engine.feed().setRequests(&view, {layerMeans(ProbePoint::Dt), layerMeans(ProbePoint::Selectivity), layerMeans(ProbePoint::StateNorm)});
        engine.open(kTiny);
        if (!QTest::qWaitFor([&] { return engine.model() != nullptr; }, kPatience)) return;
        RunRequest request;
        for (int i = 0; i < prompt; ++i) request.text += QStringLiteral("%1 ").arg(1 + (i * 7) % 50);
        request.maxNew = maxNew;
        request.stopAtEnd = false;
        request.sampling.temperature = 0;
        engine.run(request);
        waitForTokens(prompt + maxNew);
        settle();
    }
    [[nodiscard]] TokenLog& tokens() { return engine.feed().tokens(); }
    bool waitForTokens(qint64 count) { return QTest::qWaitFor([&] { return tokens().size() == count; }, kPatience); }
    /// Until the engine has nothing left to do and the feed has told everything.
    bool settle() {
        return QTest::qWaitFor([&] {
            return (engine.state() == EngineState::Idle || engine.state() == EngineState::Paused) && !engine.progress().active;
        }, kPatience);
    }
    [[nodiscard]] SeriesSource series(ProbePoint point) {
        return SeriesSource::layers(engine.feed().store(), point, engine.model()->dims);
    }
    [[nodiscard]] std::vector<float> values(ProbePoint point, qint64 first, qint64 count) {
        const SeriesSource source = series(point);
        std::vector<float> out(static_cast<std::size_t>(count * source.rows()));
        source.read(first, count, out);
        return out;
    }
    [[nodiscard]] QList<TokenId> ids() {
        QList<TokenId> all;
        for (qint64 t = 0; t < tokens().size(); ++t) all.append(tokens().row(t).id);
        return all;
    }
    [[nodiscard]] std::vector<SnapshotSummary> kept() {
        return snapshots.isEmpty() ? std::vector<SnapshotSummary>{} : snapshots.last()[0].value<std::vector<SnapshotSummary>>();
    }
    QList<TokenId> writeOn(qint64 count) {
        RunRequest more;
        more.maxNew = count - tokens().size();
        more.stopAtEnd = false;
        engine.resume(more);
        waitForTokens(count);
        settle();
        return ids();
    }
    bool change(const InterventionList& list) {
        const auto before = applied.count();
        engine.setInterventions(list);
        return QTest::qWaitFor([&] { return applied.count() > before; }, kPatience) && settle();
    }
};

}  // namespace

class TestTimeMachine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goingBackAndWritingOnGivesTheSameTextAndCaptures() {
        Host host;
        const QList<TokenId> before = host.ids();
        const std::vector<float> dt = host.values(ProbePoint::Dt, 0, 150), selectivity = host.values(ProbePoint::Selectivity, 0, 150);
        host.engine.goToToken(119);
        QVERIFY(host.waitForTokens(120));
        QVERIFY(host.settle());
        QVERIFY(isMissing(host.series(ProbePoint::Dt).at(120, 0)));
        RunRequest more;
        more.maxNew = 30;
        more.stopAtEnd = false;
        host.engine.resume(more);
        QVERIFY(host.waitForTokens(150));
        QVERIFY(host.settle());
        QCOMPARE(host.ids(), before);  // greedy: the same state writes the same
        QCOMPARE(host.values(ProbePoint::Dt, 0, 150), dt);
        const std::vector<float> again = host.values(ProbePoint::Selectivity, 0, 150);
        for (std::size_t i = 0; i < again.size(); ++i) QVERIFY(std::abs(again[i] - selectivity[i]) <= 1e-6f * std::max(1.0f, selectivity[i]));
        QCOMPARE(host.failures.count(), 0);
    }

    void undoOfAReturnBringsEverythingBack() {
        Host host;
        const QList<TokenId> before = host.ids();
        const std::vector<float> norm = host.values(ProbePoint::StateNorm, 0, 150);
        host.engine.goToToken(49);
        QVERIFY(host.waitForTokens(50));
        QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), 1, kPatience);
        host.engine.goToSnapshot(host.moves[0][0].toLongLong(), false);
        QVERIFY(host.waitForTokens(150));
        QVERIFY(host.settle());
        QCOMPARE(host.ids(), before);
        // The past comes in slices, oldest first; the token gone to is there at once.
        QTRY_VERIFY_WITH_TIMEOUT(!isMissing(host.series(ProbePoint::StateNorm).at(149, 0)) && !isMissing(host.series(ProbePoint::StateNorm).at(148, 2)), kPatience);
        const std::vector<float> again = host.values(ProbePoint::StateNorm, 0, 150);
        for (std::size_t i = 0; i < again.size(); ++i) QVERIFY2(std::abs(again[i] - norm[i]) <= 1e-4f * norm[i], qPrintable(QStringLiteral("%1: %2, not %3").arg(i).arg(again[i]).arg(norm[i])));
        QCOMPARE(host.moves.count(), 1);
        QCOMPARE(host.failures.count(), 0);
    }

    void snapshotsAreNamedComparedSavedAndLoaded() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("early"), 59);
        host.engine.takeSnapshot(QStringLiteral("late"));
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 2u, kPatience);
        QCOMPARE(host.kept()[0].tokens, 60);
        QCOMPARE(host.kept()[1].tokens, 150);
        host.engine.renameSnapshot(host.kept()[0].id, QStringLiteral("first"));
        QTRY_COMPARE_WITH_TIMEOUT(host.kept()[0].name, QStringLiteral("first"), kPatience);

        QSignalSpy compared(&host.engine, &EngineHost::snapshotsCompared);
        host.engine.compareSnapshots(host.kept()[0].id, host.kept()[1].id);
        host.engine.compareSnapshots(host.kept()[0].id, host.kept()[0].id);
        QTRY_COMPARE_WITH_TIMEOUT(compared.count(), 2, kPatience);
        const auto different = compared[0][0].value<SnapshotComparison>(), same = compared[1][0].value<SnapshotComparison>();
        QCOMPARE(different.layers.size(), static_cast<std::size_t>(host.engine.model()->dims.n_layer));
        QVERIFY(different.layers[0].distance > 0 && !different.layers[0].topChannels.empty());
        QCOMPARE(same.layers[0].distance, 0.0);
        QVERIFY(std::abs(same.layers[0].cosine - 1) < 1e-12);

        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("kept.safetensors"));
        host.engine.saveSnapshot(host.kept()[0].id, file);
        QTRY_COMPARE_WITH_TIMEOUT(host.notes.count(), 1, kPatience);
        host.engine.loadSnapshot(file);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 3u, kPatience);
        QCOMPARE(host.kept()[2].name, QStringLiteral("first"));
        const QList<TokenId> before = host.ids();
        host.engine.goToSnapshot(host.kept()[2].id);
        QVERIFY(host.waitForTokens(60));
        RunRequest more;
        more.maxNew = 90;
        more.stopAtEnd = false;
        host.engine.resume(more);
        QVERIFY(host.waitForTokens(150));
        QCOMPARE(host.failures.count(), 0);

        host.engine.loadSnapshot(folder.filePath(QStringLiteral("nothing here")));
        QTRY_COMPARE_WITH_TIMEOUT(host.failures.count(), 1, kPatience);
        QVERIFY(host.failures[0][0].toString().contains(QStringLiteral("nothing here")));
    }

    void interventionsReadAgainBesideTheBaseline() {
        Host host;
        const std::vector<float> dt = host.values(ProbePoint::Dt, 0, 150);
        const float surprisal = host.tokens().row(80).surprisalBits;
        InterventionValue half;
        half.kind = InterventionValue::Kind::ScaleDt;
        half.factor = 0.5f;
        half.layers = {1};
        QVERIFY(host.change({half}));
        QTRY_VERIFY_WITH_TIMEOUT(host.tokens().size() == 150 && std::isfinite(host.tokens().row(149).baselineSurprisalBits), kPatience);
        SeriesSource source = host.series(ProbePoint::Dt);
        source.setBaseline(host.engine.feed().baseline(), Compare::Baseline);
        const auto rows = static_cast<std::size_t>(source.rows());
        for (const qint64 t : {3, 80, 149}) {
            const float base = dt[static_cast<std::size_t>(t) * rows + 1];
            QVERIFY(std::abs(source.at(t, 1) - base) < 1e-6f);
            QVERIFY(std::abs(host.series(ProbePoint::Dt).at(t, 1) - 0.5f * base) < 1e-5f);  // layer 1 still reads the same
            QVERIFY(std::abs(host.series(ProbePoint::Dt).at(t, 0) - dt[static_cast<std::size_t>(t) * rows]) < 1e-5f);
        }
        source.setBaseline(host.engine.feed().baseline(), Compare::Difference);
        QVERIFY(source.at(80, 1) < 0);
        QVERIFY(std::abs(host.tokens().row(80).baselineSurprisalBits - surprisal) < 1e-4f);
        QVERIFY(host.tokens().row(80).surprisalBits != surprisal);
        QVERIFY(host.tokens().row(99).fromPrompt && !host.tokens().row(100).fromPrompt);

        RunRequest more;
        more.maxNew = 10;
        more.stopAtEnd = false;
        host.engine.resume(more);
        QVERIFY(host.waitForTokens(160));
        QTRY_VERIFY_WITH_TIMEOUT(!isMissing(source.at(159, 1)), kPatience);  // the baseline goes along

        QVERIFY(host.change({}));
        QTRY_VERIFY_WITH_TIMEOUT(host.tokens().size() == 160 && std::isnan(host.tokens().row(159).baselineSurprisalBits), kPatience);
        QVERIFY(std::abs(host.tokens().row(80).surprisalBits - surprisal) < 1e-4f);
        QCOMPARE(host.failures.count(), 0);
    }

    void aChangeThatMakesNoSenseIsRefused() {
        Host host(10, 1);
        InterventionValue wrong;
        wrong.layers = {999};
        host.engine.setInterventions({wrong});
        QTRY_COMPARE_WITH_TIMEOUT(host.failures.count(), 1, kPatience);
        QVERIFY2(host.failures[0][0].toString().contains(QStringLiteral("layer 999")), qPrintable(host.failures[0][0].toString()));
    }

    void swappingAStateChangesWhatComesNext() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("a"), 20);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        host.engine.swapState(host.kept()[0].id, {0});
        QTRY_COMPARE_WITH_TIMEOUT(host.notes.count(), 1, kPatience);
        RunRequest more;
        more.maxNew = 5;
        more.stopAtEnd = false;
        host.engine.resume(more);
        QVERIFY(host.waitForTokens(155));
        QCOMPARE(host.failures.count(), 0);
    }

    void aSwappedStateSurvivesGoingBackAndUndo() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("a"), 20);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        const QList<TokenId> unswapped = host.writeOn(190);
        host.engine.goToToken(149);
        QVERIFY(host.waitForTokens(150));
        host.engine.swapState(host.kept()[0].id, {});
        const QList<TokenId> swapped = host.writeOn(190);
        QVERIFY(swapped != unswapped);
        host.engine.goToToken(49);  // before the swap
        QVERIFY(host.waitForTokens(50));
        QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), 2, kPatience);
        host.engine.goToSnapshot(host.moves[1][0].toLongLong(), false);
        QVERIFY(host.waitForTokens(190));
        host.engine.goToToken(159);  // behind it: the state that was swapped in counts
        QVERIFY(host.waitForTokens(160));
        QCOMPARE(host.writeOn(190), swapped);
        QCOMPARE(host.failures.count(), 0);
    }

    void aSnapshotIsComparedInTheModelItWasKeptOf() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("plain"));
        InterventionValue half;
        half.factor = 0.5f;
        QVERIFY(host.change({half}));
        host.engine.takeSnapshot(QStringLiteral("half"));
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 2u, kPatience);
        QSignalSpy compared(&host.engine, &EngineHost::snapshotsCompared);
        host.engine.compareSnapshots(host.kept()[0].id, host.kept()[1].id);
        QVERIFY(host.change({}));
        host.engine.compareSnapshots(host.kept()[0].id, host.kept()[1].id);
        QTRY_COMPARE_WITH_TIMEOUT(compared.count(), 2, kPatience);
        const auto during = compared[0][0].value<SnapshotComparison>(), after = compared[1][0].value<SnapshotComparison>();
        QVERIFY(during.layers[0].distance > 0);
        for (std::size_t k = 0; k < during.layers.size(); ++k) QCOMPARE(after.layers[k].distance, during.layers[k].distance);
    }

    void aPauseOutlastsAChangeOfTheModel() {
        Host host(100, 5);
        RunRequest more;
        more.maxNew = 0;
        more.stopAtEnd = false;
        host.engine.resume(more);
        QTRY_VERIFY_WITH_TIMEOUT(host.tokens().size() > 110, kPatience);
        host.engine.pause();
        QTRY_COMPARE_WITH_TIMEOUT(host.engine.state(), EngineState::Paused, kPatience);
        InterventionValue half;
        QVERIFY(host.change({half}));
        QTRY_COMPARE_WITH_TIMEOUT(host.engine.state(), EngineState::Paused, kPatience);  // going on does not start the count again
    }

    void theBaselineStaysInStepWhenReadingIsStopped() {
        InterventionValue same;  // changes nothing, so that both must agree
        same.factor = 1;
        for (const bool early : {true, false}) {  // while the baseline reads, while the model reads
            Host host(6000, 1);
            host.engine.setInterventions({same});
            // A fast machine may be through before the stop comes; both must agree then as well.
            static_cast<void>(QTest::qWaitFor([&] {
                return early ? host.engine.state() == EngineState::Reading : host.tokens().size() > 0 && host.tokens().size() < 6000;
            }, 1000));
            host.engine.stop();
            QVERIFY(host.settle());
            QTest::qWait(50);
            const qint64 read = host.tokens().size();
            if (read == 0) continue;
            host.engine.step({});
            QVERIFY(host.waitForTokens(read + 1));
            const TokenRow& row = host.tokens().row(read);
            QVERIFY2(std::abs(row.surprisalBits - row.baselineSurprisalBits) < 1e-3f,
                     qPrintable(QStringLiteral("token %1: %2, %3").arg(read).arg(row.surprisalBits).arg(row.baselineSurprisalBits)));
            if (!early) return;
        }
    }

    void goingBackCanBeStoppedOnTheWayAndUndone() {
        Host host(3000, 1);
        const QList<TokenId> before = host.ids();
        for (int round = 0; round < 5; ++round) {
            const auto moved = host.moves.count();
            QSignalSpy cut(&host.engine.feed(), &CaptureFeed::truncated);
            host.engine.goToToken(2990 - 2 * round);
            QTRY_VERIFY_WITH_TIMEOUT(cut.count() > 0 || host.moves.count() > moved, kPatience);
            host.engine.cancel();
            QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), moved + 1, kPatience);
            QVERIFY(host.settle());
            QTest::qWait(40);
            QCOMPARE(host.ids(), before.first(host.tokens().size()));
            QCOMPARE(host.engine.statistics().position, host.tokens().size());
            host.engine.goToSnapshot(host.moves.last()[0].toLongLong(), false);
            QVERIFY(host.waitForTokens(before.size()));
            QCOMPARE(host.ids(), before);
        }
    }

    void aHundredMovesCanBeUndone() {
        Host host(200, 20);
        const QList<TokenId> before = host.ids();
        for (int i = 0; i < 101; ++i) {
            host.engine.goToToken(host.tokens().size() - 2);
            QVERIFY(host.waitForTokens(219 - i));
        }
        QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), 101, kPatience);
        for (int i = 100; i >= 1; i -= 33) {
            host.engine.goToSnapshot(host.moves[i][0].toLongLong(), false);
            QVERIFY(host.waitForTokens(220 - i));
        }
        host.engine.goToSnapshot(host.moves[0][0].toLongLong(), false);
        QVERIFY(host.waitForTokens(220));
        QCOMPARE(host.ids(), before);
        QCOMPARE(host.failures.count(), 0);
    }

    void aLongWayShowsProgressAndCanBeCancelled() {
        Host host(20'000, 1);
        host.engine.takeSnapshot(QStringLiteral("far"));
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        QVERIFY(host.change({InterventionValue{}}));  // its states are another model's now
        RunRequest other;
        other.text = QStringLiteral("9 8 7");
        other.maxNew = 1;
        host.engine.run(other);
        QVERIFY(host.waitForTokens(4));
        QVERIFY(host.settle());
        bool shown = false;
        connect(&host.engine, &EngineHost::progressChanged, this, [&](const JobProgress& p) {
            if (!p.active || p.total < 10'000 || shown) return;
            shown = true;
            QVERIFY(p.current > 0 && p.current < p.total && !p.title.isEmpty() && !p.status.isEmpty());
            QCOMPARE(host.engine.state(), EngineState::Reading);
            host.engine.cancel();
        });
        QSignalSpy cancelled(&host.engine, &EngineHost::cancelled);
        host.engine.goToSnapshot(host.kept()[0].id);
        QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), 1, kPatience);
        QVERIFY(host.settle());
        QVERIFY(shown);
        QCOMPARE(cancelled.count(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(host.engine.statistics().position, host.tokens().size(), kPatience);
        QVERIFY(host.tokens().size() > 0 && host.tokens().size() < 20'001);
        const qint64 here = host.tokens().size();
        host.engine.step({});  // the run and its baseline stand at the same token
        QVERIFY(host.waitForTokens(here + 1));
        host.engine.goToSnapshot(host.moves[0][0].toLongLong(), false);
        QVERIFY(host.waitForTokens(4));
        QCOMPARE(host.failures.count(), 0);
    }

    void whatWasNotReadAgainIsKeptWhenWritingOn() {
        InterventionValue same;
        same.factor = 1;
        Host host(20'000, 1);
        const QList<TokenId> before = host.ids();
        host.engine.setInterventions({same});
        QVERIFY(QTest::qWaitFor([&] { return host.tokens().size() > 0 && host.tokens().size() < 15'000; }, kPatience));
        host.engine.stop();
        QVERIFY(QTest::qWaitFor([&] { return host.applied.count() > 0; }, kPatience));
        QVERIFY(host.settle());
        QTest::qWait(50);
        const qint64 read = host.tokens().size();
        QVERIFY(read < before.size());
        QCOMPARE(host.notes.count(), 0);
        host.engine.step({});
        QVERIFY(host.waitForTokens(read + 1));
        QTRY_COMPARE_WITH_TIMEOUT(host.moves.count(), 1, kPatience);
        QCOMPARE(host.notes.count(), 1);
        QVERIFY(host.notes[0][0].toString().contains(QString::number(before.size() - read)));
        host.engine.goToSnapshot(host.moves[0][0].toLongLong(), false);
        QVERIFY(host.waitForTokens(before.size()));
        QCOMPARE(host.ids(), before);
        QCOMPARE(host.failures.count(), 0);
    }

    void aSwappedStateSurvivesAChangeOfTheModel() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("a"), 20);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        host.engine.swapState(host.kept()[0].id, {});
        const QList<TokenId> ids = host.writeOn(190);
        std::vector<float> swapped;
        for (qint64 t = 0; t < 190; ++t) swapped.push_back(host.tokens().row(t).surprisalBits);
        InterventionValue same;  // changes nothing: the baseline is the model without the swap
        same.factor = 1;
        QVERIFY(host.change({same}));
        QTRY_VERIFY_WITH_TIMEOUT(host.tokens().size() == 190 && std::isfinite(host.tokens().row(189).baselineSurprisalBits), kPatience);
        QCOMPARE(host.ids(), ids);
        float apart = 0;
        for (qint64 t = 1; t < 190; ++t) {
            const TokenRow row = host.tokens().row(t);
            QVERIFY2(std::abs(row.surprisalBits - swapped[static_cast<std::size_t>(t)]) < 1e-3f, qPrintable(QString::number(t)));
            if (t > 150) apart = std::max(apart, std::abs(row.surprisalBits - row.baselineSurprisalBits));
        }
        QVERIFY2(apart > 0.01f, qPrintable(QString::number(apart)));
        QCOMPARE(host.failures.count(), 0);
    }

    void aSnapshotWithoutLogitsGoesOn() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("kept"));
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("bare.safetensors"));
        host.engine.saveSnapshot(host.kept()[0].id, file);
        QTRY_COMPARE_WITH_TIMEOUT(host.notes.count(), 1, kPatience);
        {
            const auto backend = openDevice("host");
            QVERIFY(backend);
            const auto model = Model::load(kTiny.toStdString(), *backend);
            QVERIFY(model);
            auto saved = loadSnapshot(file.toStdString(), **model);
            QVERIFY(saved && !saved->logits.empty());
            saved->logits.clear();
            QVERIFY(saveSnapshot(file.toStdString(), *saved));
        }
        host.engine.loadSnapshot(file);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 2u, kPatience);
        const QList<TokenId> written = host.writeOn(180);
        host.engine.goToSnapshot(host.kept()[1].id);
        QVERIFY(host.waitForTokens(150));
        QVERIFY(host.settle());
        QCOMPARE(host.writeOn(180), written);
        QTRY_COMPARE_WITH_TIMEOUT(host.notes.count(), 2, kPatience);
        QVERIFY2(host.notes[1][0].toString().contains(QStringLiteral("predictions")), qPrintable(host.notes[1][0].toString()));
        QCOMPARE(host.failures.count(), 0);
    }

    void snapshotsOutlastAReload() {
        Host host;
        host.engine.takeSnapshot(QStringLiteral("kept"), 59);
        QTRY_COMPARE_WITH_TIMEOUT(host.kept().size(), 1u, kPatience);
        QSignalSpy models(&host.engine, &EngineHost::modelChanged);
        host.engine.open(kTiny);
        QTRY_COMPARE_WITH_TIMEOUT(models.count(), 1, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(host.tokens().size(), 0, kPatience);
        host.engine.goToSnapshot(host.kept().at(0).id);
        QVERIFY(host.waitForTokens(60));
        QCOMPARE(host.failures.count(), 0);
    }

    void aDeviceThatIsNotThereChangesNothing() {
        Host host;
        QVERIFY(host.change({InterventionValue{}}));
        QSignalSpy models(&host.engine, &EngineHost::modelChanged), stays(&host.engine, &EngineHost::deviceStays);
        host.engine.setDevice(QStringLiteral("no such device"));
        QTRY_COMPARE_WITH_TIMEOUT(stays.count(), 1, kPatience);
        QCOMPARE(host.failures.count(), 1);
        QCOMPARE(models.count(), 0);  // or the window would forget the interventions that still are on
        QCOMPARE(host.tokens().size(), 150);
    }

    void anAskerThatIsGoneIsNotAnsweredWhereAnotherStoodBefore() {
        Host host(10, 1);
        alignas(QObject) std::byte place[sizeof(QObject)];
        int answers = 0;
        for (int i = 0; i < 2; ++i) {
            auto* asker = new (place) QObject;
            host.engine.queries().tokenValues(asker, 5, {}, [&](const Answer<TokenValues>&) { ++answers; });
            asker->~QObject();
        }
        QTest::qWait(200);
        QCOMPARE(answers, 0);
    }

    void questionsAboutATokenAreAnswered() {
        Host host;
        QObject asker;
        std::shared_ptr<const TokenValues> values;
        host.engine.queries().tokenValues(&asker, 77, {{ProbePoint::Dt, {LayerIndex(2)}, Reduction::None, 1, 0, 0, 1},
                                                       {ProbePoint::State, {LayerIndex(2)}, Reduction::None, 1, 0, 0, 1}},
                                          [&](const Answer<TokenValues>& answer) { values = answer.value; });
        QTRY_VERIFY_WITH_TIMEOUT(values != nullptr, kPatience);
        const std::vector<float>& dt = values->values.at({ProbePoint::Dt, LayerIndex(2), Reduction::None});
        double mean = 0;
        for (const float v : dt) mean += static_cast<double>(v);
        QVERIFY(std::abs(mean / static_cast<double>(dt.size()) - static_cast<double>(host.series(ProbePoint::Dt).at(77, 2))) < 1e-6);
        QCOMPARE(values->values.at({ProbePoint::State, LayerIndex(2), Reduction::None}).size(),
                 static_cast<std::size_t>(host.engine.model()->dims.d_inner * host.engine.model()->dims.d_state));

        std::shared_ptr<const LensTable> lens;
        host.engine.queries().logitLens(&asker, 77, 3, [&](const Answer<LensTable>& answer) { lens = answer.value; });
        QTRY_VERIFY_WITH_TIMEOUT(lens != nullptr, kPatience);
        const LensTable::Row& last = lens->layers.back().full;
        QCOMPARE(last.guesses.size(), 3u);
        QVERIFY(std::abs(static_cast<double>(last.nextProbability) - probabilityOfSurprisal(host.tokens().row(78).surprisalBits)) < 1e-5);

        QString error;
        host.engine.queries().tokenValues(&asker, 5000, {}, [&](const Answer<TokenValues>& answer) { error = answer.error; });
        QTRY_VERIFY_WITH_TIMEOUT(!error.isEmpty(), kPatience);
        std::shared_ptr<const TensorStatistics> statistics;
        host.engine.queries().tensorStatistics(&asker, host.engine.model()->tensors[0].name,
                                               [&](const Answer<TensorStatistics>& answer) { statistics = answer.value; });
        QTRY_VERIFY_WITH_TIMEOUT(statistics != nullptr, kPatience);
        QCOMPARE(statistics->elements, host.engine.model()->tensors[0].elements);
        QCOMPARE(host.failures.count(), 0);
    }
};

QTEST_GUILESS_MAIN(TestTimeMachine)
#include "tst_time_machine.moc"
