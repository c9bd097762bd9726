#include "ui/views/directions/directions_view.h"

#include <QSettings>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/plot/token_curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/state_names.h"
#include "ui/views/base/view_numbers.h"

namespace ms {

namespace {
/// More tokens than this are compared beside the window's thread.
constexpr qint64 kTokensAtOnce = 8'000;
}  // namespace

DirectionsView::DirectionsView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("directions"), context, parent),
      m_written(new HeatmapCanvas(context.tokens, context.axis, context.selection)),
      m_read(new HeatmapCanvas(context.tokens, context.axis, context.selection)),
      m_plot(new TokenCurvePlot(context.axis, context.selection)),
      m_splitter(new QSplitter(Qt::Vertical)),
      m_menu(new HeatmapMenu),
      m_layers(new LayerBox(context.selection)) {
    m_written->setObjectName(QStringLiteral("directions_B"));
    m_written->setAccessibleName(tr("Heatmap of B, states by tokens"));
    m_read->setObjectName(QStringLiteral("directions_C"));
    m_read->setAccessibleName(tr("Heatmap of C, states by tokens"));
    m_plot->setObjectName(QStringLiteral("directions_cosine"));
    m_plot->setAccessibleName(tr("Cosine of one token's C with every earlier token's B"));
    m_splitter->setObjectName(QStringLiteral("directions_splitter"));
    m_splitter->setChildrenCollapsible(false);
    for (QWidget* part :
         {static_cast<QWidget*>(m_written), static_cast<QWidget*>(m_read), static_cast<QWidget*>(m_plot)}) {
        m_splitter->addWidget(part);
        m_splitter->setStretchFactor(m_splitter->count() - 1, 1);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    setFocusProxy(m_written);
    addControl(m_layers, QStringLiteral("layer"), tr("Directions: layer"));
    addCompareBox(tr("Directions: which run is shown"));
    setSettingsMenu(m_menu, tr("Directions: range, scale and colours of B and C"));
    connectAll();
    setSettings(HeatmapSettings::forSign(true));
    updateSources();
}

void DirectionsView::connectAll() {
    // What outlives this view's own part must not call it: the timer goes with that part.
    m_due.setSingleShot(true);
    m_due.setInterval(0);
    connect(&m_due, &QTimer::timeout, this, &DirectionsView::refresh);
    connect(&context().axis, &TimeAxis::changed, &m_due, qOverload<>(&QTimer::start));
    connect(&context().selection, &Selection::tokenChanged, &m_due, qOverload<>(&QTimer::start));
    connect(m_layers, &LayerBox::layerChanged, &m_due, [this] { showLayer(); });
    connect(m_plot, &CurvePlot::resized, &m_due, qOverload<>(&QTimer::start));
    connect(m_plot, &TokenCurvePlot::hoverTokenChanged, &m_due, [this] { updateReadout(); });
    connect(m_plot, &CurvePlot::runPauseRequested, this, &DirectionsView::runPauseRequested);
    for (HeatmapCanvas* canvas : {m_written, m_read}) {
        connect(canvas, &HeatmapCanvas::readoutChanged, &m_due, [this] { updateReadout(); });
        connect(canvas, &HeatmapCanvas::escapePressed, canvas, &HeatmapCanvas::showAllRows);
        connect(canvas, &HeatmapCanvas::runPauseRequested, this, &DirectionsView::runPauseRequested);
    }
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &DirectionsView::setSettings);
}

void DirectionsView::modelChanged() {
    m_task.cancel();
    m_stale = false;
    m_layers->setLayers(model() ? model()->dims.n_layer : 0);
    m_layer = m_layers->layer();
    updateSources();
}

void DirectionsView::showLayer() {
    if (!model() || m_layers->layer() == m_layer) return;
    m_layer = m_layers->layer();
    updateSources();
    Q_EMIT requestsChanged();
}

Directions DirectionsView::directions(Compare compare) const {
    Directions result{SeriesSource::channels(context().store, ProbePoint::B, m_layer, model()->dims),
                      SeriesSource::channels(context().store, ProbePoint::C, m_layer, model()->dims)};
    result.written.setBaseline(context().baseline, compare);
    result.read.setBaseline(context().baseline, compare);
    return result;
}

void DirectionsView::updateSources() {
    setTitle(tr("Directions") + compareText(m_compare),
             tr("B: where in the state a token writes. C: where it reads. Rows are the layer's states. Below: the "
                "cosine of C at the "
                "cursor's token, or the newest, with B of every earlier token: 1 where it reads what that token wrote, "
                "0 where it does not see it.") + complexStatesText(model(), m_layer));
    const Directions shown = model() && model()->dims.has(ProbePoint::B, m_layer) ? directions(m_compare) : Directions{};
    const auto show = [&](HeatmapCanvas* canvas, const SeriesSource& source, ProbePoint point, const QString& symbol) {
        canvas->setSource(source, RowKind::State);
        canvas->setMeasure(comparedSymbol(symbol, m_compare), {});
        canvas->setCaption(symbol);
        canvas->setFrameSeconds(frameSecondsOf(model()));
        canvas->setEmptyText(nothingToShowText(model(), point, m_layer));
    };
    show(m_written, shown.written, ProbePoint::B, QStringLiteral("B"));
    show(m_read, shown.read, ProbePoint::C, QStringLiteral("C"));
    m_due.start();
}

void DirectionsView::setSettings(const HeatmapSettings& settings) {
    m_written->setSettings(settings);
    m_read->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
}

void DirectionsView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    m_compare = compare;
    updateSources();
}

qint64 DirectionsView::token() const {
    const qint64 cursor = context().selection.token(), newest = context().axis.tokenCount() - 1;
    return cursor >= 0 && cursor <= newest ? cursor : newest;
}

CosineQuery DirectionsView::query() const {
    CosineQuery query;
    if (m_compare != Compare::Difference) query.runs = {directions(m_compare)};
    else query.runs = {directions(Compare::Changed), directions(Compare::Baseline)};
    query.complexStates = complexStateCount(model(), m_layer) > 0;
    query.token = token();
    query.tokens = m_plot->tokensToDraw();
    query.tokensPerColumn = context().axis.scale().tokensPerColumn;
    return query;
}

void DirectionsView::refresh() {
    m_due.stop();
    if (!isActive()) return;
    if (!model() || token() < 0 || !model()->dims.has(ProbePoint::B, m_layer)) return draw(Traces{}, -1);
    m_stale = m_task.running();
    if (m_stale) return;  // let it end: while tokens stream it would never be done otherwise
    const CosineQuery wanted = query();
    if (wanted.tokens.end - wanted.tokens.first <= kTokensAtOnce) return draw(cosineTrace(wanted, {}), wanted.token);
    m_task.start([wanted](const std::stop_token& stop) { return cosineTrace(wanted, stop); },
                 [this, token = wanted.token](const Result<Traces>& traces) {
                     draw(traces, token);
                     if (m_stale) m_due.start();
                 });
}

void DirectionsView::draw(const Result<Traces>& traces, qint64 token) {
    const float reach = m_compare == Compare::Difference ? 2.1f : 1.05f;
    std::vector<Curve> curves;
    if (traces && !traces->values.empty())
        curves.push_back({tr("cosine"), traces->traces[0].x, traces->traces[0].y, {}, false});
    if (traces && !traces->broken.isEmpty())
        curves.push_back(brokenCurve(traces->broken, {-reach, reach}, tr("not finite")));
    m_plot->setEmptyText(
        !model()    ? tr("No model is open.")
        : token < 0 ? nothingToShowText(model(), ProbePoint::B, m_layer)
        : traces    ? tr("B has not been captured here, or this comes after %1.").arg(names().place(token))
                    : utf8(traces.error().message));
    CurveAxes axes;
    axes.yTitle = token < 0 ? QString() : tr("cos(C of %1, B)").arg(names().place(token)) + compareText(m_compare);
    axes.wholeX = true;
    axes.frameSeconds = frameSecondsOf(model());
    m_plot->setAxes(axes);
    m_plot->setYRange(-static_cast<double>(reach), static_cast<double>(reach));
    m_plot->setCurves(curves);
    updateReadout();
}

QString DirectionsView::cosineText(qint64 written) const {
    if (!model() || written < 0 || written >= context().tokens.size()) return {};
    const float value = cosinesAt(query(), written, 1)[0];
    const QString shown = written > token() ? tr("later") : isMissing(value) ? tr("not captured") : exactText(value);
    return tr("cos = %1   C of %2, B of %3").arg(shown, names().name(token()), names().name(written));
}

void DirectionsView::updateReadout() {
    if (!isActive()) return;
    QString text;
    if (m_plot->hoverToken() >= 0) text = cosineText(m_plot->hoverToken());
    else if (m_read->underMouse() || m_read->hasFocus()) text = m_read->readout();
    else text = m_written->readout();
    setReadout(text.isEmpty() ? cosineText(token()) : text);
}

void DirectionsView::dataChanged(qint64 first, qint64 end) {
    m_written->dataChanged(first, end);
    m_read->dataChanged(first, end);
    if (isActive() && !m_due.isActive()) m_due.start();
}

std::vector<CaptureRequest> DirectionsView::requests() const {
    const Directions shown = directions(Compare::Changed);
    return {shown.written.request(), shown.read.request()};
}

void DirectionsView::save(QSettings& store) const {
    m_written->settings().save(store);
    store.setValue(QStringLiteral("splitter"), m_splitter->saveState());
}

void DirectionsView::load(QSettings& store) {
    HeatmapSettings loaded = m_written->settings();
    loaded.load(store);
    setSettings(loaded);
    m_splitter->restoreState(store.value(QStringLiteral("splitter")).toByteArray());
}

FigureTitles DirectionsView::figureTitles() const { return {tokenAxisTitle(), tr("state"), {}}; }

ShownValues DirectionsView::shownValues() const {
    return {QStringLiteral("B, C"), m_layer, normalisationText(m_written->settings()), describe(m_written->valueScale())};
}

NumberSource DirectionsView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (!model() || token() < 0) return numbers;
    const Directions shown = directions(m_compare);
    addSeries(numbers, shown.written, context(), model()->dims, tokens);
    addSeries(numbers, shown.read, context(), model()->dims, tokens);
    TokenRange range = within(tokens, context().tokens.size());
    range.end = std::max(range.first, std::min(range.end, token() + 1));  // later tokens wrote nothing that it could read
    if (range.empty()) return numbers;
    addFloats(numbers, layerPath(m_layer, "cosine_C" + std::to_string(token()) + "_B"), {tokenAxis(context().tokens, range)},
              cosinesAt(query(), range.first, range.end - range.first));
    return numbers;
}

}  // namespace ms
