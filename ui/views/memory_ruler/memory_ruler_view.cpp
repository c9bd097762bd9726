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
#include "ui/views/base/layer_box.h"
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

}  // namespace

MemoryRulerView::MemoryRulerView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("memory_ruler"), context, parent), m_layers(new LayerBox(context.selection)),
      m_channelOnly(new QCheckBox), m_pin(new QToolButton), m_note(new ElidedLabel),
      m_retained(new TokenCurvePlot(context.axis, context.selection)), m_share(new TokenCurvePlot(context.axis, context.selection)),
      m_chips(new RankedTokens(context.tokens)), m_menu(new CurveMenu), m_pace(kSettle, kBetween) {
    setTitle(tr("Memory ruler"),
             tr("The state behind one token is a sum of what it and every earlier token wrote, decayed since: "
                "c = exp(A·Σ Δ)·Δ·B·u. Retained: ‖c‖ ∕ ‖Δ·B·u‖, how much of a token's own write is still there. Share: ⟨c, h⟩ ∕ ‖h‖², its part "
                "of the state h; negative where it opposes the rest. Shares, with what was there before the first captured token, "
                "sum to one. Zoomed out, a point is the largest magnitude of its column."));
    addControl(m_layers, QStringLiteral("layer"), tr("Memory ruler: the layer that is shown"));
    setSettingsMenu(m_menu, tr("Memory ruler: range of the shares; linear or logarithmic axis of what is retained"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeChoices());
    layout->addWidget(m_retained, 1);
    layout->addWidget(m_share, 1);
    layout->addWidget(m_chips);
    setFocusProxy(m_share);
    connectPlots();
    follow();
    setSettings({});
    clear({});
}

QWidget* MemoryRulerView::makeChoices() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    const auto name = [](QWidget* widget, const char* part, const QString& text) {
        widget->setObjectName(QStringLiteral("memory_ruler_") + QLatin1String(part));
        widget->setAccessibleName(text);
        widget->setToolTip(text);
    };
    m_channelOnly->setText(tr("this channel &only"));
    name(m_channelOnly, "channelOnly", tr("Only the state of the selected channel, not of the whole layer"));
    m_pin->setIcon(icon(QStringLiteral("pin")));
    m_pin->setCheckable(true);
    m_pin->setAutoRaise(true);
    m_pin->setFocusPolicy(Qt::TabFocus);
    name(m_pin, "pin", tr("Stay with the state of this token while the cursor moves on"));
    name(m_note, "note", tr("Whose state is shown, and what of it is older than the captures"));
    m_note->setToolTip({});  // its own shows what is cut off
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_note->setFaint(true);
    layout->addWidget(m_channelOnly);
    layout->addWidget(m_pin);
    layout->addWidget(m_note, 1);
    connect(m_channelOnly, &QCheckBox::toggled, this, &MemoryRulerView::choose);
    connect(m_pin, &QToolButton::toggled, this, [this](bool pinned) {
        m_pinned = pinned ? reference() : -1;
        choose();
    });
    return row;
}

void MemoryRulerView::connectPlots() {
    const auto name = [](QWidget* widget, const char* part, const QString& text) {
        widget->setObjectName(QStringLiteral("memory_ruler_") + QLatin1String(part));
        widget->setAccessibleName(text);
    };
    name(m_retained, "retained", tr("How much of each token's write is retained"));
    name(m_share, "share", tr("Share of each token in the state"));
    name(m_chips, "chips", tr("Tokens with the largest shares of the state"));
    m_chips->setToolTip(tr("Tokens with the largest shares of the state: click one to move the cursor there"));
    m_chips->setRows(2);
    for (TokenCurvePlot* plot : {m_retained, m_share}) {
        connect(plot, &TokenCurvePlot::hoverTokenChanged, this, &MemoryRulerView::showReadout);
        connect(plot, &CurvePlot::runPauseRequested, this, &MemoryRulerView::runPauseRequested);
        connect(plot, &CurvePlot::resized, this, &MemoryRulerView::draw);
    }
    connect(m_chips, &RankedTokens::runPauseRequested, this, &MemoryRulerView::runPauseRequested);
    connect(m_chips, &RankedTokens::tokenHovered, this, [this](qint64 token) {
        m_hoverChip = token;
        context().selection.setHoverToken(token);
        showReadout();
    });
    connect(m_chips, &RankedTokens::tokenChosen, this, [this](qint64 token) {
        context().selection.setToken(token);
        context().axis.ensureVisible(token);
    });
}

void MemoryRulerView::follow() {
    connect(m_layers, &LayerBox::layerChanged, this, [this] {
        forgetState();
        Q_EMIT requestsChanged();
        choose();
    });
    connect(m_menu, &CurveMenu::settingsChanged, this, &MemoryRulerView::setSettings);
    connect(&context().selection, &Selection::tokenChanged, this, [this] {
        showReadout();
        if (m_pinned < 0) choose();
    });
    connect(&context().selection, &Selection::channelChanged, this, [this] {
        showNote();
        if (m_channelOnly->isChecked()) choose();
    });
    connect(&context().axis, &TimeAxis::changed, this, &MemoryRulerView::draw);
    connect(&m_pace, &Pace::due, this, &MemoryRulerView::compute);
    connect(&m_pace, &Pace::slow, this, [this] {
        m_slow = true;
        showNote();
    });
}

LayerIndex MemoryRulerView::layer() const { return m_layers->layer(); }

qint64 MemoryRulerView::reference() const {
    const qint64 count = context().tokens.size(), cursor = context().selection.token();
    if (m_pinned >= 0 && m_pinned < count) return m_pinned;
    return cursor >= 0 && cursor < count ? cursor : count - 1;
}

QString MemoryRulerView::emptyText(const QString& why) const {
    if (!model()) return tr("No model is open.");
    if (model()->scan.empty()) return tr("Select a layer: this model has none that remembers.");
    if (context().tokens.size() == 0) return tr("Nothing was read yet. Type a prompt and press Run.");
    return why.isEmpty() ? tr("Measuring…") : why;
}

void MemoryRulerView::modelChanged() {
    m_layers->setLayers(model() ? static_cast<qint64>(model()->scan.size()) : 0);
    m_pin->setChecked(false);
    forgetState();
    clear({});
    choose();
}

void MemoryRulerView::setCompare(Compare compare) {
    if (compare == m_compare) return;
    m_compare = compare;
    forgetState();
    choose();
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
    m_askedFor = -1;
}

void MemoryRulerView::choose() {
    if (isActive() && model() && !model()->scan.empty()) m_pace.choose();
}

void MemoryRulerView::compute() {
    RulerQuery query{m_compare == Compare::Baseline ? context().baseline : context().store, model(), layer(), {}, reference(), m_before};
    if (!model() || query.token < 0) return clear({});
    if (m_channelOnly->isChecked()) {
        query.channel = context().selection.channel();
        if (*query.channel < 0 || *query.channel >= model()->dims.d_inner)
            return clear(tr("Select a channel: click a row in Channels or in the map of Time scales."));
    }
    m_pace.started();
    m_task.start([query](const std::stop_token& stop) { return measureMemory(query, stop); },
                 [this](Result<RulerResult> result) { receive(std::move(result)); });
}

void MemoryRulerView::receive(Result<RulerResult> result) {
    m_slow = false;
    m_pace.finished();
    if (!result) return clear(tr("Nothing to show yet: %1.").arg(utf8(result.error().message)));
    m_result = std::move(*result);
    m_chips->show(m_result->largest);
    draw();
    showNote();
    showReadout();
    askForStateBefore(*m_result);
}

/// Where the captures begin later than the session, the state there belongs to the sum.
void MemoryRulerView::askForStateBefore(const RulerResult& result) {
    if (result.complete || m_compare == Compare::Baseline || m_askedFor == result.first - 1) return;
    m_askedFor = result.first - 1;
    m_stateError.clear();
    const CaptureRequest request{ProbePoint::State, {result.layer}, Reduction::None};
    context().queries.tokenValues(this, m_askedFor, {request}, [this, asked = result.layer](const Answer<TokenValues>& answer) {
        if (asked != layer()) return;
        const std::vector<float>* state = nullptr;
        if (answer)
            if (const auto at = answer.value->values.find({ProbePoint::State, asked, Reduction::None}); at != answer.value->values.end())
                state = &at->second;
        if (state == nullptr) {
            m_stateError = answer ? tr("nor is the state before them known") : answer.error;
            return showNote();
        }
        m_before = std::make_shared<const KnownState>(KnownState{asked, answer.value->token, *state});
        choose();
    });
}

void MemoryRulerView::forgetState() {
    context().queries.cancel(this);
    m_before.reset();
    m_askedFor = -1;
    m_stateError.clear();
}

void MemoryRulerView::clear(const QString& why) {
    if (m_task.running() || !model() || context().tokens.size() == 0) {
        m_task.cancel();
        m_pace.stop();
    }
    m_slow = false;
    m_result.reset();
    m_chips->show(std::vector<RankedToken>{});
    for (TokenCurvePlot* plot : {m_retained, m_share}) plot->clear();
    m_retained->setEmptyText(emptyText(why));
    showNote();
    setReadout({});
}

void MemoryRulerView::draw() {
    if (!m_result) return;
    const TokenRange visible = m_retained->tokensToDraw();
    const int tokens = context().axis.scale().tokensPerColumn;
    const bool dark = isDark(palette());
    Curve retained = curveOver(m_result->ruler.retained, m_result->first, visible, tokens);
    Curve share = curveOver(m_result->ruler.share, m_result->first, visible, tokens);
    if (m_settings.scale == ScaleKind::Log) {
        double least = 1;
        for (double& v : retained.y) {
            if (v < kLeastRetained) v = kLeastRetained;
            if (!std::isnan(v)) least = std::min(least, v);
        }
        m_retained->setYRange(std::min(least, 0.1) / 1.3, 1.3);
    } else {
        m_retained->setYRange(-0.02, 1.05);
    }
    retained.colour = curveColour(0, dark);
    share.colour = curveColour(1, dark);
    std::vector<float> shown;
    for (const double v : share.y) shown.push_back(static_cast<float>(v));
    CurveSettings ofShare = m_settings;
    if (ofShare.scale == ScaleKind::Log) ofShare.scale = ScaleKind::Linear;  // shares have a sign
    const ValueScale limits = ofShare.limits(shown);
    m_share->setYRange(static_cast<double>(limits.low), static_cast<double>(limits.high));
    m_retained->setCurves({retained});
    m_share->setCurves({share});
}

QString MemoryRulerView::textOf(qint64 token) const {
    return tr("token %1 “%2”").arg(groupedText(token), context().tokens.visibleText(context().tokens.row(token).id));
}

void MemoryRulerView::showNote() {
    const qint64 channel = context().selection.channel();
    m_channelOnly->setText(channel >= 0 ? tr("channel %1 &only").arg(channel) : tr("this channel &only"));
    QStringList parts;
    if (m_slow) parts << tr("computing…");
    if (m_result && m_result->token < context().tokens.size()) {
        if (m_compare == Compare::Baseline) parts << tr("baseline");
        parts << tr("state behind %1").arg(textOf(m_result->token));
        if (std::isnan(m_result->ruler.residual) || std::any_of(m_result->ruler.share.begin(), m_result->ruler.share.end(), [](float v) { return std::isnan(v); }))
            parts << tr("NaN: the layer's values are broken");
        else if (m_result->complete) parts << tr("before the first captured token: %1").arg(percentText(static_cast<double>(m_result->ruler.residual)));
        else parts << tr("tokens before %1 are not captured%2").arg(groupedText(m_result->first), m_stateError.isEmpty() ? QString() : tr(" (%1)").arg(m_stateError));
    }
    m_note->setText(parts.join(QStringLiteral(" · ")));
}

void MemoryRulerView::showReadout() {
    if (!m_result) return setReadout({});
    qint64 token = std::max(m_retained->hoverToken(), m_share->hoverToken());
    if (token < 0) token = m_hoverChip;
    if (token < 0) token = context().selection.token();
    if (token < 0 || token >= context().tokens.size()) return setReadout({});
    if (token > m_result->token) return setReadout(tr("after the state   %1").arg(textOf(token)));
    if (token < m_result->first) return setReadout(tr("not captured   %1").arg(textOf(token)));
    const auto i = static_cast<std::size_t>(token - m_result->first);
    const float retained = m_result->ruler.retained[i];
    setReadout(tr("retained = %1, share = %2   %3")
                   .arg(std::isnan(retained) ? tr("nothing written") : exactText(retained), exactText(m_result->ruler.share[i]), textOf(token)));
}

void MemoryRulerView::setSettings(const CurveSettings& settings) {
    m_settings = settings;
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    m_retained->setAxes({{}, tr("retained"), false, settings.scale, true});
    m_share->setAxes({tr("token"), tr("share of the state"), false, settings.scale == ScaleKind::Log ? ScaleKind::Linear : settings.scale, true});
    draw();
}

std::vector<CaptureRequest> MemoryRulerView::requests() const {
    if (model()->scan.empty()) return {};
    std::vector<CaptureRequest> requests;
    for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::U, ProbePoint::B}) requests.push_back({point, {layer()}, Reduction::None});
    return requests;
}

void MemoryRulerView::save(QSettings& store) const {
    store.setValue(QStringLiteral("channelOnly"), m_channelOnly->isChecked());
    m_settings.save(store);
}

void MemoryRulerView::load(QSettings& store) {
    m_channelOnly->setChecked(store.value(QStringLiteral("channelOnly"), m_channelOnly->isChecked()).toBool());
    CurveSettings loaded = m_settings;
    loaded.load(store);
    setSettings(loaded);
}

}  // namespace ms
