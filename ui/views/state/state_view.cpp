#include "ui/views/state/state_view.h"

#include <QComboBox>
#include <QSettings>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>

#include "ui/plot/heatmap_menu.h"
#include "ui/style/number_text.h"
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/state_names.h"
#include "ui/views/state/landscape_plot.h"
#include "ui/views/state/state_matrix.h"
#include "ui/widgets/elided_label.h"

namespace ms {

StateView::StateView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("state"), context, parent), m_source(new StateSource(context.queries, this)), m_heatmap(new MatrixPlot),
      m_readout(new CellReadout(m_heatmap)),
      m_landscape(new LandscapePlot(context.landscape)), m_splitter(new QSplitter(Qt::Horizontal)), m_menu(new HeatmapMenu),
      m_layerBox(new LayerBox(context.selection)), m_formBox(new QComboBox), m_referenceBox(new QComboBox), m_magnitude(new ElidedLabel) {
    m_heatmap->setObjectName(QStringLiteral("state_heatmap"));
    m_heatmap->setAccessibleName(tr("Heatmap of the state matrix"));
    m_landscape->setObjectName(QStringLiteral("state_landscape"));
    m_landscape->setAccessibleName(tr("Landscape of the state matrix"));
    m_landscape->setToolTip(tr("Drag or arrows: turn. Wheel, + and −: zoom. Middle button or Shift: move. 0: back. Ctrl+arrows: another cell."));
    m_splitter->setObjectName(QStringLiteral("state_splitter"));
    m_splitter->addWidget(m_heatmap);
    m_splitter->addWidget(m_landscape);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({1000, 1000});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    m_controls = buildControls();
    layout->addWidget(m_controls);
    layout->addWidget(m_splitter, 1);
    addCompareBox(tr("State: which run is shown"));
    addControl(m_magnitude, QStringLiteral("magnitude"), tr("Norm of what is shown"));
    buildMenu();
    connectPlots();

    m_slow.setSingleShot(true);
    m_slow.setInterval(400);
    connect(&m_slow, &QTimer::timeout, this, &StateView::updateNote);
    connect(m_source, &StateSource::arrived, this, &StateView::arrange);
    connect(m_source, &StateSource::failed, this, &StateView::clear);
    connect(&context.selection, &Selection::tokenChanged, this, [this] { refresh(false); });
    connect(m_layerBox, &LayerBox::layerChanged, this, [this] { refresh(false); });
    connect(&context.selection, &Selection::channelChanged, this, &StateView::updateCursor);
    connect(&context.tokens, &TokenLog::appended, this, [this] { refresh(true); });
    connect(&context.tokens, &TokenLog::truncated, this, &StateView::tokensCut);
    connect(&context.tokens, &TokenLog::cleared, this, [this] { tokensCut(0); });
    setForm(StateForm::Heatmap);
    applySettings();
    refresh(false);
}

qint64 StateView::channelAt(qint64 row) const {
    return row >= 0 && row < static_cast<qint64>(m_order.size()) ? m_order[static_cast<std::size_t>(row)] : -1;
}

qint64 StateView::token() const {
    const qint64 count = context().tokens.size(), chosen = context().selection.token();
    return chosen >= 0 && chosen < count ? chosen : count - 1;
}

bool StateView::usesReference(qint64 token) const {
    return (m_reference == StateReference::TokenBefore && token > 0) || (m_reference == StateReference::Pinned && m_pinned);
}

void StateView::refresh(bool streaming) {
    if (!isActive()) return;
    const qint64 at = token();
    if (!model() || at < 0) {
        m_source->reset();
        return clear(nothingReadText(model()));
    }
    if (const QString lacks = missingPointText(model(), ProbePoint::State, m_layerBox->layer()); !lacks.isEmpty()) {
        m_source->reset();
        return clear(lacks);
    }
    StateSource::Wish wish{m_layerBox->layer().value, at, std::nullopt, m_compare};
    if (usesReference(at)) wish.reference = m_reference == StateReference::Pinned ? *m_pinned : at - 1;
    if (wish == m_source->shown()) {
        if (m_source->pending()) m_source->want(wish, streaming);
        return streaming ? void() : arrange();
    }
    m_source->want(wish, streaming);
    if (!m_slow.isActive()) m_slow.start();
}

/// Tokens from `count` on are gone, or come anew.
void StateView::tokensCut(qint64 count) {
    m_source->reset();
    if (m_pinned && *m_pinned >= count) unpin();
    refresh(false);
}

void StateView::dataChanged(qint64, qint64 end) {
    if (end != std::numeric_limits<qint64>::max()) return;  // what is read on is told by the token log
    m_source->reset();
    refresh(false);
}

void StateView::modelChanged() {
    m_source->reset();
    m_state = -1;
    m_layerBox->setLayers(model() ? model()->dims.n_layer : 0);
    unpin();
    refresh(false);
}

void StateView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    if (compare == m_compare) return;
    m_compare = compare;
    refresh(false);
}

void StateView::activeChanged() {
    if (isActive()) refresh(false);
    else m_source->reset();
}

std::vector<float> StateView::valuesOf(StateSource::Run run) const {
    return m_source->shown().reference ? changeOf(m_source->state(run), m_source->reference(run)) : m_source->state(run);
}

void StateView::arrange() {
    using Run = StateSource::Run;
    m_slow.stop();
    updateNote();
    const Compare compare = m_source->shown().compare;
    const Run first = compare == Compare::Baseline ? Run::Baseline : Run::Changed;
    if (!model() || m_source->state(first).empty()) return;
    const LayerDims layer = model()->dims.layer(m_layerBox->layer());
    const qint64 states = layer.d_state, channels = layer.d_inner;
    const auto size = static_cast<qint64>(m_source->state(first).size());
    if (size != channels * states)
        return clear(tr("The state has %1 values, not %2 channels × %3 states.").arg(size).arg(channels).arg(states));
    m_values = valuesOf(first);
    m_changed.clear();
    m_baseline.clear();
    if (compare == Compare::Difference) {
        m_changed = m_values;
        m_baseline = valuesOf(Run::Baseline);
        m_values = changeOf(m_changed, m_baseline);
    }
    m_norm = normOf(m_values);
    m_order = channelOrder(m_values, channels, states, m_sorted);
    m_matrix = matrixOf(m_values, states, m_order);
    updateTitle();
    m_heatmap->setAxes(axes());
    m_landscape->setAxes(axes());
    CellReadout::Details details;
    if (compare == Compare::Difference) details = [this](qint64 row, qint64 column) { return detailsOf(row, column); };
    m_landscape->setDetails(details);
    m_heatmap->setEmptyText({});
    applySettings();
    m_readout->setDetails(details);
    updateCursor();
}

/// What a difference is made of.
QString StateView::detailsOf(qint64 row, qint64 column) const {
    if (!model() || m_baseline.empty() || channelAt(row) < 0 || column < 0 || column >= model()->dims.d_state) return {};
    const auto at = static_cast<std::size_t>(channelAt(row) * model()->dims.d_state + column);
    return bothText(exactText(m_changed[at]), exactText(m_baseline[at]));
}

void StateView::applySettings() {
    const HeatmapSettings& settings = m_settings.of(m_source->shown().compare);
    m_heatmap->setSettings(settings);
    m_menu->setSettings(settings);
    setSettingsText(summaryOf(settings));
    drawMatrix();
}

void StateView::drawMatrix() {
    m_heatmap->setMatrix(m_matrix);
    const HeatmapSettings& settings = m_settings.of(m_source->shown().compare);
    if (m_form != StateForm::Heatmap) m_landscape->setMatrix(m_matrix, settings, m_matrix ? m_heatmap->scale() : ValueScale{});
    m_landscape->setColourBarVisible(m_form == StateForm::Landscape);
}

void StateView::clear(const QString& text) {
    m_slow.stop();
    m_values.clear();
    m_changed.clear();
    m_baseline.clear();
    m_order.clear();
    m_matrix.reset();
    m_norm = 0;
    m_heatmap->setEmptyText(text);
    m_landscape->setEmptyText(text);
    drawMatrix();
    m_landscape->setMatrix(nullptr, m_settings.values, {});
    updateNote();
    updateTitle();
    setReadout({});
}

MatrixAxes StateView::axes() const {
    MatrixAxes axes;
    axes.rowTitle = m_sorted ? tr("channel, by norm") : tr("channel");
    const qint64 complex = complexStateCount(model(), m_layerBox->layer());
    axes.columnTitle = complex > 0 ? tr("state: %1 real parts, then as many imaginary ones").arg(complex) : tr("state");
    axes.symbol = comparedSymbol(m_source->shown().reference ? QStringLiteral("Δh") : QStringLiteral("h"), m_source->shown().compare);
    const auto order = std::make_shared<const std::vector<int>>(m_order);
    const auto channel = [order](qint64 row) { return row < static_cast<qint64>(order->size()) ? (*order)[static_cast<std::size_t>(row)] : -1; };
    axes.rowText = [channel](qint64 row) { return tr("channel %1").arg(channel(row)); };
    axes.rowLabel = [channel](qint64 row) { return QString::number(channel(row)); };
    axes.columnText = [complex](qint64 column) { return stateName(complex, column); };
    return axes;
}

void StateView::updateCursor() {
    const qint64 channel = context().selection.channel();
    const auto found = std::find(m_order.begin(), m_order.end(), channel);
    const qint64 row = found == m_order.end() ? -1 : found - m_order.begin();
    m_heatmap->setCursorCell(row, row < 0 ? -1 : m_state);
    m_landscape->setCursorCell(row, row < 0 ? -1 : m_state);
}

void StateView::updateNote() {
    const bool waits = m_source->pending() && !m_slow.isActive() && m_matrix && !(m_source->shown().token == token());
    m_heatmap->setNote(waits ? tr("reading …") : QString());
}

void StateView::save(QSettings& store) const {
    m_settings.save(store);
    store.setValue(QStringLiteral("form"), static_cast<int>(m_form));
    store.setValue(QStringLiteral("reference"), static_cast<int>(m_reference));
    store.setValue(QStringLiteral("sorted"), m_sorted);
}

void StateView::load(QSettings& store) {
    m_settings.load(store);
    applySettings();
    setForm(static_cast<StateForm>(std::clamp(store.value(QStringLiteral("form"), 0).toInt(), 0, 2)));
    const int reference = std::clamp(store.value(QStringLiteral("reference"), 0).toInt(), 0, 3);
    setReference(reference == static_cast<int>(StateReference::Pinned) ? StateReference::None : static_cast<StateReference>(reference));
    setSortedByNorm(store.value(QStringLiteral("sorted"), false).toBool());
}

}  // namespace ms
