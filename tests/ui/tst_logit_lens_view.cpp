#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QSettings>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <memory>

#include "synthetic.h"
#include "ui/bridge/engine_host.h"
#include "ui/plot/curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/logit_lens/lens_table_view.h"
#include "ui/views/logit_lens/logit_lens_view.h"

using namespace ms;

namespace {

constexpr int kPatience = 60'000;
constexpr qint64 kTokens = 30;

/// Every number a function of layer, guess and kind.
float probability(qint64 layer, int guess, bool stateOnly) {
    return 0.9f / static_cast<float>((guess + 2) * (layer + 1)) * (stateOnly ? 0.5f : 1.0f);
}

class MadeUpLens final : public ModelQueries {
public:
    const TokenLog* tokens = nullptr;
    std::vector<qint64> asked;
    std::vector<int> counts;
    bool silent = false;
    QString error;
    std::vector<std::pair<qint64, Answered<LensTable>>> open;

    void tokenValues(QObject*, qint64, const std::vector<CaptureRequest>&, const Answered<TokenValues>&) override {}
    void baselineValues(QObject*, qint64, const std::vector<CaptureRequest>&, const Answered<TokenValues>&) override {}
    void tensorTile(QObject*, const TensorTileQuery&, const Answered<TensorPart>&) override {}
    void tensorStatistics(QObject*, const QString&, const Answered<TensorStatistics>&) override {}
    void cancel(QObject*) override { open.clear(); }
    void logitLens(QObject*, qint64 token, int k, const Answered<LensTable>& answered) override {
        asked.push_back(token);
        counts.push_back(k);
        if (silent) open.assign(1, {token, answered});
        else answer(token, k, answered);
    }
    void answerOpen() {
        const auto waiting = std::exchange(open, {});
        for (const auto& [token, answered] : waiting) answer(token, counts.back(), answered);
    }

private:
    void answer(qint64 token, int k, const Answered<LensTable>& answered) const {
        if (!error.isEmpty()) return answered({nullptr, error});
        auto table = std::make_shared<LensTable>();
        table->token = token;
        const bool known = token + 1 < tokens->size();
        for (qint64 layer = 0; layer < 4; ++layer) {
            LensTable::Layer l{layer, {}, {}};
            for (const bool stateOnly : {false, true}) {
                LensTable::Row& row = stateOnly ? l.stateOnly : l.full;
                for (int g = 0; g < k; ++g)
                    row.guesses.push_back({static_cast<TokenId>(token + 1 + g), probability(layer, g, stateOnly), QStringLiteral(" t%1").arg(token + 1 + g)});
                row.entropyBits = 8.0f - static_cast<float>(layer) + (stateOnly ? 1.0f : 0.0f);
                row.nextProbability = known ? probability(layer, 0, stateOnly) : std::nanf("");
                row.nextRank = known ? layer + 1 : 0;
            }
            table->layers.push_back(l);
        }
        answered({table, {}});
    }
};

struct Scope : test::Surroundings {
    MadeUpLens lens;
    std::unique_ptr<LogitLensView> view;

    explicit Scope(qint64 count = kTokens, bool model = true) : Surroundings(count, {}) {
        lens.tokens = &tokens;
        view = std::make_unique<LogitLensView>(ViewContext{store, baseline, tokens, axis, selection, lens});
        if (model) view->setModel(test::smallModel());
        view->resize(900, 320);
        view->show();
    }
    [[nodiscard]] LensTableModel& table() const { return *view->table(); }
    [[nodiscard]] bool shows(qint64 token) const {
        return QTest::qWaitFor([&] { return table().table() && table().table()->token == token; }, 5000);
    }
    [[nodiscard]] QString text(int row, int column) const { return table().index(row, column).data().toString(); }
    [[nodiscard]] QString label(const char* name) const { return view->findChild<QLabel*>(QLatin1String(name))->text(); }
    [[nodiscard]] QPoint cell(int row, int column) const { return view->tableView()->visualRect(table().index(row, column)).center(); }
    void append(qint64 count) {
        std::vector<TokenRow> rows;
        for (qint64 i = 0; i < count; ++i) rows.push_back(test::tokenRow(tokens.size() + i));
        tokens.append(rows);
    }
};

}  // namespace

class TestLogitLensView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutACursorTheNewestTokenIsShown() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        QCOMPARE(scope.table().rowCount(), 4);
        QCOMPARE(scope.table().columnCount(), LensTableModel::FirstGuess + 5);
        QCOMPARE(scope.text(2, LensTableModel::Entropy), QStringLiteral("6.00"));
        QCOMPARE(scope.text(2, LensTableModel::NextProbability), QStringLiteral("–"));
        QVERIFY(scope.label("logit_lens_caption").contains(QStringLiteral("not known yet")));
        QVERIFY(scope.view->findChild<CurvePlot*>(QStringLiteral("logit_lens_probability"))->curves().empty());
    }

    void followsTheCursorOnceItStands() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        const auto before = scope.lens.asked.size();
        for (qint64 token = 3; token <= 12; ++token) scope.selection.setToken(token);
        QVERIFY(scope.shows(12));
        QCOMPARE(scope.lens.asked.size(), before + 1);
        QCOMPARE(scope.text(1, LensTableModel::NextRank), QStringLiteral("2"));
        QCOMPARE(scope.text(1, LensTableModel::NextProbability), shortText(static_cast<double>(probability(1, 0, false))));
        QCOMPARE(scope.text(1, LensTableModel::FirstGuess + 1), QStringLiteral("·t14"));
        // Token 13 came next: its cell is marked, no other.
        QVERIFY(scope.table().index(1, LensTableModel::FirstGuess).data(LensTableModel::kMarkRole).toBool());
        QVERIFY(!scope.table().index(1, LensTableModel::FirstGuess + 1).data(LensTableModel::kMarkRole).toBool());
        QVERIFY(scope.label("logit_lens_caption").startsWith(QStringLiteral("After token 12")));
    }

    void cellsHaveTheColourOfTheirProbability() {
        Scope scope;
        scope.selection.setToken(5);
        QVERIFY(scope.shows(5));
        const ColourMap& viridis = ColourMap::get(ColourMapId::Viridis);
        const QImage image = scope.view->tableView()->viewport()->grab().toImage();
        for (const auto& [row, guess] : {std::pair(0, 0), {1, 2}, {3, 4}}) {
            const QRect box = scope.view->tableView()->visualRect(scope.table().index(row, LensTableModel::FirstGuess + guess));
            QCOMPARE(image.pixel(box.left() + 1, box.center().y()), viridis.at(probability(row, guess, false)));
        }
        HeatmapSettings settings;
        settings.range = RangeMode::Auto;
        scope.view->setSettings(settings);
        QCOMPARE(scope.table().scale().high, probability(0, 0, false));
        QCOMPARE(scope.table().scale().low, probability(3, 4, false));
    }

    void hoverShowsTheExactProbability() {
        Scope scope;
        scope.selection.setToken(7);
        QVERIFY(scope.shows(7));
        const QPoint at = scope.cell(2, LensTableModel::FirstGuess + 3);
        QMouseEvent event(QEvent::MouseMove, at, scope.view->tableView()->viewport()->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(scope.view->tableView()->viewport(), &event);
        const QString readout = scope.view->readout();
        QVERIFY2(readout.startsWith(QStringLiteral("p = ") + exactText(probability(2, 3, false))), qPrintable(readout));
        QVERIFY2(readout.contains(QStringLiteral("“·t11” (11), guess 4 after layer 2")), qPrintable(readout));
    }

    void rowsSelectTheLayerAndFollowIt() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        QTest::mouseClick(scope.view->tableView()->viewport(), Qt::LeftButton, {}, scope.cell(2, LensTableModel::FirstGuess));
        QCOMPARE(scope.selection.layer(), 2);
        QTest::keyClick(scope.view->tableView(), Qt::Key_Up);
        QCOMPARE(scope.selection.layer(), 1);
        scope.selection.setLayer(3);
        QCOMPARE(scope.view->tableView()->currentIndex().row(), 3);
        Q_EMIT scope.view->findChild<CurvePlot*>(QStringLiteral("logit_lens_entropy"))->clicked(0.2, 5);
        QCOMPARE(scope.selection.layer(), 0);
    }

    void bothPutsStateOnlyBelowFull() {
        Scope scope;
        scope.selection.setToken(4);
        QVERIFY(scope.shows(4));
        scope.view->setRows(LensRows::Both);
        QCOMPARE(scope.table().rowCount(), 8);
        QCOMPARE(scope.text(4, LensTableModel::Entropy), QStringLiteral("6.00"));
        QCOMPARE(scope.text(5, LensTableModel::Entropy), QStringLiteral("7.00"));
        QCOMPARE(scope.table().layerOf(5), 2);
        QCOMPARE(scope.table().headerData(5, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("state"));
        auto* curves = scope.view->findChild<CurvePlot*>(QStringLiteral("logit_lens_probability"));
        QCOMPARE(curves->curves().size(), 2u);
        QCOMPARE(curves->curves()[1].y[3], static_cast<double>(probability(3, 0, true)));
        scope.view->setRows(LensRows::StateOnly);
        QCOMPARE(scope.table().rowCount(), 4);
        QCOMPARE(scope.text(0, LensTableModel::Entropy), QStringLiteral("9.00"));
    }

    void streamingAsksFourTimesASecondAtMost() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        const auto before = scope.lens.asked.size();
        QElapsedTimer clock;
        clock.start();
        while (clock.elapsed() < 1200) {
            scope.append(1);
            QTest::qWait(10);
        }
        const auto asked = scope.lens.asked.size() - before;
        const auto most = static_cast<std::size_t>(clock.elapsed() / 250 + 1);
        QVERIFY2(asked >= 1 && asked <= most, qPrintable(QString::number(asked)));
        QVERIFY(scope.shows(scope.tokens.size() - 1));  // and the last one is never missed
    }

    void aSlowAnswerIsWaitedForNotReplaced() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        scope.lens.silent = true;
        const auto before = scope.lens.asked.size();
        for (int i = 0; i < 6; ++i) {
            scope.append(1);
            QTest::qWait(100);
        }
        QCOMPARE(scope.lens.asked.size(), before + 1);
        scope.lens.answerOpen();
        QTRY_COMPARE(scope.lens.asked.size(), before + 2);
        QCOMPARE(scope.lens.asked.back(), scope.tokens.size() - 1);
    }

    void aFixedCursorRestsUntilItsNextTokenComes() {
        Scope scope;
        scope.selection.setToken(10);
        QVERIFY(scope.shows(10));
        auto before = scope.lens.asked.size();
        scope.append(3);
        QTest::qWait(350);
        QCOMPARE(scope.lens.asked.size(), before);
        scope.selection.setToken(scope.tokens.size() - 1);
        QVERIFY(scope.shows(scope.tokens.size() - 1));
        QCOMPARE(scope.text(0, LensTableModel::NextRank), QStringLiteral("–"));
        scope.append(1);
        QTRY_COMPARE(scope.text(0, LensTableModel::NextRank), QStringLiteral("1"));
    }

    void hiddenItAsksNothing() {
        Scope scope;
        QVERIFY(scope.shows(kTokens - 1));
        scope.view->setActive(false);
        const auto before = scope.lens.asked.size();
        scope.selection.setToken(3);
        scope.append(2);
        QTest::qWait(350);
        QCOMPARE(scope.lens.asked.size(), before);
        scope.view->setActive(true);
        QVERIFY(scope.shows(3));
    }

    void theTableIsCopiedAsText() {
        Scope scope;
        scope.selection.setToken(6);
        QVERIFY(scope.shows(6));
        scope.view->setRows(LensRows::Both);
        QContextMenuEvent event(QContextMenuEvent::Mouse, {10, 10}, scope.view->mapToGlobal(QPoint(10, 10)));
        QApplication::sendEvent(scope.view.get(), &event);
        auto* copy = scope.view->findChild<QAction*>(QStringLiteral("logit_lens_copyTable"));
        QVERIFY(copy != nullptr && copy->isEnabled());
        copy->trigger();
        const QStringList lines = QGuiApplication::clipboard()->text().trimmed().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 9);
        for (const QString& line : lines) QCOMPARE(line.count(QLatin1Char('\t')), 4 + 10);
        const QStringList fields = lines[6].split(QLatin1Char('\t'));  // layer 2, state only
        QCOMPARE(fields[0], QStringLiteral("2"));
        QCOMPARE(fields[1], QStringLiteral("state only"));
        QCOMPARE(fields[3].toFloat(), probability(2, 0, true));
        QCOMPARE(fields[4], QStringLiteral("3"));
        QCOMPARE(fields[5], QStringLiteral("·t7"));
        QCOMPARE(fields[6].toFloat(), probability(2, 0, true));
    }

    void theModelKeepsItsPromises() {
        Scope scope;
        QAbstractItemModelTester tester(&scope.table(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (const LensRows rows : {LensRows::Both, LensRows::StateOnly, LensRows::Full}) scope.view->setRows(rows);
        QVERIFY(scope.shows(kTokens - 1));
        scope.view->setRows(LensRows::Both);
        scope.view->header()->findChild<QSpinBox*>(QStringLiteral("logit_lens_count"))->setValue(9);
        QTRY_COMPARE(scope.table().columnCount(), LensTableModel::FirstGuess + 9);
        QCOMPARE(scope.lens.counts.back(), 9);
        scope.view->setModel(nullptr);
        QCOMPARE(scope.table().rowCount(), 0);
    }

    void messagesSayWhatToDoAndWhatFailed() {
        Scope none(0, false);
        QCOMPARE(none.label("logit_lens_message"), QStringLiteral("No model is open."));
        none.view->setModel(test::smallModel());
        QVERIFY(none.label("logit_lens_message").contains(QStringLiteral("press Run")));
        none.append(3);
        QVERIFY(none.shows(2));
        none.lens.error = QStringLiteral("the state before token 1 is gone");
        none.selection.setToken(1);
        QTRY_COMPARE(none.label("logit_lens_message"), none.lens.error);
        QVERIFY(none.view->findChild<QLabel*>(QStringLiteral("logit_lens_message"))->isVisible());
        none.tokens.clear();
        QVERIFY(none.label("logit_lens_message").contains(QStringLiteral("press Run")));
    }

    void choicesComeBack() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        Scope first;
        first.view->setRows(LensRows::Both);
        HeatmapSettings settings;
        settings.scale = ScaleKind::Log;
        settings.colourMap = ColourMapId::Cividis;
        first.view->setSettings(settings);
        first.view->save(store);
        Scope second;
        second.view->load(store);
        QCOMPARE(second.table().rows(), LensRows::Both);
        QCOMPARE(second.view->header()->findChild<QComboBox*>(QStringLiteral("logit_lens_rows"))->currentIndex(), 2);
        QVERIFY(second.shows(kTokens - 1));
        QVERIFY(second.table().scale().kind == ScaleKind::Log);
    }

    /// The lens after the last layer is the model itself: it must give the probabilities that were sampled from.
    void theLastLayerOfARealModelIsItsPrediction() {
        EngineHost engine({CaptureStore::kDefaultCap, QStringLiteral("host")});
        engine.open(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
        QVERIFY(QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && engine.model(); }, kPatience));
        RunRequest request;
        request.text = QStringLiteral("1 2 3 4 5 6");
        request.maxNew = 10;
        request.stopAtEnd = false;
        engine.run(request);
        TokenLog& tokens = engine.feed().tokens();
        QVERIFY(QTest::qWaitFor([&] { return tokens.size() == 16 && engine.state() == EngineState::Idle; }, kPatience));
        test::Surroundings around(0, {});
        LogitLensView view(ViewContext{engine.feed().store(), engine.feed().baseline(), tokens, around.axis, around.selection, engine.queries()});
        view.setModel(engine.model());
        view.resize(900, 320);
        view.show();
        for (const qint64 token : {3, 11}) {
            around.selection.setToken(token);
            QVERIFY(QTest::qWaitFor([&] { return view.table()->table() && view.table()->table()->token == token; }, kPatience));
            const LensTable::Row& last = view.table()->table()->layers.back().full;
            const TokenRow& next = tokens.row(token + 1);
            QVERIFY(std::abs(static_cast<double>(last.nextProbability) - probabilityOfSurprisal(next.surprisalBits)) < 1e-4);
            for (std::size_t g = 0; g < next.alternativeCount; ++g) QCOMPARE(last.guesses[g].id, next.alternatives[g].id);
            QCOMPARE(view.table()->index(view.table()->rowCount() - 1, LensTableModel::NextRank).data().toString(), groupedText(last.nextRank));
        }
    }
};

QTEST_MAIN(TestLogitLensView)
#include "tst_logit_lens_view.moc"
