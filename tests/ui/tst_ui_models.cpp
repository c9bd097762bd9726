#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "synthetic.h"
#include "ui/models/layer_tree_model.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"

using namespace ms;

class TestUiModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void layerTreeObeysTheRulesOfItemModels() {
        LayerTreeModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setModel(test::smallModel());
        QCOMPARE(model.rowCount(), 5);  // what is of no layer, and four layers
        const QModelIndex layer2 = model.index(3, 0);
        QCOMPARE(layer2.data().toString(), QStringLiteral("Layer 2"));
        QCOMPARE(layer2.data(LayerTreeModel::kLayerRole).toLongLong(), 2);
        QCOMPARE(model.rowCount(layer2), 2);
        const QModelIndex tensor = model.index(0, LayerTreeModel::Name, layer2);
        QCOMPARE(tensor.data().toString(), QStringLiteral("mixer.A_log"));
        QCOMPARE(model.index(0, LayerTreeModel::ShapeColumn, layer2).data().toString(), QStringLiteral("[16, 4]"));
        QCOMPARE(model.parent(tensor), layer2);
        model.setModel(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void bytesAndCountsAreReadable() {
        QCOMPARE(formatBytes(999), QStringLiteral("999\u00a0B"));
        QCOMPARE(formatBytes(1500), QStringLiteral("1.50\u00a0kB"));
        QCOMPARE(formatBytes(147'000), QStringLiteral("147\u00a0kB"));
        QCOMPARE(formatCount(129'135'360), QStringLiteral("129\u00a0M"));
    }

    void selectionTellsOnlyOfChanges() {
        Selection selection;
        QSignalSpy spy(&selection, &Selection::tokenChanged);
        selection.setToken(7);
        selection.setToken(7);
        QCOMPARE(spy.count(), 1);
        selection.clear();
        QCOMPARE(selection.token(), -1);
        QCOMPARE(spy.count(), 2);
    }

    void axisFollowsUntilTheUserScrolls() {
        TimeAxis axis;
        QObject view;
        axis.setViewport(&view, 400);  // 100 tokens of 4 pixels
        QCOMPARE(axis.visibleTokens(), 100);
        axis.setTokenCount(50);
        QCOMPARE(axis.firstToken(), 0);
        axis.setTokenCount(1000);
        QCOMPARE(axis.firstToken(), 900);
        axis.pan(-300);
        QVERIFY(!axis.follows());
        axis.setTokenCount(1500);
        QCOMPARE(axis.firstToken(), 600);
        axis.scrollTo(1400);  // the newest token in view again
        QVERIFY(axis.follows());
        axis.setTokenCount(2000);
        QCOMPARE(axis.firstToken(), 1900);
    }

    void zoomKeepsTheTokenUnderTheMouse() {
        TimeAxis axis;
        QObject view;
        axis.setViewport(&view, 400);
        axis.setTokenCount(10'000);
        axis.scrollTo(5000);
        axis.zoom(-3, 5040);  // 4 pixels a token -> 1: token 5040 was at pixel 160 and stays there
        QCOMPARE(axis.scale().columnPixels, 1);
        QCOMPARE(axis.firstToken(), 5040 - 160);
        axis.zoom(-2, 5040);  // four tokens a pixel
        QCOMPARE(axis.scale().tokensPerColumn, 4);
        QCOMPARE(axis.firstToken() % 4, 0);
        QVERIFY(std::abs(axis.firstToken() - (5040 - 160 * 4)) <= 4);
    }

    void axisTakesTheNarrowestView() {
        TimeAxis axis;
        QObject wide, narrow;
        axis.setViewport(&wide, 800);
        axis.setViewport(&narrow, 400);
        QCOMPARE(axis.visibleTokens(), 100);
        axis.setViewport(&narrow, 0);
        QCOMPARE(axis.visibleTokens(), 200);
        auto behindATab = std::make_unique<QObject>();
        QObject plot(behindATab.get());
        axis.setViewport(&plot, 80);
        QCOMPARE(axis.visibleTokens(), 20);
        axis.setSeen(behindATab.get(), false);
        QCOMPARE(axis.visibleTokens(), 200);
        axis.setSeen(behindATab.get(), true);
        QCOMPARE(axis.visibleTokens(), 20);
        axis.setViewport(&plot, 0);
        QCOMPARE(axis.visibleTokens(), 200);
    }

    void tokensMakeBlanksVisible() {
        TokenLog log;
        const TokenLog::Piece pieces[]{{1, QStringLiteral(" a\n")}};
        log.addPieces(pieces);
        QCOMPARE(log.visibleText(1), QStringLiteral("·a↵"));
        QCOMPARE(log.text(2), QStringLiteral("#2"));
        QCOMPARE(probabilityOfSurprisal(2.0f), 0.25);
    }
};

QTEST_GUILESS_MAIN(TestUiModels)
#include "tst_ui_models.moc"
