#include <QApplication>
#include <QComboBox>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <cmath>

#include "engine/probe/measure.h"
#include "synthetic.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/style/number_text.h"
#include "ui/views/overview/overview_view.h"
#include "ui/views/overview/surprisal_strip.h"

using namespace ms;
using test::SyntheticCapture;

namespace {

constexpr qint64 kTokens = 60;
constexpr std::array kPoints{ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Gate};

struct Scope : test::Surroundings {
    std::unique_ptr<OverviewView> view;

    explicit Scope(qint64 count = kTokens) : Surroundings(count, kPoints) {
        view = std::make_unique<OverviewView>(context());
        view->setModel(test::smallModel());
        view->resize(700, 260);
        view->show();
    }
    [[nodiscard]] HeatmapCanvas& canvas() const { return *view->canvas(); }
    [[nodiscard]] SurprisalStrip& strip() const { return *view->strip(); }
    /// First pixel column of a token, in the canvas and in the strip.
    [[nodiscard]] int left(qint64 token) const {
        return canvas().layoutNow().plot.left() +
               static_cast<int>((token - axis.firstToken()) / axis.scale().tokensPerColumn) * axis.scale().columnPixels;
    }
    [[nodiscard]] QPoint cell(qint64 token, qint64 layer) const {
        const QRect plot = canvas().layoutNow().plot;
        return {left(token) + axis.scale().columnPixels / 2,
                plot.top() + static_cast<int>((2 * layer + 1) * plot.height() / 8)};
    }
    /// All layers' series of another reduction: layer, ten times the token.
    void addMaxima() {
        for (qint64 layer = 0; layer < 4; ++layer) {
            const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(layer), Reduction::MaxChannels}, 1, 1, 0, 0, 1};
            std::vector<float> values;
            for (qint64 t = 0; t < kTokens; ++t) values.push_back(static_cast<float>(layer * 1000 + t));
            store->append({TokenPos(0), kTokens, {{&entry, TokenPos(0), kTokens, values}}});
        }
    }
};

}  // namespace

class TestOverview : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStripStandsOnTheHeatmapsColumns() {
        Scope scope;
        HeatmapSettings settings;
        settings.range = RangeMode::Fixed;
        settings.fixedHigh = 5;
        scope.view->setSettings(settings);
        const QRect plot = scope.canvas().layoutNow().plot;
        QCOMPARE(scope.strip().plotRect().left(), plot.left());
        QCOMPARE(scope.strip().plotRect().right(), plot.right());
        QCOMPARE(scope.strip().mapTo(scope.view.get(), QPoint()).x(),
                 scope.canvas().mapTo(scope.view.get(), QPoint()).x());
        const QImage above = scope.strip().grab().toImage(), below = scope.canvas().grab().toImage();
        const int y = scope.strip().plotRect().center().y();
        for (const qint64 token : {7, 17, 42, 59})
            for (const int x : {scope.left(token), scope.left(token) + scope.axis.scale().columnPixels - 1}) {
                QCOMPARE(above.pixel(x, y), surprisalColour(static_cast<float>(token % 12), false));
                QCOMPARE(below.pixel(x, scope.cell(token, 1).y()),
                         ColourMap::get(ColourMapId::Viridis).at(SyntheticCapture::value(1, token) / 5.0f));
            }
    }

    void farOutAColumnIsTheMostSurprisingOfItsTokens() {
        Scope scope(5000);
        std::vector<TokenRow> peak{test::tokenRow(5000)};
        peak[0].surprisalBits = 40;
        scope.tokens.append(peak);
        SurprisalColumns columns(scope.tokens);
        for (const qint64 n : {1, 3, 16, 100, 1024})
            for (qint64 first = 1; first < 5000; first += n) {
                float most = 0;
                for (qint64 t = first; t < std::min<qint64>(first + n, 5001); ++t)
                    most = std::max(most, scope.tokens.row(t).surprisalBits);
                QCOMPARE(columns.column(first, first + n), most);
            }
        scope.tokens.truncate(4999);
        columns.invalidate(4999);
        QCOMPARE(columns.column(4096, 5120), 11.0f);
        QVERIFY(isMissing(columns.column(0, 1)));  // nothing was expected
    }

    void aBrokenSurprisalWarns() {
        Scope scope;
        std::vector<TokenRow> broken{test::tokenRow(60)};
        broken[0].surprisalBits = std::nanf("");
        scope.tokens.append(broken);
        scope.axis.setTokenCount(61);
        QCOMPARE(scope.strip().grab().toImage().pixel(scope.left(60) + 1, scope.strip().plotRect().center().y()),
                 kNanColour);
    }

    void hoverOverTheStripSaysTextAndBitsAndAClickSelects() {
        Scope scope;
        const QPoint at(scope.left(33) + 1, scope.strip().plotRect().center().y());
        QTest::mouseMove(&scope.strip(), at);
        const QString readout = scope.view->readout();
        QVERIFY2(readout.contains(QStringLiteral("9 bits")), qPrintable(readout));  // 33 % 12
        QVERIFY2(readout.contains(QStringLiteral("token 33 “#33”")), qPrintable(readout));
        QCOMPARE(scope.selection.hoverToken(), 33);
        QTest::mouseClick(&scope.strip(), Qt::LeftButton, {}, at);
        QCOMPARE(scope.selection.token(), 33);
        QCOMPARE(scope.selection.layer(), -1);
        scope.strip().setFocus();
        QTest::keyClick(&scope.strip(), Qt::Key_Right);
        QCOMPARE(scope.selection.token(), 34);
    }

    void everyMeasureAsksForItsOwnSeriesAndShowsIt() {
        Scope scope;
        scope.addMaxima();
        auto* combo = scope.view->header()->findChild<QComboBox*>(QStringLiteral("overview_measure"));
        QVERIFY(combo != nullptr);
        QCOMPARE(combo->count(), static_cast<int>(measureTable().size()));
        QSignalSpy requests(scope.view.get(), &OverviewView::requestsChanged);
        scope.view->setMeasure(QStringLiteral("dt_max"));
        QCOMPARE(requests.count(), 1);
        QCOMPARE(scope.view->requests().size(), 1u);
        QCOMPARE(scope.view->requests()[0].reduction, Reduction::MaxChannels);
        QVERIFY(scope.view->requests()[0].layers.empty());
        QTest::mouseMove(&scope.canvas(), scope.cell(21, 3));
        QVERIFY2(scope.view->readout().contains(QStringLiteral("max Δ = 3021")), qPrintable(scope.view->readout()));

        scope.view->setMeasure(QStringLiteral("state_norm_change"));
        QCOMPARE(scope.view->requests()[0].point, ProbePoint::StateNorm);
        const float change = SyntheticCapture::value(3, 21) - SyntheticCapture::value(3, 20);
        QVERIFY2(scope.view->readout().contains(exactText(change)), qPrintable(scope.view->readout()));
    }

    void signedMeasuresDivergeUntilTheUserChooses() {
        Scope scope;
        QCOMPARE(scope.canvas().settings(), HeatmapSettings{});
        scope.view->setMeasure(QStringLiteral("gate"));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings::forSign(true));
        QCOMPARE(scope.canvas().scene().scale.low, -scope.canvas().scene().scale.high);
        HeatmapSettings chosen;
        chosen.colourMap = ColourMapId::Inferno;
        scope.view->setSettings(chosen);
        scope.view->setMeasure(QStringLiteral("state_norm"));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings{});

        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        scope.view->save(store);
        OverviewView second(scope.context());
        second.load(store);
        QCOMPARE(QString::fromLatin1(second.measure().key.data()), QStringLiteral("state_norm"));
        second.setMeasure(QStringLiteral("gate"));
        QCOMPARE(second.canvas()->settings(), chosen);
    }

    void doubleClickAndReturnOpenTheChannels() {
        Scope scope;
        QSignalSpy asked(scope.view.get(), &OverviewView::viewRequested);
        QTest::mouseDClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(21, 2));
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].toString(), QStringLiteral("channel_map"));
        QCOMPARE(scope.selection.layer(), 2);
        QCOMPARE(scope.selection.token(), 21);
        QTest::keyClick(&scope.canvas(), Qt::Key_Down);
        QTest::keyClick(&scope.canvas(), Qt::Key_Return);
        QCOMPARE(asked.count(), 2);
        QCOMPARE(scope.selection.layer(), 3);
    }

    void theDifferenceFromTheBaselineDivergesAroundZero() {
        Scope scope;
        SyntheticCapture capture(ProbePoint::Dt, test::smallDims(), LayerIndex(2));
        CaptureFrame frame = capture.frame(0, kTokens);
        std::vector<std::vector<float>> halves;
        for (CaptureFrame::Block& block : frame.blocks) {
            halves.emplace_back(block.values.begin(), block.values.end());
            for (float& v : halves.back()) v /= 2;
            block.values = halves.back();
        }
        scope.baseline->append(frame);
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(23, 3));
        const float value = SyntheticCapture::value(3, 23);
        scope.view->setCompare(Compare::Baseline);
        QVERIFY2(scope.view->readout().contains(exactText(value / 2)), qPrintable(scope.view->readout()));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings{});
        scope.view->setCompare(Compare::Difference);
        QVERIFY2(scope.view->readout().startsWith(QStringLiteral("Δ − baseline = ") + exactText(value - value / 2)),
                 qPrintable(scope.view->readout()));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings::forSign(true));
        scope.view->setCompare(Compare::Changed);
        QCOMPARE(scope.canvas().settings(), HeatmapSettings{});
    }

    void looks() {
        Scope scope(400);
        scope.selection.setToken(350);
        scope.selection.setLayer(1);
        test::takeShots(*scope.view, QStringLiteral("overview"));
    }
};

QTEST_MAIN(TestOverview)
#include "tst_overview.moc"
