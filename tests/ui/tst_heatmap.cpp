#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <array>
#include <cmath>

#include "synthetic.h"
#include "ui/style/number_text.h"
#include "ui/plot/heatmap_canvas.h"
#include "ui/views/heatmap/heatmap_view.h"

using namespace ms;
using test::SyntheticCapture;

namespace {

constexpr qint64 kTokens = 60;

struct Scope : test::Surroundings {
    std::unique_ptr<HeatmapView> view;

    explicit Scope(qint64 count = kTokens) : Surroundings(count, std::array{ProbePoint::Dt}) {
        view = std::make_unique<HeatmapView>(ProbePoint::Dt, context());
        view->setModel(test::smallModel());
        view->resize(700, 260);
        view->show();
        HeatmapSettings settings;
        settings.range = RangeMode::Fixed;
        settings.fixedLow = 0;
        settings.fixedHigh = 5;
        view->setSettings(settings);
    }
    [[nodiscard]] HeatmapCanvas& canvas() const { return *view->canvas(); }
    /// Middle of a token's cell, in the canvas.
    [[nodiscard]] QPoint cell(qint64 token, qint64 row, qint64 rows) const {
        const QRect plot = canvas().layoutNow().plot;
        const int columnPixels = axis.scale().columnPixels;
        return {plot.left() + static_cast<int>(token - axis.firstToken()) * columnPixels + columnPixels / 2,
                plot.top() + static_cast<int>((2 * row + 1) * plot.height() / (2 * rows))};
    }
    [[nodiscard]] QRgb colourAt(const QPoint& p) const { return canvas().grab().toImage().pixel(p); }
};

}  // namespace

class TestHeatmap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesBecomeExactlyTheColoursOfTheMap() {
        Scope scope;
        const ColourMap& viridis = ColourMap::get(ColourMapId::Viridis);
        for (const qint64 token : {0, 17, 42, 59})
            for (qint64 layer = 0; layer < 4; ++layer)
                QCOMPARE(scope.colourAt(scope.cell(token, layer, 4)),
                         viridis.at(SyntheticCapture::value(layer, token) / 5.0f));
    }

    void nanWarnsAndMissingIsHatched() {
        Scope scope;
        const CaptureEntry entry{{ProbePoint::Dt, LayerIndex(1), Reduction::MeanChannels}, 1, 1, 0, 0, 1};
        const float broken = -std::nanf("");
        scope.store->append({TokenPos(10), 1, {{&entry, TokenPos(10), 1, {&broken, 1}}}});
        scope.canvas().dataChanged(10, 11);
        QCOMPARE(scope.colourAt(scope.cell(10, 1, 4)), kNanColour);

        scope.store->truncate(TokenPos(40));
        scope.canvas().dataChanged(40, kTokens);
        const HeatmapScene scene = scope.canvas().scene();
        QCOMPARE(qAlpha(scene.image.pixel(50, 0)), 0);
        QCOMPARE(qAlpha(scene.image.pixel(39, 0)), 255);
    }

    void hoverShowsTheStoresValueExactly() {
        Scope scope;
        QTest::mouseMove(&scope.canvas(), scope.cell(33, 2, 4));
        float stored = 0;
        scope.store->read({ProbePoint::Dt, LayerIndex(2), Reduction::MeanChannels}, TokenPos(33), 1, 0, 1,
                          {&stored, 1});
        const QString readout = scope.canvas().readout();
        QVERIFY2(readout.contains(exactText(stored)), qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("layer 2, token 33")), qPrintable(readout));
        QCOMPARE(scope.selection.hoverToken(), 33);
    }

    void clickMovesTheSharedCursor() {
        Scope scope;
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(21, 3, 4));
        QCOMPARE(scope.selection.token(), 21);
        QCOMPARE(scope.selection.layer(), 3);
        QTest::keyClick(&scope.canvas(), Qt::Key_Right);
        QTest::keyClick(&scope.canvas(), Qt::Key_Up);
        QCOMPARE(scope.selection.token(), 22);
        QCOMPARE(scope.selection.layer(), 2);
    }

    void doubleClickShowsChannelsAndEscapeReturns() {
        Scope scope;
        QSignalSpy requests(scope.view.get(), &HeatmapView::requestsChanged);
        QTest::mouseDClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(21, 2, 4));
        QCOMPARE(scope.view->layer(), std::optional(LayerIndex(2)));
        QCOMPARE(requests.count(), 1);
        QCOMPARE(scope.view->requests().size(), 2u);
        QCOMPARE(scope.view->requests()[1].reduction, Reduction::None);
        QCOMPARE(scope.colourAt(scope.cell(30, 9, 16)),
                 ColourMap::get(ColourMapId::Viridis).at(SyntheticCapture::channelValue(9, 30) / 5.0f));
        auto* back = scope.view->header()->findChild<QToolButton*>(QStringLiteral("dt_allLayers"));
        QVERIFY(back != nullptr && !back->isHidden());
        QTest::keyClick(&scope.canvas(), Qt::Key_Escape);
        QVERIFY(!scope.view->layer());
        QVERIFY(back->isHidden());
    }

    void manyChannelsShareAPixelRow() {
        Scope scope;
        scope.view->resize(700, 100);
        HeatmapRaster raster;
        raster.setSource(SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims()), {});
        raster.update({0, 10, 1, 5}, kTokens);
        // 16 channels in 5 rows: the second row holds channels 3 to 5.
        QCOMPARE(raster.firstRowOf(1), 3);
        for (const qint64 row : {3, 4, 5}) QCOMPARE(raster.displayRowOf(row), 1);
        QCOMPARE(raster.displayRowOf(6), 2);
        QVERIFY(std::abs(raster.shown(8, 1) - SyntheticCapture::channelValue(4, 8)) < 1e-6f);
    }

    void emptyColumnsAreNotColouredAgain() {
        Scope scope;
        HeatmapRaster raster;
        HeatmapSettings settings;
        raster.setSource(SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims()), settings);
        const RasterWindow window{0, 40, 1, 16};
        const auto draw = [&](const RasterWindow& at, qint64 tokens) {
            while (raster.update(at, tokens)) {}
            const qint64 before = raster.columnsColoured();
            const QImage image = raster.image(settings, {0, 1, ScaleKind::Linear});
            for (int c = 0; c < at.columns; ++c)
                if ((qAlpha(image.pixel(c, 3)) != 0) != (at.firstColumn + c < tokens)) return qint64{-1};
            return raster.columnsColoured() - before;
        };
        QCOMPARE(draw(window, 10), 40);
        QCOMPARE(draw(window, 10), 0);
        QCOMPARE(draw(window, 12), 2);                       // two tokens came
        raster.invalidate(4, 12);
        QCOMPARE(draw(window, 4), 8);                        // went back: those are empty now, once
        QCOMPARE(draw(window, 4), 0);
        QCOMPARE(draw({2, 40, 1, 16}, 4), 2);                // scrolled: two new columns, empty too
        settings.colourMap = ColourMapId::Diverging;
        QCOMPARE(draw({2, 40, 1, 16}, 4), 2);                // only the two that hold something
    }

    void visibleRowsAreThoseOfTheSourceFromTheFirst() {
        Scope scope;
        HeatmapRaster raster;
        raster.setSource(SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims()), {});
        raster.update({0, 10, 1, 6, 5, 6}, kTokens);  // channels 5 to 10, a pixel row each
        for (const int row : {0, 3, 5})
            QCOMPARE(raster.shown(8, row), SyntheticCapture::channelValue(5 + row, 8));
        QCOMPARE(raster.firstRowOf(2), 7);
        QCOMPARE(raster.displayRowOf(7), 2);
        QCOMPARE(raster.displayRowOf(4), -1);
        QCOMPARE(raster.displayRowOf(11), -1);
        raster.update({0, 10, 1, 3, 5, 6}, kTokens);  // two channels a pixel row
        QVERIFY(std::abs(raster.shown(8, 1) - (SyntheticCapture::channelValue(7, 8) + SyntheticCapture::channelValue(8, 8)) / 2) < 1e-6f);
        QCOMPARE(raster.firstRowOf(1), 7);
        raster.update({0, 10, 1, 3, 6, 6}, kTokens);  // scrolled by a row: nothing old stays
        QVERIFY(std::abs(raster.shown(8, 0) - (SyntheticCapture::channelValue(6, 8) + SyntheticCapture::channelValue(7, 8)) / 2) < 1e-6f);
    }

    void rowsZoomAroundTheMouseAndScroll() {
        Scope scope;
        scope.view->showLayer(LayerIndex(2));
        HeatmapCanvas& canvas = scope.canvas();
        QCOMPARE(canvas.visibleRows(), 16);
        const QPoint at = scope.cell(30, 9, 16);
        QCOMPARE(canvas.rowAt(at), 9);
        QWheelEvent wheel(at, canvas.mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::ControlModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&canvas, &wheel);
        QCOMPARE(canvas.visibleRows(), 7);
        QVERIFY(std::abs(canvas.rowAt(at) - 9) <= 1);
        const HeatmapScene scene = canvas.scene();
        QCOMPARE(scene.firstRow, canvas.firstVisibleRow());
        QCOMPARE(scene.rows, 7);
        QCOMPARE(scene.allRows, 16);
        const qint64 first = canvas.firstVisibleRow();
        QCOMPARE(scope.colourAt(scope.cell(30, 2, 7)),
                 ColourMap::get(ColourMapId::Viridis).at(SyntheticCapture::channelValue(first + 2, 30) / 5.0f));
        QTest::mouseClick(&canvas, Qt::LeftButton, {}, scope.cell(30, 2, 7));
        QCOMPARE(scope.selection.channel(), first + 2);
        for (int i = 0; i < 20; ++i) QTest::keyClick(&canvas, Qt::Key_Down);  // the cursor takes the rows along
        QCOMPARE(scope.selection.channel(), 15);
        QCOMPARE(canvas.firstVisibleRow(), 9);
        QTest::keyClick(&canvas, Qt::Key_PageUp, Qt::ControlModifier);
        QCOMPARE(canvas.firstVisibleRow(), 2);
        QTest::mousePress(&canvas, Qt::LeftButton, {}, scope.cell(30, 5, 7));
        QTest::mouseMove(&canvas, scope.cell(30, 3, 7));
        QTest::mouseRelease(&canvas, Qt::LeftButton, {}, scope.cell(30, 3, 7));
        QCOMPARE(canvas.firstVisibleRow(), 4);
        QTest::keyClick(&canvas, Qt::Key_Home, Qt::ControlModifier);
        QCOMPARE(canvas.visibleRows(), 16);
        QTest::keyClick(&canvas, Qt::Key_Up, Qt::ControlModifier);
        QCOMPARE(canvas.visibleRows(), 10);
        scope.view->showLayer(std::nullopt);
        QCOMPARE(canvas.visibleRows(), 4);
    }

    void rowsAreLabelledByTheirChannels() {
        Scope scope;
        SeriesSource source = SeriesSource::channels(scope.store, ProbePoint::Dt, LayerIndex(2), test::smallDims());
        auto order = std::make_shared<std::vector<int>>();
        for (int c = 15; c >= 0; --c) order->push_back(c);
        source.setOrder(order);
        scope.canvas().setSource(source);
        scope.canvas().setVisibleRows(3, 8);
        const HeatmapScene scene = scope.canvas().scene();
        QCOMPARE(scene.rowLabel(3), QStringLiteral("12"));
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(30, 0, 8));
        QCOMPARE(scope.selection.channel(), 12);
        QCOMPARE(scope.canvas().scene().cursorRow, 3);
    }

    void theReadoutIsCopied() {
        Scope scope;
        QTest::mouseClick(&scope.canvas(), Qt::LeftButton, {}, scope.cell(21, 3, 4));
        QTest::keyClick(&scope.canvas(), Qt::Key_C, Qt::ControlModifier);
        const QString copied = QGuiApplication::clipboard()->text();
        QVERIFY2(copied.contains(exactText(SyntheticCapture::value(3, 21))), qPrintable(copied));
        QGuiApplication::clipboard()->clear();
        QContextMenuEvent event(QContextMenuEvent::Keyboard, {10, 10}, scope.canvas().mapToGlobal(QPoint(10, 10)));
        QApplication::sendEvent(&scope.canvas(), &event);
        auto* copy = scope.view->findChild<QAction*>(QStringLiteral("dt_copyValue"));
        QVERIFY(copy != nullptr && copy->isEnabled());
        copy->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), copied);
    }

    void scrollingColoursLikeDrawingAnew() {
        Scope scope;
        const HeatmapSettings settings = scope.view->settings();
        const ValueScale scale{0, 5};
        const SeriesSource source = SeriesSource::layers(scope.store, ProbePoint::Dt, test::smallDims());
        HeatmapRaster scrolled;
        scrolled.setSource(source, settings);
        for (const qint64 first : {0, 3, 10, 8, 40, 2}) {
            scrolled.update({first, 20, 1, 4}, kTokens);
            const QImage image = scrolled.image(settings, scale);
            HeatmapRaster fresh;
            fresh.setSource(source, settings);
            fresh.update({first, 20, 1, 4}, kTokens);
            QCOMPARE(image, fresh.image(settings, scale));
        }
    }

    void normalisedRowsHaveMeanZeroAndDeviationOne() {
        Scope scope;
        HeatmapSettings settings;
        settings.normaliseRows = true;
        HeatmapRaster raster;
        raster.setSource(SeriesSource::layers(scope.store, ProbePoint::Dt, test::smallDims()), settings);
        raster.update({0, static_cast<int>(kTokens), 1, 4}, kTokens);
        for (int row = 0; row < 4; ++row) {
            double sum = 0, squares = 0;
            for (int c = 0; c < kTokens; ++c) {
                const auto v = static_cast<double>(raster.shown(c, row));
                sum += v;
                squares += v * v;
            }
            QVERIFY(std::abs(sum / kTokens) < 1e-5);
            QVERIFY(std::abs(squares / kTokens - 1) < 1e-4);
        }
        const ValueScale range = raster.range(settings);
        QCOMPARE(range.low, -range.high);
    }

    void wheelZoomsAndDragScrolls() {
        Scope scope(5000);
        const TimeScale before = scope.axis.scale();
        const QPoint middle = scope.canvas().layoutNow().plot.center();
        QWheelEvent wheel(middle, scope.canvas().mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(&scope.canvas(), &wheel);
        QVERIFY(scope.axis.scale().columnPixels > before.columnPixels);
        const qint64 first = scope.axis.firstToken();
        QTest::mousePress(&scope.canvas(), Qt::LeftButton, {}, middle);
        QTest::mouseMove(&scope.canvas(), middle + QPoint(60, 0));
        QTest::mouseRelease(&scope.canvas(), Qt::LeftButton, {}, middle + QPoint(60, 0));
        QCOMPARE(scope.axis.firstToken(), first - 60 / scope.axis.scale().columnPixels);
        QVERIFY(!scope.axis.follows());
        QTest::keyClick(&scope.canvas(), Qt::Key_End);
        QVERIFY(scope.axis.follows());
        QCOMPARE(scope.selection.token(), -1);  // a drag selects nothing
    }

    void spaceAsksToRunOrPause() {
        Scope scope;
        QSignalSpy spy(scope.view.get(), &HeatmapView::runPauseRequested);
        QTest::keyClick(&scope.canvas(), Qt::Key_Space);
        QCOMPARE(spy.count(), 1);
    }

    void hidingIsTold() {
        Scope scope;
        QCOMPARE(scope.view->requests().size(), 1u);
        QSignalSpy requests(scope.view.get(), &HeatmapView::requestsChanged);
        scope.view->setActive(false);
        QVERIFY(!scope.view->isActive());
        QCOMPARE(requests.count(), 1);
    }
};

QTEST_MAIN(TestHeatmap)
#include "tst_heatmap.moc"
