#include <QComboBox>
#include <QMouseEvent>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "layer_capture.h"
#include "ui/plot/curve_plot.h"
#include "ui/plot/matrix_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/time_scales/time_scales_view.h"
#include "ui/widgets/elided_label.h"

using namespace ms;

namespace {

struct Scope : test::LayerSurroundings {
    std::unique_ptr<TimeScalesView> view;
    ModelSummaryPtr model = test::smallModel();

    explicit Scope(qint64 count, qint64 from = 0, const ModelSummaryPtr& other = nullptr) : LayerSurroundings(count, from) {
        if (other) model = other;
        view = std::make_unique<TimeScalesView>(context());
        view->resize(1100, 500);
        view->show();
        view->setModel(model);
    }
    [[nodiscard]] bool waitForTokens(qint64 count) const {
        return QTest::qWaitFor([&] { return view->values() && view->values()->steps.tokens == count && view->values()->layer == view->layer(); }, 5000);
    }
    [[nodiscard]] double A(qint64 l, qint64 channel, qint64 state) const {
        return static_cast<double>(model->scan[static_cast<std::size_t>(l)].A[static_cast<std::size_t>(channel * model->dims.d_state + state)]);
    }
    /// ln 2 / (mean Δ · |A|) in float64 from the values captured.
    [[nodiscard]] double halfLife(qint64 channel, qint64 state, TokenRange range) const {
        double sum = 0;
        for (qint64 t = range.first; t < range.end; ++t) sum += static_cast<double>(capture.dt(channel, t));
        return std::numbers::ln2 * static_cast<double>(range.end - range.first) / (sum * std::abs(A(layer.value, channel, state)));
    }
    void compare(TokenRange range) const {
        const Matrix& shown = *view->map()->matrix();
        QCOMPARE(shown.rows, 16);
        QCOMPARE(shown.columns, 4);
        for (qint64 c = 0; c < 16; ++c)
            for (qint64 n = 0; n < 4; ++n) {
                const double expected = halfLife(c, n, range);
                QVERIFY2(std::abs(static_cast<double>(shown.at(c, n)) - expected) < 1e-5 * expected, qPrintable(QString::number(expected)));
            }
    }
    [[nodiscard]] QString note() const { return view->findChild<ElidedLabel*>(QStringLiteral("time_scales_note"))->text(); }
};

}  // namespace

class TestTimeScales : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void halfLivesAreThoseOfTheMeanStep() {
        Scope scope(60);
        QCOMPARE(scope.view->layer(), LayerIndex(2));  // the middle one: nothing is selected
        QVERIFY(scope.waitForTokens(60));
        scope.compare({0, 60});
        QVERIFY2(scope.note().endsWith(QStringLiteral("mean Δ of 60 tokens")), qPrintable(scope.note()));
        std::vector<double> all;
        for (qint64 c = 0; c < 16; ++c)
            for (qint64 n = 0; n < 4; ++n) all.push_back(scope.halfLife(c, n, {0, 60}));
        std::sort(all.begin(), all.end());
        QVERIFY(scope.note().contains(QStringLiteral("median half-life %1 tokens").arg(shortText(all[32]))));
    }

    void theSelectedRangeIsAveragedAlone() {
        Scope scope(3000);
        QVERIFY(scope.waitForTokens(3000));
        scope.compare({0, 3000});
        scope.selection.setRange({7, 31});
        QVERIFY(scope.waitForTokens(24));
        scope.compare({7, 31});
        QVERIFY(scope.note().contains(QStringLiteral("(tokens 7 to 30)")));
        scope.selection.setRange({500, 2800});  // over a whole block that was summed before
        QVERIFY(scope.waitForTokens(2300));
        scope.compare({500, 2800});
        scope.selection.setRange({});
        QVERIFY(scope.waitForTokens(3000));
    }

    void aGapInTheCapturesIsNoZero() {
        Scope scope(100, 40);
        QVERIFY(scope.waitForTokens(60));
        scope.compare({40, 100});
        // The past is filled in.
        scope.capture.append(*scope.store, scope.layer, 0, 40);
        scope.view->dataChanged(0, 40);
        QVERIFY(scope.waitForTokens(100));
        scope.compare({0, 100});
    }

    void filledInBlocksAreSummedAnew() {
        Scope scope(3000, 1500);
        QVERIFY(scope.waitForTokens(1500));
        scope.capture.append(*scope.store, scope.layer, 0, 1500);
        scope.view->dataChanged(0, 1500);
        QVERIFY(scope.waitForTokens(3000));
        scope.compare({0, 3000});
    }

    void theHistogramCountsEveryState() {
        Scope scope(60);
        QVERIFY(scope.waitForTokens(60));
        const LogHistogram& h = scope.view->values()->histogram;
        std::vector<std::uint64_t> expected(h.counts.size());
        for (qint64 c = 0; c < 16; ++c)
            for (qint64 n = 0; n < 4; ++n) {
                const double life = static_cast<double>(static_cast<float>(scope.halfLife(c, n, {0, 60})));
                std::size_t bin = 0;
                while (bin + 1 < expected.size() && life * (1 + 1e-7) >= h.edges[bin + 1]) ++bin;
                ++expected[bin];
            }
        QCOMPARE(h.counts, expected);
        // What the mouse is told of a bar.
        const auto fullest = std::max_element(expected.begin(), expected.end()) - expected.begin();
        const auto bin = static_cast<std::size_t>(fullest);
        Q_EMIT scope.view->histogram()->hovered(std::sqrt(h.edges[bin] * h.edges[bin + 1]), 1);
        QVERIFY2(scope.view->readout().startsWith(QStringLiteral("%1 states (%2 %)").arg(expected[bin]).arg(shortText(100.0 * static_cast<double>(expected[bin]) / 64))),
                 qPrintable(scope.view->readout()));
    }

    void allLayersAreCountedAtTheirMeans() {
        Scope scope(50);
        const std::array means{ProbePoint::Dt};
        test::SyntheticCapture captured(means[0], test::smallDims(), LayerIndex(-1));
        scope.store->append(captured.frame(0, 50));
        QVERIFY(scope.waitForTokens(50));
        QCOMPARE(scope.view->requests().size(), 1u);
        QCOMPARE(scope.view->requests()[0], (CaptureRequest{ProbePoint::Dt, {LayerIndex(2)}, Reduction::None}));
        scope.view->countAllLayers(true);
        QCOMPARE(scope.view->requests().size(), 2u);
        QTRY_COMPARE(scope.view->values()->counted, 4 * 16 * 4);
        double least = INFINITY, most = 0;
        for (qint64 l = 0; l < 4; ++l) {
            double mean = 0;
            for (qint64 t = 0; t < 50; ++t) mean += static_cast<double>(test::SyntheticCapture::value(l, t)) / 50;
            for (qint64 c = 0; c < 16; ++c)
                for (qint64 n = 0; n < 4; ++n) {
                    const double life = std::numbers::ln2 / (mean * std::abs(scope.A(l, c, n)));
                    least = std::min(least, life);
                    most = std::max(most, life);
                }
        }
        const LogHistogram& h = scope.view->values()->histogram;
        QVERIFY(std::abs(h.edges.front() - least) < 1e-5 * least);
        QVERIFY(std::abs(h.edges.back() - most) < 1e-5 * most);
        scope.compare({0, 50});  // the map stays the layer's
    }

    void theSpectrumIsTheSortedTimeConstants() {
        Scope scope(0);
        QTRY_COMPARE(scope.view->spectrum()->curves().size(), 4u);
        const Curve& own = scope.view->spectrum()->curves().back();
        QVERIFY(own.name.contains(QStringLiteral("layer 2")));
        std::vector<double> expected;
        for (qint64 c = 0; c < 16; ++c)
            for (qint64 n = 0; n < 4; ++n) expected.push_back(1 / std::abs(scope.A(2, c, n)));
        std::sort(expected.begin(), expected.end());
        QCOMPARE(own.y.size(), 64);
        for (qsizetype i = 0; i < 64; ++i) {
            QVERIFY(std::abs(own.y[i] - expected[static_cast<std::size_t>(i)]) < 1e-6);
            QVERIFY(std::abs(own.x[i] - 100.0 * static_cast<double>(i) / 63) < 1e-9);
        }
        scope.selection.setLayer(1);
        QVERIFY(scope.view->spectrum()->curves().back().name.contains(QStringLiteral("layer 1")));
        // Long ones keep their ends.
        std::vector<float> A;
        for (int i = 1; i <= 5000; ++i) A.push_back(-static_cast<float>(i));
        A.push_back(0);
        const Spectrum s = spectrumOf(A, 201);
        QCOMPARE(s.constants.size(), 201);
        QVERIFY(std::abs(s.constants.front() - 1.0 / 5000) < 1e-9);
        QVERIFY(std::isnan(s.constants.back()));
    }

    void aClickOnTheMapSelectsTheChannel() {
        Scope scope(60);
        QVERIFY(scope.waitForTokens(60));
        MatrixPlot& map = *scope.view->map();
        QTest::mouseClick(&map, Qt::LeftButton, {}, map.pointOf(11, 2));
        QCOMPARE(scope.selection.channel(), 11);
        const float shown = map.matrix()->at(11, 2);
        QCOMPARE(scope.view->readout(), QStringLiteral("t½ = %1 tokens   channel 11, state 2").arg(exactText(shown)));
        QVERIFY(scope.note().contains(QStringLiteral("channel 11: ")));
        QVERIFY(map.scale().kind == ScaleKind::Log);
        QCOMPARE(map.grab().toImage().pixel(map.pointOf(3, 1)),
                 ColourMap::get(ColourMapId::Viridis).at(map.scale().position(map.matrix()->at(3, 1))));
    }

    void aStateThatNeverDecaysIsNamed() {
        auto model = std::make_shared<ModelSummary>(*test::smallModel());
        model->scan[2].A[5] = 0;
        model->scan[2].A[6] = 0;
        Scope scope(60, 0, model);
        QVERIFY(scope.waitForTokens(60));
        QVERIFY2(scope.note().contains(QStringLiteral("2 states never decay")), qPrintable(scope.note()));
        QCOMPARE(scope.view->map()->grab().toImage().pixel(scope.view->map()->pointOf(1, 1)), kNanColour);
    }

    void aStreamIsFollowedTwiceASecondAtMost() {
        Scope scope(60);
        QVERIFY(scope.waitForTokens(60));
        QSignalSpy shown(scope.view->map(), &MatrixPlot::readoutChanged);  // once for every matrix
        int matrices = 0;
        std::shared_ptr<const Matrix> last = scope.view->map()->matrix();
        for (qint64 t = 60; t < 120; ++t) {  // 1.2 s
            scope.read(t + 1);
            scope.capture.append(*scope.store, scope.layer, t, t + 1);
            scope.view->dataChanged(t, t + 1);
            QTest::qWait(20);
            if (scope.view->map()->matrix() != last) {
                ++matrices;
                last = scope.view->map()->matrix();
            }
        }
        QVERIFY2(matrices >= 1 && matrices <= 4, qPrintable(QString::number(matrices)));
        QVERIFY(scope.waitForTokens(120));
        scope.compare({0, 120});
    }

    void whatIsMissingIsSaid() {
        Scope scope(0);
        scope.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QVERIFY(scope.view->map()->scene().emptyText.startsWith(QStringLiteral("Nothing was read yet")));
        scope.view->setModel(nullptr);
        QCOMPARE(scope.view->map()->scene().emptyText, QStringLiteral("No model is open."));
        Scope other(30);
        QVERIFY(other.waitForTokens(30));
        other.selection.setLayer(0);  // of which nothing is captured
        QTRY_VERIFY(!other.view->map()->matrix());
        QVERIFY2(other.view->map()->scene().emptyText.contains(QStringLiteral("not been captured")), qPrintable(other.view->map()->scene().emptyText));
        other.selection.setLayer(2);
        QVERIFY(other.waitForTokens(30));
    }

    void choicesAreKept() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        Scope scope(30);
        scope.view->setPart(TimeScalesView::Part::Map);
        scope.view->countAllLayers(true);
        QVERIFY(!scope.view->histogram()->isVisible() && scope.view->map()->isVisible());
        scope.view->save(store);
        Scope other(30);
        other.view->load(store);
        QVERIFY(!other.view->spectrum()->isVisible());
        QCOMPARE(other.view->requests().size(), 2u);
        auto* layers = other.view->header()->findChild<QSpinBox*>(QStringLiteral("time_scales_layer"));
        layers->setValue(1);
        QCOMPARE(other.selection.layer(), 1);
    }

    void hiddenItComputesNothing() {
        Scope scope(30);
        QVERIFY(scope.waitForTokens(30));
        scope.view->setActive(false);
        scope.read(40);
        scope.capture.append(*scope.store, scope.layer, 30, 40);
        scope.view->dataChanged(30, 40);
        QTest::qWait(700);
        QCOMPARE(scope.view->values()->steps.tokens, 30);
        scope.view->setActive(true);
        QVERIFY(scope.waitForTokens(40));
    }

    void pictures() {
        auto model = std::make_shared<ModelSummary>(*test::smallModel());
        model->dims.d_inner = 512;
        model->dims.d_state = 16;
        model->dims.n_layer = 12;
        model->scan.clear();
        for (int l = 0; l < 12; ++l) {
            ScanWeights& scan = model->scan.emplace_back();
            for (int c = 0; c < 512; ++c)
                for (int n = 0; n < 16; ++n) scan.A.push_back(-static_cast<float>(n + 1) * std::exp(0.1f * static_cast<float>(l) * std::sin(static_cast<float>(c * (l + 3)))));
        }
        test::LayerSurroundings around(0);
        around.capture = {512, 16};
        around.read(300);
        around.capture.append(*around.store, LayerIndex(6), 0, 300);
        TimeScalesView view(around.context());
        view.show();
        view.setModel(model);
        around.selection.setChannel(100);
        QTRY_VERIFY(view.values());
        test::takeShots(view, QStringLiteral("time_scales"));
    }
};

QTEST_MAIN(TestTimeScales)
#include "tst_time_scales_view.moc"
