// The waveform: its columns are those of heatmaps, its values those of the sound.
#include <QComboBox>
#include <QImage>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>

#include "engine/audio/level_meter.h"
#include "speech_fakes.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"
#include "ui/views/waveform/waveform_plot.h"
#include "ui/views/waveform/waveform_view.h"

using namespace ms;

namespace {

struct Scope : test::SpeechSurroundings {
    std::unique_ptr<WaveformView> view;

    explicit Scope(qint64 frames = 150) : SpeechSurroundings(frames) {
        view = std::make_unique<WaveformView>(context());
        view->setModel(test::speechModel());
        view->resize(900, 200);
        view->show();
    }
    [[nodiscard]] WaveformPlot& plot() const { return *view->plot(); }
};

/// As 16 bits keep it.
float kept(qint64 i) { return static_cast<float>(std::clamp<long>(std::lround(test::sampleAt(i) * 32768), -32768, 32767)) / 32768.0f; }

SoundPeaks peaksOf(qint64 first, qint64 end) {
    SoundPeaks peaks;
    for (qint64 i = first; i < end; ++i) {
        peaks.low = std::min(peaks.low, kept(i));
        peaks.high = std::max(peaks.high, kept(i));
    }
    return peaks;
}

}  // namespace

class TestWaveform : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void columnsHoldTheirFramesPeaks() {
        Scope scope(1500);
        scope.axis.scrollTo(40);
        for (const int zoom : {0, 3, -4, -4, 9}) {  // 4, 12, 3 pixels a frame, 2 frames a pixel, 24 pixels a frame
            scope.axis.zoom(zoom, 40);
            const TokenColumns columns = scope.plot().columns();
            const std::vector<SoundPeaks>& peaks = scope.plot().peaks();
            QCOMPARE(static_cast<int>(peaks.size()), columns.plot.width());
            const double step = 640 / columns.pixelsPerToken();
            for (const int x : {0, 1, 7, 100, columns.plot.width() / 2}) {
                const qint64 first = std::llround(static_cast<double>(columns.firstToken() * 640)) + std::llround(x * step);
                const qint64 end = columns.firstToken() * 640 + std::llround((x + 1) * step);
                if (end > 1500 * 640) continue;
                const SoundPeaks expected = peaksOf(first, end);
                QCOMPARE(peaks[static_cast<std::size_t>(x)].low, expected.low);
                QCOMPARE(peaks[static_cast<std::size_t>(x)].high, expected.high);
                // The column of a token is where heatmaps have it.
                const qint64 token = static_cast<qint64>(static_cast<double>(first) / 640);
                QVERIFY(std::abs(columns.xOf(token) - (columns.plot.left() + x)) < std::max(1, columns.scale.columnPixels));
            }
        }
    }

    void nothingIsDrawnBehindTheSound() {
        Scope scope(20);
        const std::vector<SoundPeaks>& peaks = scope.plot().peaks();
        QVERIFY(peaks[79].low <= peaks[79].high);
        QVERIFY(peaks[80].low > peaks[80].high);
        std::vector<float> more(6400, 0.25f);
        QVERIFY(scope.sound->append(more));
        scope.view->dataChanged(20, 30);
        QCOMPARE(scope.plot().peaks()[100].high, 0.25f);
    }

    void theReadoutIsExact() {
        Scope scope;
        const QRect plot = scope.plot().layoutNow().plot;
        QTest::mouseMove(&scope.plot(), plot.topLeft() + QPoint(41, 20));
        const SoundPeaks at = peaksOf(41 * 160, 42 * 160);
        QString text = scope.plot().readout();
        QVERIFY2(text.contains(exactText(at.low)) && text.contains(exactText(at.high)), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("0:00.410")), qPrintable(text));
        QCOMPARE(scope.selection.hoverToken(), 10);
        QTest::mouseMove(&scope.plot(), {2, 2});
        scope.selection.setToken(80);  // of the whole frame; clipped
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(&scope.plot(), &leave);
        text = scope.plot().readout();
        QVERIFY2(text.contains(exactText(peaksOf(80 * 640, 81 * 640).low)) && text.contains(QStringLiteral("clipped")) &&
                     text.contains(QStringLiteral("0:03.200")) && text.contains(QStringLiteral("peak 0 dBFS")), qPrintable(text));
        QCOMPARE(scope.view->readout(), text);
    }

    void clippedColumnsAreMarked() {
        Scope scope;
        const QImage image = scope.plot().grab().toImage();
        const QRect plot = scope.plot().layoutNow().plot;
        int marked = 0;
        for (std::size_t x = 0; x < scope.plot().peaks().size(); ++x) {
            const SoundPeaks& peaks = scope.plot().peaks()[x];
            if (peaks.low > peaks.high || peaks.high < LevelMeter::kClip) continue;
            ++marked;
            QCOMPARE(image.pixel(plot.left() + static_cast<int>(x), plot.top() + 1), kNanColour);
        }
        QVERIFY(marked > 3 && marked < 40);
        QVERIFY(image.pixel(plot.left() + 20, plot.top() + 1) != kNanColour);
    }

    void decibelsReachDownToTheFloor() {
        Scope scope;
        auto* scales = scope.view->header()->findChild<QComboBox*>(QStringLiteral("waveform_scale"));
        QVERIFY(scales != nullptr && !scales->accessibleName().isEmpty());
        QCOMPARE(scope.plot().heightOf(-0.25f), -0.25f);
        scales->setCurrentIndex(1);
        QCOMPARE(scope.plot().amplitudeScale(), AmplitudeScale::Decibels);
        QCOMPARE(scope.plot().heightOf(1), 1.0f);
        QVERIFY(std::abs(scope.plot().heightOf(-0.1f) + 2.0f / 3) < 1e-6f);
        QCOMPARE(scope.plot().heightOf(0.0009f), 0.0f);
        QCOMPARE(scope.plot().heightOf(0), 0.0f);
        QSettings store(QDir::tempPath() + QStringLiteral("/ms-waveform-test.ini"), QSettings::IniFormat);
        scope.view->save(store);
        scales->setCurrentIndex(0);
        scope.view->load(store);
        QCOMPARE(scope.plot().amplitudeScale(), AmplitudeScale::Decibels);
        QFile::remove(store.fileName());
    }

    void clicksKeysAndWheelActOnTheSharedAxis() {
        Scope scope(2000);
        scope.axis.scrollTo(0);
        const QPoint corner = scope.plot().layoutNow().plot.topLeft();
        QTest::mouseClick(&scope.plot(), Qt::LeftButton, {}, corner + QPoint(50, 30));
        QCOMPARE(scope.selection.token(), 12);
        QTest::keyClick(&scope.plot(), Qt::Key_Right);
        QCOMPARE(scope.selection.token(), 13);
        QTest::mousePress(&scope.plot(), Qt::LeftButton, Qt::ShiftModifier, corner + QPoint(40, 30));
        QTest::mouseMove(&scope.plot(), corner + QPoint(83, 30));
        QTest::mouseRelease(&scope.plot(), Qt::LeftButton, Qt::ShiftModifier, corner + QPoint(83, 30));
        QCOMPARE(scope.selection.range(), (TokenRange{10, 21}));
        QSignalSpy play(scope.view.get(), &WaveformView::playRequested);
        QTest::keyClick(&scope.plot(), Qt::Key_Return);
        QCOMPARE(play.size(), 1);
        QCOMPARE(play[0][0].toDouble(), 10 * 0.04);
        QCOMPARE(play[0][1].toDouble(), 21 * 0.04);
        QTest::mouseDClick(&scope.plot(), Qt::LeftButton, {}, corner + QPoint(200, 30));
        QCOMPARE(play[1][0].toDouble(), 50 * 0.04);
        QCOMPARE(play[1][1].toDouble(), 80.0);
        QTest::keyClick(&scope.plot(), Qt::Key_Escape);
        QVERIFY(scope.selection.range().empty());
        const QPointF at = corner + QPoint(100, 30);
        QWheelEvent wheel(at, scope.plot().mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&scope.plot(), &wheel);
        QCOMPARE(scope.axis.scale().columnPixels, 6);
        QTest::mousePress(&scope.plot(), Qt::LeftButton, {}, corner + QPoint(300, 30));
        QTest::mouseMove(&scope.plot(), corner + QPoint(180, 30));
        QTest::mouseRelease(&scope.plot(), Qt::LeftButton, {}, corner + QPoint(180, 30));
        QVERIFY(scope.axis.firstToken() > 20);
    }

    void axesTellRoundTimes() {
        Scope scope(2000);
        scope.axis.scrollTo(30);
        const QFontMetrics metrics = scope.plot().fontMetrics();
        const TokenColumns columns = scope.plot().columns();
        const std::vector<AxisTick> ticks = tokenTicks(columns, metrics);
        QVERIFY(ticks.size() >= 5);
        QCOMPARE(ticks.front().text, QStringLiteral("0:02"));
        QCOMPARE(ticks.front().x, columns.xOf(50));
        QCOMPARE(columns.xOfTime(50 * 0.04), columns.xOf(50));
        scope.axis.zoom(8, 30);  // 72 pixels a frame
        const std::vector<AxisTick> near = tokenTicks(scope.plot().columns(), metrics);
        QVERIFY(near.size() >= 3 && near.front().text.contains(QLatin1Char('.')));
        scope.axis.zoom(-30, 0);
        QCOMPARE(tokenTicks(scope.plot().columns(), metrics).size(), 1u);  // two pixels wide: the beginning
        QCOMPARE(timeText(62.4805), QStringLiteral("1:02.481"));
        QCOMPARE(timeText(59.9996), QStringLiteral("1:00.000"));
        QCOMPARE(timeText(3605, 0), QStringLiteral("60:05"));
        QCOMPARE(timeText(-0.5, 1), QString(QChar(0x2212)) + QStringLiteral("0:00.5"));
        QCOMPARE(timeText(std::nan(""), 0), QStringLiteral("0:00"));
    }

    void emptyStatesSayWhatToDo() {
        Scope scope(0);
        QVERIFY(scope.plot().readout().isEmpty());
        QVERIFY(scope.plot().peaks().empty());
        scope.plot().grab();
        scope.view->setModel(test::smallModel());
        scope.plot().grab();
        scope.view->setModel(nullptr);
        scope.plot().grab();
        ViewContext deaf = scope.context();
        deaf.speech = nullptr;
        WaveformView alone(deaf);
        alone.setModel(test::speechModel());
        QVERIFY(alone.plot()->readout().isEmpty());
        QVERIFY(!alone.plot()->accessibleName().isEmpty());
        QVERIFY(alone.requests().empty());
    }

    void looks() {
        Scope scope;
        scope.selection.setToken(60);
        scope.selection.setRange({20, 40});
        test::takeShots(*scope.view, QStringLiteral("waveform"));
        scope.plot().setAmplitudeScale(AmplitudeScale::Decibels);
        test::takeShots(*scope.view, QStringLiteral("waveform-db"));
        scope.view->setModel(test::smallModel());
        test::takeShots(*scope.view, QStringLiteral("waveform-empty"));
    }
};

QTEST_MAIN(TestWaveform)
#include "tst_waveform.moc"
