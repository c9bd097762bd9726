#include <QApplication>
#include <QComboBox>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <array>
#include <cmath>

#include "engine/probe/measure.h"
#include "synthetic.h"
#include "ui/plot/heatmap_painter.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/colour_map.h"
#include "ui/style/number_text.h"
#include "ui/views/traces/traces_view.h"

using namespace ms;
using test::SyntheticCapture;
using Kind = TracesView::Kind;

namespace {

constexpr std::array kPoints{ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::B, ProbePoint::C};

struct Scope : test::Surroundings {
    std::unique_ptr<TracesView> view;

    explicit Scope(qint64 count = 100) : Surroundings(count, kPoints) {
        view = std::make_unique<TracesView>(context());
        view->setModel(test::smallModel());
        view->resize(700, 260);
        view->show();
        selection.setLayer(2);
        view->refresh();
    }
    [[nodiscard]] TokenCurvePlot& plot() const { return *view->plot(); }
    template <class W>
    [[nodiscard]] W* control(const char* name) const {
        const QString full = QStringLiteral("traces_") + QLatin1String(name);
        W* found = view->header()->findChild<W*>(full);
        return found != nullptr ? found : view->findChild<W*>(full);
    }
    [[nodiscard]] QToolButton* chip(qint64 index) const {
        for (auto* button : view->findChildren<QToolButton*>(QStringLiteral("traces_chip%1").arg(index)))
            if (!button->isHidden()) return button;
        return nullptr;
    }
    [[nodiscard]] QStringList names() const {
        QStringList all;
        for (const Curve& curve : plot().curves()) all << curve.name;
        return all;
    }
    /// y of a curve at a token; NaN where it has none.
    [[nodiscard]] double drawn(std::size_t curve, qint64 token) const {
        const Curve& c = plot().curves()[curve];
        const auto at = c.x.indexOf(static_cast<double>(token));
        return at < 0 ? std::nan("") : c.y[at];
    }
    [[nodiscard]] int middle(qint64 token) const {
        const QRect heatmap = HeatmapLayout::of(plot().rect(), plot().fontMetrics()).plot;
        const int width = axis.scale().columnPixels;
        return heatmap.left() + static_cast<int>(token - axis.firstToken()) * width + width / 2;
    }
    [[nodiscard]] QWidget* inside() const { return plot().findChild<QWidget*>(); }
    void put(qint64 channelOfOne, qint64 token, float value) {
        const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(2), Reduction::None}, 16, 1, 0, 0, 1};
        std::vector<float> row;
        for (qint64 c = 0; c < 16; ++c)
            row.push_back(c == channelOfOne ? value : SyntheticCapture::channelValue(c, token));
        store->append({TokenPos(token), 1, {{&entry, TokenPos(token), 1, row}}});
        view->dataChanged(token, token + 1);
    }
};

}  // namespace

class TestTraces : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void drawsTheSelectedChannelExactly() {
        Scope scope;
        QCOMPARE(scope.names(), QStringList{QStringLiteral("0")});  // until one is selected
        scope.selection.setChannel(9);
        scope.view->refresh();
        QCOMPARE(scope.names(), QStringList{QStringLiteral("9")});
        for (const qint64 token : {0, 33, 99})
            QCOMPARE(scope.drawn(0, token), static_cast<double>(SyntheticCapture::channelValue(9, token)));
        QCOMPARE(scope.view->requests().size(), 1u);
        QCOMPARE(scope.view->requests()[0].reduction, Reduction::None);
        QCOMPARE(scope.view->requests()[0].layers, std::vector{LayerIndex(2)});
        scope.control<QToolButton>("follow")->setChecked(false);
        scope.selection.setChannel(4);
        scope.view->refresh();
        QCOMPARE(scope.names(), QStringList{QStringLiteral("9")});
    }

    void tokensStandInTheMiddleOfTheirHeatmapColumns() {
        Scope scope(3000);
        for (const int zoom : {0, 3, -2, -3}) {
            scope.axis.zoom(zoom, 1500);
            scope.view->refresh();
            QApplication::processEvents();
            scope.plot().grab();
            const QRect heatmap = HeatmapLayout::of(scope.plot().rect(), scope.plot().fontMetrics()).plot;
            QCOMPARE(scope.plot().plotRect().left(), heatmap.left());
            QCOMPARE(scope.plot().plotRect().right(), heatmap.right());
            if (scope.axis.scale().tokensPerColumn > 1) continue;
            for (const qint64 token : {scope.axis.firstToken(), scope.axis.firstToken() + 7})
                QVERIFY(std::abs(scope.plot().pointOf(static_cast<double>(token), 0).x() - scope.middle(token)) <= 1);
        }
    }

    void pinsUpToEightAndTakesThemAway() {
        Scope scope;
        auto* pin = scope.control<QToolButton>("pin");
        for (qint64 channel = 0; channel < 10; ++channel) {
            scope.selection.setChannel(channel);
            pin->click();
        }
        scope.view->refresh();
        QCOMPARE(scope.view->pinned().size(), 8u);
        QCOMPARE(scope.plot().curves().size(), 8u);
        QVERIFY(!pin->isEnabled());
        QVERIFY(scope.chip(3) != nullptr);
        scope.chip(3)->click();
        scope.view->refresh();
        QCOMPARE(scope.view->pinned().size(), 7u);
        QVERIFY(!scope.names().contains(QStringLiteral("3")));
        QVERIFY(scope.names().contains(QStringLiteral("9")));  // the current one has room again
        QVERIFY(scope.chip(3) == nullptr);
        QVERIFY(pin->isEnabled());
        std::vector<QRgb> colours;
        for (const Curve& curve : scope.plot().curves()) colours.push_back(curve.colour.rgb());
        std::sort(colours.begin(), colours.end());
        QVERIFY(std::adjacent_find(colours.begin(), colours.end()) == colours.end());
    }

    void layerMeansAndStates() {
        Scope scope;
        scope.view->setKind(Kind::Layers);
        scope.view->setMeasure(QStringLiteral("state_norm_change"));
        scope.view->refresh();
        QCOMPARE(scope.names(), QStringList{QStringLiteral("2")});
        QCOMPARE(scope.drawn(0, 40),
                 static_cast<double>(SyntheticCapture::value(2, 40) - SyntheticCapture::value(2, 39)));
        QCOMPARE(scope.view->requests()[0].point, ProbePoint::StateNorm);
        QCOMPARE(scope.view->requests()[0].reduction, Reduction::MeanChannels);
        scope.view->pinCurrent();
        scope.selection.setLayer(3);
        scope.view->refresh();
        QCOMPARE(scope.names(), (QStringList{QStringLiteral("2"), QStringLiteral("3")}));

        scope.selection.setLayer(2);
        scope.view->setKind(Kind::C);
        QCOMPARE(scope.view->requests()[0].point, ProbePoint::C);
        QCOMPARE(scope.control<QSpinBox>("index")->maximum(), 3);
        scope.control<QSpinBox>("index")->setValue(3);
        scope.view->refresh();
        QCOMPARE(scope.names(), QStringList{QStringLiteral("3")});
        QCOMPARE(scope.drawn(0, 40), static_cast<double>(SyntheticCapture::channelValue(3, 40)));
        QVERIFY(!scope.control<QComboBox>("measure")->isVisibleTo(scope.view->header()));
    }

    void peaksSurviveFarOut() {
        Scope scope(20000);
        scope.selection.setChannel(5);
        scope.put(5, 7777, 1000);
        scope.put(5, 12345, -1000);
        scope.put(5, 15001, std::numeric_limits<float>::infinity());
        scope.axis.fitAll();
        QTRY_VERIFY(scope.axis.scale().tokensPerColumn > 2);
        scope.view->refresh();
        QTRY_COMPARE(scope.drawn(0, 7777), 1000.0);
        QCOMPARE(scope.drawn(0, 12345), -1000.0);
        QVERIFY(scope.plot().curves()[0].x.size() < 3 * scope.plot().width());
        QVERIFY(std::is_sorted(scope.plot().curves()[0].x.begin(), scope.plot().curves()[0].x.end()));
        QCOMPARE(scope.plot().curves().back().colour.rgb(), kNanColour);
        QVERIFY(scope.plot().curves().back().x.contains(15001.0));
    }

    void extremesOfEveryPixelAreThoseOfItsTokens() {
        Scope scope(20000);
        TraceQuery query{SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims()),
                         {5},
                         {64, 20000},
                         64,
                         false};
        const auto traces = readTraces(query, {});
        QVERIFY(traces.ok());
        const Trace& trace = traces->traces[0];
        for (qint64 first = 64; first < 20000; first += 64) {
            float least = 1e9f, most = -1e9f;
            for (qint64 t = first; t < std::min<qint64>(first + 64, 20000); ++t) {
                least = std::min(least, SyntheticCapture::channelValue(5, t));
                most = std::max(most, SyntheticCapture::channelValue(5, t));
            }
            double low = 1e9, high = -1e9;
            for (qsizetype i = 0; i < trace.x.size(); ++i)
                if (trace.x[i] >= static_cast<double>(first) && trace.x[i] < static_cast<double>(first + 64)) {
                    low = std::min(low, trace.y[i]);
                    high = std::max(high, trace.y[i]);
                }
            QCOMPARE(low, static_cast<double>(least));
            QCOMPARE(high, static_cast<double>(most));
        }
    }

    void missingBreaksTheLineAndNanWarns() {
        Scope scope;
        scope.selection.setChannel(5);
        scope.put(5, 40, -std::nanf(""));
        scope.store->truncate(TokenPos(90));
        scope.view->dataChanged(90, 100);
        scope.view->refresh();
        QVERIFY(std::isnan(scope.drawn(0, 40)));
        QVERIFY(std::isnan(scope.drawn(0, 95)));
        QCOMPARE(scope.plot().curves().size(), 2u);
        QVERIFY(scope.plot().curves()[1].x.contains(40.0));
        QVERIFY(!scope.plot().curves()[1].x.contains(95.0));
    }

    void logarithmicAxisLeavesOutWhatIsNotPositive() {
        Scope scope;
        scope.put(0, 50, -2);
        CurveSettings settings;
        settings.scale = ScaleKind::Log;
        scope.view->setSettings(settings);
        scope.view->refresh();
        QVERIFY(std::isnan(scope.drawn(0, 50)));
        QCOMPARE(scope.drawn(0, 51), static_cast<double>(SyntheticCapture::channelValue(0, 51)));
    }

    void symlogShowsBothSignsAndTrueValues() {
        Scope scope;
        scope.put(0, 50, -200);
        CurveSettings settings;
        settings.scale = ScaleKind::Symlog;
        scope.view->setSettings(settings);
        scope.view->refresh();
        QCOMPARE(scope.drawn(0, 50), -200.0);
        scope.plot().grab();
        QApplication::processEvents();
        const QRect inside = scope.plot().plotRect();
        const int low = scope.plot().pointOf(50, -200).y(), zero = scope.plot().pointOf(50, 0).y(), high = scope.plot().pointOf(51, scope.drawn(0, 51)).y();
        QVERIFY(high < zero && zero < low && low <= inside.bottom() && high >= inside.top());
        QVERIFY(zero - high > inside.height() / 20);  // on a linear axis what is close to zero were not seen
        QTest::mouseMove(scope.inside(), QPoint(scope.middle(50), low));
        QVERIFY2(scope.view->readout().contains(QStringLiteral("0: ") + exactText(-200)), qPrintable(scope.view->readout()));
    }

    void hoverAndClickAreShared() {
        Scope scope;
        scope.selection.setChannel(9);
        scope.view->pinCurrent();
        scope.selection.setChannel(4);
        scope.view->refresh();
        scope.plot().grab();
        const QPoint at(scope.middle(33), scope.plot().plotRect().center().y());
        QTest::mouseMove(scope.inside(), at);
        QCOMPARE(scope.selection.hoverToken(), 33);
        const QString readout = scope.view->readout();
        QVERIFY2(readout.contains(QStringLiteral("9: ") + exactText(SyntheticCapture::channelValue(9, 33))),
                 qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("4: ") + exactText(SyntheticCapture::channelValue(4, 33))),
                 qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("token 33 “#33”")), qPrintable(readout));
        QTest::mouseClick(scope.inside(), Qt::LeftButton, {}, at);
        QCOMPARE(scope.selection.token(), 33);
        QTest::keyClick(&scope.plot(), Qt::Key_Right);
        QCOMPARE(scope.selection.token(), 34);
        const TimeScale before = scope.axis.scale();
        QWheelEvent wheel(at, scope.inside()->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(scope.inside(), &wheel);
        QVERIFY(scope.axis.scale().columnPixels > before.columnPixels);
    }

    void aHiddenViewReadsNothing() {
        Scope scope;
        scope.view->setActive(false);
        scope.selection.setChannel(9);
        scope.view->refresh();
        QCOMPARE(scope.names(), QStringList{QStringLiteral("0")});
        scope.view->setActive(true);
        QTRY_COMPARE(scope.names(), QStringList{QStringLiteral("9")});
    }

    void choicesAreStored() {
        Scope scope;
        scope.selection.setChannel(7);
        scope.view->pinCurrent();
        scope.view->setMeasure(QStringLiteral("state_norm"));
        CurveSettings settings;
        settings.range = RangeMode::Fixed;
        settings.fixedHigh = 3;
        settings.scale = ScaleKind::Symlog;
        scope.view->setSettings(settings);
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        scope.view->save(store);
        TracesView second(scope.context());
        second.load(store);
        QCOMPARE(second.pinned(), std::vector<qint64>{7});
        QCOMPARE(QString::fromLatin1(second.measure().key.data()), QStringLiteral("state_norm"));
        second.setModel(test::smallModel());
        second.setActive(true);
        second.refresh();
        QCOMPARE(second.plot()->axes().yScale, ScaleKind::Symlog);
    }

    void looks() {
        Scope scope(400);
        for (const qint64 channel : {2, 7, 12}) {
            scope.selection.setChannel(channel);
            scope.view->pinCurrent();
        }
        scope.selection.setChannel(15);
        scope.selection.setToken(380);
        test::takeShots(*scope.view, QStringLiteral("traces"));
        CurveSettings settings;
        settings.scale = ScaleKind::Log;
        scope.view->setSettings(settings);
        scope.put(12, 370, -std::nanf(""));
        scope.view->setKind(Kind::Layers);
        for (const qint64 layer : {0, 1, 2}) {
            scope.selection.setLayer(layer);
            scope.view->pinCurrent();
        }
        test::takeShots(*scope.view, QStringLiteral("traces-log"));
        settings.scale = ScaleKind::Symlog;
        scope.view->setSettings(settings);
        scope.view->setKind(Kind::Channels);
        scope.put(7, 350, -3000);
        scope.put(2, 352, -4);
        test::takeShots(*scope.view, QStringLiteral("traces-symlog"));
    }
};

QTEST_MAIN(TestTraces)
#include "tst_traces.moc"
