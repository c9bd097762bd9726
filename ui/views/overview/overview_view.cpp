#include "ui/views/overview/overview_view.h"

#include <QSettings>
#include <QVBoxLayout>

#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/overview/surprisal_strip.h"

namespace ms {

OverviewView::OverviewView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("overview"), context, parent),
      m_strip(new SurprisalStrip(context.tokens, context.axis, context.selection)),
      m_canvas(new HeatmapCanvas(context.tokens, context.axis, context.selection)),
      m_menu(new HeatmapMenu),
      m_measures(new MeasureCombo(MeasureCombo::Of::Layers)) {
    m_strip->setObjectName(QStringLiteral("overview_surprisal"));
    m_strip->setAccessibleName(tr("Surprisal of the tokens"));
    m_strip->setToolTip(tr("How surprising each token was: −log₂ of the probability it was given, in bits"));
    m_canvas->setObjectName(QStringLiteral("canvas_overview"));
    m_canvas->setAccessibleName(tr("Heatmap of layers by tokens"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_strip);
    layout->addWidget(m_canvas, 1);
    setFocusProxy(m_canvas);

    addControl(m_measures, QStringLiteral("measure"), tr("Overview: what is measured"));
    addCompareBox(tr("Overview: which run is shown"));
    setSettingsMenu(m_menu, tr("Overview: range, scale and colours"));
    connect(m_measures, &MeasureCombo::measureChanged, this, [this] {
        updateSource();
        Q_EMIT requestsChanged();
    });
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &OverviewView::setSettings);
    connect(m_canvas, &HeatmapCanvas::readoutChanged, this, &OverviewView::updateReadout);
    connect(m_strip, &SurprisalStrip::readoutChanged, this, &OverviewView::updateReadout);
    connect(m_canvas, &HeatmapCanvas::runPauseRequested, this, &OverviewView::runPauseRequested);
    connect(m_strip, &SurprisalStrip::runPauseRequested, this, &OverviewView::runPauseRequested);
    connect(m_canvas, &HeatmapCanvas::escapePressed, m_canvas, &HeatmapCanvas::showAllRows);
    connect(m_canvas, &HeatmapCanvas::rowActivated, this, [this](qint64 row) {
        this->context().selection.setLayer(row);
        Q_EMIT viewRequested(QStringLiteral("channel_map"));
    });
    updateSource();
}

OverviewView::~OverviewView() {
    m_strip->disconnect(this);  // it loses the focus while the widget below this view is destroyed
}

void OverviewView::modelChanged() {
    m_measures->setModel(model());
    updateSource();
}

const MeasureInfo& OverviewView::measure() const { return m_measures->measure(); }
void OverviewView::setMeasure(const QString& key) { m_measures->setMeasure(key); }

void OverviewView::updateSource() {
    const MeasureInfo& shown = measure();
    setTitle(tr("Overview") + compareText(m_compare),
             utf8(shown.definition) + QLatin1Char(' ') +
                 tr("Rows are layers, columns tokens; the strip above is the tokens' surprisal. Double-click a layer "
                    "for its channels."));
    SeriesSource source;
    if (model() && model()->dims.has(shown.point)) source = layersSource(context(), shown, model()->dims, m_compare);
    m_canvas->setSource(source, RowKind::Layer);
    m_canvas->setMeasure(layersSymbol(shown, m_compare), utf8(shown.unit));
    m_canvas->setFrameSeconds(frameSecondsOf(model()));
    m_canvas->setEmptyText(nothingToShowText(model(), shown.point, {}));
    m_strip->setFrameSeconds(frameSecondsOf(model()));
    m_strip->setCompare(m_compare);
    updateSettings();
}

void OverviewView::updateSettings() {
    const HeatmapSettings settings =
        m_settings.of(settingsKey(measure(), m_compare), measure().isSigned || m_compare == Compare::Difference);
    m_canvas->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    updateReadout();
}

void OverviewView::setSettings(const HeatmapSettings& settings) {
    m_settings.choose(settingsKey(measure(), m_compare), settings);
    updateSettings();
}

void OverviewView::updateReadout() {
    const QString token = m_strip->readout();
    setReadout(token.isEmpty() || m_canvas->underMouse() ? m_canvas->readout() : token);
}

void OverviewView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    m_compare = compare;
    updateSource();
}

void OverviewView::dataChanged(qint64 first, qint64 end) { m_canvas->dataChanged(first, end); }

std::vector<CaptureRequest> OverviewView::requests() const { return {seriesRequest(measure())}; }

void OverviewView::save(QSettings& store) const {
    store.setValue(QStringLiteral("measure"), utf8(measure().key));
    m_settings.save(store);
}

void OverviewView::load(QSettings& store) {
    m_settings.load(store);
    setMeasure(store.value(QStringLiteral("measure")).toString());
    updateSettings();
}

void OverviewView::saveShown(QSettings& store) const { m_canvas->saveRows(store); }
void OverviewView::loadShown(QSettings& store) { m_canvas->loadRows(store); }

FigureTitles OverviewView::figureTitles() const {
    return {tokenAxisTitle(), tr("layer"), valueTitle(utf8(measure().title), layersSymbol(measure(), m_compare), utf8(measure().unit))};
}

ShownValues OverviewView::shownValues() const {
    return {utf8(measure().key), {}, normalisationText(m_canvas->settings()), describe(m_canvas->valueScale())};
}

NumberSource OverviewView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (model()) addSeries(numbers, m_canvas->source(), context(), model()->dims, tokens);
    const TokenRange range = within(tokens, context().tokens.size());
    std::vector<float> bits;
    for (qint64 t = range.first; t < range.end; ++t) bits.push_back(context().tokens.row(t).surprisalBits);
    if (!bits.empty()) addFloats(numbers, "surprisal", {tokenAxis(context().tokens, range)}, std::move(bits), "bits");
    return numbers;
}

}  // namespace ms
