// Changed, baseline and difference in the views that measure: a real model with an intervention on, and sessions of the
// test's own beside it, whose values are put into the formulas in float64.
#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>

#include "own_settings.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/token_inspection.h"
#include "ui/bridge/engine_host.h"
#include "ui/plot/curve_plot.h"
#include "ui/plot/matrix_plot.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/base/compare_box.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/channel_map/channel_map_view.h"
#include "ui/views/hidden_attention/hidden_attention_view.h"
#include "ui/views/hidden_attention/row_curve.h"
#include "ui/views/memory_ruler/memory_ruler_view.h"
#include "ui/views/state/state_view.h"
#include "ui/views/time_scales/time_scales_view.h"
#include "ui/widgets/elided_label.h"
#include "ui/window/main_window.h"
#include "ui/window/view_host.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr qint64 kTokens = 40;
constexpr LayerIndex kLayer{1};
const QString kTiny = QStringLiteral(MS_TEST_DATA "/mamba-tiny");

SeriesKey key(ProbePoint point) { return {point, kLayer, Reduction::None}; }

/// What one layer computed at every token: a session read up to it, with interventions or without.
struct Recording {
    std::vector<TokenInspection> tokens;
    std::vector<float> A;
    qint64 d_inner = 0, d_state = 0;

    static Recording of(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& ids, const std::vector<Intervention>& changes) {
        Recording recording;
        recording.d_inner = model->dims().d_inner;
        recording.d_state = model->dims().d_state;
        const auto A = model->stateMatrix(kLayer);
        recording.A.assign(A.begin(), A.end());
        const auto inspector = TokenInspector::create(model);
        const auto session = Session::create(model);
        if (!inspector || !(*inspector)->session().setInterventions(changes)) return recording;
        // Read in one go, as the engine does: the same chunks give the same bits.
        if (!session || !(*session)->setInterventions(changes) || !(*session)->prefill(ids)) return recording;
        std::vector<CaptureRequest> requests;
        for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::U, ProbePoint::B, ProbePoint::C, ProbePoint::State})
            requests.push_back({point, {kLayer}, Reduction::None, 1, 0, 0, 1});
        for (std::size_t t = 0; t < ids.size(); ++t) {
            auto token = (*inspector)->inspect(nullptr, ids, TokenPos(static_cast<qint64>(t)), requests, {}, &(*session)->chunks());
            if (!token) break;
            recording.tokens.push_back(std::move(*token));
        }
        return recording;
    }
    [[nodiscard]] double at(ProbePoint point, qint64 token, qint64 column) const {
        return static_cast<double>(tokens[static_cast<std::size_t>(token)].values.at(key(point))[static_cast<std::size_t>(column)]);
    }
    [[nodiscard]] double dt(qint64 token, qint64 c) const { return at(ProbePoint::Dt, token, c); }
    [[nodiscard]] double rate(qint64 c, qint64 n) const { return static_cast<double>(A[static_cast<std::size_t>(c * d_state + n)]); }
    [[nodiscard]] double since(qint64 c, qint64 from, qint64 to) const {
        double sum = 0;
        for (qint64 t = from + 1; t <= to; ++t) sum += dt(t, c);
        return sum;
    }

    /// ln 2 / (mean Δ · |A|).
    [[nodiscard]] double halfLife(qint64 c, qint64 n) const {
        return std::numbers::ln2 * static_cast<double>(kTokens) / (since(c, -1, kTokens - 1) * std::abs(rate(c, n)));
    }
    /// Mean over the channels of Σ_n C·exp(A·Σ Δ)·Δ·B.
    [[nodiscard]] double attention(qint64 query, qint64 token) const {
        double sum = 0;
        for (qint64 c = 0; c < d_inner; ++c) {
            const double decay = since(c, token, query);
            for (qint64 n = 0; n < d_state; ++n)
                sum += at(ProbePoint::C, query, n) * std::exp(rate(c, n) * decay) * dt(token, c) * at(ProbePoint::B, token, n);
        }
        return sum / static_cast<double>(d_inner);
    }
    struct Memory {
        double retained = 0, share = 0;
    };
    /// Of a token's write in the state behind the last token: ‖c‖ ∕ ‖Δ·B·u‖ and ⟨c, h⟩ ∕ ‖h‖².
    [[nodiscard]] Memory memory(qint64 token) const {
        double kept = 0, wrote = 0, along = 0, squares = 0;
        for (qint64 c = 0; c < d_inner; ++c) {
            const double decay = since(c, token, kTokens - 1);
            for (qint64 n = 0; n < d_state; ++n) {
                const double write = dt(token, c) * at(ProbePoint::B, token, n) * at(ProbePoint::U, token, c);
                const double left = write * std::exp(rate(c, n) * decay), h = at(ProbePoint::State, kTokens - 1, c * d_state + n);
                wrote += write * write;
                kept += left * left;
                along += left * h;
                squares += h * h;
            }
        }
        return {std::sqrt(kept / wrote), along / squares};
    }
};

/// Layer 0 at half its Δ and channel 3 of layer 1 at twice: the layer that is looked at reads other values and is changed itself.
InterventionList changes() {
    InterventionValue half, twice;
    half.kind = twice.kind = InterventionValue::Kind::ScaleDt;
    half.factor = 0.5f;
    half.layers = {0};
    twice.factor = 2.0f;
    twice.layers = {kLayer.value};
    twice.channels = {3};
    return {half, twice};
}

bool near(float shown, double expected, double scale, double tolerance = 2e-5) {
    return std::abs(static_cast<double>(shown) - expected) <= tolerance * scale;
}

}  // namespace

class TestCompare : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        useOwnSettings(m_settings);
        const auto backend = openDevice("host");
        QVERIFY(backend);
        const auto model = Model::load(kTiny.toStdString(), *backend);
        QVERIFY(model);
        std::vector<TokenId> ids;
        RunRequest request;
        for (qint64 i = 0; i < kTokens; ++i) {
            ids.push_back(static_cast<TokenId>(1 + (i * 7) % 50));
            request.text += QStringLiteral("%1 ").arg(ids.back());
        }
        m_baseline = Recording::of(*model, ids, {});
        Intervention half{.layers = {LayerIndex(0)}, .factor = 0.5f};
        Intervention twice{.layers = {kLayer}, .channels = {ChannelIndex(3)}, .factor = 2.0f};
        m_changed = Recording::of(*model, ids, {half, twice});
        QCOMPARE(m_baseline.tokens.size(), static_cast<std::size_t>(kTokens));
        QCOMPARE(m_changed.tokens.size(), static_cast<std::size_t>(kTokens));

        m_selection.setLayer(kLayer.value);
        m_engine = std::make_unique<EngineHost>(EngineOptions{CaptureStore::kDefaultCap, QStringLiteral("host")});
        std::vector<CaptureRequest> requests;
        for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::U, ProbePoint::B, ProbePoint::C}) requests.push_back({point, {kLayer}, Reduction::None});
        requests.push_back({ProbePoint::Dt, {}, Reduction::MeanChannels});
        m_engine->feed().setRequests(this, requests);
        m_engine->open(kTiny);
        QTRY_VERIFY_WITH_TIMEOUT(m_engine->model() != nullptr, kPatience);
        QSignalSpy applied(m_engine.get(), &EngineHost::interventionsApplied);
        m_engine->setInterventions(changes());
        QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 1, kPatience);
        request.maxNew = 1;
        request.sampling.temperature = 0;
        m_engine->run(request);
        QTRY_VERIFY_WITH_TIMEOUT(m_engine->feed().tokens().size() > kTokens && m_engine->state() == EngineState::Idle, kPatience);
        m_engine->goToToken(kTokens - 1);  // what it wrote itself is of no interest
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->feed().tokens().size(), kTokens, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(m_engine->state() != EngineState::Reading && !m_engine->progress().active, kPatience);
        m_axis.setTokenCount(kTokens);
    }

    void theEngineKnowsWhatTheBaselineComputed() {
        const std::vector<CaptureRequest> wanted{{ProbePoint::State, {kLayer}, Reduction::None, 1, 0, 0, 1}};
        QObject asker;
        std::shared_ptr<const TokenValues> changed, baseline;
        // One asks for both at once: neither question replaces the other.
        m_engine->queries().tokenValues(&asker, 17, wanted, [&](const Answer<TokenValues>& answer) { changed = answer.value; });
        m_engine->queries().baselineValues(&asker, 17, wanted, [&](const Answer<TokenValues>& answer) { baseline = answer.value; });
        QTRY_VERIFY_WITH_TIMEOUT(changed && baseline, kPatience);
        QCOMPARE(baseline->token, 17);
        for (qint64 i = 0; i < m_baseline.d_inner * m_baseline.d_state; ++i) {
            const auto at = static_cast<std::size_t>(i);
            QVERIFY(near(baseline->values.at(key(ProbePoint::State))[at], m_baseline.at(ProbePoint::State, 17, i), 1, 1e-6));
            QVERIFY(near(changed->values.at(key(ProbePoint::State))[at], m_changed.at(ProbePoint::State, 17, i), 1, 1e-6));
        }
        QString error;
        m_engine->queries().baselineValues(&asker, 4000, wanted, [&](const Answer<TokenValues>& answer) { error = answer.error; });
        QTRY_VERIFY_WITH_TIMEOUT(error.contains(QStringLiteral("4000")), kPatience);
    }

    void states() {
        StateView view(context());
        place(view);
        m_selection.setToken(25);
        const auto expected = [](const Recording& run, qint64 token, qint64 c, qint64 n) {
            return run.at(ProbePoint::State, token, c * run.d_state + n);
        };
        const auto shows = [&](const std::function<double(qint64, qint64)>& wanted) {
            return QTest::qWaitFor([&] {
                const auto matrix = view.heatmap()->matrix();
                if (!matrix) return false;
                for (qint64 c = 0; c < m_changed.d_inner; ++c)
                    for (qint64 n = 0; n < m_changed.d_state; ++n)
                        if (!near(matrix->at(c, n), wanted(c, n), 1, 1e-6)) return false;
                return true;
            }, kPatience);
        };
        QVERIFY(shows([&](qint64 c, qint64 n) { return expected(m_changed, 25, c, n); }));
        view.setCompare(Compare::Baseline);
        QVERIFY(shows([&](qint64 c, qint64 n) { return expected(m_baseline, 25, c, n); }));
        QVERIFY(title(view).endsWith(QStringLiteral(" · baseline")));
        view.setCompare(Compare::Difference);
        QVERIFY(shows([&](qint64 c, qint64 n) { return expected(m_changed, 25, c, n) - expected(m_baseline, 25, c, n); }));
        QVERIFY(title(view).endsWith(QStringLiteral("difference from the baseline")));
        zeroIsInTheMiddle(*view.heatmap());
        double squares = 0;
        for (qint64 i = 0; i < m_changed.d_inner * m_changed.d_state; ++i)
            squares += std::pow(m_changed.at(ProbePoint::State, 25, i) - m_baseline.at(ProbePoint::State, 25, i), 2);
        QVERIFY(squares > 1e-8);
        QVERIFY(std::abs(view.norm() - std::sqrt(squares)) < 1e-5 * std::sqrt(squares));

        QTest::mouseClick(view.heatmap(), Qt::LeftButton, {}, view.heatmap()->pointOf(5, 2));
        saysBoth(view.readout(), QStringLiteral("h − baseline"), expected(m_changed, 25, 5, 2), expected(m_baseline, 25, 5, 2), 1e-6);
        QVERIFY2(view.readout().contains(QStringLiteral("channel 5, state 2")), qPrintable(view.readout()));

        view.setReference(StateReference::TokenBefore);
        QVERIFY(shows([&](qint64 c, qint64 n) {
            return expected(m_changed, 25, c, n) - expected(m_changed, 24, c, n) - (expected(m_baseline, 25, c, n) - expected(m_baseline, 24, c, n));
        }));
        view.setReference(StateReference::None);
        view.setCompare(Compare::Changed);
        QVERIFY(shows([&](qint64 c, qint64 n) { return expected(m_changed, 25, c, n); }));
        QVERIFY2(!view.readout().contains(QStringLiteral("baseline")), qPrintable(view.readout()));
        m_selection.setToken(-1);
    }

    void halfLives() {
        TimeScalesView view(context());
        place(view);
        QTRY_VERIFY_WITH_TIMEOUT(view.values() && view.values()->steps.tokens == kTokens, kPatience);
        const auto compares = [&](const std::function<double(qint64, qint64)>& wanted) {
            for (qint64 c = 0; c < m_changed.d_inner; ++c)
                for (qint64 n = 0; n < m_changed.d_state; ++n)
                    QVERIFY(near(view.map()->matrix()->at(c, n), wanted(c, n), m_changed.halfLife(c, n) + m_baseline.halfLife(c, n)));
        };
        compares([&](qint64 c, qint64 n) { return m_changed.halfLife(c, n); });
        view.setCompare(Compare::Baseline);
        QTRY_VERIFY_WITH_TIMEOUT(view.values()->compare == Compare::Baseline, kPatience);
        compares([&](qint64 c, qint64 n) { return m_baseline.halfLife(c, n); });
        QVERIFY(title(view).endsWith(QStringLiteral(" · baseline")));
        view.setCompare(Compare::Difference);
        QTRY_VERIFY_WITH_TIMEOUT(view.values()->compare == Compare::Difference, kPatience);
        compares([&](qint64 c, qint64 n) { return m_changed.halfLife(c, n) - m_baseline.halfLife(c, n); });
        QVERIFY(m_changed.halfLife(3, 0) < 0.6 * m_baseline.halfLife(3, 0));  // twice the step, and other inputs
        zeroIsInTheMiddle(*view.map());
        QVERIFY(view.map()->scale().kind == ScaleKind::Linear);

        QTest::mouseClick(view.map(), Qt::LeftButton, {}, view.map()->pointOf(3, 1));
        saysBoth(view.readout(), QStringLiteral("t½ − baseline"), m_changed.halfLife(3, 1), m_baseline.halfLife(3, 1), 1e-4);
        const QString note = view.findChild<ElidedLabel*>(QStringLiteral("time_scales_note"))->text();
        QVERIFY2(note.contains(QStringLiteral("median half-life")) && note.contains(QStringLiteral("(baseline ")), qPrintable(note));

        // Bars are counts minus counts, over the same edges.
        const TimeScales& shown = *view.values();
        QCOMPARE(shown.histogram.edges, shown.baseline->histogram.edges);
        const std::vector<double>& edges = shown.histogram.edges;
        std::vector<qint64> counts(edges.size() - 1);
        qint64 onEdges = 0;  // rounding may put these to either side
        for (const auto& [run, sign] : {std::pair(&m_changed, 1), std::pair(&m_baseline, -1)})
            for (qint64 c = 0; c < run->d_inner; ++c)
                for (qint64 n = 0; n < run->d_state; ++n) {
                    const double life = run->halfLife(c, n);
                    const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, life);
                    counts[static_cast<std::size_t>(above - edges.begin() - 1)] += sign;
                    onEdges += std::any_of(edges.begin() + 1, edges.end() - 1, [&](double e) { return std::abs(e - life) < 1e-5 * e; });
                }
        qint64 off = 0, most = 0;
        std::size_t fullest = 0;
        for (std::size_t bin = 0; bin < counts.size(); ++bin) {
            off += std::abs(counts[bin] - shown.countOf(bin));
            if (std::abs(counts[bin]) > most) most = std::abs(counts[fullest = bin]);
        }
        QVERIFY2(off <= 2 * onEdges, qPrintable(QStringLiteral("%1 of %2").arg(off).arg(onEdges)));
        QVERIFY(most > 0);
        Q_EMIT view.histogram()->hovered(std::sqrt(edges[fullest] * edges[fullest + 1]), 1);
        QVERIFY2(view.readout().startsWith(QStringLiteral("states − baseline = %1 ").arg(groupedText(shown.countOf(fullest)))), qPrintable(view.readout()));
        QVERIFY(view.readout().contains(bothText(groupedText(static_cast<qint64>(shown.histogram.counts[fullest])),
                                                 groupedText(static_cast<qint64>(shown.baseline->histogram.counts[fullest])))));
        m_selection.setChannel(-1);
    }

    void memories() {
        MemoryRulerView view(context());
        place(view);
        QTRY_VERIFY_WITH_TIMEOUT(view.result() && view.result()->token == kTokens - 1, kPatience);
        view.setCompare(Compare::Baseline);
        const auto at = [&](const std::vector<float>& values, qint64 token) { return values[static_cast<std::size_t>(token - view.result()->first)]; };
        QTRY_VERIFY_WITH_TIMEOUT(near(at(view.result()->ruler.share, kTokens - 1), m_baseline.memory(kTokens - 1).share, 1), kPatience);
        view.setCompare(Compare::Difference);
        QTRY_VERIFY_WITH_TIMEOUT(view.result()->baseline, kPatience);
        QCOMPARE(view.result()->first, 0);
        double most = 0;
        qint64 largest = -1;
        for (qint64 t = 0; t < kTokens; ++t) {
            const Recording::Memory changed = m_changed.memory(t), baseline = m_baseline.memory(t);
            QVERIFY(near(at(view.result()->ruler.retained, t), changed.retained - baseline.retained, 1));
            QVERIFY(near(at(view.result()->ruler.share, t), changed.share - baseline.share, 1));
            if (std::abs(changed.share - baseline.share) > most) {
                most = std::abs(changed.share - baseline.share);
                largest = t;
            }
        }
        QCOMPARE(view.chips()->ranked().front().token, largest);
        QVERIFY(title(view).endsWith(QStringLiteral("difference from the baseline")));
        // Zero stands in the middle of both.
        for (TokenCurvePlot* plot : {view.retained(), view.share()}) {
            const auto ticks = plot->yTicks();
            QVERIFY(!ticks.empty() && std::abs(ticks.front().first + ticks.back().first) < 1e-9);
        }
        m_selection.setToken(largest);  // of another state
        QTRY_VERIFY_WITH_TIMEOUT(view.result()->token == largest, kPatience);
        m_selection.setToken(-1);
        QTRY_VERIFY_WITH_TIMEOUT(view.result()->token == kTokens - 1, kPatience);
        Q_EMIT view.chips()->tokenHovered(largest);
        const QString text = view.readout();
        QVERIFY2(text.startsWith(QStringLiteral("retained − baseline = ")), qPrintable(text));
        saysBoth(text.mid(text.indexOf(QStringLiteral("share − baseline"))), QStringLiteral("share − baseline"), m_changed.memory(largest).share,
                 m_baseline.memory(largest).share, 2e-5);
        Q_EMIT view.chips()->tokenHovered(-1);
    }

    void attention() {
        HiddenAttentionView view(context());
        place(view);
        QTRY_VERIFY_WITH_TIMEOUT(view.tile() && view.row(), kPatience);
        view.setCompare(Compare::Difference);
        QTRY_VERIFY_WITH_TIMEOUT(!view.tile()->baseline.empty() && !view.row()->baseline.empty(), kPatience);
        const auto matrix = view.plot()->matrix();
        for (qint64 t = 0; t < kTokens; ++t)
            for (qint64 s = 0; s < kTokens; ++s) {
                if (s > t) QVERIFY(isMissing(matrix->at(t, s)));
                else QVERIFY(near(matrix->at(t, s), m_changed.attention(t, s) - m_baseline.attention(t, s),
                                  0.1 + 10 * (std::abs(m_changed.attention(t, s)) + std::abs(m_baseline.attention(t, s)))));
            }
        zeroIsInTheMiddle(*view.plot());
        for (qint64 s = 0; s < kTokens; ++s)
            QVERIFY(near(view.row()->values[static_cast<std::size_t>(s)], m_changed.attention(kTokens - 1, s) - m_baseline.attention(kTokens - 1, s), 1));
        QTest::mouseMove(view.plot(), view.plot()->pointOf(30, 22));
        saysBoth(view.readout(), QStringLiteral("α − baseline"), m_changed.attention(30, 22), m_baseline.attention(30, 22), 2e-5);
        Q_EMIT view.curve()->tokenHovered(20);
        saysBoth(view.readout(), QStringLiteral("α − baseline"), m_changed.attention(kTokens - 1, 20), m_baseline.attention(kTokens - 1, 20), 2e-5);

        view.setForm(AttentionForm::RowNormalised);
        const auto normalised = [](const Recording& run, qint64 t, qint64 s) {
            double sum = 0;
            for (qint64 i = 0; i <= t; ++i) sum += std::abs(run.attention(t, i));
            return std::abs(run.attention(t, s)) / sum;
        };
        QTRY_VERIFY_WITH_TIMEOUT(view.tile()->baselineRowSums, kPatience);
        for (const auto& [t, s] : {std::pair<qint64, qint64>(39, 39), {39, 2}, {20, 11}, {5, 0}})
            QVERIFY(near(view.plot()->matrix()->at(t, s), normalised(m_changed, t, s) - normalised(m_baseline, t, s), 1));
        zeroIsInTheMiddle(*view.plot());
        view.setCompare(Compare::Baseline);
        QTRY_VERIFY_WITH_TIMEOUT(view.tile()->baseline.empty(), kPatience);
        QVERIFY(near(view.plot()->matrix()->at(20, 11), normalised(m_baseline, 20, 11), 1));
        QVERIFY(!view.plot()->settings().centred);
    }

    void theChoiceIsThereWithTheBaselineAndEverywhereTheSame() {
        WindowOptions options;
        options.model = kTiny;
        options.engine.device = QStringLiteral("host");
        options.prompt = QStringLiteral("1 2 3 4 5 6 7 8");
        options.maxNew = 4;
        MainWindow window(options);
        window.show();
        const QStringList ids{QStringLiteral("overview"), QStringLiteral("channel_map"), QStringLiteral("directions"),
                              QStringLiteral("state"),    QStringLiteral("time_scales"), QStringLiteral("memory_ruler"),
                              QStringLiteral("hidden_attention"), QStringLiteral("dt")};
        const auto box = [&](const QString& id) { return window.views().view(id)->header()->findChild<CompareBox*>(id + QStringLiteral("_run")); };
        const auto all = [&](auto holds) { return std::all_of(ids.begin(), ids.end(), [&](const QString& id) { return box(id) != nullptr && holds(*box(id)); }); };
        QVERIFY(all([](const CompareBox& b) { return b.isHidden() && !b.accessibleName().isEmpty(); }));
        auto* radio = window.findChild<QAbstractButton*>(QStringLiteral("compareBaseline"));
        auto* add = window.findChild<QAction*>(QStringLiteral("action_interventionAdd_0"));
        QTRY_VERIFY_WITH_TIMEOUT(window.views().view(QStringLiteral("state"))->model() != nullptr, kPatience);
        add->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(all([](const CompareBox& b) { return !b.isHidden() && b.compare() == Compare::Changed; }), kPatience);
        for (int i = 0; i < 3; ++i) QVERIFY(!box(ids[0])->itemData(i, Qt::ToolTipRole).toString().isEmpty());

        CompareBox* chooser = box(QStringLiteral("state"));
        window.views().show(QStringLiteral("state"));
        chooser->setFocus();
        QTest::keyClick(chooser, Qt::Key_Down);
        QVERIFY(all([](const CompareBox& b) { return b.compare() == Compare::Baseline; }));
        QVERIFY(radio->isChecked());
        window.findChild<QAbstractButton*>(QStringLiteral("compareDifference"))->click();
        QVERIFY(all([](const CompareBox& b) { return b.compare() == Compare::Difference; }));

        window.findChild<QAbstractButton*>(QStringLiteral("interventionClear"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(all([](const CompareBox& b) { return b.isHidden() && b.compare() == Compare::Changed; }), kPatience);

        // A mark of the architecture shows its view, set to what was clicked.
        auto* channels = qobject_cast<ChannelMapView*>(window.views().view(QStringLiteral("channel_map")));
        for (const char* measure : {"u", "gate", "y"}) {
            window.views().show(QStringLiteral("channel_map"), QLatin1String(measure));
            QCOMPARE(channels->measure().key, std::string_view(measure));
        }
        window.views().show(QStringLiteral("channel_map"), QStringLiteral("nothing like it"));
        QCOMPARE(channels->measure().key, std::string_view("y"));
    }

private:
    [[nodiscard]] ViewContext context() {
        CaptureFeed& feed = m_engine->feed();
        return {feed.store(), feed.baseline(), feed.tokens(), m_axis, m_selection, m_engine->queries()};
    }
    void place(ScopeView& view) const {
        view.resize(900, 500);
        view.show();
        view.setModel(m_engine->model());
    }
    static QString title(const ScopeView& view) { return view.header()->findChild<ElidedLabel*>(QStringLiteral("title_") + view.id())->text(); }
    static void zeroIsInTheMiddle(MatrixPlot& plot) {
        QVERIFY(plot.settings().colourMap == ColourMapId::Diverging);
        QVERIFY(plot.scale().high > 0 && plot.scale().low == -plot.scale().high);
    }
    /// "symbol = difference … changed x, baseline y".
    static void saysBoth(const QString& text, const QString& symbol, double changed, double baseline, double tolerance) {
        const QRegularExpression number(QStringLiteral("^%1 = (\\S+).*changed (\\S+), baseline (\\S+)").arg(QRegularExpression::escape(symbol)));
        const QRegularExpressionMatch match = number.match(text);
        QVERIFY2(match.hasMatch(), qPrintable(text));
        const auto value = [&](int group) { return match.captured(group).replace(QChar(0x2212), QLatin1Char('-')).remove(QLatin1Char(',')).remove(QLatin1Char(';')).toDouble(); };
        QVERIFY2(std::abs(value(1) - (changed - baseline)) < tolerance, qPrintable(text));
        QVERIFY2(std::abs(value(2) - changed) < tolerance, qPrintable(text));
        QVERIFY2(std::abs(value(3) - baseline) < tolerance, qPrintable(text));
    }

    QTemporaryDir m_settings;
    std::unique_ptr<EngineHost> m_engine;
    TimeAxis m_axis;
    Selection m_selection;
    Recording m_changed, m_baseline;
};

QTEST_MAIN(TestCompare)
#include "tst_compare.moc"
