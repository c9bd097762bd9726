#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "engine/analysis/similarity.h"
#include "engine/analysis/time_scales.h"
#include "engine/probe/measure.h"
#include "synthetic.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/style/number_text.h"
#include "ui/views/channel_map/channel_map_view.h"
#include "ui/widgets/elided_label.h"

using namespace ms;
using test::SyntheticCapture;

namespace {

constexpr qint64 kTokens = 400, kChannels = 16;

/// Four families of four channels each that run alike, mixed; larger for larger channels.
float mixed(qint64 channel, qint64 token) {
    const auto phase = static_cast<float>(channel % 4) * 1.7f;
    return static_cast<float>(channel) * 0.05f +
           std::sin(static_cast<float>(token) * 0.05f * static_cast<float>(1 + channel % 4) + phase);
}

struct Scope : test::Surroundings {
    std::unique_ptr<ChannelMapView> view;

    Scope() : Surroundings(kTokens, std::array{ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Gate}) {
        view = std::make_unique<ChannelMapView>(context());
        view->setModel(test::smallModel());
        view->resize(700, 300);
        view->show();
        selection.setLayer(2);
    }
    [[nodiscard]] HeatmapCanvas& canvas() const { return *view->canvas(); }
    template <class W>
    [[nodiscard]] W* control(const char* name) const {
        const QString full = QStringLiteral("channel_map_") + QLatin1String(name);
        W* found = view->header()->findChild<W*>(full);
        return found != nullptr ? found : view->findChild<W*>(full);
    }
    void put(ProbePoint point, LayerIndex layer, const std::function<float(qint64, qint64)>& value) {
        const CaptureEntry entry{{point, layer, Reduction::None}, kChannels, 1, 0, 0, 1};
        std::vector<float> values;
        for (qint64 t = 0; t < kTokens; ++t)
            for (qint64 c = 0; c < kChannels; ++c) values.push_back(value(c, t));
        store->append({TokenPos(0), kTokens, {{&entry, TokenPos(0), kTokens, values}}});
        view->dataChanged(0, kTokens);
    }
    void sorted() const { QTRY_VERIFY(!view->isSorting()); }
    [[nodiscard]] std::vector<qint64> order() const {
        std::vector<qint64> channels;
        for (qint64 row = 0; row < kChannels; ++row) channels.push_back(canvas().source().channelOf(row));
        return channels;
    }
    [[nodiscard]] QPoint cell(qint64 token, qint64 place, qint64 rows = kChannels) const {
        const QRect plot = canvas().layoutNow().plot;
        const int columnPixels = axis.scale().columnPixels;
        return {plot.left() + static_cast<int>(token - axis.firstToken()) * columnPixels + columnPixels / 2,
                plot.top() + static_cast<int>((2 * place + 1) * plot.height() / (2 * rows))};
    }
};

std::vector<qint64> byDescending(const std::function<float(qint64)>& value) {
    std::vector<qint64> order(kChannels);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](qint64 a, qint64 b) { return value(a) > value(b); });
    return order;
}

}  // namespace

class TestChannelMap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsTheChannelsOfTheSelectedLayer() {
        Scope scope;
        QCOMPARE(scope.view->layer(), LayerIndex(2));
        QCOMPARE(scope.control<QSpinBox>("layer")->value(), 2);
        QTest::mouseMove(&scope.canvas(), scope.cell(390, 9));
        QVERIFY2(scope.view->readout().contains(exactText(SyntheticCapture::channelValue(9, 390))),
                 qPrintable(scope.view->readout()));
        QVERIFY(scope.view->readout().contains(QStringLiteral("layer 2, channel 9, token 390")));
        QSignalSpy requests(scope.view.get(), &ChannelMapView::requestsChanged);
        scope.control<QSpinBox>("layer")->setValue(1);
        QCOMPARE(scope.selection.layer(), 1);
        QCOMPARE(requests.count(), 1);
        QCOMPARE(scope.view->requests().size(), 1u);
        QCOMPARE(scope.view->requests()[0].layers, std::vector{LayerIndex(1)});
        QCOMPARE(scope.view->requests()[0].reduction, Reduction::None);
        QVERIFY(!scope.view->readout().contains(QStringLiteral("layer 2")));
        QVERIFY(isMissing(scope.canvas().source().at(390, 9)));  // of that layer nothing was captured
    }

    void sortsByTheMeanOfTheRangeElseOfWhatIsVisible() {
        Scope scope;
        scope.put(ProbePoint::Dt, LayerIndex(2), mixed);
        scope.selection.setRange({100, 130});
        scope.view->setSort(ChannelSort::Mean);
        scope.sorted();
        const auto mean = [](qint64 from, qint64 to) {
            return [=](qint64 c) {
                double sum = 0;
                for (qint64 t = from; t < to; ++t) sum += static_cast<double>(mixed(c, t));
                return static_cast<float>(sum / static_cast<double>(to - from));
            };
        };
        QCOMPARE(scope.order(), byDescending(mean(100, 130)));
        scope.selection.setRange({});
        QCOMPARE(scope.order(), byDescending(mean(100, 130)));  // a snapshot
        scope.control<QToolButton>("sortAgain")->click();
        scope.sorted();
        const qint64 first = scope.axis.firstToken();
        QCOMPARE(scope.order(), byDescending(mean(first, std::min(first + scope.axis.visibleTokens(), kTokens))));
        QVERIFY(scope.control<ElidedLabel>("note")->text().contains(QString::number(kTokens - 1)));
    }

    void sortsByTheValueAtTheCursor() {
        Scope scope;
        scope.put(ProbePoint::Dt, LayerIndex(2), mixed);
        scope.selection.setToken(390);
        scope.view->setSort(ChannelSort::Value);
        scope.sorted();
        const auto expected = byDescending([](qint64 c) { return mixed(c, 390); });
        QCOMPARE(scope.order(), expected);
        QTest::mouseMove(&scope.canvas(), scope.cell(388, 3));
        const QString channel = QStringLiteral("channel %1,").arg(expected[3]);
        QVERIFY2(scope.view->readout().contains(channel), qPrintable(scope.view->readout()));
        QVERIFY(scope.view->readout().contains(exactText(mixed(expected[3], 388))));
        QCOMPARE(scope.canvas().scene().rowLabel(3), QString::number(expected[3]));
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(388, 3));
        QCOMPARE(scope.selection.channel(), expected[3]);
        scope.view->setSort(ChannelSort::Index);
        QCOMPARE(scope.order()[3], 3);
    }

    void sortsByHalfLifeFromDeltaAndA() {
        Scope scope;
        scope.view->setMeasure(QStringLiteral("gate"));
        QCOMPARE(scope.view->requests().size(), 1u);
        scope.view->setSort(ChannelSort::HalfLife);
        QCOMPARE(scope.view->requests().size(), 2u);  // Δ too
        QCOMPARE(scope.view->requests()[1].point, ProbePoint::Dt);
        scope.put(ProbePoint::Dt, LayerIndex(2), [](qint64 c, qint64) { return c % 2 == 0 ? 0.01f : 1.0f; });
        scope.view->sortAgain();
        scope.sorted();
        // Small steps remember longest; of equal steps the smaller |A|, which grows with the channel.
        QCOMPARE(scope.order(), (std::vector<qint64>{0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15}));
    }

    void sortsLikeBesideLike() {
        Scope scope;
        scope.put(ProbePoint::Dt, LayerIndex(2), mixed);
        scope.axis.fitAll();
        scope.view->setSort(ChannelSort::Similarity);
        scope.sorted();
        const std::vector<qint64> order = scope.order();
        for (std::size_t i = 0; i < order.size(); i += 4)
            for (std::size_t j = 1; j < 4; ++j) QCOMPARE(order[i + j] % 4, order[i] % 4);
    }

    void ordersOfLongCoursesAreThoseOfTheAnalysis() {
        Scope scope;
        // No two pairs of channels equally alike: ties would be broken by rounding, which depends on the processor.
        const auto distinct = [](qint64 c, qint64 t) {
            return mixed(c, t) + 0.3f * std::sin(static_cast<float>(t * (c + 3)) * 0.013f);
        };
        scope.put(ProbePoint::Dt, LayerIndex(2), distinct);
        OrderQuery query;
        query.sort = ChannelSort::Similarity;
        query.source = SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims());
        query.range = {10, 395};
        const auto order = channelOrder(query, {});
        QVERIFY(order.ok());
        std::vector<float> courses;
        for (qint64 c = 0; c < kChannels; ++c)
            for (qint64 t = 10; t < 395; ++t) courses.push_back(distinct(c, t));
        const std::vector<std::int64_t> whole = similarityOrder(courses, kChannels);
        QVERIFY(std::equal(whole.begin(), whole.end(), order->begin(), order->end()));
    }

    void sortsOnceValuesArrive() {
        Scope scope;
        scope.selection.setLayer(1);
        scope.view->setSort(ChannelSort::Mean);
        scope.sorted();
        QVERIFY(scope.control<ElidedLabel>("note")->text().startsWith(QStringLiteral("not sorted")));
        scope.put(ProbePoint::Dt, LayerIndex(1), [](qint64 c, qint64) { return static_cast<float>(c); });
        QTRY_COMPARE(scope.order()[0], 15);
    }

    void aHiddenViewSortsWhenItIsShown() {
        Scope scope;
        scope.view->setActive(false);
        scope.view->setSort(ChannelSort::Mean);
        QVERIFY(!scope.view->isSorting());
        scope.view->setActive(true);
        QVERIFY(scope.view->isSorting());
        scope.sorted();
        QCOMPARE(scope.order()[0], 15);
    }

    void findsAChannelAndScrollsToIt() {
        Scope scope;
        scope.put(ProbePoint::Dt, LayerIndex(2), [](qint64 c, qint64) { return static_cast<float>(-c); });
        scope.view->setSort(ChannelSort::Mean);
        scope.sorted();
        scope.canvas().setVisibleRows(0, 5);
        auto* find = scope.control<QLineEdit>("find");
        QTest::keyClicks(find, QStringLiteral("12"));
        QTest::keyClick(find, Qt::Key_Return);
        QCOMPARE(scope.selection.channel(), 12);
        QCOMPARE(scope.canvas().firstVisibleRow(), 8);
        QCOMPARE(scope.canvas().scene().cursorRow, 12);
        QCOMPARE(scope.canvas().scene().rowLabel(12), QStringLiteral("12"));
        find->clear();
        QTest::keyClicks(find, QStringLiteral("99"));
        QTest::keyClick(find, Qt::Key_Return);
        QCOMPARE(scope.selection.channel(), 12);  // there is none
    }

    void settingsAreKeptPerMeasureAndStored() {
        Scope scope;
        scope.view->setMeasure(QStringLiteral("gate"));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings::forSign(true));
        HeatmapSettings chosen;
        chosen.scale = ScaleKind::Symlog;
        scope.view->setSettings(chosen);
        scope.view->setMeasure(QStringLiteral("dt"));
        QCOMPARE(scope.canvas().settings(), HeatmapSettings{});
        scope.view->setSort(ChannelSort::HalfLife);
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        scope.view->save(store);
        ChannelMapView second(scope.context());
        second.load(store);
        QCOMPARE(second.sort(), ChannelSort::HalfLife);
        second.setMeasure(QStringLiteral("gate"));
        QCOMPARE(second.canvas()->settings(), chosen);
    }

    void doubleClickDrawsTheChannel() {
        Scope scope;
        QSignalSpy asked(scope.view.get(), &ChannelMapView::viewRequested);
        QTest::mouseDClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(390, 5));
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].toString(), QStringLiteral("traces"));
        QCOMPARE(scope.selection.channel(), 5);
    }

    void looks() {
        Scope scope;
        scope.put(ProbePoint::Dt, LayerIndex(2), mixed);
        scope.view->setSort(ChannelSort::Similarity);
        scope.sorted();
        scope.selection.setToken(380);
        scope.selection.setChannel(6);
        scope.canvas().setVisibleRows(2, 10);
        test::takeShots(*scope.view, QStringLiteral("channel_map"));
    }
};

QTEST_MAIN(TestChannelMap)
#include "tst_channel_map.moc"
