#include "ui/lab/task_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSpinBox>
#include <QVBoxLayout>
#include <array>

#include "ui/bridge/lab_service.h"
#include "ui/bridge/lab_tasks.h"
#include "ui/lab/experiment_bar.h"
#include "ui/lab/model_list.h"
#include "ui/lab/result_buttons.h"
#include "ui/plot/curve_plot.h"

namespace ms {

namespace {

constexpr quint64 kSeed = 1;  // of the sequences: the same in every run
constexpr qint64 kExampleLength = 64;

struct TaskText {
    const char* title;
    const char* note;
    const char* difference;
};

const std::array kTexts{  // in the order of labTasks()
    TaskText{QT_TRANSLATE_NOOP("ms::TaskPage", "Selective copying"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "16 symbols stand among noise, at places that change; they are asked for in order at the end. What to keep depends on the "
                                               "content, so a system that treats every token alike cannot learn it (Gu & Dao 2023, section 4.1.1)."),
             QT_TRANSLATE_NOOP("ms::TaskPage", "Paper: Table 1, trained and measured at 4,096 symbols, 400,000 steps. Here, the models that come with the program: trained at 64 to 256 "
                                               "symbols (line) for 13,000 to 28,000 steps; as there 2 layers, d_model 64, 16 symbols. S4 is S4D, diagonal, each layer with a "
                                               "GLU behind it. The paper has no RNN, LSTM, GRU or Transformer at this task.")},
    TaskText{QT_TRANSLATE_NOOP("ms::TaskPage", "Induction heads"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "A trigger appears once, followed by a symbol; at the end it appears again, and that symbol is asked for: what in-context learning "
                                               "needs (section 4.1.2)."),
             QT_TRANSLATE_NOOP("ms::TaskPage", "Paper: Table 11, drawn in its Table 2; a tick counts as 100 %, lengths without memory are left out. Trained, there and here, at 256 symbols "
                                               "(line) with 2 layers; here the Transformer, S4D and RNN began at 32. d_model is 64 here, there 64 for Mamba and 128 for others; "
                                               "the Transformer here has rotary positions and SwiGLU. The paper has no S4, RNN, LSTM or GRU at this task.")},
    TaskText{QT_TRANSLATE_NOOP("ms::TaskPage", "Parity"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "Is the number of ones so far odd? Asked in the last quarter. One bit of state is enough for a recurrent network; a state that only "
                                               "decays cannot flip it."),
             QT_TRANSLATE_NOOP("ms::TaskPage", "The paper prints nothing for parity. The models that come with the program were trained at 16 to 64 symbols (line); by guessing, half "
                                               "the answers are right.")},
};

QString commaSeparated(const std::vector<qint64>& lengths) {
    QStringList parts;
    for (const qint64 length : lengths) parts.append(QString::number(length));
    return parts.join(QStringLiteral(", "));
}

}  // namespace

TaskPage::TaskPage(LabService& service, ModelList& models, const QString& folder, std::function<QString()> device, QWidget* parent)
    : QWidget(parent), m_service(service), m_models(models), m_folder(folder), m_device(std::move(device)), m_bar(new ExperimentBar(QStringLiteral("labTask"), {})),
      m_task(new QComboBox), m_sequences(new QSpinBox), m_published(new QCheckBox(tr("&Paper's figures"))),
      m_example(new QPushButton(tr("Show an &example"))), m_note(new QLabel), m_difference(new QLabel),
      m_plot(new CurvePlot), m_table(new TaskTable),
      m_take(new ResultButtons(QStringLiteral("labTask"), {tr("Synthetic task"), [this](CurvePlot& plot) { fill(plot); }, [this] { return csvOf(rows()); },
                                                           [this] { return provenance(); }})),
      m_turn(service, *m_bar, [this](const QString& model) { return m_models.nameOf(model); }) {
    for (const TaskText& text : kTexts) m_task->addItem(tr(text.title));
    m_task->setObjectName(QStringLiteral("labTaskChoice"));
    m_task->setAccessibleName(tr("Task"));
    m_sequences->setObjectName(QStringLiteral("labSequences"));
    m_sequences->setAccessibleName(tr("Sequences of each length"));
    m_sequences->setRange(1, 100'000);
    m_sequences->setValue(64);
    m_published->setObjectName(QStringLiteral("labPublished"));
    m_published->setToolTip(tr("What Gu and Dao (2023) print for this task, dashed in the plot and in italics in the table; not measured here"));
    m_published->setChecked(true);
    m_example->setObjectName(QStringLiteral("labTaskExample"));
    m_example->setAutoDefault(false);
    m_bar->addChoice(tr("&Task"), m_task);
    m_bar->addChoice(tr("Se&quences"), m_sequences);
    m_bar->addChoice({}, m_published);
    for (QLabel* text : {m_note, m_difference}) text->setWordWrap(true);
    m_difference->setObjectName(QStringLiteral("labTaskDifference"));
    m_plot->setObjectName(QStringLiteral("labTaskPlot"));
    m_plot->placeLegendBeside();
    m_plot->setEmptyText(tr("Tick models and run the task: a curve a model appears here."));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_bar);
    layout->addWidget(m_note);
    layout->addWidget(m_plot, 3);
    layout->addWidget(m_table, 2);
    layout->addWidget(m_difference);
    auto* below = new QHBoxLayout;
    below->addWidget(m_example);
    below->addWidget(m_take, 1);
    layout->addLayout(below);
    connect(m_bar, &ExperimentBar::runRequested, this, &TaskPage::run);
    connect(m_task, &QComboBox::currentIndexChanged, this, &TaskPage::choose);
    connect(m_published, &QCheckBox::toggled, this, &TaskPage::draw);
    connect(m_example, &QPushButton::clicked, this, &TaskPage::showExample);
    connect(&m_models, &ModelList::changed, this, &TaskPage::refresh);
    connect(&m_service, &LabService::scored, this, [this](const LabScore& score) {
        if (m_turn.isMine()) take(score);
    });
    connect(&m_turn, &ExperimentTurn::changed, this, &TaskPage::refresh);
    choose();
}

const LabTask& TaskPage::task() const { return labTasks()[static_cast<std::size_t>(m_task->currentIndex())]; }

void TaskPage::choose() {
    const TaskText& text = kTexts[static_cast<std::size_t>(m_task->currentIndex())];
    m_note->setText(tr(text.note));
    m_difference->setText(tr(text.difference));
    m_bar->remember(QStringLiteral("labTask/") + task().name, commaSeparated(task().usualLengths));
    m_published->setEnabled(!task().published.empty());
    m_models.provide(labTaskModels(m_folder, task().name));
    draw();
}

void TaskPage::run() {
    const auto lengths = m_bar->lengths();
    if (!lengths) return;
    TaskScores& scores = m_scores[m_task->currentIndex()];
    scores = {{task().name, *lengths, m_sequences->value(), kSeed}, m_device(), m_models.ticked(), {}};
    m_turn.begin();
    draw();
    m_service.runTask(scores.models, scores.request, scores.device);
}

void TaskPage::showExample() {
    Q_EMIT exampleWanted(m_models.current(), labExample(task().name, kExampleLength, QRandomGenerator::global()->generate64()).join(QLatin1Char(' ')));
}

void TaskPage::take(const LabScore& score) {
    m_scores[m_task->currentIndex()].byModel[score.model][score.length] = score;
    draw();
}

void TaskPage::refresh() {
    const bool running = m_turn.refresh(m_models.ticked().isEmpty() ? tr("Tick a model that takes part") : QString());
    m_task->setEnabled(!running);
    m_sequences->setEnabled(!running);
    const QString model = m_models.current();
    m_example->setEnabled(!model.isEmpty());
    m_example->setToolTip(tr("Open %1 in the main window and let it read one sequence of the task: what opens Δ, what the state keeps").arg(m_models.nameOf(model)));
}

std::vector<TaskRow> TaskPage::rows() const {
    std::vector<TaskRow> rows;
    const QStringList shipped = labTaskModels(m_folder, task().name);
    std::map<QString, int> places;  // of the shipped models, by architecture: their counterparts in the paper have the same
    if (const auto measured = m_scores.find(m_task->currentIndex()); measured != m_scores.end())
        for (const QString& model : measured->second.models) {
            if (shipped.contains(model)) places[QFileInfo(model).fileName()] = static_cast<int>(rows.size());
            TaskRow row{m_models.nameOf(model), {}, false, static_cast<int>(rows.size())};
            if (const auto scores = measured->second.byModel.find(model); scores != measured->second.byModel.end())
                for (const auto& [length, score] : scores->second)
                    row.cells.push_back({length, 100 * score.accuracy(), score.right, score.asked, score.sequences});
            rows.push_back(std::move(row));
        }
    if (!m_published->isChecked()) return rows;
    for (const LabPublished& result : task().published) {
        const auto like = places.find(result.counterpart);
        TaskRow row{tr("%1, paper").arg(result.model), {}, true, like != places.end() ? like->second : static_cast<int>(rows.size())};
        for (const LabPublishedPoint& point : result.points) row.cells.push_back({point.length, 100 * point.accuracy});
        rows.push_back(std::move(row));
    }
    return rows;
}

void TaskPage::fill(CurvePlot& plot) const {
    std::vector<Curve> curves;
    for (const TaskRow& row : rows()) {
        Curve curve{row.name, {}, {}, {}, row.published, row.place};
        for (const TaskRow::Cell& cell : row.cells) {
            curve.x.append(static_cast<double>(cell.length));
            curve.y.append(cell.percent);
        }
        curves.push_back(std::move(curve));
    }
    plot.setAxes({tr("symbols"), tr("right / %"), true, ScaleKind::Linear, true});
    plot.setYRange(0, 105);
    plot.setCursor(static_cast<double>(task().trainedLength));
    plot.setCurves(curves);
}

Provenance TaskPage::provenance() const {
    Provenance made;
    made.time = isoTime();
    made.view = "lab.task";
    made.viewSettings["task"] = task().name.toStdString();
    const auto measured = m_scores.find(m_task->currentIndex());
    if (measured == m_scores.end()) return made;  // the paper's figures alone
    const LabTaskRequest& request = measured->second.request;
    made.device = measured->second.device.toStdString();
    made.viewSettings["lengths"] = commaSeparated(request.lengths).toStdString();
    made.viewSettings["sequences"] = std::to_string(request.sequences);
    made.viewSettings["seed"] = std::to_string(request.seed);
    made.viewSettings["models"] = measured->second.models.join(QLatin1Char('\n')).toStdString();
    return made;
}

void TaskPage::draw() {
    const std::vector<TaskRow> all = rows();
    fill(*m_plot);
    m_table->show(all);
    m_take->setReady(!all.empty());
}

}  // namespace ms
