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
#include "ui/style/number_text.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_combo.h"
#include "ui/views/base/measure_source.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {
using namespace std::chrono_literals;

constexpr auto kSettle = 60ms;
constexpr auto kBetween = 500ms;  // twice a second at most while tokens stream

HeatmapSettings defaultSettings() {
    HeatmapSettings settings;
    settings.scale = ScaleKind::Log;
    return settings;
}

}  // namespace

TimeScalesView::TimeScalesView(const ViewContext& context, QWidget* parent)
    : ScopeView(QStringLiteral("time_scales"), context, parent), m_layers(new LayerBox(context.selection)), m_parts(new QComboBox),
      m_scope(new QComboBox), m_note(new ElidedLabel), m_spectrum(new CurvePlot), m_histogram(new CurvePlot), m_map(new MatrixPlot),
      m_columns(new QSplitter(Qt::Horizontal)), m_curves(new QSplitter(Qt::Vertical)), m_menu(new HeatmapMenu), m_pace(kSettle, kBetween) {
    setTitle(tr("Time scales"),
             tr("How long a layer remembers. 1/|A| is the time constant of a state in units of the step size Δ (faint: the other layers; "
                "click one to select it). ln 2 / (Δ·|A|) is its "
                "half-life in tokens, here at the channel's mean Δ over the selected range, or over all tokens. A state with Δ or A "
                "of zero never decays: it is counted beside the histogram and drawn in the warning colour on the map."));
    addControl(m_layers, QStringLiteral("layer"), tr("Time scales: the layer that is shown"));
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
    layout->addWidget(makeChoices());
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
    setSettings(defaultSettings());
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
    m_histogram->setAxes({tr("half-life / tokens"), tr("states"), true});
    MatrixAxes axes;
    axes.rowTitle = tr("channel");
    axes.columnTitle = tr("state");
    axes.symbol = QStringLiteral("t½");
    axes.unit = tr("tokens");
    axes.rowText = [](qint64 row) { return tr("channel %1").arg(row); };
    axes.columnText = [](qint64 column) { return tr("state %1").arg(column); };
    m_map->setAxes(axes);

    connect(m_spectrum, &CurvePlot::readoutChanged, this, &TimeScalesView::setReadout);
    connect(m_spectrum, &CurvePlot::clicked, this, &TimeScalesView::pickLayer);
    connect(m_histogram, &CurvePlot::hovered, this, &TimeScalesView::hoverHistogram);
    connect(m_map, &MatrixPlot::readoutChanged, this, &TimeScalesView::setReadout);
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

QString TimeScalesView::emptyText() const {
    if (!model()) return tr("No model is open.");
    if (model()->dims.n_layer == 0) return tr("Select a layer: this model has none that remembers.");
    if (context().tokens.size() == 0) return tr("Nothing was read yet. Type a prompt and press Run.");
    return m_problem.isEmpty() ? tr("Measuring…") : m_problem;
}

void TimeScalesView::modelChanged() {
    m_layers->setLayers(model() ? static_cast<qint64>(model()->scan.size()) : 0);
    m_spectra.clear();
    m_spectraTask.cancel();
    drawSpectrum();
    if (model())
        m_spectraTask.start([model = model()](const std::stop_token& stop) { return spectra(model, stop); },
                            [this](Result<std::vector<Spectrum>> result) {
            if (result) m_spectra = std::move(*result);
            drawSpectrum();
        });
    forgetSums();
    clearMeasured({});
    choose();
}

void TimeScalesView::layerChanged() {
    drawSpectrum();
    forgetSums();
    Q_EMIT requestsChanged();
    choose();
}

/// Another layer, another run: what was summed is of no use.
void TimeScalesView::forgetSums() {
    m_task.cancel();
    m_pace.stop();
    m_layerSteps.clear();
    m_steps = {};
    if (!model()) return;
    m_steps = SeriesMean({ProbePoint::Dt, layer(), Reduction::None}, model()->dims.d_inner);
    for (qint64 l = 0; l < static_cast<qint64>(model()->scan.size()); ++l)
        m_layerSteps.push_back(SeriesMean({ProbePoint::Dt, LayerIndex(l), Reduction::MeanChannels}, 1));
}

void TimeScalesView::setCompare(Compare compare) {
    if (compare == m_compare) return;
    m_compare = compare;
    setReadout({});
    forgetSums();
    choose();
}

void TimeScalesView::dataChanged(qint64 first, qint64 end) {
    m_changed = m_changed.empty() ? TokenRange{first, end} : TokenRange{std::min(first, m_changed.first), std::max(end, m_changed.end)};
    m_steps.invalidate(first, end);
    for (SeriesMean& mean : m_layerSteps) mean.invalidate(first, end);
    if (context().tokens.size() == 0) {
        m_task.cancel();
        m_pace.stop();
        clearMeasured({});
    } else if (isActive() && model()) {
        m_pace.refresh();
    }
}

void TimeScalesView::activeChanged() {
    if (isActive()) return choose();
    m_task.cancel();
    m_pace.stop();
}

void TimeScalesView::choose() {
    if (isActive() && model() && !model()->scan.empty()) m_pace.choose();
}

void TimeScalesView::compute() {
    const qint64 count = context().tokens.size();
    if (!model() || model()->scan.empty() || count == 0) return clearMeasured({});
    TimeScalesQuery query{m_compare == Compare::Baseline ? context().baseline : context().store, model(), layer(),
                          context().selection.range(), m_steps, {}};
    query.tokens.end = std::min(query.tokens.end, count);
    if (query.tokens.empty()) query.tokens = {0, count};
    if (allLayers()) query.layerSteps = m_layerSteps;
    m_changed = {};
    m_pace.started();
    m_task.start([query = std::move(query)](const std::stop_token& stop) { return timeScales(query, stop); },
                 [this](Result<TimeScales> result) { receive(std::move(result)); });
}

void TimeScalesView::receive(Result<TimeScales> result) {
    m_slow = false;
    m_pace.finished();
    if (!result) {
        // Another layer's values must not stand under this one's name.
        if (m_values && m_values->layer == layer()) return showNote();
        return clearMeasured(tr("Nothing to show yet: %1.").arg(utf8(result.error().message)));
    }
    m_problem.clear();
    m_values = std::move(*result);
    m_steps = m_values->knownSteps;
    if (!m_values->knownLayerSteps.empty()) m_layerSteps = m_values->knownLayerSteps;
    if (!m_changed.empty()) {
        m_steps.invalidate(m_changed.first, m_changed.end);
        for (SeriesMean& mean : m_layerSteps) mean.invalidate(m_changed.first, m_changed.end);
    }
    m_map->setMatrix(m_values->halfLives);
    drawHistogram();
    markChannel();
    showNote();
}

void TimeScalesView::clearMeasured(const QString& why) {
    m_values.reset();
    m_problem = why;
    m_slow = false;
    m_map->setMatrix(nullptr);
    m_map->setEmptyText(emptyText());
    m_histogram->clear();
    m_histogram->setEmptyText(emptyText());
    showNote();
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

void TimeScalesView::drawHistogram() {
    QVector<double> edges, heights;
    for (const double edge : m_values->histogram.edges) edges << edge;
    for (const std::uint64_t count : m_values->histogram.counts) heights << static_cast<double>(count);
    m_histogram->setEmptyText(tr("No state decays: there is nothing to count."));
    m_histogram->setHistogram(edges, heights);
}

void TimeScalesView::hoverHistogram(double x) {
    if (!m_values || std::isnan(x)) return setReadout(m_map->readout());
    const LogHistogram& h = m_values->histogram;
    if (h.edges.empty() || x < h.edges.front() || x > h.edges.back()) return setReadout({});
    const auto above = std::upper_bound(h.edges.begin() + 1, h.edges.end() - 1, x);
    const auto bin = static_cast<std::size_t>(above - h.edges.begin() - 1);
    const auto count = static_cast<qint64>(h.counts[bin]);
    setReadout(tr("%1 states (%2 %) with half-lives from %3 to %4 tokens")
                   .arg(groupedText(count), shortText(100.0 * static_cast<double>(count) / static_cast<double>(m_values->counted)),
                        shortText(h.edges[bin]), shortText(h.edges[bin + 1])));
}

void TimeScalesView::markChannel() {
    const qint64 channel = context().selection.channel();
    const auto known = m_values ? static_cast<qint64>(m_values->channelHalfLives.size()) : 0;
    const bool isThere = channel >= 0 && channel < known;
    m_histogram->setCursor(isThere ? static_cast<double>(m_values->channelHalfLives[static_cast<std::size_t>(channel)]) : std::nan(""));
    if (const qint64 marked = isThere ? channel : -1; marked != m_marked) {
        m_marked = marked;
        m_map->setCursorCell(marked, -1);
    }
    showNote();
}

void TimeScalesView::showNote() {
    QStringList parts;
    if (m_slow) parts << tr("computing…");
    if (m_values) {
        const TokenRange tokens = m_values->tokens;
        if (m_compare == Compare::Baseline) parts << tr("baseline");
        parts << tr("median half-life %1 tokens").arg(shortText(m_values->median));
        parts << (m_values->steps.tokens == 1 ? tr("Δ of one token") : tr("mean Δ of %1 tokens").arg(groupedText(m_values->steps.tokens)));
        if (!context().selection.range().empty()) parts.last() += tr(" (%1 to %2)").arg(groupedText(tokens.first), groupedText(tokens.end - 1));
        const LogHistogram& h = m_values->histogram;
        if (h.infinite > 0) parts << tr("%1 states never decay").arg(groupedText(static_cast<qint64>(h.infinite)));
        if (h.nan > 0) parts << tr("%1 are NaN").arg(groupedText(static_cast<qint64>(h.nan)));
        const qint64 channel = context().selection.channel();
        if (channel >= 0 && channel < static_cast<qint64>(m_values->channelHalfLives.size()))
            parts << tr("channel %1: %2 tokens").arg(channel).arg(shortText(static_cast<double>(m_values->channelHalfLives[static_cast<std::size_t>(channel)])));
    }
    m_note->setText(parts.join(QStringLiteral(" · ")));
}

void TimeScalesView::setSettings(const HeatmapSettings& settings) {
    m_map->setSettings(settings);
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
    m_map->settings().save(store);
}

void TimeScalesView::load(QSettings& store) {
    m_parts->setCurrentIndex(std::clamp(store.value(QStringLiteral("part"), m_parts->currentIndex()).toInt(), 0, m_parts->count() - 1));
    countAllLayers(store.value(QStringLiteral("allLayers"), allLayers()).toBool());
    HeatmapSettings loaded = m_map->settings();
    loaded.load(store);
    setSettings(loaded);
}

}  // namespace ms
