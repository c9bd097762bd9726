#include <QCheckBox>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <cmath>

#include "layer_capture.h"
#include "ui/plot/heatmap_painter.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/memory_ruler/memory_ruler_view.h"
#include "ui/views/memory_ruler/ruler_curves.h"
#include "ui/widgets/elided_label.h"

using namespace ms;

namespace {

/// The recurrence, token by token, in float64.
struct Direct {
    std::vector<double> retained, share;  // of tokens first … token
    double residual = 0;
};

struct Scope : test::LayerSurroundings {
    ModelSummaryPtr model = test::smallModel();
    std::unique_ptr<MemoryRulerView> view;

    explicit Scope(qint64 count, qint64 from = 0) : LayerSurroundings(count, from) {
        queries.error = QStringLiteral("no state to be had");
        view = std::make_unique<MemoryRulerView>(context());
        view->resize(900, 420);
        view->show();
        view->setModel(model);
    }
    [[nodiscard]] bool waitFor(qint64 token) const {
        return QTest::qWaitFor([&] { return view->result() && view->result()->token == token && view->result()->layer == view->layer(); }, 5000);
    }
    [[nodiscard]] double A(qint64 c, qint64 n) const {
        return static_cast<double>(model->scan[static_cast<std::size_t>(layer.value)].A[static_cast<std::size_t>(c * 4 + n)]);
    }
    [[nodiscard]] std::vector<double> stateAfter(qint64 token) const {
        std::vector<double> h(64);
        for (qint64 t = 0; t <= token; ++t)
            for (qint64 c = 0; c < 16; ++c)
                for (qint64 n = 0; n < 4; ++n) {
                    const auto dt = static_cast<double>(capture.dt(c, t));
                    double& x = h[static_cast<std::size_t>(c * 4 + n)];
                    x = std::exp(dt * A(c, n)) * x + dt * static_cast<double>(capture.B(n, t)) * static_cast<double>(capture.u(c, t));
                }
        return h;
    }
    [[nodiscard]] Direct direct(qint64 token, qint64 first = 0, qint64 onlyChannel = -1) const {
        const std::vector<double> h = stateAfter(token);
        const auto counts = [&](qint64 c) { return onlyChannel < 0 || c == onlyChannel; };
        double squares = 0;
        for (qint64 c = 0; c < 16; ++c)
            for (qint64 n = 0; n < 4 && counts(c); ++n) squares += h[static_cast<std::size_t>(c * 4 + n)] * h[static_cast<std::size_t>(c * 4 + n)];
        Direct d;
        d.residual = 1;
        for (qint64 s = first; s <= token; ++s) {
            double kept = 0, wrote = 0, along = 0;
            for (qint64 c = 0; c < 16; ++c) {
                if (!counts(c)) continue;
                double since = 0;
                for (qint64 t = s + 1; t <= token; ++t) since += static_cast<double>(capture.dt(c, t));
                for (qint64 n = 0; n < 4; ++n) {
                    const double write = static_cast<double>(capture.dt(c, s)) * static_cast<double>(capture.B(n, s)) * static_cast<double>(capture.u(c, s));
                    const double left = write * std::exp(A(c, n) * since);
                    wrote += write * write;
                    kept += left * left;
                    along += left * h[static_cast<std::size_t>(c * 4 + n)];
                }
            }
            d.retained.push_back(std::sqrt(kept / wrote));
            d.share.push_back(along / squares);
            d.residual -= along / squares;
        }
        return d;
    }
    void compare(const Direct& expected) const {
        const MemoryRuler& shown = view->result()->ruler;
        QCOMPARE(shown.share.size(), expected.share.size());
        for (std::size_t i = 0; i < expected.share.size(); ++i) {
            QVERIFY2(std::abs(static_cast<double>(shown.retained[i]) - expected.retained[i]) < 2e-5, qPrintable(QString::number(i)));
            QVERIFY2(std::abs(static_cast<double>(shown.share[i]) - expected.share[i]) < 2e-5, qPrintable(QString::number(i)));
        }
    }
    [[nodiscard]] QString note() const { return view->findChild<ElidedLabel*>(QStringLiteral("memory_ruler_note"))->text(); }
    template <class Widget>
    [[nodiscard]] Widget* child(const char* name) const { return view->findChild<Widget*>(QLatin1String(name)); }
};

}  // namespace

class TestMemoryRulerView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sharesAreThoseOfTheRecurrence() {
        Scope scope(70);
        QVERIFY(scope.waitFor(69));  // the newest: there is no cursor
        scope.compare(scope.direct(69));
        QVERIFY(scope.view->result()->complete);
        QVERIFY2(scope.note().contains(QStringLiteral("before the first captured token: 0.0")), qPrintable(scope.note()));
        scope.selection.setToken(41);
        QVERIFY(scope.waitFor(41));
        scope.compare(scope.direct(41));
        QCOMPARE(scope.view->requests().size(), 3u);
        QCOMPARE(scope.view->requests()[0], (CaptureRequest{ProbePoint::Dt, {LayerIndex(2)}, Reduction::None}));
    }

    void oneChannelHasItsOwnShares() {
        Scope scope(50);
        scope.child<QCheckBox>("memory_ruler_channelOnly")->setChecked(true);
        QTRY_VERIFY(!scope.view->result());  // none is selected
        scope.selection.setChannel(3);
        QTRY_VERIFY(scope.view->result() && scope.view->result()->channel == 3);
        scope.compare(scope.direct(49, 0, 3));
        QVERIFY(scope.child<QCheckBox>("memory_ruler_channelOnly")->text().contains(QStringLiteral("channel 3")));
    }

    void whatIsOlderThanTheCapturesIsTheResidual() {
        Scope scope(60, 25);
        QVERIFY(scope.waitFor(59));
        QVERIFY(!scope.view->result()->complete);
        QVERIFY2(scope.note().contains(QStringLiteral("before token 25 nothing was captured (no state to be had)")), qPrintable(scope.note()));

        Scope known(60);
        known.store->clear();
        known.capture.append(*known.store, known.layer, 58, 60);
        const std::vector<double> before = known.stateAfter(57);
        known.queries.error.clear();
        known.queries.values.values[{ProbePoint::State, known.layer, Reduction::None}] = std::vector<float>(before.begin(), before.end());
        known.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QTRY_VERIFY(known.view->result() && known.view->result()->complete && known.view->result()->first == 58);
        const Direct expected = known.direct(59, 58);
        known.compare(expected);
        QVERIFY(expected.residual > 0.02);
        QVERIFY(std::abs(static_cast<double>(known.view->result()->ruler.residual) - expected.residual) < 2e-5);
        QVERIFY2(known.note().contains(QStringLiteral("before the first captured token: %1").arg(QString::number(100 * expected.residual, 'f', 1))), qPrintable(known.note()));
    }

    void theTenLargestAreChips() {
        Scope scope(70);
        QVERIFY(scope.waitFor(69));
        const Direct expected = scope.direct(69);
        std::vector<std::size_t> order(expected.share.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::abs(expected.share[a]) > std::abs(expected.share[b]); });
        RankedTokens& chips = *scope.view->chips();
        QCOMPARE(chips.count(), 10);
        for (int k = 0; k < 10; ++k) QCOMPARE(chips.ranked()[static_cast<std::size_t>(k)].token, static_cast<qint64>(order[static_cast<std::size_t>(k)]));
        QCOMPARE(chips.item(0)->text(), scope.tokens.visibleText(scope.tokens.row(static_cast<qint64>(order[0])).id));
        QTest::mouseClick(chips.viewport(), Qt::LeftButton, {}, chips.visualItemRect(chips.item(1)).center());
        QCOMPARE(scope.selection.token(), static_cast<qint64>(order[1]));
        QVERIFY(scope.waitFor(static_cast<qint64>(order[1])));
        chips.setFocus();
        chips.setCurrentRow(0);
        QTest::keyClick(&chips, Qt::Key_Return);
        QCOMPARE(scope.selection.token(), chips.ranked()[0].token);
    }

    void curvesStandOnTheTokenAxis() {
        Scope scope(70);
        QVERIFY(scope.waitFor(69));
        TokenCurvePlot& plot = *scope.view->share();
        const QRect heatmap = HeatmapLayout::of(plot.rect(), plot.fontMetrics()).plot;
        QTRY_COMPARE(plot.plotRect().left(), heatmap.left());
        const Curve& curve = plot.curves().front();
        const auto at = curve.x.indexOf(33);
        QVERIFY(at >= 0);
        QCOMPARE(static_cast<float>(curve.y[at]), scope.view->result()->ruler.share[33]);
        const int pixels = scope.axis.scale().columnPixels;
        const int middle = heatmap.left() + static_cast<int>(33 - scope.axis.firstToken()) * pixels + pixels / 2;
        QVERIFY(std::abs(plot.pointOf(33, 0).x() - middle) <= 1);
        // A click there moves the cursor; the read-out is exact.
        QWidget* inner = plot.findChild<QWidget*>();
        const QPoint point(middle, plot.plotRect().center().y());
        QTest::mouseClick(inner, Qt::LeftButton, {}, point);
        QCOMPARE(scope.selection.token(), 33);
        QVERIFY(scope.waitFor(33));
        QTest::mouseMove(inner, point - QPoint(5 * pixels, 0));
        const MemoryRuler& ruler = scope.view->result()->ruler;
        QCOMPARE(scope.view->readout(), QStringLiteral("retained = %1, share = %2   token 28 “#28”").arg(exactText(ruler.retained[28]), exactText(ruler.share[28])));
        QTest::mouseMove(inner, point + QPoint(5 * pixels, 0));
        QVERIFY(scope.view->readout().startsWith(QStringLiteral("after the state")));
    }

    void zoomedOutColumnsShowTheLargest() {
        std::vector<float> values(100, 0.001f);
        values[21] = -0.5f;
        values[40] = values[41] = std::nanf("");
        const Curve curve = curveOver(values, 10, {8, 200}, 4);  // tokens 10 … 109
        QCOMPARE(curve.x.front(), 9.5);  // of the column 8 … 11
        const auto at = curve.x.indexOf(28 + 1.5);
        QCOMPARE(curve.y[at], -0.5);  // token 31
        QVERIFY(!std::isnan(curve.y[curve.x.indexOf(48 + 1.5)]));  // tokens 50, 51 are NaN, 48, 49 not
        QCOMPARE(curve.x.back(), 108 + 1.5);
    }

    void aPinnedTokenStays() {
        Scope scope(70);
        scope.selection.setToken(50);
        QVERIFY(scope.waitFor(50));
        auto* pin = scope.child<QToolButton>("memory_ruler_pin");
        pin->setChecked(true);
        scope.selection.setToken(20);
        QTest::qWait(250);
        QCOMPARE(scope.view->result()->token, 50);
        pin->setChecked(false);
        QVERIFY(scope.waitFor(20));
    }

    void theNewestIsFollowedFourTimesASecondAtMost() {
        Scope scope(60);
        QVERIFY(scope.waitFor(59));
        int results = 0;
        qint64 last = 59;
        for (qint64 t = 60; t < 110; ++t) {  // 1 s
            scope.read(t + 1);
            scope.capture.append(*scope.store, scope.layer, t, t + 1);
            scope.view->dataChanged(t, t + 1);
            QTest::qWait(20);
            if (scope.view->result()->token != last) ++results;
            last = scope.view->result()->token;
        }
        QVERIFY2(results >= 2 && results <= 6, qPrintable(QString::number(results)));
        QVERIFY(scope.waitFor(109));
        scope.compare(scope.direct(109));
    }

    void thePastThatIsFilledInCounts() {
        Scope scope(60, 30);
        QVERIFY(scope.waitFor(59));
        QCOMPARE(scope.view->result()->first, 30);
        scope.capture.append(*scope.store, scope.layer, 0, 30);
        scope.view->dataChanged(0, 30);
        QTRY_VERIFY(scope.view->result() && scope.view->result()->first == 0);
        scope.compare(scope.direct(59));
    }

    void logarithmicRetentionAndEmptyTexts() {
        Scope scope(70);
        QVERIFY(scope.waitFor(69));
        CurveSettings settings;
        settings.scale = ScaleKind::Log;
        scope.view->setSettings(settings);
        for (const double v : scope.view->retained()->curves().front().y) QVERIFY(v >= 1e-6);
        QVERIFY(scope.view->retained()->pointOf(69, 1).y() < scope.view->retained()->pointOf(69, 0.01).y());
        scope.tokens.clear();
        scope.store->clear();
        scope.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QVERIFY(!scope.view->result());
        QCOMPARE(scope.view->chips()->count(), 0);
        QCOMPARE(scope.view->readout(), QString());
        scope.view->setModel(nullptr);
        QVERIFY(!scope.view->result());
        Scope other(30);
        other.selection.setLayer(1);  // nothing of it is captured
        QTest::qWait(300);
        QVERIFY(!other.view->result());
    }

    void choicesAreKept() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        Scope scope(30);
        CurveSettings settings;
        settings.scale = ScaleKind::Log;
        scope.view->setSettings(settings);
        scope.child<QCheckBox>("memory_ruler_channelOnly")->setChecked(true);
        scope.view->save(store);
        Scope other(30);
        other.view->load(store);
        QVERIFY(other.child<QCheckBox>("memory_ruler_channelOnly")->isChecked());
        other.view->save(store);
        QCOMPARE(store.value(QStringLiteral("scale")).toInt(), static_cast<int>(ScaleKind::Log));
    }

    void pictures() {
        Scope scope(160);
        std::vector<TokenLog::Piece> pieces;
        const QStringList words = QStringLiteral(" the evening was dark and a wind came over hills; nobody heard , bell that rang twice in old tower\n").split(QLatin1Char(' '));
        for (int i = 0; i < 100; ++i) pieces.emplace_back(static_cast<TokenId>(i), QStringLiteral(" ") + words[i % words.size()]);
        scope.tokens.addPieces(pieces);
        scope.selection.setToken(130);
        QVERIFY(scope.waitFor(130));
        QTest::qWait(100);
        test::takeShots(*scope.view, QStringLiteral("memory_ruler"));
    }
};

QTEST_MAIN(TestMemoryRulerView)
#include "tst_memory_ruler_view.moc"
