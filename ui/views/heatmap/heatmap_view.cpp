#include "ui/views/heatmap/heatmap_view.h"

#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/style/icons.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"

namespace ms {

HeatmapView::HeatmapView(ProbePoint point, const ViewContext& context, QWidget* parent)
    : ScopeView(utf8(info(point).key), context, parent), m_point(point),
      m_canvas(new HeatmapCanvas(context.tokens, context.axis, context.selection)), m_menu(new HeatmapMenu),
      m_allLayers(new QToolButton) {
    const QString title = utf8(info(point).title);
    m_canvas->setObjectName(QStringLiteral("canvas_") + id());
    m_canvas->setAccessibleName(tr("Heatmap of %1").arg(title));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_canvas);
    setFocusProxy(m_canvas);

    m_allLayers->setText(tr("All layers"));
    m_allLayers->setIcon(icon(QStringLiteral("layers")));
    m_allLayers->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_allLayers->setAutoRaise(true);
    m_allLayers->setToolTip(tr("Back to all layers (Esc)"));
    m_allLayers->hide();
    addControl(m_allLayers, QStringLiteral("allLayers"), tr("%1: back to all layers").arg(title));
    connect(m_allLayers, &QToolButton::clicked, this, [this] { showLayer(std::nullopt); });
    addCompareBox(tr("%1: which run is shown").arg(title));
    setSettingsMenu(m_menu, tr("%1: range, scale and colours").arg(title));
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &HeatmapView::setSettings);

    connect(m_canvas, &HeatmapCanvas::readoutChanged, this, &HeatmapView::setReadout);
    connect(m_canvas, &HeatmapCanvas::runPauseRequested, this, &HeatmapView::runPauseRequested);
    connect(m_canvas, &HeatmapCanvas::escapePressed, this, [this] { showLayer(std::nullopt); });
    connect(m_canvas, &HeatmapCanvas::rowActivated, this, [this](qint64 row) {
        if (!m_layer) showLayer(LayerIndex(row));
    });
    setSettings({});
    updateSource();
}

void HeatmapView::modelChanged() {
    m_layer.reset();
    updateSource();
}

void HeatmapView::showLayer(std::optional<LayerIndex> layer) {
    if (layer == m_layer || !model() || (layer && layer->value >= model()->dims.n_layer)) return;
    m_layer = layer;
    updateSource();
    Q_EMIT requestsChanged();
}

void HeatmapView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    m_compare = compare;
    updateSource();
}

void HeatmapView::updateSource() {
    const ProbeInfo& probe = info(m_point);
    QString title = QStringLiteral("%1  %2").arg(utf8(probe.symbol), utf8(probe.title));
    title += m_layer ? tr(" · layer %1 · channels").arg(m_layer->value) : tr(" · layers");
    setTitle(title, utf8(probe.definition) + QLatin1Char(' ') +
                        tr("All layers: mean over channels. Double-click a layer for its channels."));
    m_allLayers->setVisible(m_layer.has_value());
    SeriesSource source;
    if (model() && (m_layer ? model()->dims.has(m_point, *m_layer) : model()->dims.has(m_point)))
        source = m_layer ? SeriesSource::channels(context().store, m_point, *m_layer, model()->dims)
                         : SeriesSource::layers(context().store, m_point, model()->dims);
    source.setBaseline(context().baseline, m_compare);
    m_canvas->setSource(source);
    m_canvas->setFrameSeconds(frameSecondsOf(model()));
    m_canvas->setEmptyText(nothingToShowText(model(), m_point, m_layer));
}

void HeatmapView::dataChanged(qint64 first, qint64 end) { m_canvas->dataChanged(first, end); }

void HeatmapView::setSettings(const HeatmapSettings& settings) {
    m_canvas->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    setReadout(m_canvas->readout());
}

const HeatmapSettings& HeatmapView::settings() const { return m_canvas->settings(); }

void HeatmapView::save(QSettings& store) const { settings().save(store); }

void HeatmapView::load(QSettings& store) {
    HeatmapSettings loaded = settings();
    loaded.load(store);
    setSettings(loaded);
}

void HeatmapView::saveShown(QSettings& store) const {
    if (m_layer) store.setValue(QStringLiteral("layer"), static_cast<qint64>(m_layer->value));
    m_canvas->saveRows(store);
}

void HeatmapView::loadShown(QSettings& store) {
    if (store.contains(QStringLiteral("layer"))) showLayer(LayerIndex(store.value(QStringLiteral("layer")).toLongLong()));
    m_canvas->loadRows(store);
}

FigureTitles HeatmapView::figureTitles() const {
    const ProbeInfo& probe = info(m_point);
    return {tokenAxisTitle(), m_layer ? tr("channel") : tr("layer"), valueTitle(utf8(probe.title), comparedSymbol(utf8(probe.symbol), m_compare), utf8(probe.unit))};
}

ShownValues HeatmapView::shownValues() const {
    const CaptureRequest request = requests().back();
    const QString reduction = m_layer ? QString() : QLatin1Char('.') + utf8(key(request.reduction));
    return {utf8(info(m_point).key) + reduction, m_layer, normalisationText(settings()), describe(m_canvas->valueScale())};
}

std::vector<CaptureRequest> HeatmapView::requests() const {
    std::vector<CaptureRequest> requests{SeriesSource::layers(context().store, m_point, model()->dims).request()};
    if (m_layer) requests.push_back(SeriesSource::channels(context().store, m_point, *m_layer, model()->dims).request());
    return requests;
}

NumberSource HeatmapView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (model()) addSeries(numbers, m_canvas->source(), context(), model()->dims, tokens);
    return numbers;
}

}  // namespace ms
