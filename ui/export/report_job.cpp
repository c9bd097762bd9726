#include "ui/export/report_job.h"

#include <QFileInfo>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "ui/style/number_text.h"
#include "ui/views/base/scope_view.h"

namespace ms {

namespace {

constexpr std::size_t kMostSurprising = 20;
constexpr qint64 kContextTokens = 8;
constexpr qint64 kMostText = 200'000;  // characters of the run's text

QString boolText(bool yes) { return yes ? ReportJob::tr("yes") : ReportJob::tr("no"); }

std::vector<ReportLine> cardOf(const ModelSummary& m) {
    return {{ReportJob::tr("Name"), m.name},
            {ReportJob::tr("Family"), m.family},
            {ReportJob::tr("Parameters"), groupedText(m.parameters)},
            {ReportJob::tr("Layers"), groupedText(m.dims.n_layer)},
            {ReportJob::tr("Sizes"), QStringLiteral("d_model %1, d_inner %2, d_state %3, d_conv %4, dt_rank %5")
                                         .arg(m.dims.d_model).arg(m.dims.d_inner).arg(m.dims.d_state).arg(m.dims.d_conv).arg(m.dims.dt_rank)},
            {ReportJob::tr("Tokens known"), groupedText(m.tokens)},
            {ReportJob::tr("Head shares the embedding"), boolText(m.tiedHead)},
            {ReportJob::tr("File format"), m.format},
            {ReportJob::tr("Device"), m.device}};
}

QString describe(const SamplingSettings& s) {
    if (s.temperature <= 0) return ReportJob::tr("the most probable token each time");
    const QString topK = s.topK > 0 ? ReportJob::tr("the %1 most probable").arg(s.topK) : ReportJob::tr("off");
    return ReportJob::tr("temperature %1, top-k %2, top-p %3, seed %4").arg(QString::number(static_cast<double>(s.temperature)), topK, QString::number(static_cast<double>(s.topP))).arg(s.seed);
}

ReportTable mostSurprising(const TokenLog& tokens) {
    std::vector<std::pair<float, qint64>> bits;
    for (qint64 t = 0; t < tokens.size(); ++t)
        if (const float b = tokens.row(t).surprisalBits; std::isfinite(b)) bits.emplace_back(b, t);
    const std::size_t count = std::min(bits.size(), kMostSurprising);
    std::partial_sort(bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(count), bits.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    ReportTable table{ReportJob::tr("Most surprising tokens"), ReportJob::tr("Surprisal is −log2 of the probability that the model gave the token."),
                      {ReportJob::tr("before it"), ReportJob::tr("token"), ReportJob::tr("position"), ReportJob::tr("surprisal / bits"), ReportJob::tr("probability")}, {}, 2};
    for (std::size_t i = 0; i < count; ++i) {
        const qint64 at = bits[i].second;
        QString before;
        for (qint64 t = std::max<qint64>(0, at - kContextTokens); t < at; ++t) before += visibleText(tokens.textAt(t));
        table.rows.push_back({before, visibleText(tokens.textAt(at)), QString::number(at), QString::number(bits[i].first, 'f', 2),
                              shortText(probabilityOfSurprisal(bits[i].first))});
    }
    return table;
}

struct OverTokens {
    double sum = 0, most = -std::numeric_limits<double>::infinity();
    qint64 count = 0;
};

/// Of one value a token; values that are missing do not count.
Result<OverTokens> overTokens(const NumberArray& array, const std::stop_token& stop) {
    OverTokens over;
    std::vector<float> values;
    for (std::int64_t first = 0; first < array.rows() && !stop.stop_requested(); first += array.portionRows()) {
        values.resize(static_cast<std::size_t>(std::min(array.portionRows(), array.rows() - first)));
        MS_CHECK(array.read(first, std::ssize(values), std::as_writable_bytes(std::span(values))));
        for (const float value : values) {
            if (!std::isfinite(value)) continue;
            over.sum += static_cast<double>(value);
            over.most = std::max(over.most, static_cast<double>(value));
            ++over.count;
        }
    }
    return over;
}

Result<ReportTable> layerTable(const std::vector<ReportMeasure>& measures, const std::stop_token& stop) {
    ReportTable table{ReportJob::tr("Layers"), ReportJob::tr("Mean over all tokens, and the largest value at any token, of what the maps show of each layer."),
                      {ReportJob::tr("layer")}, {}, 0};
    std::map<std::int64_t, QStringList> rows;
    for (const ReportMeasure& measure : measures)
        for (const NumberArray& array : measure.layers) rows[array.layer] = {QString::number(array.layer)};
    for (const ReportMeasure& measure : measures) {
        table.columns << ReportJob::tr("%1: mean").arg(measure.name) << ReportJob::tr("largest");
        for (auto& [layer, row] : rows) {
            const auto array = std::find_if(measure.layers.begin(), measure.layers.end(), [number = layer](const NumberArray& a) { return a.layer == number; });
            OverTokens over;
            if (array != measure.layers.end()) {
                MS_TRY(over, overTokens(*array, stop));
            }
            const bool any = over.count > 0;
            row << (any ? shortText(over.sum / static_cast<double>(over.count)) : QString()) << (any ? shortText(over.most) : QString());
        }
    }
    for (auto& [layer, row] : rows) table.rows.push_back(std::move(row));
    return table;
}

}  // namespace

ReportJob::ReportJob(const FigureSource& source, std::vector<FigurePanel> views, QObject* parent)
    : QObject(parent), m_source(source), m_views(std::move(views)), m_figures(m_views.size()) {
    for (const ProbePoint point : {ProbePoint::Dt, ProbePoint::StateNorm, ProbePoint::Selectivity}) m_views.push_back({utf8(info(point).key), {}});
}

ReportJob::~ReportJob() = default;

void ReportJob::write(const ReportPlan& plan, const QString& path) {
    m_running = true;
    m_path = path;
    m_plan = plan;
    m_plan.figure.caption = m_plan.figure.title = m_plan.figure.transparent = false;
    m_content = {};
    m_content.title = plan.title;
    m_content.note = plan.note;
    m_measures.clear();
    m_at = 0;
    if (!m_source.model) return end(tr("Open a model first: there is nothing to report."));
    if (const QString problem = plan.figure.problem(); !problem.isEmpty()) return end(problem);
    next();
}

void ReportJob::next() {
    if (!m_running) return;
    if (m_at == m_views.size()) {
        m_page.reset();
        tell(tr("checking what it was made of"));
        m_hashes.add(provenanceOf(m_source), m_source.model->weightFiles, m_source.soundPath, [this](const Provenance& p) {
            if (m_running) collect(p);
        });
        return;
    }
    tell(m_views[m_at].id);
    m_page = makePage(m_source, {m_views[m_at]});
    // Not from within the page's own signal: it goes when the next one comes.
    const auto goOn = [this] {
        ++m_at;
        QTimer::singleShot(0, this, &ReportJob::next);
    };
    if (!m_page) return goOn();
    connect(m_page.get(), &FigurePage::settled, this, [this, goOn] {
        take();
        goOn();
    });
    connect(m_page.get(), &FigurePage::failed, this, [this, goOn](const QString& problem) {
        m_content.settings.push_back({tr("Left out"), problem});
        goOn();
    });
    FigureOptions options = m_plan.figure;
    if (m_at >= m_figures) options.tokens = FigureTokens::All;
    m_page->panels().front()->setVector(true);
    m_page->layOut(options);
}

void ReportJob::take() {
    const FigureView& panel = *m_page->panels().front();
    if (m_at < m_figures) {
        // As below a figure: the rest of a definition says how to use the view.
        QString text = panel.view().definition().section(QStringLiteral(". "), 0, 0);
        if (!text.isEmpty() && !text.endsWith(QLatin1Char('.'))) text += QLatin1Char('.');
        QStringList shown{panel.view().shownText(), panel.view().settingsText()};
        shown.removeAll(QString());
        if (!shown.isEmpty()) text += QLatin1Char(' ') + shown.join(QStringLiteral("; ")) + QLatin1Char('.');
        m_content.figures.push_back({m_page->title(), text, svgOf(*m_page, {m_page->title(), text, {}})});
        return;
    }
    // One array a layer, of the run that is shown; what else the view would export is of other measures.
    ReportMeasure measure{panel.view().title().section(QStringLiteral(" · "), 0, 0), {}};
    for (NumberArray& array : numbersOf(*m_page).arrays)
        if (array.axes.size() == 1 && array.layer >= 0 && array.type == DType::F32 && (measure.layers.empty() || array.probe == measure.layers.front().probe))
            measure.layers.push_back(std::move(array));
    if (!measure.layers.empty()) m_measures.push_back(std::move(measure));
}

void ReportJob::collect(const Provenance& provenance) {
    tell(tr("writing"));
    if (m_plan.model) {
        m_content.model = cardOf(*m_source.model);
        m_content.model.push_back({QStringLiteral("SHA-256"), utf8(provenance.model.hash)});
    }
    for (const ProvenanceLine& line : describe(provenance))
        if (line.label != "Model" && line.label != "Model SHA-256" && line.label != "Input text" && line.label != "Device")
            m_content.settings.push_back({utf8(line.label), utf8(line.value)});
    if (m_plan.sampling && m_source.sampling) m_content.settings.push_back({tr("Sampling"), describe(*m_source.sampling)});
    if (m_plan.text) takeText();
    m_content.provenance = QByteArray::fromStdString(toJson(provenance));
    m_writing.start([content = m_content, measures = m_measures, path = m_path](const std::stop_token& stop) -> Result<QString> {
        ReportContent report = content;
        if (!measures.empty()) {
            MS_TRY(ReportTable layers, layerTable(measures, stop));
            report.tables.push_back(std::move(layers));
        }
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "cancelled"};
        MS_CHECK(writeFile(path, htmlOf(report)));
        return path;
    }, [this](const Result<QString>& done) { finish(done); });
}

void ReportJob::takeText() {
    const TokenLog& tokens = m_source.context.tokens;
    if (m_source.model->speech) {
        if (m_source.context.speech != nullptr) m_content.written = m_source.context.speech->text();
        return;
    }
    for (qint64 t = 0; t < tokens.size() && m_content.prompt.size() + m_content.written.size() < kMostText; ++t)
        (tokens.row(t).fromPrompt ? m_content.prompt : m_content.written) += tokens.textAt(t);
    m_content.tables.push_back(mostSurprising(tokens));
}

void ReportJob::finish(const Result<QString>& done) {
    if (!done) return end(utf8(done.error().message));
    m_running = false;
    tell({});
    Q_EMIT written(*done);
}

void ReportJob::cancel() {
    if (!m_running) return;
    m_running = false;
    m_hashes.cancel();
    m_writing.cancel();
    tell({});
    Q_EMIT cancelled();
}

void ReportJob::tell(const QString& status) {
    JobProgress progress;
    progress.title = tr("Writing the report %1").arg(QFileInfo(m_path).fileName());
    progress.status = status;
    progress.current = static_cast<qint64>(m_at);
    progress.total = static_cast<qint64>(m_views.size()) + 1;
    progress.active = m_running;
    Q_EMIT progressChanged(progress);
}

void ReportJob::end(const QString& problem) {
    if (!m_running) return;
    m_running = false;
    tell({});
    Q_EMIT failed(problem);
}

}  // namespace ms
