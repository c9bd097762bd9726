#include <QAction>
#include <QComboBox>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <cmath>
#include <limits>

#include "state_fakes.h"
#include "tests/support/keep_driver.h"
#include "ui/bridge/engine_host.h"
#include "ui/bridge/landscape_service.h"
#include "ui/models/series_source.h"
#include "ui/style/number_text.h"
#include "ui/views/state/landscape_plot.h"
#include "ui/views/state/state_matrix.h"
#include "ui/views/state/state_view.h"
#include "ui/widgets/elided_label.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr int kPatience = 60'000;

struct Scope : test::Surroundings {
    MadeUpStates states;
    FakeDrawer fake;
    std::unique_ptr<StateView> view;

    explicit Scope(qint64 count = kTokens, LandscapeDrawer* drawer = nullptr) : Surroundings(count, {}) {
        selection.setLayer(0);
        view = std::make_unique<StateView>(ViewContext{store, baseline, tokens, axis, selection, states, drawer ? drawer : &fake});
        view->resize(700, 320);
        view->show();
        view->setModel(test::smallModel());
    }
    ~Scope() { view.reset(); }
    template <class T>
    T* control(const char* name) const {
        T* found = view->findChild<T*>(QLatin1String(name));
        return found != nullptr ? found : view->header()->findChild<T*>(QLatin1String(name));
    }
    [[nodiscard]] QString magnitude() const { return control<ElidedLabel>("state_magnitude")->text(); }
    [[nodiscard]] QString title() const { return control<ElidedLabel>("title_state")->text(); }
    [[nodiscard]] const Matrix* matrix() const { return view->heatmap()->matrix().get(); }
    /// Until the shown matrix's first value is this.
    [[nodiscard]] bool shows(float first) const {
        return QTest::qWaitFor([&] { return matrix() != nullptr && matrix()->values[0] == first; }, 5000);
    }
    [[nodiscard]] bool showsToken(qint64 token, qint64 layer = 0) const { return shows(MadeUpStates::value(layer, token, 0, 0)); }
    void append(qint64 count) {
        std::vector<TokenRow> rows;
        for (qint64 t = 0; t < count; ++t) rows.push_back(test::tokenRow(tokens.size() + t));
        tokens.append(rows);
    }
};

void moveMouse(QWidget& widget, const QPointF& at, Qt::MouseButton button = Qt::NoButton) {
    QMouseEvent event(QEvent::MouseMove, at, widget.mapToGlobal(at), Qt::NoButton, button, Qt::NoModifier);
    QApplication::sendEvent(&widget, &event);
}

}  // namespace

class TestState : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { keepDriverLoaded(); }
    void theNewestTokensStateIsShownExactly() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        QCOMPARE(scope.matrix()->rows, kChannels);
        QCOMPARE(scope.matrix()->columns, kStates);
        double squares = 0;
        for (qint64 c = 0; c < kChannels; ++c)
            for (qint64 n = 0; n < kStates; ++n) {
                const float v = MadeUpStates::value(0, kTokens - 1, c, n);
                QCOMPARE(scope.matrix()->at(c, n), v);
                squares += static_cast<double>(v) * static_cast<double>(v);
            }
        QVERIFY(std::abs(scope.view->norm() - std::sqrt(squares)) < 1e-9);
        QCOMPARE(scope.magnitude(), QStringLiteral("‖h‖ = %1").arg(shortText(std::sqrt(squares))));
        QVERIFY(scope.title().contains(QStringLiteral("token 39")));
        QVERIFY(scope.control<ElidedLabel>("title_state")->toolTip().contains(QStringLiteral("h(t)")));
    }

    void cursorAndLayerAreFollowedWhenTheyRest() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.states.asked.clear();
        for (const qint64 token : {3, 4, 5}) scope.selection.setToken(token);
        QCOMPARE(scope.states.asked.size(), 0);
        QVERIFY(scope.showsToken(5));
        QCOMPARE(scope.states.asked.size(), 1);
        scope.selection.setLayer(2);
        QVERIFY(scope.showsToken(5, 2));
        QCOMPARE(scope.control<QSpinBox>("state_layer")->value(), 2);
        scope.control<QSpinBox>("state_layer")->setValue(3);
        QCOMPARE(scope.selection.layer(), 3);
        QVERIFY(scope.showsToken(5, 3));
    }

    void theChangeSinceTheTokenBefore() {
        Scope scope;
        scope.selection.setToken(12);
        scope.view->setReference(StateReference::TokenBefore);
        QVERIFY(scope.shows(1.0f));
        for (const float v : scope.matrix()->values) QCOMPARE(v, 1.0f);
        QCOMPARE(scope.view->norm(), 8.0);  // √64
        QVERIFY2(scope.magnitude().startsWith(QStringLiteral("‖h − h(11)‖ = 8")), qPrintable(scope.magnitude()));
        QVERIFY(scope.title().startsWith(QStringLiteral("h − h(11)")));
        // Moving on by one asks for one state: the other is known.
        scope.states.asked.clear();
        scope.selection.setToken(13);
        QTRY_COMPARE(scope.title().section(QLatin1Char(' '), 2, 2), QStringLiteral("h(12)"));
        QCOMPARE(scope.states.asked.size(), 1);
        // Nothing lies before the first token: the state was zero.
        scope.selection.setToken(0);
        QVERIFY(scope.showsToken(0));
        QVERIFY(scope.magnitude().startsWith(QStringLiteral("‖h − 0‖")));
    }

    void comparesWithAPinnedToken() {
        Scope scope;
        scope.selection.setToken(2);
        QVERIFY(scope.showsToken(2));
        QTest::mouseClick(scope.control<QToolButton>("state_pin"), Qt::LeftButton);
        QCOMPARE(scope.view->pinned(), std::optional<qint64>(2));
        QVERIFY(scope.shows(0.0f));
        QCOMPARE(scope.view->norm(), 0.0);
        scope.selection.setToken(9);
        QVERIFY(scope.shows(7.0f));
        QCOMPARE(scope.view->norm(), 56.0);
        auto* compare = scope.control<QComboBox>("state_compare");
        QCOMPARE(compare->currentIndex(), 2);
        QVERIFY(compare->currentText().contains(QStringLiteral("token 2")));
        QVERIFY(scope.view->heatmap()->readout().isEmpty());
        scope.tokens.truncate(8);  // still there
        QVERIFY(scope.view->pinned().has_value());
        scope.tokens.truncate(1);
        QVERIFY(!scope.view->pinned());
        QCOMPARE(compare->currentIndex(), 0);
        QVERIFY(scope.showsToken(0));
    }

    void againstZeroTheStateItself() {
        Scope scope;
        scope.selection.setToken(4);
        QVERIFY(scope.showsToken(4));
        const double norm = scope.view->norm();
        scope.view->setReference(StateReference::Zero);
        QCOMPARE(scope.view->norm(), norm);
        QVERIFY(scope.magnitude().startsWith(QStringLiteral("‖h − 0‖")));
    }

    void rowsSortedByNormKeepTheirChannels() {
        Scope scope;
        scope.selection.setToken(0);
        QVERIFY(scope.showsToken(0));
        scope.view->setSortedByNorm(true);
        double last = std::numeric_limits<double>::infinity();
        for (qint64 row = 0; row < kChannels; ++row) {
            const qint64 channel = scope.view->channelAt(row);
            double squares = 0;
            for (qint64 n = 0; n < kStates; ++n) {
                QCOMPARE(scope.matrix()->at(row, n), MadeUpStates::value(0, 0, channel, n));
                squares += std::pow(static_cast<double>(scope.matrix()->at(row, n)), 2);
            }
            QVERIFY(squares <= last);
            last = squares;
        }
        MatrixPlot& plot = *scope.view->heatmap();
        QTest::mouseClick(&plot, Qt::LeftButton, {}, plot.pointOf(1, 2));
        QCOMPARE(scope.selection.channel(), scope.view->channelAt(1));
        const qint64 channel = scope.selection.channel();
        const QString wanted = QStringLiteral("h = %1   channel %2, state 2").arg(exactText(MadeUpStates::value(0, 0, channel, 2))).arg(channel);
        QCOMPARE(scope.view->readout(), wanted);
        scope.view->setSortedByNorm(false);
        moveMouse(plot, plot.pointOf(channel, 2));
        QCOMPARE(scope.view->readout(), wanted);
    }

    void whatIsNoNumberWarns() {
        Scope scope;
        scope.states.nanChannel = 0;
        scope.selection.setToken(7);
        QTRY_VERIFY(scope.matrix() != nullptr && std::isnan(scope.matrix()->values[0]));
        MatrixPlot& plot = *scope.view->heatmap();
        QCOMPARE(plot.grab().toImage().pixel(plot.pointOf(0, 1)), kNanColour);
        QVERIFY(std::isfinite(scope.view->norm()));
        const Matrix& m = *scope.matrix();
        const HeatmapSettings settings = HeatmapSettings::forSign(true);
        const ValueScale heights = heightScaleOf(m, settings);
        const auto field = fieldOf(m, settings, plot.scale(), heights);
        QCOMPARE(field->colours[0], kNanColour);
        QCOMPARE(field->heights[0], heights.position(0));
        QCOMPARE(field->heights[kStates], heights.position(m.values[kStates]));
        Matrix missing{1, 1, {kMissingValue}, {}, false};
        QVERIFY(std::isnan(fieldOf(missing, settings, {}, {})->heights[0]));
    }

    void heightsReachTheExtremesThoughColoursDoNot() {
        Matrix matrix{1, 400, {}, {}, false};
        for (int i = 0; i < 400; ++i) matrix.values.push_back(std::sin(static_cast<float>(i)));
        matrix.values[17] = 50;
        const HeatmapSettings settings = HeatmapSettings::forSign(true);
        const ValueScale heights = heightScaleOf(matrix, settings);
        QCOMPARE(heights.high, 50.0f);
        const auto field = fieldOf(matrix, settings, rangeFor(settings, matrix.values), heights);
        QCOMPARE(field->heights[17], 1.0f);
        QCOMPARE(field->colours[17], ColourMap::get(ColourMapId::Diverging).at(1));
        QVERIFY(std::abs(field->heights[0] - 0.5f) < 1e-6f);  // sin 0
    }

    void aGrowingSessionIsAskedAboutFourTimesASecond() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.states.asked.clear();
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 1000) {
            scope.append(1);
            QTest::qWait(10);
        }
        QVERIFY2(scope.states.asked.size() >= 2 && scope.states.asked.size() <= 5, qPrintable(QString::number(scope.states.asked.size())));
        QVERIFY(scope.showsToken(scope.tokens.size() - 1));  // and the last one in the end
        scope.selection.setToken(3);
        QVERIFY(scope.showsToken(3));
        scope.states.asked.clear();
        scope.append(5);
        QTest::qWait(2 * StateSource::kStreamMilliseconds);
        QCOMPARE(scope.states.asked.size(), 0);  // the cursor's token does not change
    }

    void slowAnswersAreNotOvertakenByNewTokens() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.states.asked.clear();
        scope.states.silent = true;
        for (int i = 0; i < 10; ++i) {
            scope.append(1);
            QTest::qWait(80);
        }
        QCOMPARE(scope.states.asked.size(), 1);
        scope.states.silent = false;
        const auto answered = scope.states.open.front();
        scope.states.tokenValues(nullptr, scope.states.asked[0].second, {{ProbePoint::State, {LayerIndex(0)}, Reduction::None, 1, 0, 0, 1}}, answered);
        QVERIFY(scope.showsToken(scope.tokens.size() - 1));
    }

    void saysWhatToDoAndWhatFailed() {
        Scope empty(0);
        QVERIFY(empty.view->heatmap()->scene().emptyText.contains(QStringLiteral("Run")));
        empty.view->setModel(nullptr);
        QVERIFY(empty.view->heatmap()->scene().emptyText.contains(QStringLiteral("No model")));

        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.states.error = QStringLiteral("token 5: the session was changed since");
        scope.selection.setToken(5);
        QTRY_COMPARE(scope.view->heatmap()->scene().emptyText, scope.states.error);
        QCOMPARE(scope.view->norm(), 0.0);
        scope.states.error.clear();
        scope.selection.setToken(6);
        QVERIFY(scope.showsToken(6));
    }

    void aHiddenViewAsksNothing() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.view->setActive(false);
        scope.states.asked.clear();
        scope.selection.setToken(5);
        scope.append(3);
        QTest::qWait(2 * StateSource::kStreamMilliseconds);
        QCOMPARE(scope.states.asked.size(), 0);
        scope.view->setActive(true);
        QVERIFY(scope.showsToken(5));
        // Interventions change what was read: the same token is asked for again.
        scope.states.asked.clear();
        scope.view->dataChanged(0, std::numeric_limits<qint64>::max());
        QTRY_COMPARE(scope.states.asked.size(), 1);
    }

    void mouseAndKeysTurnTheLandscape() {
        Scope scope;
        QVERIFY(scope.showsToken(kTokens - 1));
        QCOMPARE(scope.fake.requests.size(), 0);  // nobody looks at it
        scope.view->setForm(StateForm::Landscape);
        LandscapePlot& plot = *scope.view->landscape();
        QTRY_VERIFY(!scope.fake.requests.isEmpty());
        scope.fake.answer();
        QTRY_VERIFY(!plot.isBusy());
        const LandscapeRequest sharp = plot.shown();
        QCOMPARE(plot.picture().size(), QSize(sharp.width, sharp.height));
        QCOMPARE(sharp.field->rows, kChannels);
        const LandscapeOrbit start = plot.orbit();

        QTest::mousePress(&plot, Qt::LeftButton, {}, {200, 150});
        moveMouse(plot, {240, 130}, Qt::LeftButton);
        moveMouse(plot, {280, 120}, Qt::LeftButton);
        QVERIFY(plot.orbit().yaw < start.yaw);
        QVERIFY(plot.orbit().pitch < start.pitch);
        QVERIFY(scope.fake.requests.last().width <= sharp.width / 2 + 1);  // coarser while it moves
        QTest::mouseRelease(&plot, Qt::LeftButton, {}, {280, 120});
        QCOMPARE(scope.selection.channel(), -1);  // a drag selects nothing
        scope.fake.answer();
        QTRY_VERIFY(scope.fake.requests.last().width == sharp.width);  // sharp again
        scope.fake.answer();

        const LandscapeOrbit turned = plot.orbit();
        QTest::mousePress(&plot, Qt::MiddleButton, {}, {200, 150});
        moveMouse(plot, {260, 150}, Qt::MiddleButton);
        QTest::mouseRelease(&plot, Qt::MiddleButton, {}, {260, 150});
        QVERIFY(plot.orbit().targetX != turned.targetX && plot.orbit().yaw == turned.yaw);

        QWheelEvent wheel({200, 150}, plot.mapToGlobal(QPointF(200, 150)), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&plot, &wheel);
        QVERIFY(plot.orbit().distance < start.distance);
        const float near = plot.orbit().distance;
        QTest::keyClick(&plot, Qt::Key_Minus);
        QVERIFY(plot.orbit().distance > near);
        QTest::keyClick(&plot, Qt::Key_Right);
        QVERIFY(plot.orbit().yaw > turned.yaw);
        const float level = plot.orbit().targetY;
        QTest::keyClick(&plot, Qt::Key_Up, Qt::ShiftModifier);
        QVERIFY(plot.orbit().targetY > level);
        QTest::keyClick(&plot, Qt::Key_0);
        QCOMPARE(plot.orbit(), start);
        QSignalSpy runs(scope.view.get(), &StateView::runPauseRequested);
        QTest::keyClick(&plot, Qt::Key_Space);
        QCOMPARE(runs.count(), 1);
        scope.fake.open.clear();
    }

    void landscapesErrorsAreShown() {
        Scope scope;
        scope.fake.error = QStringLiteral("no Vulkan device");
        QVERIFY(scope.showsToken(kTokens - 1));
        scope.view->setForm(StateForm::Both);
        QTRY_VERIFY(!scope.fake.open.empty());
        scope.fake.answer();
        QVERIFY(scope.view->landscape()->errorText().contains(scope.fake.error));
        QVERIFY(!LandscapePlot(nullptr).errorText().isEmpty());
    }

    /// With the real renderer: what is picked in the picture is what is said and selected.
    void hoverAndClickFindCellsOfTheLandscape() {
        LandscapeService service;
        Scope scope(kTokens, &service);
        scope.selection.setToken(0);
        QVERIFY(scope.showsToken(0));
        scope.view->setForm(StateForm::Landscape);
        LandscapePlot& plot = *scope.view->landscape();
        QTRY_VERIFY_WITH_TIMEOUT(!plot.isBusy() && (!plot.picture().isNull() || !plot.errorText().isEmpty()), kPatience);
        if (!plot.errorText().isEmpty()) QSKIP("no Vulkan device that draws");
        // The front row of states is hidden by nothing.
        qint64 channel = 0;
        for (qint64 c = 1; c < kChannels; ++c)
            if (MadeUpStates::value(0, 0, c, kStates - 1) > MadeUpStates::value(0, 0, channel, kStates - 1)) channel = c;
        auto at = plot.pointOf(channel, kStates - 1);
        QVERIFY(at.has_value());
        at->ry() += 2;  // on its face, not on its crest against what lies behind
        moveMouse(plot, *at);
        QCOMPARE(plot.readout(), QStringLiteral("h = %1   channel %2, state %3").arg(exactText(MadeUpStates::value(0, 0, channel, kStates - 1))).arg(channel).arg(kStates - 1));
        QTest::mouseClick(&plot, Qt::LeftButton, {}, at->toPoint());
        QCOMPARE(scope.selection.channel(), channel);
        QTRY_VERIFY_WITH_TIMEOUT(!plot.isBusy(), kPatience);
        QCOMPARE(plot.shown().markedRow, channel);
        QTest::keyClick(&plot, Qt::Key_Left, Qt::ControlModifier);
        QCOMPARE(scope.selection.channel(), channel - 1);
        QTRY_VERIFY_WITH_TIMEOUT(!plot.isBusy(), kPatience);
    }

    /// The engine's states against what it captured of them: the norm of every channel's state.
    void aRealModelsStateHasItsCapturedNorm() {
        EngineHost engine{{CaptureStore::kDefaultCap, QStringLiteral("host")}};
        engine.open(QStringLiteral(MS_TEST_DATA "/mamba-tiny"));
        QVERIFY(QTest::qWaitFor([&] { return engine.state() == EngineState::Idle && engine.model(); }, kPatience));
        const CaptureRequest norms{ProbePoint::StateNorm, {LayerIndex(1)}, Reduction::None, 1, 0, 0, 1};
        QObject asker;
        engine.feed().setRequests(&asker, {norms});
        RunRequest run;
        run.text = QStringLiteral("1 2 3 4 5 6 7 8 9 10 11 12");
        run.stopAtEnd = false;
        run.maxNew = 8;
        engine.run(run);
        QVERIFY(QTest::qWaitFor([&] { return engine.feed().tokens().size() >= 20 && engine.state() == EngineState::Idle; }, kPatience));

        TimeAxis axis;
        Selection selection;
        CaptureFeed& feed = engine.feed();
        StateView view(ViewContext{feed.store(), feed.baseline(), feed.tokens(), axis, selection, engine.queries(), &engine.landscape()});
        view.resize(700, 320);
        view.show();
        view.setModel(engine.model());
        view.setForm(StateForm::Both);
        selection.setLayer(1);
        const ModelDims& dims = engine.model()->dims;
        for (const qint64 token : {3, 15}) {
            selection.setToken(token);
            QTRY_VERIFY_WITH_TIMEOUT(view.header()->findChild<ElidedLabel*>(QStringLiteral("title_state"))->text().contains(QStringLiteral("token %1 ").arg(token)), kPatience);
            const SeriesSource captured = SeriesSource::channels(feed.store(), ProbePoint::StateNorm, LayerIndex(1), dims);
            double squares = 0;
            for (qint64 c = 0; c < dims.d_inner; ++c) squares += std::pow(static_cast<double>(captured.at(token, c)), 2);
            QVERIFY(squares > 0);
            QVERIFY2(std::abs(view.norm() - std::sqrt(squares)) < 1e-5 * view.norm(), qPrintable(QString::number(view.norm())));
        }
        QTRY_VERIFY_WITH_TIMEOUT(!view.landscape()->isBusy(), kPatience);
        QVERIFY(!view.landscape()->picture().isNull() || view.landscape()->errorText().contains(QStringLiteral("Vulkan")));
    }

    void choicesAreRemembered() {
        QTemporaryDir folder;
        QSettings store(folder.filePath(QStringLiteral("views.ini")), QSettings::IniFormat);
        {
            Scope scope;
            HeatmapSettings settings = HeatmapSettings::forSign(true);
            settings.scale = ScaleKind::Symlog;
            scope.view->setSettings(settings);
            scope.view->setForm(StateForm::Both);
            scope.view->setReference(StateReference::TokenBefore);
            scope.view->setSortedByNorm(true);
            scope.view->save(store);
        }
        Scope scope;
        scope.view->load(store);
        QCOMPARE(scope.control<QComboBox>("state_form")->currentIndex(), 2);
        QCOMPARE(scope.control<QComboBox>("state_compare")->currentIndex(), 1);
        QVERIFY(scope.view->header()->findChild<QAction*>(QStringLiteral("state_sort"))->isChecked());
        QCOMPARE(scope.view->heatmap()->settings().scale, ScaleKind::Symlog);
        for (const char* name : {"state_layer", "state_form", "state_compare", "state_pin"}) {
            const auto* control = scope.control<QWidget>(name);
            QVERIFY(control && !control->accessibleName().isEmpty() && !control->toolTip().isEmpty());
            QVERIFY(control->focusPolicy() & Qt::TabFocus);
        }
    }
};

QTEST_MAIN(TestState)
#include "tst_state.moc"
