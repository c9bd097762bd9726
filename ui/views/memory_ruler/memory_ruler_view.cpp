#include "ui/views/memory_ruler/memory_ruler_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/plot/token_curve_plot.h"
#include "ui/style/appearance.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/memory_ruler/ruler_curves.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr auto kSettle = 80ms;
constexpr auto kBetween = 250ms;  // four times a second at most while tokens stream
constexpr double kLeastRetained = 1e-6;  // the log axis ends here: less is as good as nothing

QString percentText(double share) {
    const double percent = 100 * share;
    const QString text = std::abs(percent) >= 0.05 || percent == 0 ? QString::number(percent, 'f', 1) : QString::number(percent, 'g', 2);
    return QString(text).replace(QLatin1Char('-'), QChar(0x2212)) + QStringLiteral("\u202f%");
}

/// Zero in the middle: of values with a sign, unless the user fixed the limits.
ValueScale aroundZero(const ValueScale& limits, const Curve& curve, RangeMode range) {
    if (range == RangeMode::Fixed && limits.low < limits.high) return limits;
    if (limits.low < limits.high) return centred(limits);
    double most = 0;  // fits the data
    for (const double v : curve.y)
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
    const auto reach = static_cast<float>(1.1 * most);
    return {-reach, reach, limits.kind};
}

}  // namespace

MemoryRulerView::MemoryRulerView(const ViewContext& context, QWidget* parent)
    : LayerTokenView(QStringLiteral("memory_ruler"), context, parent), m_pin(new QToolButton),
      m_retained(new TokenCurvePlot(context.axis, context.selection)), m_share(new TokenCurvePlot(context.axis, context.selection)),
      m_menu(new CurveMenu), m_pace(kSettle, kBetween) {
    addLayerControls(tr("Memory ruler"));
    setSettingsMenu(m_menu, tr("Memory ruler: range of the shares; linear or logarithmic axis of what is retained"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_choices = makeChoices();
    layout->addWidget(m_choices);
    layout->addWidget(m_retained, 1);
    layout->addWidget(m_share, 1);
    layout->addWidget(chips());
    setFocusProxy(m_share);
    connectPlots();
    follow();
    clear({});
}

QWidget* MemoryRulerView::makeChoices() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    nameControl(channelOnly(), "channelOnly", tr("Only the state of the selected channel, not of the whole layer"));
    m_pin->setIcon(icon(QStringLiteral("pin")));
    m_pin->setCheckable(true);
    m_pin->setAutoRaise(true);
    m_pin->setFocusPolicy(Qt::TabFocus);
    nameControl(m_pin, "pin", tr("Stay with the state of this token while the cursor moves on"));
    name(note(), "note", tr("Whose state is shown, and what of it is older than the captures"));
    layout->addWidget(channelOnly());
    layout->addWidget(m_pin);
    layout->addWidget(note(), 1);
    connect(m_pin, &QToolButton::toggled, this, [this](bool pinned) {
        m_pinned = pinned ? reference() : -1;
        choose();
    });
    return row;
}

void MemoryRulerView::connectPlots() {
    name(m_retained, "retained", tr("How much of each token's write is retained"));
    name(m_share, "share", tr("Share of each token in the state"));
    name(chips(), "chips", tr("Tokens with the largest shares of the state"));
    chips()->setToolTip(tr("Tokens with the largest shares of the state: click one to move the cursor there"));
    chips()->setRows(2);
    for (TokenCurvePlot* plot : {m_retained, m_share}) {
        connect(plot, &TokenCurvePlot::hoverTokenChanged, this, &MemoryRulerView::showReadout);
        connect(plot, &CurvePlot::runPauseRequested, this, &MemoryRulerView::runPauseRequested);
        connect(plot, &CurvePlot::resized, this, &MemoryRulerView::draw);
    }
}

void MemoryRulerView::follow() {
    connect(m_menu, &CurveMenu::settingsChanged, this, &MemoryRulerView::setSettings);
    connect(&context().selection, &Selection::tokenChanged, this, [this] {
        showReadout();
        if (m_pinned < 0) choose();
    });
    connect(&context().axis, &TimeAxis::changed, this, &MemoryRulerView::draw);
    connect(&m_pace, &Pace::due, this, &MemoryRulerView::compute);
    connect(&m_pace, &Pace::slow, this, [this] {
        m_slow = true;
        showNote();
    });
}

qint64 MemoryRulerView::reference() const {
    return m_pinned >= 0 && m_pinned < context().tokens.size() ? m_pinned : cursorToken();
}

void MemoryRulerView::modelChanged() {
    LayerTokenView::modelChanged();
    m_pin->setChecked(false);
    forgetState();
    clear({});
    choose();
}

void MemoryRulerView::chosen(Choice choice) {
    if (choice == Choice::Layer) forgetState();
    choose();
}

void MemoryRulerView::chipHovered(qint64 token) {
    m_hoverChip = token;
    showReadout();
}

void MemoryRulerView::dataChanged(qint64 first, qint64 end) {
    const qint64 count = context().tokens.size();
    if (end > count) forgetState();  // the session began anew, or returned to an earlier token
    if (m_pinned >= count) m_pin->setChecked(false);
    if (count == 0) return clear({});
    if (m_result && m_result->token >= count) clear({});
    // What came later changes nothing of a state that is complete.
    if (m_result && m_result->first == 0 && m_result->token == reference() && first > m_result->token) return;
    if (isActive() && model()) m_pace.refresh();
}

void MemoryRulerView::activeChanged() {
    if (isActive()) return choose();
    m_task.cancel();
    m_pace.stop();
    context().queries.cancel(this);
    for (Past& past : m_past) past.askedFor = -1;
}

void MemoryRulerView::choose() {
    if (isActive() && model() && !model()->scan.empty()) m_pace.choose();
}

void MemoryRulerView::compute() {
    RulerQuery changed{context().store, model(), layer(), {}, reference(), past(Compare::Changed).state};
    if (!model() || changed.token < 0) return clear({});
    if (const QString lacks = missingDecayText(model(), layer()); !lacks.isEmpty()) return clear(lacks);
    changed.channel = wantedChannel();
    if (changed.channel == -1) return clear(selectChannelText());
    RulerQuery baseline = changed;
    baseline.store = context().baseline;
    baseline.before = past(Compare::Baseline).state;
    m_pace.started();
    m_task.start([changed, baseline, compare = compare()](const std::stop_token& stop) {
        if (compare == Compare::Difference) return measureDifference(changed, baseline, stop);
        return measureMemory(compare == Compare::Baseline ? baseline : changed, stop);
    }, [this, compare = compare()](Result<RulerResult> result) {
        if (compare == this->compare()) receive(std::move(result));  // else another is on its way
    });
}

void MemoryRulerView::receive(Result<RulerResult> result) {
    m_slow = false;
    m_pace.finished();
    if (!result) return clear(tr("Nothing to show yet: %1.").arg(utf8(result.error().message)));
    m_result = std::move(*result);
    m_shownCompare = compare();
    chips()->show(m_result->largest);
    updateTexts();
    draw();
    showNote();
    showReadout();
    askForStatesBefore(*m_result);
}

void MemoryRulerView::askForStatesBefore(const RulerResult& result) {
    if (!result.baseline) return askForStateBefore(result, m_shownCompare);
    askForStateBefore(*result.changed, Compare::Changed);
    askForStateBefore(*result.baseline, Compare::Baseline);
}

/// Where the captures begin later than the session, the state there belongs to the sum.
void MemoryRulerView::askForStateBefore(const RunRuler& ruler, Compare run) {
    Past& asked = past(run);
    if (ruler.complete || asked.askedFor == ruler.first - 1) return;
    asked.askedFor = ruler.first - 1;
    asked.error.clear();
    const SeriesKey key{ProbePoint::State, layer(), Reduction::None};
    const auto answered = [this, key, run](const Answer<TokenValues>& answer) {
        if (key.layer != layer()) return;
        Past& known = past(run);
        const bool found = answer && answer.value->values.contains(key);
        if (!found) {
            known.error = answer ? tr("nor is the state before them known") : answer.error;
            return showNote();
        }
        known.state = std::make_shared<const KnownState>(KnownState{key.layer, answer.value->token, answer.value->values.at(key)});
        choose();
    };
    const std::vector<CaptureRequest> requests{{key.point, {key.layer}, key.reduction}};
    if (run == Compare::Baseline) context().queries.baselineValues(this, asked.askedFor, requests, answered);
    else context().queries.tokenValues(this, asked.askedFor, requests, answered);
}

void MemoryRulerView::forgetState() {
    context().queries.cancel(this);
    m_past = {};
}

void MemoryRulerView::clear(const QString& why) {
    if (m_task.running() || !model() || context().tokens.size() == 0) {
        m_task.cancel();
        m_pace.stop();
    }
    m_slow = false;
    m_result.reset();
    chips()->show(std::vector<RankedToken>{});
    for (TokenCurvePlot* plot : {m_retained, m_share}) plot->clear();
    m_retained->setEmptyText(emptyTextFor(tr("Select a layer: this model has none that remembers."), why, tr("Measuring…")));
    updateTexts();
    showNote();
    setReadout({});
}

void MemoryRulerView::draw() {
    if (!m_result) return;
    const TokenRange visible = m_retained->tokensToDraw();
    const int tokens = context().axis.scale().tokensPerColumn;
    const bool dark = isDark(palette());
    const CurveSettings& settings = m_settings.of(shownCompare());
    Curve retained = curveOver(m_result->ruler.retained, m_result->first, visible, tokens);
    Curve share = curveOver(m_result->ruler.share, m_result->first, visible, tokens);
    CurveSettings ofShare = settings;
    if (ofShare.scale == ScaleKind::Log) ofShare.scale = ScaleKind::Linear;  // shares have a sign
    const auto limits = [&ofShare](const Curve& curve) {
        std::vector<float> shown;
        for (const double v : curve.y) shown.push_back(static_cast<float>(v));
        return ofShare.limits(shown);
    };
    const auto show = [](TokenCurvePlot* plot, const ValueScale& range) {
        plot->setYRange(static_cast<double>(range.low), static_cast<double>(range.high));
    };
    if (m_result->baseline) {
        show(m_retained, aroundZero(limits(retained), retained, settings.range));
        show(m_share, aroundZero(limits(share), share, settings.range));
    } else {
        show(m_share, limits(share));
        if (settings.scale == ScaleKind::Log) {
            double least = 1;
            for (double& v : retained.y) {
                if (v < kLeastRetained) v = kLeastRetained;
                if (!std::isnan(v)) least = std::min(least, v);
            }
            m_retained->setYRange(std::min(least, 0.1) / 1.3, 1.3);
        } else {
            m_retained->setYRange(-0.02, 1.05);
        }
    }
    retained.colour = curveColour(0, dark);
    share.colour = curveColour(1, dark);
    m_retained->setCurves({retained});
    m_share->setCurves({share});
}

QString MemoryRulerView::textOf(qint64 token) const { return names().name(token); }

void MemoryRulerView::showNote() {
    QStringList parts;
    if (m_slow) parts << tr("computing…");
    if (m_result && m_result->token < context().tokens.size()) {
        const auto isBroken = [](const RunRuler& run) {  // retained is NaN too where a token wrote nothing
            return std::isnan(run.ruler.residual) ||
                   std::any_of(run.ruler.share.begin(), run.ruler.share.end(), [](float v) { return std::isnan(v); });
        };
        const auto percentOf = [](const RunRuler& run) { return percentText(static_cast<double>(run.ruler.residual)); };
        parts << tr("state behind %1").arg(textOf(m_result->token));
        if (isBroken(*m_result)) {
            parts << tr("NaN: the layer's values are broken");
        } else if (m_result->complete && m_result->baseline) {
            parts << tr("before the first captured token: %1").arg(bothText(percentOf(*m_result->changed), percentOf(*m_result->baseline)));
        } else if (m_result->complete) {
            parts << tr("before the first captured token: %1").arg(percentOf(*m_result));
        } else {
            QString error = past(m_shownCompare).error;
            if (error.isEmpty() && m_result->baseline) error = past(Compare::Baseline).error;
            parts << tr("before %1 nothing was captured%2")
                         .arg(names().place(m_result->first), error.isEmpty() ? QString() : tr(" (%1)").arg(error));
        }
    }
    setNote(parts);
}

QString MemoryRulerView::readoutOf(qint64 token) const {
    const auto at = [token](const RunRuler& run, const std::vector<float>& values) { return values[static_cast<std::size_t>(token - run.first)]; };
    const auto retainedText = [&](const RunRuler& run) {
        const float value = at(run, run.ruler.retained);
        return std::isnan(value) ? tr("nothing written") : exactText(value);
    };
    const auto shareText = [&](const RunRuler& run) { return exactText(at(run, run.ruler.share)); };
    const QString text = tr("%1 = %2, %3 = %4   %5")
                             .arg(comparedSymbol(tr("retained"), m_shownCompare), retainedText(*m_result),
                                  comparedSymbol(tr("share"), m_shownCompare), shareText(*m_result), textOf(token));
    if (!m_result->baseline) return text;
    const RunRuler& changed = *m_result->changed;
    const RunRuler& baseline = *m_result->baseline;
    return text + tr("   retained: %1; share: %2")
                      .arg(bothText(retainedText(changed), retainedText(baseline)), bothText(shareText(changed), shareText(baseline)));
}

void MemoryRulerView::showReadout() {
    if (!m_result) return setReadout({});
    qint64 token = std::max(m_retained->hoverToken(), m_share->hoverToken());
    if (token < 0) token = m_hoverChip;
    if (token < 0) token = context().selection.token();
    if (token < 0 || token >= context().tokens.size()) return setReadout({});
    if (token > m_result->token) return setReadout(tr("after the state   %1").arg(textOf(token)));
    if (token < m_result->first) return setReadout(tr("not captured   %1").arg(textOf(token)));
    setReadout(readoutOf(token));
}

void MemoryRulerView::setSettings(const CurveSettings& settings) {
    m_settings.of(shownCompare()) = settings;
    updateTexts();
    draw();
}

/// What is named after the run that is shown, and how that is set.
void MemoryRulerView::updateTexts() {
    const Compare compare = shownCompare();
    const CurveSettings& settings = m_settings.of(compare);
    setTitle(tr("Memory ruler") + compareText(compare),
             tr("The state behind one token is a sum of what it and every earlier token wrote, decayed since: "
                "c = exp(A·Σ Δ)·Δ·B·u. Retained: ‖c‖ ∕ ‖Δ·B·u‖, how much of a token's own write is still there. Share: ⟨c, h⟩ ∕ ‖h‖², its part "
                "of the state h; negative where it opposes the rest. Shares, with what was there before the first captured token, "
                "sum to one. Zoomed out, a point is the largest magnitude of its column. Of the difference from the baseline each is "
                "the changed run's minus the baseline's."));
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    const ScaleKind ofSigned = settings.scale == ScaleKind::Log ? ScaleKind::Linear : settings.scale;
    m_retained->setAxes({{}, comparedSymbol(tr("retained"), compare), false, compare == Compare::Difference ? ofSigned : settings.scale, true, frameSecondsOf(model())});
    m_share->setAxes({tokenAxisTitle(), comparedSymbol(tr("share of the state"), compare), false, ofSigned, true, frameSecondsOf(model())});
}

void MemoryRulerView::saveShown(QSettings& store) const { store.setValue(QStringLiteral("pinned"), m_pinned); }

void MemoryRulerView::loadShown(QSettings& store) {
    const qint64 pinned = store.value(QStringLiteral("pinned"), -1).toLongLong();
    if (pinned < 0 || pinned >= context().tokens.size()) return;
    m_pin->setChecked(true);
    m_pinned = pinned;
    choose();
}

QString MemoryRulerView::shownText() const { return note()->text(); }
void MemoryRulerView::setControlsShown(bool shown) { m_choices->setVisible(shown); }
ShownValues MemoryRulerView::shownValues() const { return {QStringLiteral("dt, u, B"), layer(), {}, {}}; }

std::vector<CaptureRequest> MemoryRulerView::requests() const { return requestsFor({ProbePoint::Dt, ProbePoint::U, ProbePoint::B}); }

void MemoryRulerView::save(QSettings& store) const {
    LayerTokenView::save(store);
    m_settings.save(store);
}

void MemoryRulerView::load(QSettings& store) {
    LayerTokenView::load(store);
    m_settings.load(store);
    updateTexts();
    draw();
}

NumberSource MemoryRulerView::numbers(TokenRange) const {
    NumberSource numbers;
    if (!m_result) return numbers;
    const auto add = [&](const RunRuler& run, const std::string& suffix) {
        const TokenRange range{run.first, run.first + std::ssize(run.ruler.share)};
        const NumberAxis axis = tokenAxis(context().tokens, within(range, context().tokens.size()));
        if (axis.size != std::ssize(run.ruler.share)) return;  // the session went back meanwhile
        const std::string at = ".token." + std::to_string(m_result->token) + suffix;
        addFloats(numbers, layerPath(m_result->layer, "retained" + at), {axis}, run.ruler.retained);
        addFloats(numbers, layerPath(m_result->layer, "share" + at), {axis}, run.ruler.share);
        addFloats(numbers, layerPath(m_result->layer, "share_before" + at), {plainAxis("part", 1)}, {run.ruler.residual});
    };
    add(*m_result, m_result->baseline ? ".difference" : "");
    if (m_result->baseline) {
        add(*m_result->changed, ".changed");
        add(*m_result->baseline, ".baseline");
    }
    return numbers;
}

}  // namespace ms
