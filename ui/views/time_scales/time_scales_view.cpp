#include "ui/views/time_scales/time_scales_view.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QSettings>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/plot/curve_plot.h"
#include "ui/plot/heatmap_menu.h"
#include "ui/style/appearance.h"
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr auto kSettle = 60ms;
constexpr auto kBetween = 500ms;  // twice a second at most while tokens stream
}  // namespace

TimeScalesView::TimeScalesView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("time_scales"), context, parent), m_layers(new LayerBox(context.selection)), m_parts(new QComboBox),
      m_scope(new QComboBox), m_note(new ElidedLabel), m_spectrum(new CurvePlot), m_histogram(new CurvePlot), m_map(new MatrixPlot),
      m_readout(new CellReadout(m_map)),
      m_columns(new QSplitter(Qt::Horizontal)), m_curves(new QSplitter(Qt::Vertical)), m_menu(new HeatmapMenu), m_pace(kSettle, kBetween) {
    addControl(m_layers, QStringLiteral("layer"), tr("Time scales: the layer that is shown"));
    addCompareBox(tr("Time scales: which run is shown"));
    m_menu->hideRowNormalisation();
    setSettingsMenu(m_menu, tr("Time scales: range, scale and colours of the map"));

    m_curves->addWidget(m_spectrum);
    m_curves->addWidget(m_histogram);
    m_columns->addWidget(m_curves);
    m_columns->addWidget(m_map);
    m_columns->setSizes({560, 440});
    for (QSplitter* splitter : {m_curves, m_columns}) splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_choices = makeChoices();
    layout->addWidget(m_choices);
    layout->addWidget(m_columns, 1);
    setFocusProxy(m_map);
    connectPlots();

    connect(m_layers, &LayerBox::layerChanged, this, &TimeScalesView::layerChanged);
    connect(m_menu, &HeatmapMenu::settingsChanged, this, &TimeScalesView::setSettings);
    connect(&context.selection, &Selection::rangeChanged, this, &TimeScalesView::choose);
    connect(&context.selection, &Selection::channelChanged, this, &TimeScalesView::markChannel);
    connect(&m_pace, &Pace::due, this, &TimeScalesView::compute);
    connect(&m_pace, &Pace::slow, this, [this] {
        m_slow = true;
        showNote();
    });
    m_settings.values.scale = ScaleKind::Log;
    clearMeasured({});
}

QWidget* TimeScalesView::makeChoices() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(6);
    const auto name = [](QWidget* widget, const char* part, const QString& text) {
        widget->setObjectName(QStringLiteral("time_scales_") + QLatin1String(part));
        widget->setAccessibleName(text);
        widget->setToolTip(text);
    };
    for (const auto& [part, text] : {std::pair(Part::All, tr("all three")), std::pair(Part::Spectrum, tr("spectrum of A")),
                                     std::pair(Part::Histogram, tr("half-lives counted")), std::pair(Part::Map, tr("half-lives by channel"))})
        m_parts->addItem(text, static_cast<int>(part));
    for (const QString& text : {tr("this layer"), tr("all layers")}) m_scope->addItem(text);
    makeCompact(m_parts, 15);
    makeCompact(m_scope, 8);
    name(m_parts, "part", tr("Which of the three plots are shown"));
    name(m_scope, "scope", tr("Whose half-lives are counted: this layer's, at each channel's mean Δ, or all layers', at each layer's mean Δ"));
    name(m_note, "note", tr("What was measured"));
    m_note->setToolTip({});  // its own shows what is cut off
    m_note->setFaint(true);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    const auto label = [&](const QString& text, QWidget* buddy) {
        auto* shown = new QLabel(text);
        shown->setBuddy(buddy);
        layout->addWidget(shown);
        layout->addWidget(buddy);
    };
    label(tr("Sho&w"), m_parts);
    label(tr("Co&unt"), m_scope);
    layout->addWidget(m_note, 1);
    connect(m_parts, &QComboBox::currentIndexChanged, this, [this] {
        const auto part = static_cast<Part>(m_parts->currentData().toInt());
        m_spectrum->setVisible(part == Part::All || part == Part::Spectrum);
        m_histogram->setVisible(part == Part::All || part == Part::Histogram);
        m_curves->setVisible(part != Part::Map);
        m_map->setVisible(part == Part::All || part == Part::Map);
    });
    connect(m_scope, &QComboBox::currentIndexChanged, this, [this] {
        Q_EMIT requestsChanged();
        choose();
    });
    return row;
}

void TimeScalesView::connectPlots() {
    const auto name = [](QWidget* plot, const char* part, const QString& text) {
        plot->setObjectName(QStringLiteral("time_scales_") + QLatin1String(part));
        plot->setAccessibleName(text);
    };
    name(m_spectrum, "spectrum", tr("Sorted time constants of the layer among the other layers"));
    name(m_histogram, "histogram", tr("Histogram of half-lives"));
    name(m_map, "map", tr("Half-lives of channels by states"));
    m_spectrum->showLegend(false);
    m_spectrum->setAxes({tr("states, fastest first / %"), tr("1/|A| / Δ"), false, ScaleKind::Log});
    connect(m_spectrum, &CurvePlot::readoutChanged, this, &TimeScalesView::setReadout);
    connect(m_spectrum, &CurvePlot::clicked, this, &TimeScalesView::pickLayer);
    connect(m_histogram, &CurvePlot::hovered, this, &TimeScalesView::hoverHistogram);
    connect(m_readout, &CellReadout::changed, this, &TimeScalesView::setReadout);
    connect(m_map, &MatrixPlot::cellClicked, this, [this](qint64 row, qint64) {
        m_marked = row;  // with its state
        context().selection.setChannel(row);
    });
    connect(m_map, &MatrixPlot::cellActivated, this, [this] { Q_EMIT viewRequested(QStringLiteral("traces")); });
    connect(m_map, &MatrixPlot::escapePressed, m_map, &MatrixPlot::showAll);
    for (CurvePlot* plot : {m_spectrum, m_histogram}) connect(plot, &CurvePlot::runPauseRequested, this, &TimeScalesView::runPauseRequested);
    connect(m_map, &MatrixPlot::runPauseRequested, this, &TimeScalesView::runPauseRequested);
}

LayerIndex TimeScalesView::layer() const { return m_layers->layer(); }
void TimeScalesView::setPart(Part part) { m_parts->setCurrentIndex(m_parts->findData(static_cast<int>(part))); }
bool TimeScalesView::allLayers() const { return m_scope->currentIndex() == 1; }
void TimeScalesView::countAllLayers(bool all) { m_scope->setCurrentIndex(all ? 1 : 0); }

/// What is named after the run that is shown.
void TimeScalesView::updateTexts() {
    const Compare compare = shownCompare();
    setTitle(tr("Time scales") + compareText(compare),
             tr("How long a layer remembers. 1/|A| is the time constant of a state in units of the step size Δ (faint: the other layers; "
                "click one to select it). ln 2 / (Δ·|A|) is its "
                "half-life in tokens, here at the channel's mean Δ over the selected range, or over all tokens. A state with Δ or A "
                "of zero never decays: it is counted beside the histogram and drawn in the warning colour on the map. Interventions change "
                "Δ, not A: of the difference from the baseline the map shows half-lives minus those of the baseline, the histogram how many "
                "states more or fewer than the baseline's have such a half-life."));
    const double frame = frameSecondsOf(model());
    const QString halfLife = frame > 0 ? tr("half-life / frames of %1 ms").arg(frame * 1000) : tr("half-life / tokens");
    m_histogram->setAxes({halfLife, compare == Compare::Difference ? tr("states − baseline") : tr("states"), true});
    MatrixAxes axes;
    axes.rowTitle = tr("channel");
    axes.columnTitle = tr("state");
    axes.symbol = comparedSymbol(QStringLiteral("t½"), compare);
    axes.unit = frame > 0 ? tr("frames") : tr("tokens");
    axes.rowText = [](qint64 row) { return tr("channel %1").arg(row); };
    axes.columnText = [](qint64 column) { return tr("state %1").arg(column); };
    m_map->setAxes(axes);
}

void TimeScalesView::drawSpectrum() {
    m_spectrum->setEmptyText(model() ? tr("Sorting…") : tr("No model is open."));
    std::vector<Curve> curves;
    QColor faint = palette().color(QPalette::Mid);
    for (std::size_t l = 0; l < m_spectra.size(); ++l)
        curves.push_back({tr("1/|A| of layer %1").arg(l), m_spectra[l].percent, m_spectra[l].constants, faint});
    const auto shown = static_cast<std::size_t>(layer().value);
    if (shown < curves.size()) {  // drawn last, above the others
        Curve own = curves[shown];
        own.colour = curveColour(0, isDark(palette()));
        curves.erase(curves.begin() + static_cast<std::ptrdiff_t>(shown));
        curves.push_back(own);
    }
    m_spectrum->setCurves(curves);
}

void TimeScalesView::pickLayer(double percent, double constant) {
    qint64 best = -1;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t l = 0; l < m_spectra.size(); ++l) {
        const Spectrum& s = m_spectra[l];
        const auto at = std::lower_bound(s.percent.begin(), s.percent.end(), percent);
        if (at == s.percent.end()) continue;
        const double distance = std::abs(std::log(s.constants[at - s.percent.begin()] / constant));
        if (distance >= least) continue;
        least = distance;
        best = static_cast<qint64>(l);
    }
    if (best >= 0) context().selection.setLayer(best);
}

void TimeScalesView::setSettings(const HeatmapSettings& settings) {
    m_settings.of(shownCompare()) = settings;
    applySettings();
}

void TimeScalesView::applySettings() {
    m_map->setSettings(m_settings.of(shownCompare()));
    m_menu->setSettings(m_map->settings());
    setSettingsText(summaryOf(m_map->settings()));
}

std::vector<CaptureRequest> TimeScalesView::requests() const {
    if (model()->scan.empty()) return {};
    std::vector<CaptureRequest> requests{{ProbePoint::Dt, {layer()}, Reduction::None}};
    if (allLayers()) requests.push_back({ProbePoint::Dt, {}, Reduction::MeanChannels});
    return requests;
}

void TimeScalesView::changeEvent(QEvent* event) {
    ScopeView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) drawSpectrum();
}

void TimeScalesView::resizeEvent(QResizeEvent* event) {
    ScopeView::resizeEvent(event);
    m_columns->setOrientation(width() >= height() ? Qt::Horizontal : Qt::Vertical);
}

void TimeScalesView::save(QSettings& store) const {
    store.setValue(QStringLiteral("part"), m_parts->currentIndex());
    store.setValue(QStringLiteral("allLayers"), allLayers());
    m_settings.save(store);
}

void TimeScalesView::load(QSettings& store) {
    m_parts->setCurrentIndex(std::clamp(store.value(QStringLiteral("part"), m_parts->currentIndex()).toInt(), 0, m_parts->count() - 1));
    countAllLayers(store.value(QStringLiteral("allLayers"), allLayers()).toBool());
    m_settings.load(store);
    applySettings();
}

void TimeScalesView::saveShown(QSettings& store) const { store.setValue(QStringLiteral("visible"), m_map->visibleCells()); }
void TimeScalesView::loadShown(QSettings& store) { m_map->beginWith(store.value(QStringLiteral("visible")).toRectF()); }
QString TimeScalesView::shownText() const { return m_note->text(); }
void TimeScalesView::setControlsShown(bool shown) { m_choices->setVisible(shown); }
ShownValues TimeScalesView::shownValues() const { return {QStringLiteral("dt"), layer(), {}, describe(m_map->scale())}; }

}  // namespace ms
