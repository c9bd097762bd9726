// The controls of the state view: which layer, which form, compared with what; its menu and its title.
#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSettings>
#include <QToolButton>

#include "ui/plot/heatmap_menu.h"
#include "ui/style/icons.h"
#include "ui/style/number_text.h"
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/state_names.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/state/landscape_plot.h"
#include "ui/views/state/state_matrix.h"
#include "ui/views/state/state_view.h"
#include "ui/widgets/elided_label.h"

namespace ms {

QWidget* StateView::buildControls() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(4, 1, 4, 0);
    layout->setSpacing(4);
    const auto add = [&](QWidget* control, const char* name, const QString& accessibleName) {
        control->setObjectName(QLatin1String(name));
        control->setAccessibleName(accessibleName);
        layout->addWidget(control);
    };
    m_layerBox->setToolTip(tr("The layer whose state is shown; follows the selection"));
    add(m_layerBox, "state_layer", tr("Layer whose state is shown"));

    m_formBox->addItems({tr("Heatmap"), tr("Landscape"), tr("Both")});
    m_formBox->setToolTip(tr("Draw the matrix as a heatmap, as a landscape, or as both"));
    add(m_formBox, "state_form", tr("Form of the state matrix"));
    connect(m_formBox, &QComboBox::activated, this, [this](int index) { setForm(static_cast<StateForm>(index)); });

    m_referenceBox->addItems({tr("h itself"), tr("− token before"), tr("− pinned token"), tr("− zero")});
    m_referenceBox->setToolTip(tr("Compare with: what is subtracted from the state of the token looked at"));
    add(m_referenceBox, "state_compare", tr("Compare the state with"));
    connect(m_referenceBox, &QComboBox::activated, this, [this](int index) {
        const auto reference = static_cast<StateReference>(index);
        if (reference == StateReference::Pinned && !m_pinned) pin();
        else setReference(reference);
    });

    auto* button = new QToolButton;
    button->setIcon(icon(QStringLiteral("pin")));
    button->setAutoRaise(true);
    button->setToolTip(tr("Pin the token looked at, and compare others with it"));
    add(button, "state_pin", tr("Pin the token looked at for comparison"));
    connect(button, &QToolButton::clicked, this, &StateView::pin);
    m_pinButton = button;
    layout->addStretch(1);
    return row;
}

void StateView::buildMenu() {
    m_menu->hideRowNormalisation();
    m_menu->addSection(tr("Channels"));
    m_sortAction = m_menu->addAction(tr("Sort by norm, largest first"));
    m_sortAction->setObjectName(QStringLiteral("state_sort"));
    m_sortAction->setCheckable(true);
    connect(m_sortAction, &QAction::toggled, this, &StateView::setSortedByNorm);
    m_menu->addSection(tr("Landscape"));
    QAction* back = m_menu->addAction(tr("Camera back to its start"), m_landscape, &LandscapePlot::resetOrbit);
    back->setObjectName(QStringLiteral("state_resetCamera"));
    setSettingsMenu(m_menu, tr("State: range, scale, colours and order"));
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &StateView::setSettings);
}

void StateView::connectPlots() {
    const auto select = [this](qint64 row, qint64 column) {
        m_state = column;
        context().selection.setChannel(channelAt(row));
        updateCursor();
    };
    connect(m_heatmap, &MatrixPlot::cellClicked, this, select);
    connect(m_landscape, &LandscapePlot::cellClicked, this, select);
    // The plot under the mouse or with the focus speaks.
    connect(m_readout, &CellReadout::changed, this, [this](const QString& text) {
        if (m_form == StateForm::Heatmap || !m_landscape->underMouse()) setReadout(text);
    });
    connect(m_landscape, &LandscapePlot::readoutChanged, this, [this](const QString& text) {
        if (m_form == StateForm::Landscape || m_landscape->underMouse()) setReadout(text);
    });
    connect(m_heatmap, &MatrixPlot::runPauseRequested, this, &StateView::runPauseRequested);
    connect(m_landscape, &LandscapePlot::runPauseRequested, this, &StateView::runPauseRequested);
}

void StateView::setForm(StateForm form) {
    m_form = form;
    m_formBox->setCurrentIndex(static_cast<int>(form));
    m_heatmap->setVisible(form != StateForm::Landscape);
    m_landscape->setVisible(form != StateForm::Heatmap);
    setFocusProxy(form == StateForm::Landscape ? static_cast<QWidget*>(m_landscape) : m_heatmap);
    drawMatrix();
    updateCursor();
    setReadout(form == StateForm::Landscape ? m_landscape->readout() : m_readout->text());
}

void StateView::setReference(StateReference reference) {
    if (reference == StateReference::Pinned && !m_pinned) reference = StateReference::None;
    m_reference = reference;
    m_referenceBox->setCurrentIndex(static_cast<int>(reference));
    refresh(false);
}

void StateView::pin() {
    const qint64 at = token();
    if (at < 0) return setReference(m_reference);  // there is nothing to pin: the box goes back
    m_pinned = at;
    m_referenceBox->setItemText(static_cast<int>(StateReference::Pinned), tr("− %1").arg(names().place(at)));
    m_pinButton->setToolTip(tr("Pinned: %1. Press to pin the one looked at instead.").arg(names().place(at)));
    setReference(StateReference::Pinned);
}

void StateView::unpin() {
    m_pinned.reset();
    m_referenceBox->setItemText(static_cast<int>(StateReference::Pinned), tr("− pinned token"));
    m_pinButton->setToolTip(tr("Pin the token looked at, and compare others with it"));
    if (m_reference == StateReference::Pinned) setReference(StateReference::None);
}

void StateView::setControlsShown(bool shown) { m_controls->setVisible(shown); }

void StateView::saveShown(QSettings& store) const {
    if (m_pinned) store.setValue(QStringLiteral("pinned"), *m_pinned);
    if (m_pinned) store.setValue(QStringLiteral("comparesWithPinned"), m_reference == StateReference::Pinned);
    store.setValue(QStringLiteral("visible"), m_heatmap->visibleCells());
    const LandscapeOrbit& o = m_landscape->orbit();
    if (m_form != StateForm::Heatmap)
        store.setValue(QStringLiteral("camera"), QVariantList{o.yaw, o.pitch, o.distance, o.targetX, o.targetY, o.targetZ});
}

void StateView::loadShown(QSettings& store) {
    m_heatmap->beginWith(store.value(QStringLiteral("visible")).toRectF());
    if (const QVariantList camera = store.value(QStringLiteral("camera")).toList(); camera.size() == 6) {
        LandscapeOrbit orbit;
        float* const parts[] = {&orbit.yaw, &orbit.pitch, &orbit.distance, &orbit.targetX, &orbit.targetY, &orbit.targetZ};
        for (int i = 0; i < 6; ++i) *parts[i] = camera[i].toFloat();
        m_landscape->setOrbit(orbit);
    }
    const qint64 pinned = store.value(QStringLiteral("pinned"), -1).toLongLong();
    if (pinned < 0 || pinned >= context().tokens.size()) return;
    m_pinned = pinned;
    if (store.value(QStringLiteral("comparesWithPinned")).toBool()) setReference(StateReference::Pinned);
}

QString StateView::shownText() const { return m_magnitude->text(); }
ShownValues StateView::shownValues() const { return {QStringLiteral("state"), m_layerBox->layer(), {}, describe(m_heatmap->scale())}; }

bool StateView::comparesWithZero() const {
    return m_reference == StateReference::Zero || (m_reference == StateReference::TokenBefore && m_source->shown().token == 0);
}

void StateView::setSortedByNorm(bool sorted) {
    m_sorted = sorted;
    m_sortAction->setChecked(sorted);
    arrange();
}

void StateView::setSettings(const HeatmapSettings& settings) {
    HeatmapSettings& chosen = m_settings.of(m_source->shown().compare);
    chosen = settings;
    chosen.normaliseRows = false;
    applySettings();
}

void StateView::updateTitle() {
    const StateSource::Wish& shown = m_source->shown();
    const QString definition =
        tr("h [d_inner, d_state] is what a layer remembers after a token: h(t) = exp(Δ(t)·A)·h(t−1) + Δ(t)·B(t)·u(t), for every channel "
           "and state; the layer reads it as y(t) = C(t)·h(t) + D·u(t). Compared with another token s, h(t) − h(s) is shown; before the "
           "first token the state is zero. ‖·‖ is the Euclidean norm of all finite values. "
           "While interventions are on, the same of the baseline can be shown, or the changed model's minus the baseline's. Rows are channels, columns states.") + complexStatesText(model(), m_layerBox->layer());
    if (!m_matrix) {
        m_magnitude->setText({});
        return setTitle(tr("h  State"), definition);
    }
    const QString token = names().name(shown.token);
    const QString what = shown.reference    ? QStringLiteral("h − h(%1)").arg(names().shortPlace(*shown.reference))
                         : comparesWithZero() ? QStringLiteral("h − 0")
                                              : QStringLiteral("h");
    setTitle(tr("%1  State · %2").arg(what, token) + compareText(shown.compare), definition);
    const bool ofRuns = shown.compare == Compare::Difference;
    QString size = QStringLiteral("‖%1‖ = %2").arg(ofRuns ? axes().symbol : what, shortText(m_norm));
    const auto run = shown.compare == Compare::Baseline ? StateSource::Run::Baseline : StateSource::Run::Changed;
    if (const double whole = ofRuns ? normOf(m_baseline) : 0; whole > 0)
        size += tr("  (%1 % of the baseline's)").arg(shortText(100 * m_norm / whole));
    if (const double whole = !ofRuns && shown.reference ? normOf(m_source->reference(run)) : 0; whole > 0)
        size += tr("  (%1 % of ‖h(%2)‖)").arg(shortText(100 * m_norm / whole), names().shortPlace(*shown.reference));
    m_magnitude->setText(size);
    m_magnitude->updateGeometry();
}

NumberSource StateView::numbers(TokenRange) const {
    NumberSource numbers;
    if (!model() || !m_matrix) return numbers;
    const StateSource::Wish& shown = m_source->shown();
    const auto add = [&](const std::string& name, const std::vector<float>& values) {
        if (!values.empty())
            addFloats(numbers, layerPath(LayerIndex(shown.layer), name), {plainAxis("channel", model()->dims.d_inner), plainAxis("state", model()->dims.d_state)}, values);
    };
    const auto at = [](qint64 token) { return ".token." + std::to_string(token); };
    using Run = StateSource::Run;
    for (const auto& [run, prefix] : {std::pair(Run::Changed, std::string("state")), std::pair(Run::Baseline, std::string("state.baseline"))}) {
        add(prefix + at(shown.token), m_source->state(run));
        if (shown.reference) add(prefix + at(*shown.reference), m_source->reference(run));
    }
    if (shown.reference || shown.compare == Compare::Difference) add("state.difference", m_values);
    return numbers;
}

}  // namespace ms
