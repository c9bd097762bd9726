#include "ui/views/heatmap/heatmap_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSettings>
#include <QToolButton>

#include "ui/style/icons.h"
#include "ui/views/heatmap/heatmap_canvas.h"
#include "ui/views/heatmap/heatmap_menu.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {

QString text(std::string_view s) { return QString::fromUtf8(s.data(), static_cast<qsizetype>(s.size())); }

}  // namespace

HeatmapView::HeatmapView(ProbePoint point, std::shared_ptr<const CaptureStore> store, TokenLog& tokens, TimeAxis& axis,
                         Selection& selection, QWidget* parent)
    : QWidget(parent), m_point(point), m_store(std::move(store)), m_canvas(new HeatmapCanvas(tokens, axis, selection)),
      m_header(new QWidget) {
    const ProbeInfo& probe = info(point);
    setObjectName(QStringLiteral("heatmap_") + text(probe.key));
    m_canvas->setObjectName(QStringLiteral("canvas_") + text(probe.key));
    m_canvas->setAccessibleName(tr("Heatmap of %1").arg(text(probe.title)));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_canvas);
    buildHeader();
    setFocusProxy(m_canvas);

    connect(m_canvas, &HeatmapCanvas::readoutChanged, this, &HeatmapView::updateReadout);
    connect(m_canvas, &HeatmapCanvas::runPauseRequested, this, &HeatmapView::runPauseRequested);
    connect(m_canvas, &HeatmapCanvas::escapePressed, this, [this] { showLayer(std::nullopt); });
    connect(m_canvas, &HeatmapCanvas::rowActivated, this, [this](qint64 row) {
        if (!m_layer) showLayer(LayerIndex(row));
    });
}

HeatmapView::~HeatmapView() {
    if (m_header && m_header->parent() == nullptr) delete m_header;
}

void HeatmapView::buildHeader() {
    const ProbeInfo& probe = info(m_point);
    const QString key = text(probe.key);
    m_header->setObjectName(QStringLiteral("header_") + key);
    m_title = new ElidedLabel;
    m_title->setObjectName(QStringLiteral("title_") + key);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setToolTip(QStringLiteral("<p><b>%1</b> (%2)</p><p>%3</p><p>%4</p>")
                            .arg(text(probe.title), text(probe.symbol), text(probe.definition).toHtmlEscaped(),
                                 tr("All layers: mean over channels. Double-click a layer for its channels.")));

    m_allLayers = new QToolButton;
    m_allLayers->setObjectName(QStringLiteral("allLayers_") + key);
    m_allLayers->setText(tr("All layers"));
    m_allLayers->setIcon(icon(QStringLiteral("layers")));
    m_allLayers->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_allLayers->setAutoRaise(true);
    m_allLayers->setToolTip(tr("Back to all layers (Esc)"));
    m_allLayers->setAccessibleName(tr("%1: back to all layers").arg(text(probe.title)));
    m_allLayers->hide();
    connect(m_allLayers, &QToolButton::clicked, this, [this] { showLayer(std::nullopt); });

    m_readout = new ElidedLabel;
    m_readout->setObjectName(QStringLiteral("readout_") + key);
    m_readout->setAccessibleName(tr("%1: value under the cursor").arg(text(probe.title)));
    m_readout->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_readout->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);

    m_menu = new HeatmapMenu(m_header);
    m_settingsButton = new QToolButton;
    m_settingsButton->setObjectName(QStringLiteral("settings_") + key);
    m_settingsButton->setIcon(icon(QStringLiteral("settings")));
    m_settingsButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_settingsButton->setAutoRaise(true);
    m_settingsButton->setPopupMode(QToolButton::InstantPopup);
    m_settingsButton->setMenu(m_menu);
    m_settingsButton->setToolTip(tr("Range, scale and colours"));
    m_settingsButton->setAccessibleName(tr("%1: range, scale and colours").arg(text(probe.title)));
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &HeatmapView::setSettings);

    auto* layout = new QHBoxLayout(m_header);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addWidget(m_allLayers);
    layout->addWidget(m_readout, 1);
    layout->addWidget(m_settingsButton);
    setSettings({});
    updateSource();
}

void HeatmapView::setModel(const ModelSummaryPtr& model) {
    m_model = model;
    m_layer.reset();
    updateSource();
    Q_EMIT requestsChanged();
}

void HeatmapView::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    Q_EMIT requestsChanged();
}

void HeatmapView::showLayer(std::optional<LayerIndex> layer) {
    if (layer == m_layer || !m_model || (layer && layer->value >= m_model->dims.n_layer)) return;
    m_layer = layer;
    updateSource();
    Q_EMIT requestsChanged();
}

void HeatmapView::updateSource() {
    const ProbeInfo& probe = info(m_point);
    QString title = QStringLiteral("%1  %2").arg(text(probe.symbol), text(probe.title));
    title += m_layer ? tr(" · layer %1 · channels").arg(m_layer->value) : tr(" · layers");
    m_title->setText(title);
    m_title->updateGeometry();
    m_allLayers->setVisible(m_layer.has_value());
    SeriesSource source;
    if (m_model) source = m_layer ? SeriesSource::channels(m_store, m_point, *m_layer, m_model->dims)
                                  : SeriesSource::layers(m_store, m_point, m_model->dims);
    m_canvas->setSource(source);
    m_canvas->setEmptyText(m_model ? tr("Nothing was read yet. Type a prompt and press Run.") : tr("No model is open."));
}

void HeatmapView::updateReadout() { m_readout->setText(m_canvas->readout()); }

void HeatmapView::setSettings(const HeatmapSettings& settings) {
    m_canvas->setSettings(settings);
    m_menu->setSettings(settings);
    m_settingsButton->setText(summaryOf(settings));
    updateReadout();
}

const HeatmapSettings& HeatmapView::settings() const { return m_canvas->settings(); }

void HeatmapView::saveSettings(QSettings& store) const {
    store.beginGroup(objectName());
    settings().save(store);
    store.endGroup();
}

void HeatmapView::loadSettings(QSettings& store) {
    HeatmapSettings loaded = settings();
    store.beginGroup(objectName());
    loaded.load(store);
    store.endGroup();
    setSettings(loaded);
}

std::vector<CaptureRequest> HeatmapView::requests() const {
    if (!m_active || !m_model) return {};
    std::vector<CaptureRequest> requests{SeriesSource::layers(m_store, m_point, m_model->dims).request()};
    if (m_layer) requests.push_back(SeriesSource::channels(m_store, m_point, *m_layer, m_model->dims).request());
    return requests;
}

}  // namespace ms
