#include "ui/lab/scaling_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QTableWidget>
#include <QVBoxLayout>
#include <cmath>
#include <set>

#include "engine/analysis/power_law.h"
#include "engine/export/number_table.h"
#include "ui/bridge/lab_service.h"
#include "ui/lab/experiment_bar.h"
#include "ui/lab/model_list.h"
#include "ui/lab/result_buttons.h"
#include "ui/plot/curve_plot.h"

namespace ms {

ScalingPage::ScalingPage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent)
    : QWidget(parent), m_service(service), m_models(models), m_device(std::move(device)),
      m_bar(new ExperimentBar(QStringLiteral("labScaling"), QStringLiteral("1024, 4096, 16384, 65536"))), m_quantity(new QComboBox),
      m_kernels(new QCheckBox(tr("&Kernels too"))), m_plot(new CurvePlot), m_table(new QTableWidget),
      m_take(new ResultButtons(QStringLiteral("labScaling"), {tr("Cost against length"), [this](CurvePlot& plot) { fill(plot); }, [this] { return csv(); },
                                                              [this] { return provenance(); }})),
      m_turn(service, *m_bar, [this](const QString& series) { return nameOf(series); }) {
    m_quantity->addItems({tr("Reading a prompt"), tr("One token more"), tr("State held")});
    m_quantity->setObjectName(QStringLiteral("labQuantity"));
    m_quantity->setAccessibleName(tr("What is shown"));
    m_kernels->setObjectName(QStringLiteral("labKernels"));
    m_kernels->setToolTip(tr("Selective scan, SSD scan, attention and FFT convolution alone, with 256 channels"));
    m_kernels->setChecked(true);
    m_bar->addChoice(tr("Sh&ow"), m_quantity);
    m_bar->addChoice({}, m_kernels);
    m_plot->setObjectName(QStringLiteral("labScalingPlot"));
    m_plot->placeLegendBeside();
    m_plot->setEmptyText(tr("Run: time and memory against length appear here, on logarithmic axes."));
    m_table->setObjectName(QStringLiteral("labScalingTable"));
    m_table->setAccessibleName(tr("Cost by model and length, with the slope"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_bar);
    layout->addWidget(m_plot, 2);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_take);
    connect(m_bar, &ExperimentBar::runRequested, this, &ScalingPage::run);
    connect(m_quantity, &QComboBox::currentIndexChanged, this, &ScalingPage::draw);
    connect(m_kernels, &QCheckBox::toggled, this, &ScalingPage::refresh);
    connect(&m_models, &ModelList::changed, this, &ScalingPage::refresh);
    connect(&m_service, &LabService::measured, this, [this](const LabCost& cost) {
        if (m_turn.isMine()) take(cost);
    });
    connect(&m_turn, &ExperimentTurn::changed, this, &ScalingPage::refresh);
    refresh();
    draw();
}

void ScalingPage::run() {
    const auto lengths = m_bar->lengths();
    if (!lengths) return;
    m_order.clear();
    m_costs.clear();
    m_turn.begin();
    draw();
    LabScalingRequest request;
    request.lengths = *lengths;
    request.kernels = m_kernels->isChecked();
    m_service.runScaling(m_models.ticked(), request, m_device());
}

void ScalingPage::take(const LabCost& cost) {
    if (!m_order.contains(cost.series)) m_order.append(cost.series);
    m_costs[cost.series].push_back(cost);
    draw();
}

void ScalingPage::refresh() {
    const bool nothing = m_models.ticked().isEmpty() && !m_kernels->isChecked();
    m_kernels->setEnabled(!m_turn.refresh(nothing ? tr("Tick a model or the kernels") : QString()));
}

QString ScalingPage::nameOf(const QString& series) const { return m_costs.contains(series) && m_costs.at(series).front().kernel ? series : m_models.nameOf(series); }

std::vector<Curve> ScalingPage::curves() const {
    const auto quantity = static_cast<Quantity>(m_quantity->currentIndex());
    const auto valueOf = [&](const LabCost& c) {
        switch (quantity) {
            case Prefill: return c.prefillSeconds * 1e3;
            case Decode: return c.decodeSeconds * 1e3;
            case State: return static_cast<double>(c.stateBytes) / 1e3;
        }
        return 0.0;
    };
    std::vector<Curve> curves;
    for (const QString& series : m_order) {
        const std::vector<LabCost>& costs = m_costs.at(series);
        if (costs.front().kernel && quantity != Prefill) continue;  // a kernel reads, and keeps nothing
        Curve curve;
        curve.dashed = costs.front().kernel;
        for (const LabCost& cost : costs) {
            curve.x.append(static_cast<double>(cost.length));
            curve.y.append(valueOf(cost));
        }
        const double slope = fittedSlope(curve.x, curve.y);
        curve.name = std::isnan(slope) ? nameOf(series) : tr("%1, slope %2").arg(nameOf(series)).arg(slope, 0, 'f', 2);
        curves.push_back(std::move(curve));
    }
    return curves;
}

void ScalingPage::fill(CurvePlot& plot) const {
    plot.setAxes({tr("tokens"), m_quantity->currentIndex() == State ? tr("state / kB") : tr("time / ms"), true, ScaleKind::Log, true});
    plot.setCurves(curves());
}

QString ScalingPage::csv() const {
    std::string text = "series,tokens,prefill_ms,decode_ms,state_bytes\n";
    for (const QString& series : m_order)
        for (const LabCost& cost : m_costs.at(series)) {
            appendCsvField(text, nameOf(series).toStdString());
            text += QStringLiteral(",%1,%2,").arg(cost.length).arg(cost.prefillSeconds * 1e3, 0, 'g', 9).toStdString();
            text += cost.kernel ? ",\n" : QStringLiteral("%1,%2\n").arg(cost.decodeSeconds * 1e3, 0, 'g', 9).arg(cost.stateBytes).toStdString();
        }
    return QString::fromStdString(text);
}

Provenance ScalingPage::provenance() const {
    Provenance made;
    made.time = isoTime();
    made.device = m_device().toStdString();
    made.view = "lab.scaling";
    made.viewSettings = {{"series", m_order.join(QLatin1Char('\n')).toStdString()}};
    return made;
}

void ScalingPage::draw() {
    const std::vector<Curve> shown = curves();
    std::set<qint64> lengths;
    QStringList names, columns;
    for (const Curve& curve : shown) {
        names.append(curve.name);
        for (const double length : curve.x) lengths.insert(static_cast<qint64>(length));
    }
    for (const qint64 length : lengths) columns.append(QString::number(length));
    fill(*m_plot);
    m_table->clear();
    m_table->setRowCount(static_cast<int>(shown.size()));
    m_table->setColumnCount(static_cast<int>(lengths.size()));
    m_table->setHorizontalHeaderLabels(columns);
    m_table->setVerticalHeaderLabels(names);
    for (std::size_t row = 0; row < shown.size(); ++row)
        for (qsizetype i = 0; i < shown[row].x.size(); ++i) {
            const auto column = static_cast<int>(std::distance(lengths.begin(), lengths.find(static_cast<qint64>(shown[row].x[i]))));
            auto* item = new QTableWidgetItem((m_quantity->currentIndex() == State ? tr("%1 kB") : tr("%1 ms")).arg(shown[row].y[i], 0, 'g', 4));
            item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_table->setItem(static_cast<int>(row), column, item);
        }
    m_take->setReady(!m_order.isEmpty());
}

}  // namespace ms
