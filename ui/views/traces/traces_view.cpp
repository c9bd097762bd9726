#include "ui/views/traces/traces_view.h"

#include <QComboBox>
#include <QEvent>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/plot/token_curve_plot.h"
#include "ui/style/appearance.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/traces/trace_chips.h"

namespace ms {

namespace {

/// More values than this are read beside the window's thread.
constexpr qint64 kReadAtOnce = 50'000;

const std::array kKindKeys{QStringLiteral("channels"), QStringLiteral("layers"), QStringLiteral("B"),
                           QStringLiteral("C")};

}  // namespace

TracesView::TracesView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("traces"), context, parent),
      m_plot(new TokenCurvePlot(context.axis, context.selection)),
      m_chips(new TraceChips),
      m_menu(new CurveMenu),
      m_kinds(new QComboBox),
      m_channelMeasures(new MeasureCombo(MeasureCombo::Of::Channels)),
      m_layerMeasures(new MeasureCombo(MeasureCombo::Of::Layers)),
      m_layers(new QSpinBox),
      m_index(new QSpinBox),
      m_follow(new QToolButton),
      m_pin(new QToolButton) {
    m_plot->setObjectName(QStringLiteral("plot_traces"));
    m_plot->setAccessibleName(tr("Curves over tokens"));
    m_plot->showLegend(false);
    m_chips->setObjectName(QStringLiteral("traces_chips"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_chips);
    layout->addWidget(m_plot, 1);
    setFocusProxy(m_plot);
    addControls();

    // What outlives this view's own part must not call it: the timer goes with that part.
    m_due.setSingleShot(true);
    m_due.setInterval(0);
    connect(&m_due, &QTimer::timeout, this, &TracesView::refresh);
    connect(&context.axis, &TimeAxis::changed, &m_due, qOverload<>(&QTimer::start));
    connect(m_plot, &CurvePlot::resized, &m_due, qOverload<>(&QTimer::start));
    connect(&context.selection, &Selection::layerChanged, &m_due, [this] { followSelection(); });
    connect(&context.selection, &Selection::channelChanged, &m_due, [this] { followSelection(); });
    connect(&context.selection, &Selection::tokenChanged, &m_due, [this] { updateReadout(); });
    connect(m_plot, &TokenCurvePlot::hoverTokenChanged, &m_due, [this] { updateReadout(); });
    connect(m_plot, &CurvePlot::runPauseRequested, this, &TracesView::runPauseRequested);
    connect(m_chips, &TraceChips::removed, this, &TracesView::unpin);
    connect(m_menu, &CurveMenu::settingsChanged, this, &TracesView::setSettings);
    setSettings({});
    updateControls();
}

void TracesView::addControls() {
    for (const QString& text : {tr("channels"), tr("layer means"), tr("B: written"), tr("C: read")})
        m_kinds->addItem(text);
    makeCompact(m_kinds, 8);
    for (QSpinBox* box : {m_layers, m_index}) {
        box->setKeyboardTracking(false);
        box->setFrame(false);
    }
    m_layers->setPrefix(tr("layer "));
    m_follow->setText(tr("Follow"));
    m_follow->setCheckable(true);
    m_follow->setChecked(true);
    m_follow->setToolTip(tr("Draw the channel or layer that is selected in any view"));
    m_pin->setIcon(icon(QStringLiteral("pin")));
    m_pin->setToolTip(tr("Keep this curve while others come and go (at most %1 curves)").arg(kMostCurves));
    for (QToolButton* button : {m_follow, m_pin}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
    }
    addControl(m_kinds, QStringLiteral("kind"), tr("Traces: what a curve is of"));
    addControl(m_channelMeasures, QStringLiteral("measure"), tr("Traces: what is measured"));
    addControl(m_layerMeasures, QStringLiteral("layerMeasure"), tr("Traces: what is measured of layers"));
    // The rest stands above the curves, beside their names: the header keeps room for the read-out.
    const auto addBelow = [this](QWidget* control, const QString& name, const QString& text) {
        control->setObjectName(QStringLiteral("traces_") + name);
        control->setAccessibleName(text);
        if (control->toolTip().isEmpty()) control->setToolTip(text);
        m_chips->addControl(control);
    };
    addBelow(m_layers, QStringLiteral("layer"), tr("Traces: layer"));
    addBelow(m_index, QStringLiteral("index"), tr("Traces: channel, layer or state drawn now"));
    addBelow(m_follow, QStringLiteral("follow"), tr("Traces: follow the selection"));
    addBelow(m_pin, QStringLiteral("pin"), tr("Traces: pin this curve"));
    setSettingsMenu(m_menu, tr("Traces: range and scale"));
    connect(m_kinds, &QComboBox::currentIndexChanged, this, &TracesView::changed);
    connect(m_channelMeasures, &MeasureCombo::measureChanged, this, [this] {
        const QSignalBlocker quiet(m_layerMeasures);
        m_layerMeasures->setMeasure(utf8(m_channelMeasures->measure().key));
        changed();
    });
    connect(m_layerMeasures, &MeasureCombo::measureChanged, this, [this] {
        const QSignalBlocker quiet(m_channelMeasures);
        m_channelMeasures->setMeasure(utf8(m_layerMeasures->measure().key));
        changed();
    });
    connect(m_layers, &QSpinBox::valueChanged, this, [this](int layer) { context().selection.setLayer(layer); });
    connect(m_index, &QSpinBox::valueChanged, this, &TracesView::setCurrent);
    connect(m_follow, &QToolButton::toggled, this, &TracesView::followSelection);
    connect(m_pin, &QToolButton::clicked, this, &TracesView::pinCurrent);
}

TracesView::Kind TracesView::kind() const { return static_cast<Kind>(m_kinds->currentIndex()); }
void TracesView::setKind(Kind kind) { m_kinds->setCurrentIndex(static_cast<int>(kind)); }
const MeasureInfo& TracesView::measure() const {
    return kind() == Kind::Layers ? m_layerMeasures->measure() : m_channelMeasures->measure();
}
void TracesView::setMeasure(const QString& key) {
    (kind() == Kind::Layers ? m_layerMeasures : m_channelMeasures)->setMeasure(key);
}
qint64 TracesView::current() const { return m_current[static_cast<std::size_t>(kind())]; }

qint64 TracesView::indices() const {
    if (!model()) return 0;
    switch (kind()) {
        case Kind::Channels:
            return std::max<qint64>(1, model()->dims.width(measure().point, m_layer));
        case Kind::Layers:
            return model()->dims.n_layer;
        case Kind::B:
        case Kind::C:
            return std::max<qint64>(1, model()->dims.width(ProbePoint::B, m_layer));
    }
    return 0;
}

void TracesView::setCurrent(qint64 index) {
    if (index < 0 || index >= indices()) return;
    m_current[static_cast<std::size_t>(kind())] = index;
    if (m_follow->isChecked() && kind() == Kind::Channels) context().selection.setChannel(index);
    if (m_follow->isChecked() && kind() == Kind::Layers) context().selection.setLayer(index);
    updateControls();
}

void TracesView::followSelection() {
    const Selection& selection = context().selection;
    const bool follows = m_follow->isChecked();
    const ModelDims dims = model() ? model()->dims : ModelDims{};
    if (follows && selection.channel() >= 0 && selection.channel() < dims.d_inner)
        m_current[static_cast<std::size_t>(Kind::Channels)] = selection.channel();
    if (selection.layer() >= 0 && selection.layer() < dims.n_layer) {
        if (follows) m_current[static_cast<std::size_t>(Kind::Layers)] = selection.layer();
        if (m_layer.value != selection.layer()) {
            m_layer = LayerIndex(selection.layer());
            return changed();
        }
    }
    updateControls();
}

void TracesView::pinCurrent() {
    std::vector<qint64>& pins = m_pinned[static_cast<std::size_t>(kind())];
    if (pins.size() >= kMostCurves || std::find(pins.begin(), pins.end(), current()) != pins.end()) return;
    pins.push_back(current());
    updateControls();
}

void TracesView::unpin(qint64 index) {
    std::erase(m_pinned[static_cast<std::size_t>(kind())], index);
    updateControls();
}

std::vector<qint64> TracesView::shown() const {
    std::vector<qint64> shown;
    for (const qint64 index : pinned())
        if (index < indices()) shown.push_back(index);
    if (shown.size() < kMostCurves && current() < indices() &&
        std::find(shown.begin(), shown.end(), current()) == shown.end())
        shown.push_back(current());
    return shown;
}

QColor TracesView::colourOf(std::size_t place) const {
    const QColor colour = curveColour(static_cast<int>(place), isDark(palette()));
    return place < kMostCurves - 1 ? colour : palette().color(QPalette::Text);  // there are seven colours
}

void TracesView::modelChanged() {
    m_task.cancel();
    m_stale = false;
    m_channelMeasures->setModel(model());
    m_layerMeasures->setModel(model());
    const ModelDims dims = model() ? model()->dims : ModelDims{};
    m_layer = LayerIndex(layerShown(context().selection, dims.n_layer));
    m_current.fill(0);
    followSelection();
}

void TracesView::changed() {
    updateControls();
    Q_EMIT requestsChanged();
}

void TracesView::updateControls() {
    const QSignalBlocker quietLayers(m_layers), quietIndex(m_index);
    m_channelMeasures->setVisible(kind() == Kind::Channels);
    m_layerMeasures->setVisible(kind() == Kind::Layers);
    m_layers->setVisible(kind() != Kind::Layers);
    m_layers->setRange(0, model() ? static_cast<int>(std::max<qint64>(0, model()->dims.n_layer - 1)) : 0);
    m_layers->setValue(static_cast<int>(m_layer.value));
    m_follow->setEnabled(kind() == Kind::Channels || kind() == Kind::Layers);
    m_index->setPrefix(kind() == Kind::Channels ? tr("channel ")
                       : kind() == Kind::Layers ? tr("layer ")
                                                : tr("state "));
    m_index->setRange(0, static_cast<int>(std::max<qint64>(0, indices() - 1)));
    m_index->setValue(static_cast<int>(current()));
    m_pin->setEnabled(model() && pinned().size() < kMostCurves &&
                      std::find(pinned().begin(), pinned().end(), current()) == pinned().end());
    updateTexts();
    m_due.start();
}

QString TracesView::symbol() const {
    switch (kind()) {
        case Kind::Channels:
            return channelsSymbol(measure(), m_compare);
        case Kind::Layers:
            return layersSymbol(measure(), m_compare);
        case Kind::B:
            return QStringLiteral("B") + compareText(m_compare);
        case Kind::C:
            return QStringLiteral("C") + compareText(m_compare);
    }
    return {};
}

void TracesView::updateTexts() {
    const QString definition = kind() == Kind::Channels ? channelsDefinition(measure())
                               : kind() == Kind::Layers
                                   ? utf8(measure().definition)
                                   : utf8(info(kind() == Kind::B ? ProbePoint::B : ProbePoint::C).definition);
    setTitle(tr("Traces"), definition);
    const QString one = kind() == Kind::Channels ? tr("channel") : kind() == Kind::Layers ? tr("layer") : tr("state");
    std::vector<TraceChip> chips;
    for (const qint64 index : shown())
        chips.push_back(
            {index, colourOf(chips.size()), std::find(pinned().begin(), pinned().end(), index) != pinned().end()});
    m_chips->setChips(one, chips);
    updateEmptyText();
}

void TracesView::updateEmptyText() {
    const ProbePoint point = kind() == Kind::B ? ProbePoint::B : kind() == Kind::C ? ProbePoint::C : measure().point;
    const QString lacks = missingPointText(model(), point, kind() == Kind::Layers ? std::nullopt : std::optional(m_layer));
    m_plot->setEmptyText(!model()                           ? tr("No model is open.")
                         : !lacks.isEmpty()                 ? lacks
                         : context().axis.tokenCount() == 0 ? nothingReadText(model())
                                                            : tr("These values have not been captured yet."));
}

SeriesSource TracesView::source() const {
    const ModelDims& dims = model()->dims;
    if (kind() == Kind::Channels) return channelsSource(context(), measure(), m_layer, dims, m_compare);
    if (kind() == Kind::Layers) return layersSource(context(), measure(), dims, m_compare);
    SeriesSource states =
        SeriesSource::channels(context().store, kind() == Kind::B ? ProbePoint::B : ProbePoint::C, m_layer, dims);
    states.setBaseline(context().baseline, m_compare);
    return states;
}

void TracesView::refresh() {
    m_due.stop();
    if (!isActive()) return;
    if (!model()) return draw({}, {});
    m_stale = m_task.running();
    if (m_stale) return;  // let it end: while tokens stream it would never be done otherwise
    TraceQuery query{source(), shown(), m_plot->tokensToDraw(), context().axis.scale().tokensPerColumn,
                     m_settings.scale == ScaleKind::Log};
    const qint64 values = (query.tokens.end - query.tokens.first) * static_cast<qint64>(query.rows.size());
    if (values <= kReadAtOnce) {
        if (const Result<Traces> traces = readTraces(query, {})) draw(query, *traces);
        return;
    }
    m_task.start([query](const std::stop_token& stop) { return readTraces(query, stop); },
                 [this, query](const Result<Traces>& traces) {
                     if (traces) draw(query, *traces);
                     if (m_stale) m_due.start();
                 });
}

/// "channel 17"; where curves are named by chips, a number is enough.
QString TracesView::nameOf(qint64 index) const {
    const QString number = QString::number(index);
    return m_chips->isHidden() ? m_index->prefix() + number : number;
}

void TracesView::draw(const TraceQuery& query, const Traces& traces) {
    std::vector<Curve> curves;
    ValueScale limits = m_settings.limits(traces.values);
    for (std::size_t i = 0; i < traces.traces.size() && !traces.values.empty(); ++i)
        curves.push_back({nameOf(query.rows[i]), traces.traces[i].x, traces.traces[i].y, colourOf(i), false});
    if (!traces.broken.isEmpty()) {
        const ValueScale all = limits.low < limits.high ? limits : rangeOf(traces.values, limits.kind);
        curves.push_back(brokenCurve(traces.broken, all, tr("not finite")));
    }
    m_plot->setAxes({{}, symbol(), false, m_settings.scale, true, frameSecondsOf(model())});
    m_plot->setYRange(static_cast<double>(limits.low), static_cast<double>(limits.high));
    m_plot->setCurves(curves);
    updateEmptyText();
    updateReadout();
}

void TracesView::updateReadout() {
    const qint64 token = m_plot->hoverToken() >= 0 ? m_plot->hoverToken() : context().selection.token();
    const TokenLog& tokens = context().tokens;
    if (!model() || !isActive() || token < 0 || token >= tokens.size()) return setReadout({});
    const SeriesSource values = source();
    QStringList parts;
    for (const qint64 index : shown()) {
        const float value = values.at(token, index);
        parts << QStringLiteral("%1: %2").arg(index).arg(isMissing(value) ? tr("not captured") : exactText(value));
    }
    // The token first: eight values may not fit.
    setReadout(tr("%1   %2   %3").arg(names().name(token), symbol(), parts.join(QStringLiteral("   "))));
}

void TracesView::dataChanged(qint64 first, qint64 end) {
    const TokenRange visible = m_plot->tokensToDraw();
    if (isActive() && first < visible.end && end > visible.first && !m_due.isActive()) m_due.start();
}

void TracesView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) updateControls();
    ScopeView::changeEvent(event);
}

void TracesView::setCompare(Compare compare) {
    m_compare = compare;
    updateControls();
}

void TracesView::setSettings(const CurveSettings& settings) {
    m_settings = settings;
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    m_due.start();
}

void TracesView::saveShown(QSettings& store) const { store.setValue(QStringLiteral("current"), current()); }

void TracesView::loadShown(QSettings& store) {
    const qint64 index = store.value(QStringLiteral("current"), -1).toLongLong();
    if (index < 0 || index >= indices()) return;
    m_current[static_cast<std::size_t>(kind())] = index;
    updateControls();
}

void TracesView::setControlsShown(bool shown) {
    m_chips->setVisible(shown);
    m_plot->showLegend(!shown);
    m_due.start();
}

/// "layer 1: channel 3, channel 17".
QString TracesView::shownText() const {
    QStringList names;
    for (const qint64 index : shown()) names << m_index->prefix() + QString::number(index);
    const QString text = names.join(QStringLiteral(", "));
    return kind() == Kind::Layers ? text : tr("layer %1: %2").arg(m_layer.value).arg(text);
}

FigureTitles TracesView::figureTitles() const { return {tokenAxisTitle(), {}, {}}; }

ShownValues TracesView::shownValues() const {
    ShownValues values;
    if (kind() == Kind::Layers) values.probe = utf8(measure().key);
    else if (kind() == Kind::Channels) values.probe = utf8(measure().difference ? measure().key : info(measure().point).key);
    else values.probe = kKindKeys[static_cast<std::size_t>(kind())];
    if (kind() != Kind::Layers) values.layer = m_layer;
    return values;
}

std::vector<CaptureRequest> TracesView::requests() const { return {source().request()}; }

void TracesView::save(QSettings& store) const {
    store.setValue(QStringLiteral("kind"), kKindKeys[static_cast<std::size_t>(kind())]);
    store.setValue(QStringLiteral("measure"), utf8(measure().key));
    store.setValue(QStringLiteral("follow"), m_follow->isChecked());
    m_settings.save(store);
    for (std::size_t k = 0; k < kKinds; ++k) {
        QVariantList pins;
        for (const qint64 index : m_pinned[k]) pins << index;
        store.setValue(QStringLiteral("pinned_") + kKindKeys[k], pins);
    }
}

void TracesView::load(QSettings& store) {
    for (std::size_t k = 0; k < kKinds; ++k) {
        m_pinned[k].clear();
        for (const QVariant& index : store.value(QStringLiteral("pinned_") + kKindKeys[k]).toList())
            if (index.toLongLong() >= 0 && m_pinned[k].size() < kMostCurves) m_pinned[k].push_back(index.toLongLong());
        if (store.value(QStringLiteral("kind")).toString() == kKindKeys[k]) setKind(static_cast<Kind>(k));
    }
    setMeasure(store.value(QStringLiteral("measure")).toString());
    m_follow->setChecked(store.value(QStringLiteral("follow"), true).toBool());
    CurveSettings settings;
    settings.load(store);
    setSettings(settings);
    updateControls();
}

NumberSource TracesView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (!model()) return numbers;
    const SeriesSource values = source();
    const std::string what = shownValues().probe.toStdString() + (m_compare == Compare::Baseline ? ".baseline" : m_compare == Compare::Difference ? ".difference" : "");
    const std::string row = kind() == Kind::Channels ? "channel" : kind() == Kind::Layers ? "layer" : "state";
    addRows(numbers, kind() == Kind::Layers ? what : layerPath(m_layer, what), values, shown(), row, context(), tokens);
    return numbers;
}

}  // namespace ms
