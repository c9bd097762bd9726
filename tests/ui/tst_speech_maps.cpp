// Mel spectrogram and posteriors: rows, their names, and values recomputed in float64.
#include <QCheckBox>
#include <QDir>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "engine/audio/log_mel.h"
#include "speech_fakes.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/style/number_text.h"
#include "ui/views/posteriors/posteriors_view.h"
#include "ui/views/spectrogram/spectrogram_view.h"

using namespace ms;

namespace {

template <class View>
struct Scope : test::SpeechSurroundings {
    std::unique_ptr<View> view;

    explicit Scope(qint64 frames = 150) : SpeechSurroundings(frames) {
        view = std::make_unique<View>(context());
        view->setModel(test::speechModel());
        view->resize(900, 500);
        view->show();
    }
    [[nodiscard]] HeatmapCanvas& canvas() const { return *view->canvas(); }
    /// Middle of a cell.
    [[nodiscard]] QPoint cell(qint64 frame, qint64 row) const {
        const QRect plot = canvas().layoutNow().plot;
        return {plot.left() + static_cast<int>(frame - axis.firstToken()) * axis.scale().columnPixels + 1,
                plot.top() + static_cast<int>((2 * row + 1) * plot.height() / (2 * canvas().visibleRows()))};
    }
};

double posterior(qint64 symbol, qint64 frame) {
    double sum = 0;
    for (qint64 s = 0; s < 29; ++s) sum += std::exp(static_cast<double>(test::logitAt(s, frame)));
    return std::exp(static_cast<double>(test::logitAt(symbol, frame))) / sum;
}

}  // namespace

class TestSpeechMaps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void highBandsAreOnTop() {
        Scope<SpectrogramView> scope;
        const SeriesSource& source = scope.canvas().source();
        QCOMPARE(source.rows(), 80);
        QCOMPARE(source.at(33, 0), test::featureAt(79, 33));
        QCOMPARE(source.at(33, 79), test::featureAt(0, 33));
        QTest::mouseMove(&scope.canvas(), scope.cell(33, 70));
        const QString text = scope.canvas().readout();
        QVERIFY2(text.contains(exactText(test::featureAt(9, 33))), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("band 9 (")) && text.contains(QStringLiteral("0:01.320 (frame 33")), qPrintable(text));
        const HeatmapScene scene = scope.canvas().scene();
        QCOMPARE(scene.frameSeconds, 0.04);
        QVERIFY(scene.rowLabel(79).toDouble() < scene.rowLabel(60).toDouble());
        QCOMPARE(scope.view->requests().size(), 1u);
        QCOMPARE(scope.view->requests()[0].point, ProbePoint::Features);
        QVERIFY(scope.view->requests()[0].layers.empty());  // it is of the whole model
    }

    void bandsAreCentredBetweenTheirNeighboursOnTheMelScale() {
        const FeatureConfig config;
        for (qint64 band = 1; band + 1 < config.mels; ++band) {
            const double mel = slaneyMel(bandCentre(config, band));
            QVERIFY(std::abs(2 * mel - slaneyMel(bandCentre(config, band - 1)) - slaneyMel(bandCentre(config, band + 1))) < 1e-9);
        }
        const double step = (slaneyMel(7600) - slaneyMel(20)) / 81;
        QVERIFY(std::abs(slaneyMel(bandCentre(config, 0)) - slaneyMel(20) - step) < 1e-9);
        QVERIFY(std::abs(slaneyMel(bandCentre(config, 79)) - slaneyMel(7600) + step) < 1e-9);
    }

    void posteriorsAreSharesOfAllSymbols() {
        Scope<PosteriorsView> scope;
        const auto check = [&](qint64 rows) {
            const SeriesSource& source = scope.canvas().source();
            QCOMPARE(source.rows(), rows);
            for (const qint64 frame : {0, 1, 31, 149})
                for (qint64 row = 0; row < rows; ++row) {
                    const double expected = posterior(source.channelOf(row), frame);
                    QVERIFY(std::abs(static_cast<double>(source.at(frame, row)) - expected) < 1e-6 * expected);
                }
            std::vector<float> all(static_cast<std::size_t>(3 * rows));
            source.read(30, 3, all);
            for (qint64 t = 0; t < 3; ++t)
                for (qint64 row = 0; row < rows; ++row)
                    QCOMPARE(all[static_cast<std::size_t>(t * rows + row)], source.at(30 + t, row));
        };
        check(29);
        QCOMPARE(scope.canvas().source().channelOf(0), 0);
        auto* blank = scope.view->header()->template findChild<QCheckBox*>(QStringLiteral("posteriors_blank"));
        QVERIFY(blank != nullptr && blank->isChecked());
        blank->click();
        check(28);
        QCOMPARE(scope.canvas().source().channelOf(0), 1);
        QCOMPARE(scope.canvas().source().rowOf(0), -1);
        QSettings store(QDir::tempPath() + QStringLiteral("/ms-posteriors-test.ini"), QSettings::IniFormat);
        scope.view->save(store);
        blank->click();
        scope.view->load(store);
        QVERIFY(!scope.view->isBlankShown());
        QFile::remove(store.fileName());
    }

    void rowsCarryTheirSymbols() {
        Scope<PosteriorsView> scope;
        const HeatmapScene scene = scope.canvas().scene();
        QCOMPARE(scene.rowLabel(0), QStringLiteral("–"));
        QCOMPARE(scene.rowLabel(1), QString(QChar(0x2423)));
        QCOMPARE(scene.rowLabel(3), QStringLiteral("a"));
        QCOMPARE(scene.rowLabel(28), QStringLiteral("z"));
        QCOMPARE(symbolText(*test::speechModel()->speech, 40), QStringLiteral("#40"));
        const qint64 symbol = test::bestSymbol(31);
        QTest::mouseMove(&scope.canvas(), scope.cell(31, symbol));
        const QString text = scope.canvas().readout();
        const QString value = exactText(scope.canvas().source().at(31, symbol));
        QVERIFY2(text.startsWith(QStringLiteral("P = ") + value), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("symbol “%1”, 0:01.240").arg(symbolText(*test::speechModel()->speech, symbol))), qPrintable(text));
        // Certain is the map's last colour, impossible its first.
        const QImage image = scope.canvas().grab().toImage();
        const auto colour = [&](qint64 row) { return image.pixel(scope.cell(31, row)); };
        const ColourMap& viridis = ColourMap::get(ColourMapId::Viridis);
        QCOMPARE(colour(symbol), viridis.at(static_cast<float>(posterior(symbol, 31))));
        QCOMPARE(colour(5), viridis.at(static_cast<float>(posterior(5, 31))));
    }

    void keysMoveWithinTheSymbolsAndRangesAreShared() {
        Scope<PosteriorsView> scope;
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(31, 4));
        QCOMPARE(scope.selection.token(), 31);
        QCOMPARE(scope.selection.layer(), -1);
        QCOMPARE(scope.selection.channel(), -1);
        QTest::keyClick(&scope.canvas(), Qt::Key_Down);
        QCOMPARE(scope.canvas().scene().cursorRow, 5);
        scope.selection.setRange({10, 20});
        QCOMPARE(scope.canvas().scene().selected, (TokenRange{10, 20}));
    }

    void aTextModelSaysSo() {
        Scope<PosteriorsView> scope;
        QSignalSpy requests(scope.view.get(), &PosteriorsView::requestsChanged);
        scope.view->setModel(test::smallModel());
        QCOMPARE(requests.size(), 1);
        QVERIFY(scope.view->requests().empty());
        HeatmapScene scene = scope.canvas().scene();  // 150 tokens are there, none of them is heard
        QVERIFY2(scene.emptyText.startsWith(QStringLiteral("This model reads text")), qPrintable(scene.emptyText));
        QCOMPARE(scene.tokenCount, 0);
        scope.canvas().grab();
        scope.view->setModel(nullptr);
        QVERIFY(scope.canvas().scene().emptyText.contains(QStringLiteral("Record or open a sound file")));
        Scope<SpectrogramView> silent(0);
        QVERIFY(silent.canvas().scene().emptyText.contains(QStringLiteral("Record or open a sound file")));
        silent.view->setModel(test::smallModel());
        silent.canvas().grab();
    }

    void ordersOfAnotherModelAreIgnored() {
        SeriesSource source = SeriesSource::channels(std::make_shared<CaptureStore>(), ProbePoint::Logits, LayerIndex(-1), test::speechModel()->dims);
        for (const std::vector<int>& bad : {std::vector<int>{0, 29}, {-1}, {3, 3}, {}}) {
            source.setOrder(std::make_shared<const std::vector<int>>(bad));
            QCOMPARE(source.rows(), 29);
            QCOMPARE(source.channelOf(3), 3);
        }
        source.setOrder(std::make_shared<const std::vector<int>>(std::vector<int>{7, 2}));
        QCOMPARE(source.rows(), 2);
        source.setOrder(nullptr);
        QCOMPARE(source.rows(), 29);
    }

    void looks() {
        Scope<SpectrogramView> mel;
        mel.selection.setToken(60);
        mel.selection.setRange({20, 40});
        test::takeShots(*mel.view, QStringLiteral("spectrogram"));
        Scope<PosteriorsView> scope;
        scope.selection.setToken(60);
        test::takeShots(*scope.view, QStringLiteral("posteriors"));
        HeatmapSettings settings = scope.view->settings();
        settings.scale = ScaleKind::Log;
        scope.view->setSettings(settings);
        scope.view->setBlankShown(false);
        test::takeShots(*scope.view, QStringLiteral("posteriors-log"));
        scope.view->setModel(test::smallModel());
        test::takeShots(*scope.view, QStringLiteral("posteriors-empty"));
    }
};

QTEST_MAIN(TestSpeechMaps)
#include "tst_speech_maps.moc"
