#include <QApplication>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <cmath>

#include "synthetic.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/directions/directions_view.h"

using namespace ms;

namespace {

constexpr qint64 kTokens = 60, kStates = 4;

float b(qint64 state, qint64 token) { return std::sin(static_cast<float>(token * (state + 1)) * 0.3f); }
float c(qint64 state, qint64 token) { return std::cos(static_cast<float>(token + state) * 0.7f); }

/// cos(C_t, B_s), as the definition says.
double cosine(qint64 t, qint64 s) {
    double dot = 0, cc = 0, bb = 0;
    for (qint64 n = 0; n < kStates; ++n) {
        const auto x = static_cast<double>(c(n, t)), y = static_cast<double>(b(n, s));
        dot += x * y;
        cc += x * x;
        bb += y * y;
    }
    return cc == 0 || bb == 0 ? 0 : dot / std::sqrt(cc * bb);
}

void put(CaptureStore& store, ProbePoint point, qint64 first, qint64 end, float (*value)(qint64, qint64),
         float factor = 1) {
    const CaptureEntry entry{{point, LayerIndex(2), Reduction::None}, kStates, 1, 0, 0, 1};
    std::vector<float> values;
    for (qint64 t = first; t < end; ++t)
        for (qint64 n = 0; n < kStates; ++n) values.push_back(value(n, t) * (n == 0 ? factor : 1));
    store.append({TokenPos(first), end - first, {{&entry, TokenPos(first), end - first, values}}});
}

struct Scope : test::Surroundings {
    std::unique_ptr<DirectionsView> view;

    explicit Scope(qint64 count = kTokens) : Surroundings(count, {}) {
        put(*store, ProbePoint::B, 0, count, b);
        put(*store, ProbePoint::C, 0, count, c);
        view = std::make_unique<DirectionsView>(context());
        view->setModel(test::smallModel());
        view->resize(700, 420);
        view->show();
        selection.setLayer(2);
        view->refresh();
    }
    [[nodiscard]] TokenCurvePlot& plot() const { return *view->plot(); }
    [[nodiscard]] double drawn(qint64 token) const {
        const Curve& curve = plot().curves()[0];
        const auto at = curve.x.indexOf(static_cast<double>(token));
        return at < 0 ? std::nan("") : curve.y[at];
    }
    [[nodiscard]] QPoint cell(const HeatmapCanvas& canvas, qint64 token, qint64 state) const {
        const QRect area = canvas.layoutNow().plot;
        const int columnPixels = axis.scale().columnPixels;
        return {area.left() + static_cast<int>(token - axis.firstToken()) * columnPixels + columnPixels / 2,
                area.top() + static_cast<int>((2 * state + 1) * area.height() / (2 * kStates))};
    }
};

}  // namespace

class TestDirections : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsBAndCOfTheSelectedLayer() {
        Scope scope;
        QCOMPARE(scope.view->layer(), LayerIndex(2));
        QCOMPARE(scope.view->requests().size(), 2u);
        QCOMPARE(scope.view->requests()[0].point, ProbePoint::B);
        QCOMPARE(scope.view->requests()[1].point, ProbePoint::C);
        QCOMPARE(scope.view->requests()[1].layers, std::vector{LayerIndex(2)});
        QCOMPARE(scope.view->written()->settings(), HeatmapSettings::forSign(true));
        const HeatmapScene scene = scope.view->written()->scene();
        QCOMPARE(scene.scale.low, -scene.scale.high);
        QCOMPARE(scene.caption, QStringLiteral("B"));
        QTest::mouseClick(scope.view->read(), Qt::LeftButton, {}, scope.cell(*scope.view->read(), 33, 2));
        QCOMPARE(scope.selection.token(), 33);
        QCOMPARE(scope.selection.layer(), 2);
        QCOMPARE(scope.selection.channel(), -1);  // a state is no channel
        const QString readout = scope.view->read()->readout();
        QVERIFY2(readout.startsWith(QStringLiteral("C = ") + exactText(c(2, 33))), qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("layer 2, state 2, token 33")), qPrintable(readout));
    }

    void theCurveIsTheCosineOfTheCursorsReadingWithEarlierWrites() {
        Scope scope;
        QCOMPARE(scope.view->token(), kTokens - 1);  // the newest until one is selected
        for (const qint64 s : {0, 17, 59}) QVERIFY(std::abs(scope.drawn(s) - cosine(59, s)) < 1e-6);
        scope.selection.setToken(40);
        scope.view->refresh();
        for (const qint64 s : {0, 17, 40}) QVERIFY(std::abs(scope.drawn(s) - cosine(40, s)) < 1e-6);
        QVERIFY(!scope.plot().curves()[0].x.contains(41.0));  // later tokens had not written yet
    }

    void ofComplexStatesTheCurveIsWhatTheLayerReads() {
        Scope scope;
        const auto model = std::make_shared<ModelSummary>(*test::smallModel());
        LayerDims turning = model->dims.layer(LayerIndex(2));
        turning.kind = LayerKind::Mamba1Complex;
        turning.d_state = kStates;  // two real parts, then two imaginary ones
        model->dims.setLayers(std::vector(static_cast<std::size_t>(model->dims.n_layer), turning));
        scope.view->setModel(model);
        scope.view->refresh();
        for (const qint64 s : {0, 17, 59}) {
            double product = 0, cc = 0, bb = 0;
            for (qint64 n = 0; n < kStates; ++n) {
                const auto x = static_cast<double>(c(n, 59)), y = static_cast<double>(b(n, s));
                product += n < kStates / 2 ? x * y : -x * y;  // Re(C·B)
                cc += x * x;
                bb += y * y;
            }
            const double expected = cc == 0 || bb == 0 ? 0 : product / std::sqrt(cc * bb);
            QVERIFY(std::abs(scope.drawn(s) - expected) < 1e-6);
        }
    }

    void newTokensMoveTheReading() {
        Scope scope;
        put(*scope.store, ProbePoint::B, kTokens, kTokens + 1, b);
        put(*scope.store, ProbePoint::C, kTokens, kTokens + 1, c);
        const std::vector<TokenRow> row{test::tokenRow(kTokens)};
        scope.tokens.append(row);
        scope.axis.setTokenCount(kTokens + 1);
        scope.view->dataChanged(kTokens, kTokens + 1);
        scope.view->refresh();
        QVERIFY(std::abs(scope.drawn(17) - cosine(60, 17)) < 1e-6);
    }

    void hoverSaysTextAndCosine() {
        Scope scope;
        scope.selection.setToken(40);
        scope.view->refresh();
        scope.plot().grab();
        auto* inside = scope.plot().findChild<QWidget*>();
        const QPoint at = scope.plot().pointOf(12, 0);
        QTest::mouseMove(inside, at);
        QCOMPARE(scope.selection.hoverToken(), 12);
        const QString readout = scope.view->readout();
        QVERIFY2(readout.contains(QStringLiteral("B of token 12 “#12”")), qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("C of token 40 “#40”")), qPrintable(readout));
        const double said = readout.section(QStringLiteral("cos = "), 1)
                                .section(QLatin1Char(' '), 0, 0)
                                .replace(QChar(0x2212), QLatin1Char('-'))
                                .toDouble();
        QVERIFY2(std::abs(said - cosine(40, 12)) < 1e-6, qPrintable(readout));
        QTest::mouseClick(inside, Qt::LeftButton, {}, at);
        QCOMPARE(scope.selection.token(), 12);
    }

    void whatWasNotCapturedIsLeftOutAndNanWarns() {
        Scope scope;
        scope.selection.setToken(40);
        put(*scope.store, ProbePoint::B, 20, 21,
            [](qint64 state, qint64) { return state == 1 ? -std::nanf("") : 1.0f; });
        put(*scope.store, ProbePoint::B, 21, 22, [](qint64, qint64) { return 0.0f; });
        scope.view->dataChanged(20, 22);
        scope.view->refresh();
        QVERIFY(std::isnan(scope.drawn(20)));
        QCOMPARE(scope.drawn(21), 0.0);  // nothing written: nothing met
        QCOMPARE(scope.plot().curves().size(), 2u);
        QVERIFY(scope.plot().curves()[1].x.contains(20.0));
        scope.selection.setLayer(1);
        scope.view->refresh();
        QVERIFY(scope.plot().curves().empty());
    }

    void theDifferenceSubtractsTheBaselinesCosines() {
        Scope scope;
        put(*scope.baseline, ProbePoint::B, 0, kTokens, b, -1);
        put(*scope.baseline, ProbePoint::C, 0, kTokens, c);
        scope.selection.setToken(40);
        scope.view->setCompare(Compare::Baseline);
        scope.view->refresh();
        const double baseline = scope.drawn(17);
        QVERIFY(std::abs(baseline - cosine(40, 17)) > 1e-3);
        scope.view->setCompare(Compare::Difference);
        scope.view->refresh();
        QVERIFY(std::abs(scope.drawn(17) - (cosine(40, 17) - baseline)) < 1e-6);
    }

    void farOutEveryExtremeSurvives() {
        Scope scope(20000);
        scope.axis.fitAll();
        QTRY_VERIFY(scope.axis.scale().tokensPerColumn > 2);
        scope.view->refresh();
        QTRY_VERIFY(scope.plot().curves().size() == 1 && scope.plot().curves()[0].x.size() > 300);
        double most = -2, drawnMost = -2;
        for (qint64 s = 0; s < 20000; ++s) most = std::max(most, cosine(19999, s));
        for (const double y : scope.plot().curves()[0].y) drawnMost = std::max(drawnMost, std::isnan(y) ? -2 : y);
        QVERIFY(std::abs(most - drawnMost) < 1e-6);
    }

    void layerAndColoursAreKept() {
        Scope scope;
        QSignalSpy requests(scope.view.get(), &DirectionsView::requestsChanged);
        scope.view->header()->findChild<QSpinBox*>(QStringLiteral("directions_layer"))->setValue(3);
        QCOMPARE(scope.selection.layer(), 3);
        QCOMPARE(requests.count(), 1);
        HeatmapSettings chosen = HeatmapSettings::forSign(true);
        chosen.scale = ScaleKind::Symlog;
        scope.view->setSettings(chosen);
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        scope.view->save(store);
        DirectionsView second(scope.context());
        second.load(store);
        QCOMPARE(second.read()->settings(), chosen);
    }

    void looks() {
        Scope scope(400);
        scope.selection.setToken(380);
        test::takeShots(*scope.view, QStringLiteral("directions"));
    }
};

QTEST_MAIN(TestDirections)
#include "tst_directions.moc"
