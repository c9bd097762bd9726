#include "ui/views/base/speech_map_view.h"

#include <QSettings>
#include <QVBoxLayout>

#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"

namespace ms {

SpeechMapView::SpeechMapView(const QString& id, const QString& name, const HeatmapSettings& settings, const ViewContext& context,
                             QWidget* parent)
    : ScopeView(id, context, parent), m_canvas(new HeatmapCanvas(context.tokens, context.axis, context.selection)),
      m_menu(new HeatmapMenu) {
    m_canvas->setObjectName(QStringLiteral("canvas_") + id);
    m_canvas->setAccessibleName(tr("%1 over time").arg(name));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_canvas);
    setFocusProxy(m_canvas);
    setSettingsMenu(m_menu, tr("%1: range, scale and colours").arg(name));
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &SpeechMapView::setSettings);
    connect(m_canvas, &HeatmapCanvas::readoutChanged, this, &SpeechMapView::setReadout);
    connect(m_canvas, &HeatmapCanvas::runPauseRequested, this, &SpeechMapView::runPauseRequested);
    connect(m_canvas, &HeatmapCanvas::escapePressed, m_canvas, &HeatmapCanvas::showAllRows);
    setSettings(settings);
}

void SpeechMapView::setMeasure(const QString& symbol, const QString& unit, const QString& rowTitle) {
    m_rowTitle = rowTitle;
    m_symbol = symbol;
    m_unit = unit;
}

void SpeechMapView::updateSource() {
    const bool hears = model() && model()->speech;
    m_canvas->setSource(hears ? source() : SeriesSource(), RowKind::State);
    m_canvas->setMeasure(m_symbol, m_unit);
    m_canvas->setFrameSeconds(frameSecondsOf(model()));
    m_canvas->setEmptyText(nothingHeardText(model()));
    setReadout(m_canvas->readout());
}

void SpeechMapView::dataChanged(qint64 first, qint64 end) { m_canvas->dataChanged(first, end); }

void SpeechMapView::setSettings(const HeatmapSettings& settings) {
    m_canvas->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    setReadout(m_canvas->readout());
}

const HeatmapSettings& SpeechMapView::settings() const { return m_canvas->settings(); }

void SpeechMapView::save(QSettings& store) const { settings().save(store); }

void SpeechMapView::load(QSettings& store) {
    HeatmapSettings loaded = settings();
    loaded.load(store);
    setSettings(loaded);
}

std::vector<CaptureRequest> SpeechMapView::requests() const {
    if (!model() || !model()->speech) return {};
    return {source().request()};
}

void SpeechMapView::saveShown(QSettings& store) const { m_canvas->saveRows(store); }
void SpeechMapView::loadShown(QSettings& store) { m_canvas->loadRows(store); }
FigureTitles SpeechMapView::figureTitles() const { return {tokenAxisTitle(), m_rowTitle, valueTitle(m_symbol, {}, m_unit)}; }

ShownValues SpeechMapView::shownValues() const {
    return {model() && model()->speech ? utf8(info(source().point()).key) : QString(), {}, normalisationText(settings()), describe(m_canvas->valueScale())};
}

NumberSource SpeechMapView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (model()) addSeries(numbers, m_canvas->source(), context(), model()->dims, tokens);
    return numbers;
}

}  // namespace ms
