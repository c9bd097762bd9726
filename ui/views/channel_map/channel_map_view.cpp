#include "ui/views/channel_map/channel_map_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QIntValidator>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QToolButton>

#include "ui/plot/heatmap_canvas.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
/// While a layer's past is being fetched the order is tried this often.
constexpr int kRetryMilliseconds = 300;
}  // namespace

ChannelMapView::ChannelMapView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("channel_map"), context, parent),
      m_canvas(new HeatmapCanvas(context.tokens, context.axis, context.selection)),
      m_menu(new HeatmapMenu),
      m_measures(new MeasureCombo(MeasureCombo::Of::Channels)),
      m_layers(new LayerBox(context.selection)),
      m_sorts(new QComboBox),
      m_find(new QLineEdit),
      m_note(new ElidedLabel) {
    m_canvas->setObjectName(QStringLiteral("canvas_channel_map"));
    m_canvas->setAccessibleName(tr("Heatmap of channels by tokens"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_sortRow = makeSortRow();
    layout->addWidget(m_sortRow);
    layout->addWidget(m_canvas, 1);
    setFocusProxy(m_canvas);

    addControl(m_layers, QStringLiteral("layer"), tr("Channels: the layer they belong to"));
    addControl(m_measures, QStringLiteral("measure"), tr("Channels: what is measured"));
    addCompareBox(tr("Channels: which run is shown"));
    setSettingsMenu(m_menu, tr("Channels: range, scale and colours"));

    connect(m_layers, &LayerBox::layerChanged, this, &ChannelMapView::showLayer);
    connect(m_measures, &MeasureCombo::measureChanged, this, &ChannelMapView::changed);
    connect(&context.selection, &Selection::channelChanged, this, [this](qint64 channel) {
        if (channel >= 0) m_canvas->ensureRowVisible(m_canvas->source().rowOf(channel));
    });
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &ChannelMapView::setSettings);
    connect(m_canvas, &HeatmapCanvas::readoutChanged, this, [this] { setReadout(m_canvas->readout()); });
    connect(m_canvas, &HeatmapCanvas::runPauseRequested, this, &ChannelMapView::runPauseRequested);
    connect(m_canvas, &HeatmapCanvas::escapePressed, m_canvas, &HeatmapCanvas::showAllRows);
    connect(m_canvas, &HeatmapCanvas::rowActivated, this, [this] { Q_EMIT viewRequested(QStringLiteral("traces")); });
    m_retry.setSingleShot(true);
    m_retry.setInterval(kRetryMilliseconds);
    connect(&m_retry, &QTimer::timeout, this, &ChannelMapView::sortAgain);
    updateSource();
}

QWidget* ChannelMapView::makeSortRow() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    const auto name = [this](QWidget* widget, const QString& part, const QString& text) {
        widget->setObjectName(QStringLiteral("channel_map_") + part);
        widget->setAccessibleName(text);
        widget->setToolTip(text);
    };
    auto* label = new QLabel(tr("Sort by"));
    label->setBuddy(m_sorts);
    for (const auto& [sort, text] :
         {std::pair(ChannelSort::Index, tr("index")), std::pair(ChannelSort::Mean, tr("mean value")),
          std::pair(ChannelSort::Value, tr("value at the cursor")), std::pair(ChannelSort::HalfLife, tr("half-life")),
          std::pair(ChannelSort::Similarity, tr("similarity"))})
        m_sorts->addItem(text, static_cast<int>(sort));
    makeCompact(m_sorts, 11);
    name(m_sorts, QStringLiteral("sort"),
         tr("Order of the channels, over the selected range or, without one, the visible tokens. It stays until you "
            "sort again."));
    auto* again = new QToolButton;
    again->setIcon(icon(QStringLiteral("sort")));
    again->setAutoRaise(true);
    again->setFocusPolicy(Qt::TabFocus);
    name(again, QStringLiteral("sortAgain"), tr("Sort again, by what is visible now"));
    m_find->setPlaceholderText(tr("find channel"));
    m_find->setMaximumWidth(m_find->fontMetrics().horizontalAdvance(m_find->placeholderText()) + 28);
    name(m_find, QStringLiteral("find"), tr("Number of a channel to select and scroll to (Return)"));
    name(m_note, QStringLiteral("note"), tr("Order of the channels"));
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_note->setToolTip({});  // its own shows what is cut off
    m_note->setFaint(true);
    for (QWidget* widget : {static_cast<QWidget*>(label), static_cast<QWidget*>(m_sorts), static_cast<QWidget*>(again),
                            static_cast<QWidget*>(m_find)})
        layout->addWidget(widget);
    layout->addWidget(m_note, 1);
    connect(m_sorts, &QComboBox::currentIndexChanged, this, [this] {
        sortAgain();
        Q_EMIT requestsChanged();  // the half-life needs Δ
    });
    connect(again, &QToolButton::clicked, this, &ChannelMapView::sortAgain);
    connect(m_find, &QLineEdit::returnPressed, this, &ChannelMapView::findChannel);
    return row;
}

const MeasureInfo& ChannelMapView::measure() const { return m_measures->measure(); }
void ChannelMapView::setMeasure(const QString& key) { m_measures->setMeasure(key); }
ChannelSort ChannelMapView::sort() const { return static_cast<ChannelSort>(m_sorts->currentData().toInt()); }
void ChannelMapView::setSort(ChannelSort sort) { m_sorts->setCurrentIndex(m_sorts->findData(static_cast<int>(sort))); }

void ChannelMapView::modelChanged() {
    m_task.cancel();
    m_order.reset();
    m_measures->setModel(model());
    const ModelDims dims = model() ? model()->dims : ModelDims{};
    m_layers->setLayers(dims.n_layer);
    m_layer = m_layers->layer();
    delete m_find->validator();
    m_find->setValidator(new QIntValidator(0, static_cast<int>(std::max<qint64>(0, dims.d_inner - 1)), m_find));
    updateSource();
    sortAgain();
}

void ChannelMapView::showLayer() {
    if (!model() || m_layers->layer() == m_layer) return;
    m_layer = m_layers->layer();
    changed();
}

void ChannelMapView::changed() {
    updateSource();
    sortAgain();
    Q_EMIT requestsChanged();
}

void ChannelMapView::updateSource() {
    const MeasureInfo& shown = measure();
    setTitle(tr("Channels") + compareText(m_compare),
             channelsDefinition(shown) + QLatin1Char(' ') +
                 tr("Rows are channels of one layer, columns tokens. Ctrl+wheel or Ctrl+Up zooms the rows, "
                    "double-click draws a channel as a curve."));
    SeriesSource source;
    if (model() && model()->dims.has(shown.point, m_layer)) {
        source = channelsSource(context(), shown, m_layer, model()->dims, m_compare);
        source.setOrder(m_order);
    }
    m_canvas->setSource(source, RowKind::Channel);
    m_canvas->setMeasure(channelsSymbol(shown, m_compare), utf8(info(shown.point).unit));
    m_canvas->setFrameSeconds(frameSecondsOf(model()));
    m_canvas->setEmptyText(nothingToShowText(model(), shown.point, m_layer));
    updateSettings();
}

void ChannelMapView::updateSettings() {
    const HeatmapSettings settings =
        m_settings.of(settingsKey(measure(), m_compare), measure().channelsSigned || m_compare == Compare::Difference);
    m_canvas->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    setReadout(m_canvas->readout());
}

void ChannelMapView::setSettings(const HeatmapSettings& settings) {
    m_settings.choose(settingsKey(measure(), m_compare), settings);
    updateSettings();
}

void ChannelMapView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    m_compare = compare;
    updateSource();
}

OrderQuery ChannelMapView::orderQuery() const {
    OrderQuery query;
    query.sort = sort();
    query.source = channelsSource(context(), measure(), m_layer, model()->dims, m_compare);
    query.steps = SeriesSource::channels(context().store, ProbePoint::Dt, m_layer, model()->dims);
    const auto layer = static_cast<std::size_t>(m_layer.value);
    if (query.sort == ChannelSort::HalfLife && layer < model()->scan.size()) query.A = model()->scan[layer].A;
    query.d_state = model()->dims.d_state;
    const TimeAxis& axis = context().axis;
    if (m_moment) {
        query.range = m_moment->range;
        query.token = m_moment->token;
        return query;
    }
    query.range = context().selection.range();
    if (query.range.empty()) query.range = {axis.firstToken(), axis.firstToken() + axis.visibleTokens()};
    query.range.end = std::min(query.range.end, axis.tokenCount());
    const qint64 cursor = context().selection.token();
    query.token = cursor >= 0 ? cursor : axis.tokenCount() - 1;
    return query;
}

QString ChannelMapView::orderText(const OrderQuery& query) const {
    const QString tokens = names().range(query.range);
    switch (query.sort) {
        case ChannelSort::Index:
            return {};
        case ChannelSort::Mean:
            return tr("greatest mean over %1 first").arg(tokens);
        case ChannelSort::Value:
            return tr("greatest at %1 first").arg(names().place(query.token));
        case ChannelSort::HalfLife:
            return tr("longest half-life at the mean Δ of %1 first").arg(tokens);
        case ChannelSort::Similarity:
            return tr("alike over %1 side by side").arg(tokens);
    }
    return {};
}

void ChannelMapView::sortAgain() {
    m_orderDue = !isActive();
    m_retry.stop();
    m_task.cancel();
    m_note->setText({});
    if (!model() || m_orderDue || !model()->dims.has(measure().point, m_layer)) return;
    if (sort() == ChannelSort::Index) {
        if (m_order) {
            m_order.reset();
            updateSource();
        }
        return;
    }
    const QString lacks = sort() == ChannelSort::HalfLife ? missingDecayText(model(), m_layer) : QString();
    if (!lacks.isEmpty()) return m_note->setText(tr("not sorted: %1").arg(lacks));
    const OrderQuery query = orderQuery();
    m_note->setText(tr("sorting…"));
    m_task.start([query](const std::stop_token& stop) { return channelOrder(query, stop); },
                 [this, text = orderText(query), moment = SortMoment{query.range, query.token}](const Result<std::vector<int>>& order) {
                     m_orderDue = !order;
                     m_note->setText(order ? text : tr("not sorted: %1").arg(utf8(order.error().message)));
                     if (!order) return;
                     m_order = std::make_shared<const std::vector<int>>(*order);
                     m_sortedAt = moment;
                     updateSource();
                     const qint64 channel = context().selection.channel();
                     if (channel >= 0) m_canvas->ensureRowVisible(m_canvas->source().rowOf(channel));
                 });
}

void ChannelMapView::findChannel() {
    if (!m_find->hasAcceptableInput()) return;
    const qint64 channel = m_find->text().toLongLong();
    context().selection.setChannel(channel);
    m_canvas->ensureRowVisible(m_canvas->source().rowOf(channel));
    m_find->selectAll();
}

void ChannelMapView::dataChanged(qint64 first, qint64 end) {
    m_canvas->dataChanged(first, end);
    if (m_orderDue && isActive() && !m_task.running() && !m_retry.isActive()) m_retry.start();
}

void ChannelMapView::activeChanged() {
    if (isActive() && m_orderDue) sortAgain();
}

std::vector<CaptureRequest> ChannelMapView::requests() const {
    std::vector<CaptureRequest> requests{channelsRequest(measure(), m_layer)};
    if (sort() == ChannelSort::HalfLife && measure().point != ProbePoint::Dt)
        requests.push_back(SeriesSource::channels(context().store, ProbePoint::Dt, m_layer, model()->dims).request());
    return requests;
}

void ChannelMapView::save(QSettings& store) const {
    store.setValue(QStringLiteral("measure"), utf8(measure().key));
    store.setValue(QStringLiteral("sort"), settingsKey(sort()));
    m_settings.save(store);
}

void ChannelMapView::load(QSettings& store) {
    m_settings.load(store);
    setMeasure(store.value(QStringLiteral("measure")).toString());
    const QString stored = store.value(QStringLiteral("sort")).toString();
    for (const ChannelSort each : kChannelSorts)
        if (settingsKey(each) == stored) setSort(each);
    updateSettings();
}

void ChannelMapView::saveShown(QSettings& store) const {
    m_canvas->saveRows(store);
    if (!m_order) return;
    store.setValue(QStringLiteral("sortFirst"), m_sortedAt.range.first);
    store.setValue(QStringLiteral("sortEnd"), m_sortedAt.range.end);
    store.setValue(QStringLiteral("sortToken"), m_sortedAt.token);
}

void ChannelMapView::loadShown(QSettings& store) {
    m_canvas->loadRows(store);
    if (!store.contains(QStringLiteral("sortEnd"))) return;
    m_moment = SortMoment{{store.value(QStringLiteral("sortFirst")).toLongLong(), store.value(QStringLiteral("sortEnd")).toLongLong()},
                          store.value(QStringLiteral("sortToken"), -1).toLongLong()};
    sortAgain();
    m_moment.reset();
}

QString ChannelMapView::shownText() const { return m_note->text(); }
void ChannelMapView::setControlsShown(bool shown) { m_sortRow->setVisible(shown); }

FigureTitles ChannelMapView::figureTitles() const {
    const MeasureInfo& shown = measure();
    const QString title = utf8(shown.difference ? shown.title : info(shown.point).title);
    return {tokenAxisTitle(), m_order ? tr("channels, sorted") : tr("channel"), valueTitle(title, channelsSymbol(shown, m_compare), utf8(info(shown.point).unit))};
}

ShownValues ChannelMapView::shownValues() const {
    return {utf8(measure().difference ? measure().key : info(measure().point).key), m_layer, normalisationText(m_canvas->settings()), describe(m_canvas->valueScale())};
}

NumberSource ChannelMapView::numbers(TokenRange tokens) const {
    NumberSource numbers;
    if (model()) addSeries(numbers, m_canvas->source(), context(), model()->dims, tokens);
    return numbers;
}

}  // namespace ms
