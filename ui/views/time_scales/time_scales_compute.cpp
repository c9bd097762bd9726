// What the time scales view measures, when, and what it says of it.
#include <algorithm>
#include <cmath>

#include "ui/plot/curve_plot.h"
#include "ui/style/number_text.h"
#include "ui/views/base/cell_readout.h"
#include "ui/views/base/layer_box.h"
#include "ui/views/base/measure_source.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/speech_texts.h"
#include "ui/views/base/view_numbers.h"
#include "ui/views/time_scales/time_scales_view.h"
#include "ui/widgets/elided_label.h"

namespace ms {

QString TimeScalesView::emptyText() const {
    if (!model()) return tr("No model is open.");
    if (model()->dims.n_layer == 0) return tr("Select a layer: this model has none that remembers.");
    if (context().tokens.size() == 0) return nothingReadText(model());
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
    m_steps = m_baselineSteps = model() ? KnownSteps(*model(), layer()) : KnownSteps();
}

Compare TimeScalesView::shownCompare() const { return m_values ? m_values->compare : m_compare; }

void TimeScalesView::setCompare(Compare compare) {
    ScopeView::setCompare(compare);
    if (compare == m_compare) return;
    m_compare = compare;
    setReadout({});
    forgetSums();
    choose();
}

void TimeScalesView::dataChanged(qint64 first, qint64 end) {
    m_changed = m_changed.empty() ? TokenRange{first, end} : TokenRange{std::min(first, m_changed.first), std::max(end, m_changed.end)};
    m_steps.invalidate(first, end);
    m_baselineSteps.invalidate(first, end);
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
    if (const QString lacks = missingDecayText(model(), layer()); !lacks.isEmpty()) return clearMeasured(lacks);
    TimeScalesQuery query{context().store, context().baseline, m_compare, model(), layer(), context().selection.range(), allLayers(),
                          m_steps, m_baselineSteps};
    query.tokens.end = std::min(query.tokens.end, count);
    if (query.tokens.empty()) query.tokens = {0, count};
    m_changed = {};
    m_pace.started();
    m_task.start([query = std::move(query)](const std::stop_token& stop) { return timeScales(query, stop); },
                 [this](Result<TimeScales> result) { receive(std::move(result)); });
}

void TimeScalesView::receive(Result<TimeScales> result) {
    m_slow = false;
    m_pace.finished();
    if (!result) {
        // Another layer's values, or another run's, must not stand under this one's name.
        if (m_values && m_values->layer == layer() && m_values->compare == m_compare) return showNote();
        return clearMeasured(tr("Nothing to show yet: %1.").arg(utf8(result.error().message)));
    }
    m_problem.clear();
    m_values = std::move(*result);
    m_steps = m_values->knownSteps;
    m_baselineSteps = m_values->knownBaselineSteps;
    if (!m_changed.empty()) {
        m_steps.invalidate(m_changed.first, m_changed.end);
        m_baselineSteps.invalidate(m_changed.first, m_changed.end);
    }
    updateTexts();
    applySettings();
    m_map->setMatrix(m_values->map);
    CellReadout::Details details;
    if (m_values->baseline) details = [this](qint64 row, qint64 column) { return detailsOf(row, column); };
    m_readout->setDetails(details);
    drawHistogram();
    markChannel();
    showNote();
}

void TimeScalesView::clearMeasured(const QString& why) {
    m_values.reset();
    m_problem = why;
    updateTexts();
    applySettings();
    m_slow = false;
    m_map->setMatrix(nullptr);
    m_map->setEmptyText(emptyText());
    m_histogram->clear();
    m_histogram->setEmptyText(emptyText());
    showNote();
}

void TimeScalesView::drawHistogram() {
    QVector<double> edges, heights;
    for (const double edge : m_values->histogram.edges) edges << edge;
    for (std::size_t bin = 0; bin < m_values->histogram.counts.size(); ++bin) heights << static_cast<double>(m_values->countOf(bin));
    double most = 0;  // of a difference: bars to both sides of zero
    for (const double height : heights) most = m_values->baseline ? std::max(most, 1.1 * std::abs(height)) : 0;
    m_histogram->setYRange(-most, most);
    m_histogram->setEmptyText(tr("No state decays: there is nothing to count."));
    m_histogram->setHistogram(edges, heights);
}

void TimeScalesView::hoverHistogram(double x) {
    if (!m_values || std::isnan(x)) return setReadout(m_readout->text());
    const LogHistogram& h = m_values->histogram;
    if (h.edges.empty() || x < h.edges.front() || x > h.edges.back()) return setReadout({});
    const auto above = std::upper_bound(h.edges.begin() + 1, h.edges.end() - 1, x);
    const auto bin = static_cast<std::size_t>(above - h.edges.begin() - 1);
    const auto count = static_cast<qint64>(h.counts[bin]);
    const QString range = tr("with half-lives from %1 to %2").arg(names().length(h.edges[bin]), names().length(h.edges[bin + 1]));
    if (m_values->baseline)
        return setReadout(tr("states − baseline = %1 %2   %3")
                              .arg(groupedText(m_values->countOf(bin)), range,
                                   bothText(groupedText(count), groupedText(static_cast<qint64>(m_values->baseline->histogram.counts[bin])))));
    const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(m_values->counted);
    setReadout(tr("%1 states (%2 %) %3").arg(groupedText(count), shortText(percent), range));
}

/// What a difference on the map is made of.
QString TimeScalesView::detailsOf(qint64 row, qint64 column) const {
    if (!m_values || !m_values->baseline || row < 0 || column < 0 || row >= m_values->map->rows || column >= m_values->map->columns) return {};
    const auto at = static_cast<std::size_t>(row * m_values->map->columns + column);
    return bothText(exactText(m_values->halfLives[at]), exactText(m_values->baseline->halfLives[at]));
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
        const RunTimeScales* baseline = m_values->baseline ? &*m_values->baseline : nullptr;
        const auto tokensText = [names = names()](double value, std::optional<double> other) {
            return other ? tr("%1 (baseline %2)").arg(names.length(value), names.length(*other)) : names.length(value);
        };
        parts << tr("median half-life %1").arg(tokensText(m_values->median, baseline ? std::optional(baseline->median) : std::nullopt));
        parts << (m_values->steps.tokens == 1 ? tr("Δ of one token") : (frameSecondsOf(model()) > 0 ? tr("mean Δ of %1 frames") : tr("mean Δ of %1 tokens")).arg(groupedText(m_values->steps.tokens)));
        if (!context().selection.range().empty()) parts.last() += tr(" (%1)").arg(names().range(tokens));
        const LogHistogram& h = m_values->histogram;
        if (h.infinite > 0) parts << tr("%1 states never decay").arg(groupedText(static_cast<qint64>(h.infinite)));
        if (h.nan > 0) parts << tr("%1 are NaN").arg(groupedText(static_cast<qint64>(h.nan)));
        const qint64 channel = context().selection.channel();
        if (channel >= 0 && channel < static_cast<qint64>(m_values->channelHalfLives.size())) {
            const auto of = [channel](const RunTimeScales& run) {
                return static_cast<double>(run.channelHalfLives[static_cast<std::size_t>(channel)]);
            };
            parts << tr("channel %1: %2").arg(channel).arg(tokensText(of(*m_values), baseline ? std::optional(of(*baseline)) : std::nullopt));
        }
    }
    m_note->setText(parts.join(QStringLiteral(" · ")));
}

NumberSource TimeScalesView::numbers(TokenRange) const {
    NumberSource numbers;
    if (!model() || !m_values) return numbers;
    const TimeScales& v = *m_values;
    const auto addRun = [&](const RunTimeScales& run, const std::string& suffix) {
        addFloats(numbers, layerPath(v.layer, "half_life" + suffix), {plainAxis("channel", model()->dims.d_inner), plainAxis("state", model()->dims.d_state)}, run.halfLives, "tokens");
        addFloats(numbers, layerPath(v.layer, "channel_half_life" + suffix), {plainAxis("channel", std::ssize(run.channelHalfLives))}, run.channelHalfLives, "tokens");
        if (run.histogram.counts.empty()) return;
        std::vector<std::int64_t> counts(run.histogram.counts.begin(), run.histogram.counts.end());
        addArray(numbers, "half_life_counts" + suffix, {plainAxis("bin", std::ssize(counts))}, counts, DType::I64);
        addArray(numbers, "half_life_edges" + suffix, {plainAxis("edge", std::ssize(run.histogram.edges))}, std::vector<double>(run.histogram.edges.begin(), run.histogram.edges.end()), DType::F64, "tokens");
    };
    addRun(v, {});
    if (v.baseline) addRun(*v.baseline, ".baseline");
    const auto layer = static_cast<std::size_t>(v.layer.value);
    if (layer < model()->scan.size())
        addFloats(numbers, layerPath(v.layer, "A"), {plainAxis("channel", model()->dims.d_inner), plainAxis("state", model()->dims.d_state)}, model()->scan[layer].A);
    return numbers;
}

}  // namespace ms
