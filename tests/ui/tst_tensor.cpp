#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QTest>
#include <cmath>
#include <cstring>
#include <memory>

#include "engine/formats/checkpoint.h"
#include "synthetic.h"
#include "ui/bridge/engine_host.h"
#include "ui/plot/curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/tensor/statistics_text.h"
#include "ui/views/tensor/tensor_plot.h"
#include "ui/views/tensor/tensor_view.h"

using namespace ms;

namespace {

const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");
constexpr int kPatience = 60'000;

/// Weights whose every element is a function of its place; a cell of many shows its first.
class MadeUpWeights final : public ModelQueries {
public:
    qint64 rows = 1000, columns = 600;
    std::vector<TensorTileQuery> tiles;
    QStringList statisticsOf;
    TensorStatistics statistics;
    QString error;
    bool silent = false;   ///< asks are remembered, never answered
    QPair<qint64, qint64> broken{-1, -1};

    static float value(qint64 row, qint64 column) { return static_cast<float>(row % 1000) - static_cast<float>(column % 1000) * 0.125f; }

    void tokenValues(QObject*, qint64, const std::vector<CaptureRequest>&, const Answered<TokenValues>&) override {}
    void baselineValues(QObject*, qint64, const std::vector<CaptureRequest>&, const Answered<TokenValues>&) override {}
    void logitLens(QObject*, qint64, int, const Answered<LensTable>&) override {}
    void tensorTile(QObject*, const TensorTileQuery& q, const Answered<TensorPart>& answered) override {
        tiles.push_back(q);
        if (silent) return;
        if (!error.isEmpty()) return answered({nullptr, error});
        auto part = std::make_shared<TensorPart>();
        part->shape = {rows, columns};
        part->firstRow = q.firstRow;
        part->firstColumn = q.firstColumn;
        part->rows = q.rows < 0 ? rows - q.firstRow : q.rows;
        part->columns = q.columns < 0 ? columns - q.firstColumn : q.columns;
        part->tile.rows = std::min<qint64>(part->rows, q.outRows);
        part->tile.cols = std::min<qint64>(part->columns, q.outColumns);
        for (qint64 i = 0; i < part->tile.rows; ++i)
            for (qint64 j = 0; j < part->tile.cols; ++j) {
                const qint64 r = q.firstRow + i * part->rows / part->tile.rows, c = q.firstColumn + j * part->columns / part->tile.cols;
                const float v = QPair(r, c) == broken ? std::nanf("") : value(r, c);
                part->tile.values.push_back(q.maximum ? std::abs(v) : v);
            }
        answered({part, {}});
    }
    void tensorStatistics(QObject*, const QString& name, const Answered<TensorStatistics>& answered) override {
        statisticsOf.append(name);
        if (silent) return;
        if (!error.isEmpty()) return answered({nullptr, error});
        answered({std::make_shared<const TensorStatistics>(statistics), {}});
    }
    void cancel(QObject*) override { ++cancelled; }
    int cancelled = 0;
};

/// To the middle of an element. Sent, not moved there: the pointer of the platform may already be where it should go.
void moveMouse(MatrixPlot& plot, qint64 row, qint64 column) {
    const QPointF at = plot.pointOf(row, column);
    QMouseEvent event(QEvent::MouseMove, at, plot.mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(&plot, &event);
}

const QString kWeight = QStringLiteral("backbone.layers.1.mixer.in_proj.weight");

struct Scope : test::Surroundings {
    MadeUpWeights weights;
    std::unique_ptr<TensorView> view;

    explicit Scope(qint64 rows = 1000, qint64 columns = 600) : Surroundings(0, {}) {
        weights.rows = rows;
        weights.columns = columns;
        weights.statistics = {1000, 7, 3, 2, -2.5, 4.0, 0.25, 1.5, {10, 0, 900, 85}};
        view = std::make_unique<TensorView>(ViewContext{store, baseline, tokens, axis, selection, weights});
        view->setModel(test::smallModel());
        view->resize(900, 420);
        view->show();
    }
    [[nodiscard]] TensorPlot& plot() const { return *view->plot(); }
    [[nodiscard]] QComboBox* chooser() const { return view->header()->findChild<QComboBox*>(QStringLiteral("tensor_chooser")); }
    [[nodiscard]] QString numbers() const { return view->findChild<QLabel*>(QStringLiteral("tensor_statistics"))->text(); }
    [[nodiscard]] QAction* menuAction(const QString& name) const {
        QContextMenuEvent event(QContextMenuEvent::Mouse, {10, 10}, view->mapToGlobal(QPoint(10, 10)));
        QApplication::sendEvent(view.get(), &event);
        QAction* found = nullptr;
        for (QMenu* menu : view->findChildren<QMenu*>(QStringLiteral("tensor_contextMenu")))
            if (auto* action = menu->findChild<QAction*>(name)) found = action;
        return found;
    }
    /// What the plot says of an element under the mouse.
    [[nodiscard]] QString hover(qint64 row, qint64 column) const {
        moveMouse(plot(), row, column);
        return view->readout();
    }
};

}  // namespace

class TestTensor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksForTheResolutionOfThePlot() {
        Scope scope(50'000, 20'000);
        scope.selection.setTensor(kWeight);
        QTRY_VERIFY(scope.plot().matrix() != nullptr);
        const QSize pixels = MatrixLayout::of(scope.plot().rect(), scope.plot().fontMetrics()).plot.size();
        QTRY_COMPARE(scope.weights.tiles.back().outRows, pixels.height());
        QCOMPARE(scope.weights.tiles.back().outColumns, pixels.width());
        QCOMPARE(scope.weights.tiles.back().name, kWeight);
        const QString readout = scope.hover(25'000, 10'000);
        QVERIFY2(readout.startsWith(QStringLiteral("mean w = ")) && readout.contains(QChar(0x2013)), qPrintable(readout));
    }

    void zoomedInShowsExactValuesBeyondThe31stBit() {
        Scope scope(70'000, 40'000);  // 2.8·10⁹ elements
        scope.selection.setTensor(kWeight);
        QTRY_VERIFY(scope.plot().matrix() != nullptr);
        QTest::qWait(80);
        scope.plot().setVisibleCells({39'980, 69'985, 20, 15});
        QTRY_VERIFY(scope.plot().matrix()->part->exact());
        const TensorTileQuery asked = scope.weights.tiles.back();
        QVERIFY(asked.firstRow <= 69'985 && asked.firstRow + asked.rows == 70'000);
        QVERIFY(asked.columns < 60);  // the visible part, not the whole
        const QString readout = scope.hover(69'999, 39'999);
        QCOMPARE(readout, QStringLiteral("w = %1   row 69999, column 39999").arg(exactText(MadeUpWeights::value(69'999, 39'999))));
        // Zooming out falls back to the whole at once.
        scope.plot().showAll();
        QCOMPARE(scope.plot().matrix()->part->rows, 70'000);
    }

    void pixelsShowTheirCellsColour() {
        Scope scope;
        HeatmapSettings settings = HeatmapSettings::forSign(true);
        settings.range = RangeMode::Fixed;
        settings.fixedLow = -1000;
        settings.fixedHigh = 1000;
        scope.view->setSettings(settings);
        scope.selection.setTensor(kWeight);
        QTest::qWait(120);
        scope.plot().setVisibleCells({100, 40, 8, 6});
        QTest::qWait(120);
        const QImage image = scope.plot().grab().toImage();
        for (const auto& [r, c] : {std::pair<qint64, qint64>(40, 100), {43, 104}, {45, 107}})
            QCOMPARE(image.pixel(scope.plot().pointOf(r, c)),
                     ColourMap::get(ColourMapId::Diverging).at((MadeUpWeights::value(r, c) + 1000) / 2000));
        QVERIFY(scope.plot().settings().centred);
    }

    void storedNaNWarnsAndIsNotMissing() {
        Scope scope(20, 10);
        scope.weights.broken = {3, 4};
        scope.selection.setTensor(kWeight);
        QTRY_VERIFY(scope.plot().matrix() != nullptr);
        QCOMPARE(scope.plot().grab().toImage().pixel(scope.plot().pointOf(3, 4)), kNanColour);
        const QString readout = scope.hover(3, 4);
        QVERIFY2(readout.startsWith(QStringLiteral("w = NaN")), qPrintable(readout));
    }

    void largestMagnitudeKeepsTheSignOfSingleElements() {
        Scope scope(30, 20);
        HeatmapSettings settings = HeatmapSettings::forSign(true);
        settings.aggregate = Aggregate::Max;
        scope.view->setSettings(settings);
        scope.selection.setTensor(kWeight);
        QTRY_VERIFY(scope.plot().matrix() != nullptr);
        QCOMPARE(scope.plot().matrix()->at(0, 8), -1.0f);
        Scope large(3000, 2000);
        large.view->setSettings(settings);
        large.selection.setTensor(kWeight);
        QTRY_VERIFY(large.plot().matrix() != nullptr);
        QVERIFY(large.weights.tiles.back().maximum);
        QVERIFY(large.hover(1500, 700).startsWith(QStringLiteral("max |w| = ")));
    }

    void statisticsAreShownAndCopied() {
        Scope scope;
        scope.selection.setTensor(kWeight);
        QTRY_VERIFY(scope.numbers().contains(QStringLiteral("0.25")));
        const QString html = scope.numbers();
        QVERIFY(html.contains(QColor(kNanColour).name()));
        for (const char* text : {"2.5", "4", "1.5", "7\u00a0(0.70\u00a0%)", "3\u00a0(0.30\u00a0%)", "2\u00a0(0.20\u00a0%)"})
            QVERIFY2(html.contains(QString::fromUtf8(text)), text);
        QAction* copy = scope.menuAction(QStringLiteral("tensor_copyStatistics"));
        QVERIFY(copy != nullptr && copy->isEnabled());
        copy->trigger();
        const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'));
        QVERIFY(lines.contains(QStringLiteral("tensor\t") + kWeight));
        QVERIFY(lines.contains(QStringLiteral("min\t-2.5")));
        QVERIFY(lines.contains(QStringLiteral("NaN\t3 (0.30 %)")));

        scope.weights.statistics.nan = scope.weights.statistics.infinite = 0;
        scope.selection.setTensor(QStringLiteral("backbone.layers.2.mixer.in_proj.weight"));
        QTRY_VERIFY(!scope.numbers().contains(QColor(kNanColour).name()));
    }

    void histogramCountsWhatIsUnderTheMouse() {
        Scope scope;
        scope.selection.setTensor(kWeight);
        QTest::qWait(50);
        CurvePlot* histogram = scope.view->histogram();
        const auto hover = [&](double x) {
            Q_EMIT histogram->hovered(x, 1);
            return scope.view->readout();
        };
        // Four bins over [-2.5, 4]: 1.625 each.
        QVERIFY2(hover(1.0).startsWith(QStringLiteral("900 values (90.0 %)")), qPrintable(scope.view->readout()));
        QVERIFY2(hover(-2.0).startsWith(QStringLiteral("10 values")), qPrintable(scope.view->readout()));
        QVERIFY(hover(4.0).startsWith(QStringLiteral("85 values")));
        auto* logCounts = scope.view->findChild<QCheckBox*>(QStringLiteral("tensor_logCounts"));
        logCounts->setChecked(true);
        QCOMPARE(hover(-0.5).left(8), QStringLiteral("0 values"));  // an empty bin stays empty on a log axis
    }

    void theChooserFollowsAndLeads() {
        Scope scope;
        QCOMPARE(scope.chooser()->count(), 9);
        QVERIFY(scope.plot().scene().emptyText.contains(QStringLiteral("Choose a weight")));
        scope.selection.setTensor(kWeight);
        QCOMPARE(scope.chooser()->currentText(), kWeight);
        scope.chooser()->setFocus();
        scope.chooser()->lineEdit()->setText(QStringLiteral("no such weight"));
        QTest::keyClick(scope.chooser(), Qt::Key_Return);
        QCOMPARE(scope.chooser()->currentText(), kWeight);
        QCOMPARE(scope.selection.tensor(), kWeight);
        scope.chooser()->lineEdit()->setText(QStringLiteral("backbone.embeddings.weight"));
        QTest::keyClick(scope.chooser(), Qt::Key_Return);
        QCOMPARE(scope.selection.tensor(), QStringLiteral("backbone.embeddings.weight"));
        QVERIFY(scope.view->findChild<QLabel*>(QStringLiteral("tensor_shape"))->text().startsWith(QStringLiteral("[100, 8] · F32 · 3.20")));
    }

    void switchingCancelsAndHidingAsksNothing() {
        Scope scope;
        scope.weights.silent = true;
        scope.selection.setTensor(kWeight);
        QVERIFY(scope.numbers().startsWith(QStringLiteral("Counting")));
        QCOMPARE(scope.plot().scene().note, QStringLiteral("reading…"));
        const int before = scope.weights.cancelled;
        scope.selection.setTensor(QStringLiteral("backbone.embeddings.weight"));
        QVERIFY(scope.weights.cancelled >= before + 2);  // the picture's question and the statistics'
        scope.view->setActive(false);
        const auto asked = scope.weights.tiles.size();
        scope.selection.setTensor(kWeight);
        QTest::qWait(80);
        QCOMPARE(scope.weights.tiles.size(), asked);
        scope.view->setActive(true);
        QCOMPARE(scope.weights.statisticsOf.back(), kWeight);
    }

    void errorsAreShownInTheView() {
        Scope scope;
        scope.weights.error = QStringLiteral("tensor w: the file ended early");
        scope.selection.setTensor(kWeight);
        QTRY_COMPARE(scope.plot().scene().emptyText, scope.weights.error);
        QVERIFY(scope.numbers().contains(scope.weights.error));
    }

    void showsTheBytesOfARealCheckpoint() {
        EngineHost engine({CaptureStore::kDefaultCap, QStringLiteral("host")});
        engine.open(kTiny);
        QVERIFY(QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && engine.model(); }, kPatience));
        test::Surroundings around(0, {});
        TensorView view(ViewContext{around.store, around.baseline, around.tokens, around.axis, around.selection, engine.queries()});
        view.setModel(engine.model());
        view.resize(900, 420);
        view.show();
        const auto checkpoint = Checkpoint::open(kTiny.toStdString());
        QVERIFY(checkpoint);
        for (const char* name : {"backbone.layers.1.mixer.in_proj.weight", "backbone.layers.0.mixer.conv1d.weight", "backbone.norm_f.weight"}) {
            around.selection.setTensor(QLatin1String(name));
            const TensorInfo* info = checkpoint->find(name);
            const MatrixShape shape = matrixShape(*info);
            QVERIFY(QTest::qWaitFor([&] { return view.plot()->matrix() && view.plot()->matrix()->rows == shape.rows &&
                                                 view.plot()->matrix()->columns == shape.cols; }, kPatience));
            QTest::qWait(100);
            view.plot()->setVisibleCells({0, 0, 4, 4});
            QVERIFY(QTest::qWaitFor([&] { return view.plot()->matrix()->part->exact(); }, kPatience));
            float stored = 0;
            std::memcpy(&stored, info->bytes.data() + 2 * sizeof(float), sizeof stored);
            moveMouse(*view.plot(), 0, 2);
            QVERIFY2(view.readout().contains(QStringLiteral("w = %1 ").arg(exactText(stored))), qPrintable(view.readout()));
            const auto expected = tensorStatistics(*info);
            QVERIFY(expected);
            QTRY_VERIFY_WITH_TIMEOUT(view.findChild<QLabel*>(QStringLiteral("tensor_statistics"))->text()
                                         .contains(shortText(expected->std)), kPatience);
        }
    }
};

QTEST_MAIN(TestTensor)
#include "tst_tensor.moc"
