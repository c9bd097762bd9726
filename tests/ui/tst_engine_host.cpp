#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <bit>
#include <cmath>

#include "ui/bridge/engine_host.h"
#include "ui/models/series_source.h"

using namespace ms;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
constexpr int kPatience = 60'000;  // milliseconds; machines are slow at times

RunRequest idsRequest(int count, std::int64_t maxNew) {
    RunRequest request;
    for (int i = 0; i < count; ++i) request.text += QStringLiteral("%1 ").arg(1 + i % 50);
    request.maxNew = maxNew;
    request.stopAtEnd = false;
    return request;
}

CaptureRequest layerMeans(ProbePoint point) { return {point, {}, Reduction::MeanChannels, 1, 0, 0, 1}; }
CaptureRequest rawLayer(ProbePoint point, qint64 layer) {
    return {point, {LayerIndex(layer)}, Reduction::None, 1, 0, 0, 1};
}

struct Host {
    EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
    QSignalSpy failures{&engine, &EngineHost::failed};
    QObject view;

    Host() { engine.feed().setRequests(&view, {layerMeans(ProbePoint::Dt)}); }
    [[nodiscard]] qint64 tokens() { return engine.feed().tokens().size(); }
    bool openTiny() {
        engine.open(kTiny);
        return QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && engine.model(); }, kPatience);
    }
    bool waitFor(EngineState state) { return QTest::qWaitFor([&] { return engine.state() == state; }, kPatience); }
    bool waitForTokens(qint64 count) { return QTest::qWaitFor([&] { return tokens() >= count; }, kPatience); }
};

}  // namespace

class TestEngineHost : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void opensAndDescribes() {
        Host host;
        QCOMPARE(host.engine.state(), EngineState::NoModel);
        QVERIFY(host.openTiny());
        QCOMPARE(host.engine.model()->name, QStringLiteral("mamba-tiny"));
        QCOMPARE(host.engine.model()->family, QStringLiteral("Mamba-1"));
        QVERIFY(!host.engine.model()->hasTokenizer);
        QVERIFY(!host.engine.model()->tensors.empty());
    }

    void readsThePromptAndWritesOn() {
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(10, 20));
        QVERIFY(host.waitForTokens(30));
        QVERIFY(host.waitFor(EngineState::Idle));
        const TokenLog& tokens = host.engine.feed().tokens();
        QCOMPARE(tokens.size(), 30);
        QVERIFY(tokens.row(9).fromPrompt && !tokens.row(10).fromPrompt);
        QVERIFY(std::isnan(tokens.row(0).surprisalBits) && std::isfinite(tokens.row(1).surprisalBits));
        const ModelDims dims = host.engine.model()->dims;
        const SeriesSource dt = SeriesSource::layers(host.engine.feed().store(), ProbePoint::Dt, dims);
        for (qint64 layer = 0; layer < dims.n_layer; ++layer) QVERIFY(dt.at(29, layer) > 0);
        QCOMPARE(host.failures.count(), 0);
    }

    void theSameSeedWritesTheSame() {
        Host host;
        QVERIFY(host.openTiny());
        QList<TokenId> first;
        for (int round = 0; round < 2; ++round) {
            host.engine.run(idsRequest(5, 25));
            QVERIFY(QTest::qWaitFor([&] { return host.tokens() == 30 && host.engine.state() == EngineState::Idle; },
                                    kPatience));
            QList<TokenId> ids;
            for (qint64 t = 0; t < 30; ++t) ids.append(host.engine.feed().tokens().row(t).id);
            if (round == 0) first = ids;
            else QCOMPARE(ids, first);
            host.engine.feed().tokens().clear();
        }
    }

    void pausesResumesStepsAndStops() {
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(5, 0));
        QVERIFY(host.waitForTokens(20));
        host.engine.pause();
        QVERIFY(host.waitFor(EngineState::Paused));
        QTest::qWait(60);
        const qint64 held = host.tokens();
        QTest::qWait(150);
        QCOMPARE(host.tokens(), held);
        host.engine.step(idsRequest(5, 0));
        QVERIFY(host.waitForTokens(held + 1));
        QTest::qWait(100);
        QCOMPARE(host.tokens(), held + 1);
        host.engine.resume(idsRequest(5, 0));
        QVERIFY(host.waitForTokens(held + 10));
        host.engine.stop();
        QVERIFY(host.waitFor(EngineState::Idle));
    }

    void anErrorKeepsTheModelRunning() {
        Host host;
        QVERIFY(host.openTiny());
        const ModelSummaryPtr model = host.engine.model();
        host.engine.run(idsRequest(5, 0));
        QVERIFY(host.waitForTokens(20));
        QTemporaryDir folder;
        QFile config(folder.filePath(QStringLiteral("config.json")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("{ broken");
        config.close();
        host.engine.open(folder.path());
        QVERIFY(QTest::qWaitFor([&] { return host.failures.count() == 1; }, kPatience));
        const QString message = host.failures[0][0].toString();
        QVERIFY2(message.contains(folder.path()), qPrintable(message));
        QVERIFY(!message.contains(QLatin1Char('\n')));
        QCOMPARE(host.engine.model(), model);
        QVERIFY(host.waitFor(EngineState::Generating));
        const qint64 before = host.tokens();
        QVERIFY(host.waitForTokens(before + 20));
    }

    void aBadPromptKeepsTheTokens() {
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(5, 5));
        QVERIFY(host.waitForTokens(10));
        RunRequest words = idsRequest(0, 5);
        words.text = QStringLiteral("hello");
        host.engine.run(words);
        QVERIFY(QTest::qWaitFor([&] { return host.failures.count() == 1; }, kPatience));
        QVERIFY(host.failures[0][0].toString().contains(QStringLiteral("hello")));
        QVERIFY(host.waitFor(EngineState::Idle));
        QCOMPARE(host.tokens(), 10);
    }

    void loadingCanBeCancelled() {
        Host host;
        QSignalSpy models(&host.engine, &EngineHost::modelChanged);
        host.engine.open(kTiny);
        host.engine.cancel();
        QTest::qWait(500);
        QVERIFY(host.waitFor(EngineState::NoModel));
        QCOMPARE(models.count(), 0);
        QVERIFY(host.openTiny());  // and nothing is broken afterwards
    }

    void readingCanBeStopped() {
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(200'000, 10));
        QVERIFY(QTest::qWaitFor([&] { return host.engine.state() == EngineState::Reading && host.tokens() > 0; },
                                kPatience));
        host.engine.stop();
        QVERIFY(host.waitFor(EngineState::Idle));
        QVERIFY(host.tokens() < 200'000);
    }

    void drillingDownFillsThePastWithTheSameValues() {
        // The truth: raw capture from the first token on.
        constexpr int kRead = 60;
        std::vector<float> expected;
        ModelDims dims;
        {
            Host host;
            QVERIFY(host.openTiny());
            dims = host.engine.model()->dims;
            host.engine.feed().setRequests(&host.view,
                                           {rawLayer(ProbePoint::Dt, 1), rawLayer(ProbePoint::Selectivity, 1)});
            host.engine.run(idsRequest(kRead, 40));
            QVERIFY(QTest::qWaitFor(
                [&] { return host.tokens() == kRead + 40 && host.engine.state() == EngineState::Idle; }, kPatience));
            const SeriesSource dt =
                SeriesSource::channels(host.engine.feed().store(), ProbePoint::Dt, LayerIndex(1), dims);
            expected.resize(static_cast<std::size_t>((kRead + 40) * dt.rows()));
            dt.read(0, kRead + 40, expected);
        }
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(kRead, 40));
        QVERIFY(QTest::qWaitFor([&] { return host.tokens() == kRead + 40 && host.engine.state() == EngineState::Idle; },
                                kPatience));
        const SeriesSource dt = SeriesSource::channels(host.engine.feed().store(), ProbePoint::Dt, LayerIndex(1), dims);
        QVERIFY(isMissing(dt.at(3, 0)));
        host.engine.feed().setRequests(&host.view, {layerMeans(ProbePoint::Dt), rawLayer(ProbePoint::Dt, 1)});
        QVERIFY(QTest::qWaitFor([&] { return !isMissing(dt.at(kRead + 39, 0)); }, kPatience));
        QVERIFY(QTest::qWaitFor([&] { return !host.engine.progress().active; }, kPatience));
        std::vector<float> filled(expected.size());
        dt.read(0, kRead + 40, filled);
        double worst = 0;
        for (std::size_t i = 0; i < filled.size(); ++i)
            worst = std::max(worst, std::abs(static_cast<double>(filled[i]) - static_cast<double>(expected[i])) /
                                        std::abs(static_cast<double>(expected[i])));
        QVERIFY2(worst < 1e-4, qPrintable(QStringLiteral("replayed values differ by %1").arg(worst)));
        host.engine.resume(idsRequest(0, 10));  // and what comes next is captured live
        QVERIFY(host.waitForTokens(kRead + 50));
        QVERIFY(QTest::qWaitFor([&] { return !isMissing(dt.at(kRead + 49, 0)); }, kPatience));
    }

    void drillingDownWhileWritingFillsThePastToo() {
        Host host;
        QVERIFY(host.openTiny());
        host.engine.run(idsRequest(20, 0));
        QVERIFY(host.waitForTokens(100));
        host.engine.feed().setRequests(&host.view, {layerMeans(ProbePoint::Dt), rawLayer(ProbePoint::StateNorm, 0)});
        const SeriesSource norm = SeriesSource::channels(host.engine.feed().store(), ProbePoint::StateNorm,
                                                         LayerIndex(0), host.engine.model()->dims);
        const qint64 asked = host.tokens();
        QVERIFY(
            QTest::qWaitFor([&] { return !isMissing(norm.at(0, 0)) && !isMissing(norm.at(asked / 2, 0)); }, kPatience));
        QVERIFY(host.waitForTokens(asked + 30));
        QVERIFY(QTest::qWaitFor([&] {
            for (qint64 t = 0; t < asked + 30; ++t)
                if (isMissing(norm.at(t, 0))) return false;
            return true;
        }, kPatience));
        QCOMPARE(host.engine.state(), EngineState::Generating);
    }

    void listsDevicesWithTheHostAmongThem() {
        Host host;
        QSignalSpy spy(&host.engine, &EngineHost::devicesListed);
        host.engine.listDevices();
        QVERIFY(spy.wait(kPatience));
        const auto devices = spy[0][0].value<std::vector<DeviceSummary>>();
        QVERIFY(std::any_of(devices.begin(), devices.end(),
                            [](const DeviceSummary& d) { return d.selector == QStringLiteral("host"); }));
    }
};

QTEST_GUILESS_MAIN(TestEngineHost)
#include "tst_engine_host.moc"
