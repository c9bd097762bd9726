#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <atomic>
#include <thread>

#include "synthetic.h"
#include "ui/bridge/capture_feed.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"
#include "ui/plot/heatmap_canvas.h"

using namespace ms;
using test::SyntheticCapture;

class TestCaptureFeed : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void manyFramesBecomeOneSignal() {
        CaptureFeed feed;
        QSignalSpy spy(&feed, &CaptureFeed::rangeChanged);
        SyntheticCapture capture(ProbePoint::Dt, test::smallDims(), LayerIndex(-1));
        for (qint64 t = 0; t < 100; ++t) {
            feed.pushFrame(capture.frame(t, 1));
            feed.pushToken(test::tokenRow(t));
        }
        QVERIFY(spy.wait(1000));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toLongLong(), 0);
        QCOMPARE(spy[0][1].toLongLong(), 100);
        QCOMPARE(feed.tokens().size(), 100);
    }

    void requestsAreUnitedAndReleased() {
        CaptureFeed feed;
        QObject a;
        const CaptureRequest mean{ProbePoint::Dt, {}, Reduction::MeanChannels, 1, 0, 0, 1};
        const CaptureRequest norm{ProbePoint::StateNorm, {}, Reduction::MeanChannels, 1, 0, 0, 1};
        QSignalSpy spy(&feed, &CaptureFeed::requestsChanged);
        feed.setRequests(&a, {mean});
        {
            QObject b;
            feed.setRequests(&b, {mean, norm});
            QCOMPARE(feed.requests().size(), 2u);
        }
        QCOMPARE(feed.requests().size(), 1u);  // a view that is gone asks for nothing
        feed.setRequests(&a, {mean});
        QCOMPARE(spy.count(), 3);
    }

    void restartForgetsWhatWasPending() {
        CaptureFeed feed;
        feed.pushToken(test::tokenRow(0));
        feed.pushToken(test::tokenRow(1));
        feed.restart();
        feed.pushToken(test::tokenRow(7));
        QSignalSpy spy(&feed, &CaptureFeed::restarted);
        QVERIFY(spy.wait(1000));
        QCOMPARE(feed.tokens().size(), 1);
        QCOMPARE(feed.tokens().row(0).id, 7);
    }

    void goingBackTwiceBeforeAFlushTellsTheFarthest() {
        CaptureFeed feed;
        for (qint64 t = 0; t < 30; ++t) feed.pushToken(test::tokenRow(t));
        QTRY_COMPARE(feed.tokens().size(), 30);
        QSignalSpy spy(&feed, &CaptureFeed::truncated);
        feed.truncate(10);
        for (qint64 t = 10; t < 25; ++t) feed.pushToken(test::tokenRow(100 + t));
        feed.truncate(20);
        QTRY_COMPARE(feed.tokens().size(), 20);
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toLongLong(), 10);  // everything from there on is another text
        QCOMPARE(feed.tokens().row(19).id, test::tokenRow(119).id);
    }

    void aCutBehindWhatIsShownNamesNoTokensThatAreNotThere() {
        CaptureFeed feed;
        QSignalSpy spy(&feed, &CaptureFeed::truncated);
        for (qint64 t = 0; t < 30; ++t) feed.pushToken(test::tokenRow(t));
        feed.truncate(20);  // nothing was shown yet
        QTRY_COMPARE(feed.tokens().size(), 20);
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].toLongLong(), 0);
    }

    void aHundredThousandTokensInFlatMemory() {
        constexpr qint64 kTokens = 100'000, kFrame = 50;
        constexpr std::uint64_t kCap = 4 << 20;
        ModelDims dims = test::smallDims();
        dims.n_layer = 16;
        dims.d_inner = 64;
        CaptureFeed feed(kCap);
        TimeAxis axis;
        Selection selection;
        HeatmapCanvas canvas(feed.tokens(), axis, selection);
        canvas.setSource(SeriesSource::layers(feed.store(), ProbePoint::Dt, dims));
        canvas.resize(1100, 190);
        canvas.show();
        connect(&feed.tokens(), &TokenLog::appended, &axis, [&] { axis.setTokenCount(feed.tokens().size()); });
        connect(&feed, &CaptureFeed::rangeChanged, &canvas, &HeatmapCanvas::dataChanged);
        selection.setToken(5);

        std::atomic<qint64> worstPush = 0;  // microseconds
        std::jthread engine([&] {
            SyntheticCapture capture(ProbePoint::Dt, dims, LayerIndex(3));
            for (qint64 t = 0; t < kTokens; t += kFrame) {
                const CaptureFrame& frame = capture.frame(t, kFrame);
                QElapsedTimer timer;
                timer.start();
                feed.pushFrame(frame);
                for (qint64 i = t; i < t + kFrame; ++i) feed.pushToken(test::tokenRow(i));
                worstPush = std::max(worstPush.load(), timer.nsecsElapsed() / 1000);
            }
        });
        double worstPaint = 0;
        std::uint64_t mostMemory = 0;
        while (feed.tokens().size() < kTokens) {
            QTest::qWait(5);
            worstPaint = std::max(worstPaint, canvas.lastPaintMilliseconds());
            mostMemory = std::max(mostMemory, feed.store()->use().memoryBytes);
        }
        engine.join();
        const CaptureStoreUse use = feed.store()->use();
        qInfo(
            "slowest repaint %.2f ms, slowest push of %lld tokens %lld us, at most %.1f MB in memory, %.1f MB on disk, "
            "%lld repaints",
            worstPaint, static_cast<long long>(kFrame), static_cast<long long>(worstPush.load()),
            static_cast<double>(mostMemory) / 1e6, static_cast<double>(use.spilledBytes) / 1e6,
            static_cast<long long>(canvas.paintCount()));
        // The cap may be passed by the one block of each series that is being written.
        QVERIFY(mostMemory <= kCap + 17 * (256 << 10));
        QVERIFY(use.spilledBytes > 10'000'000);
        QCOMPARE(use.lostRows, 0);
        QCOMPARE(selection.token(), 5);
        QCOMPARE(axis.tokenCount(), kTokens);
        const SeriesSource raw = SeriesSource::channels(feed.store(), ProbePoint::Dt, LayerIndex(3), dims);
        QCOMPARE(raw.at(5, 7), SyntheticCapture::channelValue(7, 5));  // long since on disk
        QCOMPARE(raw.at(kTokens - 1, 63), SyntheticCapture::channelValue(63, kTokens - 1));

        // Zoomed out over everything: the pyramid is built in slices, and repaints stay short.
        axis.fitAll();
        QTest::qWait(50);
        std::vector<double> far;
        for (int i = 0; i < 100; ++i) {
            canvas.repaint();
            far.push_back(canvas.lastPaintMilliseconds());
        }
        std::sort(far.begin(), far.end());
        qInfo("all %lld tokens in view: repaint median %.2f ms, slowest %.2f ms", static_cast<long long>(kTokens),
              far[50], far[99]);
        const HeatmapScene scene = canvas.scene();
        QCOMPARE(qAlpha(scene.image.pixel(3, 3)), 255);
    }
};

QTEST_MAIN(TestCaptureFeed)
#include "tst_capture_feed.moc"
