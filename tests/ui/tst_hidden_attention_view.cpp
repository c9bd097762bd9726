#include <QCheckBox>
#include <QElapsedTimer>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "layer_capture.h"
#include "ui/models/series_source.h"
#include "ui/plot/matrix_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/hidden_attention/hidden_attention_view.h"
#include "ui/views/hidden_attention/row_curve.h"
#include "ui/widgets/elided_label.h"

using namespace ms;

namespace {

constexpr int kPatience = 20'000;

struct Scope : test::LayerSurroundings {
    ModelSummaryPtr model = test::smallModel();
    std::unique_ptr<HiddenAttentionView> view;

    explicit Scope(qint64 count, qint64 from = 0, const ModelSummaryPtr& other = nullptr) : LayerSurroundings(other ? 0 : count, from) {
        if (other) {
            model = other;
            capture = {model->dims.d_inner, model->dims.d_state};
            read(count);
            capture.append(*store, layer, from, count, {ProbePoint::Dt, ProbePoint::B, ProbePoint::C});
        }
        view = std::make_unique<HiddenAttentionView>(context());
        view->resize(900, 460);
        view->show();
        view->setModel(model);
    }
    [[nodiscard]] MatrixPlot& plot() const { return *view->plot(); }
    [[nodiscard]] bool waitForWindow(const TileWindow& window) const {
        return QTest::qWaitFor([&] { return view->tile() && view->tile()->window == window && plot().matrix(); }, kPatience);
    }
    [[nodiscard]] bool waitForRow(qint64 token) const {
        return QTest::qWaitFor([&] { return view->row() && view->row()->token == token && view->row()->form == view->form(); }, kPatience);
    }
    [[nodiscard]] double step(qint64 c, qint64 t) const { return static_cast<double>(capture.dt(c, t)); }
    /// Σ_n C exp(A Σ Δ) Δ B in float64, of one channel.
    [[nodiscard]] double alpha(qint64 c, qint64 t, qint64 s) const {
        double since = 0, sum = 0;
        for (qint64 i = s + 1; i <= t; ++i) since += step(c, i);
        for (qint64 n = 0; n < capture.d_state; ++n) {
            const auto A = static_cast<double>(model->scan[static_cast<std::size_t>(layer.value)].A[static_cast<std::size_t>(c * capture.d_state + n)]);
            sum += static_cast<double>(capture.C(n, t)) * std::exp(A * since) * step(c, s) * static_cast<double>(capture.B(n, s));
        }
        return sum;
    }
    [[nodiscard]] double mean(qint64 t, qint64 s) const {
        double sum = 0;
        for (qint64 c = 0; c < capture.d_inner; ++c) sum += alpha(c, t, s);
        return sum / static_cast<double>(capture.d_inner);
    }
    [[nodiscard]] double rowSum(qint64 t) const {
        double sum = 0;
        for (qint64 s = 0; s <= t; ++s) sum += std::abs(mean(t, s));
        return sum;
    }
    [[nodiscard]] static bool near(float shown, double expected) {
        return std::abs(static_cast<double>(shown) - expected) < 2e-6 + 2e-4 * std::abs(expected);
    }
    [[nodiscard]] QString note() const { return view->findChild<ElidedLabel*>(QStringLiteral("hidden_attention_note"))->text(); }
    template <class Widget>
    [[nodiscard]] Widget* child(const char* name) const { return view->findChild<Widget*>(QLatin1String(name)); }
};

}  // namespace

class TestHiddenAttentionView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theTileIsTheUnrolledScan() {
        Scope scope(100);
        QVERIFY(scope.waitForWindow({36, 100, 36, 100}));  // 64 tokens around the newest
        const Matrix& shown = *scope.plot().matrix();
        QCOMPARE(shown.rows, 100);
        for (qint64 t = 36; t < 100; ++t)
            for (qint64 s = 36; s < 100; ++s) {
                if (s > t) QVERIFY(isMissing(shown.at(t, s)));
                else QVERIFY2(Scope::near(shown.at(t, s), scope.mean(t, s)), qPrintable(QStringLiteral("%1 %2").arg(t).arg(s)));
            }
        QVERIFY(isMissing(shown.at(90, 10)));  // outside the tile
        QVERIFY(scope.plot().settings().centred);
        QVERIFY2(scope.note().contains(QStringLiteral("queries 36 to 99, keys 36 to 99")), qPrintable(scope.note()));
    }

    void formsAndChannels() {
        Scope scope(100);
        scope.view->setForm(AttentionForm::Absolute);
        QTRY_VERIFY(scope.view->tile() && scope.plot().matrix() && Scope::near(scope.plot().matrix()->at(80, 70), std::abs(scope.mean(80, 70))));
        QVERIFY(!scope.plot().settings().centred);
        scope.view->setForm(AttentionForm::RowNormalised);
        QTRY_VERIFY(scope.view->tile()->rowSums);
        for (const auto& [t, s] : {std::pair<qint64, qint64>(36, 36), {80, 70}, {99, 40}, {99, 99}})
            QVERIFY(Scope::near(scope.plot().matrix()->at(t, s), std::abs(scope.mean(t, s)) / scope.rowSum(t)));
        QVERIFY(scope.waitForRow(99));
        double total = 0;
        for (const float v : scope.view->row()->values) total += static_cast<double>(v);
        QVERIFY(std::abs(total - 1) < 1e-5);

        scope.view->setForm(AttentionForm::Signed);
        scope.child<QCheckBox>("hidden_attention_channelOnly")->setChecked(true);
        QTRY_VERIFY(!scope.plot().matrix());
        QVERIFY(scope.plot().scene().emptyText.startsWith(QStringLiteral("Select a channel")));
        scope.selection.setChannel(5);
        QTRY_VERIFY(scope.plot().matrix() && Scope::near(scope.plot().matrix()->at(80, 70), scope.alpha(5, 80, 70)));
        QTRY_VERIFY(scope.view->row() && scope.view->row()->channel == 5);
        for (qint64 s = 0; s < 100; ++s) QVERIFY(Scope::near(scope.view->row()->values[static_cast<std::size_t>(s)], scope.alpha(5, 99, s)));
    }

    void theRowReachesToTheFirstToken() {
        Scope scope(100);
        scope.selection.setToken(77);
        QVERIFY(scope.waitForRow(77));
        const AttentionRow& row = *scope.view->row();
        QCOMPARE(row.first, 0);
        QCOMPARE(row.values.size(), 78u);
        std::vector<std::pair<double, qint64>> order;
        for (qint64 s = 0; s <= 77; ++s) {
            QVERIFY(Scope::near(row.values[static_cast<std::size_t>(s)], scope.mean(77, s)));
            order.emplace_back(-std::abs(scope.mean(77, s)), s);
        }
        std::sort(order.begin(), order.end());
        RankedTokens& chips = *scope.view->chips();
        QCOMPARE(chips.count(), 10);
        for (std::size_t k = 0; k < 10; ++k) QCOMPARE(chips.ranked()[k].token, order[k].second);
        const Curve& curve = scope.view->curve()->curves().front();
        QCOMPARE(static_cast<float>(curve.y[curve.x.indexOf(60)]), row.values[60]);
        const qint64 most = chips.ranked()[2].token;
        QTest::mouseClick(chips.viewport(), Qt::LeftButton, {}, chips.visualItemRect(chips.item(2)).center());
        QCOMPARE(scope.selection.token(), most);
        QVERIFY(scope.waitForRow(most));
    }

    void hoverNamesQueryAndKey() {
        Scope scope(100);
        QVERIFY(scope.waitForWindow({36, 100, 36, 100}));
        QTest::mouseMove(&scope.plot(), scope.plot().pointOf(80, 70));
        QCOMPARE(scope.view->readout(), QStringLiteral("α = %1   query 80 “#80”, key 70 “#70”").arg(exactText(scope.plot().matrix()->at(80, 70))));
        QCOMPARE(scope.selection.hoverToken(), 70);
        QTest::mouseMove(&scope.plot(), scope.plot().pointOf(60, 90));
        QCOMPARE(scope.view->readout(), QStringLiteral("key 90 “#90” comes after query 60 “#60”"));
        QTest::mouseClick(&scope.plot(), Qt::LeftButton, {}, scope.plot().pointOf(66, 50));
        QCOMPARE(scope.selection.token(), 66);
        QVERIFY(scope.waitForRow(66));
        const MatrixScene scene = scope.plot().scene();
        QCOMPARE(scene.cursorRow, 66);
        QCOMPARE(scene.cursorColumn, 50);
        QTest::qWait(300);
        QCOMPARE(scope.view->tile()->window, (TileWindow{36, 100, 36, 100}));  // the window stays where the token is seen
        QTest::keyClick(&scope.plot(), Qt::Key_Return);
        QCOMPARE(scope.selection.token(), 50);
        Q_EMIT scope.view->curve()->tokenHovered(20);
        QTRY_VERIFY(scope.view->row()->token == 50);
        Q_EMIT scope.view->curve()->tokenHovered(20);
        QCOMPARE(scope.view->readout(), QStringLiteral("α = %1   query 50 “#50”, key 20 “#20”").arg(exactText(scope.view->row()->values[20])));
    }

    void theVisibleWindowPicksTheTile() {
        Scope scope(2000);
        QVERIFY(scope.waitForWindow({1936, 2000, 1936, 2000}));
        scope.plot().setVisibleCells({100, 900, 50, 40});  // keys 100 … 149 long before queries 900 … 939
        QVERIFY(scope.waitForWindow({900, 940, 100, 150}));
        for (const auto& [t, s] : {std::pair<qint64, qint64>(900, 149), {939, 100}, {920, 120}}) QVERIFY(Scope::near(scope.plot().matrix()->at(t, s), scope.mean(t, s)));
        scope.plot().setVisibleCells({110, 905, 10, 10});  // inside the tile: nothing to do
        QTest::qWait(300);
        QCOMPARE(scope.view->tile()->window, (TileWindow{900, 940, 100, 150}));
        scope.plot().showAll();  // never the whole matrix
        QTRY_COMPARE(scope.view->tile()->window.t1 - scope.view->tile()->window.t0, kLargestTile);
        QCOMPARE(scope.plot().visibleCells().width(), 512.0);
        scope.selection.setToken(300);
        QVERIFY(scope.waitForWindow({268, 332, 268, 332}));
        scope.view->setTileSize(256);
        QVERIFY(scope.waitForWindow({172, 428, 172, 428}));
        QTest::keyClick(&scope.plot(), Qt::Key_Plus);
        QVERIFY(scope.plot().visibleCells().width() < 256);
        scope.child<QToolButton>("hidden_attention_centre")->click();
        QCOMPARE(scope.plot().visibleCells(), QRectF(172, 172, 256, 256));
    }

    void labelsAreTextsWhereCellsAreWide() {
        Scope scope(2000);
        QVERIFY(scope.waitForWindow({1936, 2000, 1936, 2000}));
        QCOMPARE(scope.plot().scene().axes.columnLabel(1950), QStringLiteral("1950"));
        scope.plot().setVisibleCells({1000, 1000, 6, 6});
        QCOMPARE(scope.plot().scene().axes.columnLabel(1050), QStringLiteral("#50"));
        QCOMPARE(scope.plot().scene().axes.rowLabel(1050), QStringLiteral("#50"));
    }

    void windowsAreKeptInside() {
        QCOMPARE(windowAround(10, 64, 100), QRectF(0, 0, 64, 64));
        QCOMPARE(windowAround(50, 64, 100), QRectF(18, 18, 64, 64));
        QCOMPARE(windowAround(99, 64, 40), QRectF(0, 0, 40, 40));
        QCOMPARE(keptSmall({0, 0, 5000, 5000}, 5000), QRectF(2244, 2244, 512, 512));
        QCOMPARE(keptSmall({-10, 4990, 100, 100}, 5000), QRectF(0, 4900, 100, 100));
        QCOMPARE(tileOf({10.5, 20, 512, 8}, 5000), (TileWindow{20, 28, 10, 522}));
        QCOMPARE(tileOf({0, 0, 3, 3}, 3), (TileWindow{0, 3, 0, 3}));
    }

    void whatWasNotCapturedIsMissing() {
        Scope scope(100, 60);
        QVERIFY(scope.waitForWindow({36, 100, 36, 100}));
        QVERIFY(!scope.view->tile()->whole);
        QVERIFY(isMissing(scope.plot().matrix()->at(50, 40)));
        QVERIFY(isMissing(scope.plot().matrix()->at(80, 59)));
        QVERIFY(Scope::near(scope.plot().matrix()->at(80, 60), scope.mean(80, 60)));
        QVERIFY(scope.waitForRow(99));
        QCOMPARE(scope.view->row()->first, 60);
        QVERIFY(scope.child<ElidedLabel>("hidden_attention_rowTitle")->text().contains(QStringLiteral("from token 60 on")));
        scope.capture.append(*scope.store, scope.layer, 0, 60);
        scope.view->dataChanged(0, 60);
        QTRY_VERIFY(scope.view->tile()->whole && scope.view->row()->first == 0);
        QVERIFY(Scope::near(scope.plot().matrix()->at(50, 40), scope.mean(50, 40)));
    }

    void theNewestIsFollowedUntilTheUserLooksElsewhere() {
        Scope scope(100);
        QVERIFY(scope.waitForWindow({36, 100, 36, 100}));
        scope.read(130);
        scope.capture.append(*scope.store, scope.layer, 100, 130);
        scope.view->dataChanged(100, 130);
        QVERIFY(scope.waitForWindow({66, 130, 66, 130}));
        QVERIFY(scope.waitForRow(129));
        QVERIFY(Scope::near(scope.plot().matrix()->at(129, 66), scope.mean(129, 66)));
        scope.plot().setVisibleCells({10, 10, 30, 30});
        QVERIFY(scope.waitForWindow({10, 40, 10, 40}));
        scope.read(140);
        scope.capture.append(*scope.store, scope.layer, 130, 140);
        scope.view->dataChanged(130, 140);
        QVERIFY(scope.waitForRow(139));
        QCOMPARE(scope.plot().visibleCells(), QRectF(10, 10, 30, 30));
    }

    void emptyTextsAndANewRun() {
        Scope scope(0);
        scope.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QVERIFY(scope.plot().scene().emptyText.startsWith(QStringLiteral("Nothing was read yet")));
        scope.view->setModel(nullptr);
        QCOMPARE(scope.plot().scene().emptyText, QStringLiteral("No model is open."));
        Scope other(100);
        QVERIFY(other.waitForRow(99) && other.waitForWindow({36, 100, 36, 100}));
        other.tokens.clear();
        other.store->clear();
        other.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QVERIFY(!other.view->tile() && !other.view->row() && !other.plot().matrix());
        QCOMPARE(other.view->chips()->count(), 0);
        Scope third(50);
        third.selection.setLayer(0);  // of which nothing is captured
        QTRY_VERIFY(third.plot().scene().emptyText.contains(QStringLiteral("have not been captured")));
    }

    void brokenValuesWarn() {
        Scope scope(100);
        std::vector<float> values(16, -std::nanf(""));
        const CaptureEntry entry{{ProbePoint::Dt, scope.layer, Reduction::None}, 16, 1, 0, 0, 1};
        scope.store->append({TokenPos(70), 1, {{&entry, TokenPos(70), 1, values}}});
        scope.view->dataChanged(70, 71);
        QVERIFY(scope.waitForWindow({36, 100, 36, 100}));
        QTRY_VERIFY(std::isnan(scope.plot().matrix()->at(80, 60)));
        QCOMPARE(scope.plot().grab().toImage().pixel(scope.plot().pointOf(80, 60)), kNanColour);
    }

    void theRowZoomsByItself() {
        Scope scope(2000);
        QVERIFY(scope.waitForRow(1999));
        RowCurve& curve = *scope.view->curve();
        QCOMPARE(curve.visible(), (TokenRange{0, 2000}));
        QVERIFY(curve.curves().front().x.size() <= 2000);
        QTest::keyClick(&curve, Qt::Key_Plus);
        QTest::keyClick(&curve, Qt::Key_Plus);
        const TokenRange zoomed = curve.visible();
        QVERIFY(zoomed.end - zoomed.first < 1400 && zoomed.end - zoomed.first > 1200);
        QTest::keyClick(&curve, Qt::Key_PageUp);
        QCOMPARE(curve.visible().first, 0);
        QTest::keyClick(&curve, Qt::Key_0);
        QCOMPARE(curve.visible(), (TokenRange{0, 2000}));
        curve.setRow({0, 0, -5, 1}, 7);
        QCOMPARE(curve.curves().front().y, (QVector<double>{0, 0, -5, 1}));
        QCOMPARE(curve.curves().front().x.first(), 7.0);
        QTest::keyClick(&curve, Qt::Key_Left);
        QCOMPARE(scope.selection.token(), 1998);
    }

    void choicesAreKept() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        Scope scope(30);
        scope.view->setForm(AttentionForm::RowNormalised);
        scope.view->setTileSize(512);
        HeatmapSettings settings;
        settings.colourMap = ColourMapId::Inferno;
        scope.view->setSettings(settings);
        scope.view->save(store);
        Scope other(30);
        other.view->load(store);
        QCOMPARE(other.view->form(), AttentionForm::RowNormalised);
        QCOMPARE(other.plot().settings().colourMap, ColourMapId::Inferno);
        other.view->setForm(AttentionForm::Signed);
        QCOMPARE(other.plot().settings().colourMap, ColourMapId::Diverging);
        QCOMPARE(other.view->requests().size(), 3u);
    }

    void aHundredThousandTokens() {
        auto model = std::make_shared<ModelSummary>(*test::smallModel());
        model->dims.d_inner = 256;
        model->dims.d_state = 16;
        for (ScanWeights& scan : model->scan) {
            scan.A.clear();
            for (int c = 0; c < 256; ++c)
                for (int n = 0; n < 16; ++n) scan.A.push_back(-0.001f * static_cast<float>(n + 1));
        }
        Scope scope(100'000, 0, model);
        scope.selection.setChannel(1);
        scope.child<QCheckBox>("hidden_attention_channelOnly")->setChecked(true);
        QVERIFY(scope.waitForRow(99'999));
        QVERIFY(scope.waitForWindow({99'936, 100'000, 99'936, 100'000}));
        QVERIFY2(scope.note().contains(QStringLiteral("captured Δ of this layer: 102")), qPrintable(scope.note()));
        QElapsedTimer clock;
        clock.start();
        scope.view->setTileSize(512);
        QVERIFY(scope.waitForWindow({99'488, 100'000, 99'488, 100'000}));
        const auto whole = clock.elapsed();
        for (const auto& [t, s] : {std::pair<qint64, qint64>(99'999, 99'500), {99'700, 99'690}, {99'999, 99'999}})
            QVERIFY(Scope::near(scope.plot().matrix()->at(t, s), scope.alpha(1, t, s)));
        // The same without the view: what the settling of the choice and the drawing add is not the tile's.
        AttentionQuery query{scope.store, model, scope.layer, 1, AttentionForm::Signed, {}};
        const auto timed = [&](const TileWindow& window) {
            clock.restart();
            const auto tile = attentionTileOf(query, window, nullptr, {});
            return tile ? clock.elapsed() : -1;
        };
        const auto near = timed({99'488, 100'000, 99'488, 100'000}), far = timed({99'488, 100'000, 0, 512});
        query.form = AttentionForm::RowNormalised;
        const auto normalised = timed({99'488, 100'000, 99'488, 100'000});
        clock.restart();
        query.form = AttentionForm::Signed;
        const auto row = attentionRowOf(query, 99'999, {});
        QVERIFY(near >= 0 && far >= 0 && normalised >= 0 && row);
        qInfo("512 x 512 of 100 000 tokens, one channel: %lld ms (in the view, with 120 ms to settle: %lld ms); keys at the start: %lld ms; "
              "row-normalised: %lld ms; a row of 100 000: %lld ms", near, whole, far, normalised, clock.elapsed());

        // All channels take longer: there is progress, and an end to it.
        scope.view->setForm(AttentionForm::RowNormalised);
        scope.child<QCheckBox>("hidden_attention_channelOnly")->setChecked(false);
        auto* cancel = scope.child<QToolButton>("hidden_attention_cancel");
        QVERIFY(QTest::qWaitFor([&] { return cancel->isVisible() && scope.plot().scene().note.startsWith(QStringLiteral("computing…")); }, kPatience));
        QVERIFY(scope.plot().matrix() != nullptr);  // what was shown stays
        cancel->click();
        QVERIFY(!cancel->isVisible());
        QVERIFY(scope.note().startsWith(QStringLiteral("cancelled")));
        QCOMPARE(scope.plot().scene().note, QString());
    }

    void pictures() {
        Scope scope(300);
        std::vector<TokenLog::Piece> pieces;
        const QStringList words = QStringLiteral("the evening was dark and a wind came over hills; nobody heard , bell that rang twice in old tower\n").split(QLatin1Char(' '));
        for (int i = 0; i < 100; ++i) pieces.emplace_back(static_cast<TokenId>(i), QStringLiteral(" ") + words[i % words.size()]);
        scope.tokens.addPieces(pieces);
        scope.selection.setToken(200);
        QVERIFY(scope.waitForRow(200) && scope.waitForWindow({168, 232, 168, 232}));
        test::takeShots(*scope.view, QStringLiteral("hidden_attention"));
        scope.view->setForm(AttentionForm::RowNormalised);
        scope.plot().setVisibleCells({185, 190, 9, 14});
        QTest::qWait(500);
        test::takeShots(*scope.view, QStringLiteral("hidden_attention_near"));
    }
};

QTEST_MAIN(TestHiddenAttentionView)
#include "tst_hidden_attention_view.moc"
