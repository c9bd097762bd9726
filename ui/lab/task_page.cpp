#include "ui/lab/task_page.h"

#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QTableWidget>
#include <QVBoxLayout>
#include <array>
#include <set>

#include "ui/bridge/lab_service.h"
#include "ui/lab/experiment_bar.h"
#include "ui/lab/model_list.h"
#include "ui/plot/curve_plot.h"

namespace ms {

namespace {

struct TaskText {
    const char* name;
    const char* title;
    const char* note;
};

const std::array kTasks{
    TaskText{"selective-copying", QT_TRANSLATE_NOOP("ms::TaskPage", "Selective copying"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "16 symbols stand among noise, at places that change; they are asked for in order at the end. What to keep depends on the "
                                               "content, so a system that treats every token alike cannot learn it (Gu & Dao 2023, section 4.1.1; there with 4,096 symbols).")},
    TaskText{"induction-heads", QT_TRANSLATE_NOOP("ms::TaskPage", "Induction heads"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "A trigger appears once, followed by a symbol; at the end it appears again, and that symbol is asked for: what in-context learning "
                                               "needs (section 4.1.2; trained there, as the small models here, with 256 symbols).")},
    TaskText{"parity", QT_TRANSLATE_NOOP("ms::TaskPage", "Parity"),
             QT_TRANSLATE_NOOP("ms::TaskPage", "Is the number of ones so far odd? Asked in the last quarter. One bit of state is enough for a recurrent network; a state that only "
                                               "decays cannot flip it.")},
};

}  // namespace

TaskPage::TaskPage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent)
    : QWidget(parent), m_service(service), m_models(models), m_device(std::move(device)), m_bar(new ExperimentBar(QStringLiteral("labTask"), QStringLiteral("64, 128, 256, 512"))),
      m_task(new QComboBox), m_sequences(new QSpinBox), m_note(new QLabel), m_plot(new CurvePlot), m_table(new QTableWidget) {
    for (const TaskText& task : kTasks) m_task->addItem(tr(task.title), QLatin1String(task.name));
    m_task->setObjectName(QStringLiteral("labTaskChoice"));
    m_task->setAccessibleName(tr("Task"));
    m_sequences->setObjectName(QStringLiteral("labSequences"));
    m_sequences->setAccessibleName(tr("Sequences of each length"));
    m_sequences->setRange(1, 100'000);
    m_sequences->setValue(64);
    m_bar->addChoice(tr("&Task"), m_task);
    m_bar->addChoice(tr("Se&quences"), m_sequences);
    m_note->setWordWrap(true);
    m_plot->setObjectName(QStringLiteral("labTaskPlot"));
    m_plot->setAxes({tr("symbols"), tr("right / %"), true, ScaleKind::Linear, true});
    m_plot->setYRange(0, 105);
    m_plot->setEmptyText(tr("Tick models and run the task: a curve a model appears here."));
    m_table->setObjectName(QStringLiteral("labTaskTable"));
    m_table->setAccessibleName(tr("Share of right answers by model and length"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_bar);
    layout->addWidget(m_note);
    layout->addWidget(m_plot, 2);
    layout->addWidget(m_table, 1);
    connect(m_bar, &ExperimentBar::runRequested, this, &TaskPage::run);
    connect(m_bar, &ExperimentBar::stopRequested, &m_service, &LabService::stop);
    connect(m_task, &QComboBox::currentIndexChanged, this, &TaskPage::explain);
    connect(&m_models, &ModelList::changed, this, &TaskPage::refresh);
    connect(&m_service, &LabService::scored, this, [this](const LabScore& score) {
        if (m_mine) take(score);
    });
    connect(&m_service, &LabService::modelFailed, this, &TaskPage::drop);
    connect(&m_service, &LabService::progressed, this, [this](const QString& what) {
        if (m_mine) m_bar->tell(what);
    });
    connect(&m_service, &LabService::failed, this, [this](const QString& why) {
        if (m_mine) m_lost.append(why);
    });
    connect(&m_service, &LabService::runningChanged, this, &TaskPage::refresh);
    explain();
    refresh();
}

void TaskPage::explain() { m_note->setText(tr(kTasks[static_cast<std::size_t>(m_task->currentIndex())].note)); }

void TaskPage::run() {
    const auto lengths = m_bar->lengths();
    if (!lengths) return;
    m_shown = m_models.ticked();
    m_lost.clear();
    m_scores.clear();
    m_mine = true;
    draw();
    m_service.runTask(m_shown, {m_task->currentData().toString(), *lengths, m_sequences->value(), 1}, m_device());
}

void TaskPage::take(const LabScore& score) {
    m_scores[score.model][score.length] = score;
    draw();
}

void TaskPage::drop(const QString& model, const QString& why) {
    if (m_mine) m_lost.append(m_models.nameOf(model) + QStringLiteral(": ") + why);
}

void TaskPage::refresh() {
    const bool running = m_service.isRunning();
    m_bar->setRunning(running && m_mine);
    m_bar->setObstacle(m_models.ticked().isEmpty() ? tr("Tick a model that takes part") : (running && !m_mine ? tr("Another experiment is running") : QString()));
    m_task->setEnabled(!running);
    m_sequences->setEnabled(!running);
    if (running) return;
    if (m_mine && !m_lost.isEmpty()) m_bar->tell(m_lost.join(QLatin1Char('\n')));
    m_mine = false;
}

void TaskPage::draw() {
    std::set<qint64> lengths;
    std::vector<Curve> curves;
    for (const QString& model : m_shown) {
        Curve curve;
        curve.name = m_models.nameOf(model);
        for (const auto& [length, score] : m_scores[model]) {
            lengths.insert(length);
            curve.x.append(static_cast<double>(length));
            curve.y.append(100 * score.accuracy());
        }
        curves.push_back(std::move(curve));
    }
    m_plot->setCurves(curves);
    m_table->clear();
    m_table->setRowCount(static_cast<int>(m_shown.size()));
    m_table->setColumnCount(static_cast<int>(lengths.size()));
    QStringList columns, rows;
    for (const qint64 length : lengths) columns.append(QString::number(length));
    for (const QString& model : m_shown) rows.append(m_models.nameOf(model));
    m_table->setHorizontalHeaderLabels(columns);
    m_table->setVerticalHeaderLabels(rows);
    for (int row = 0; row < m_table->rowCount(); ++row) {
        int column = 0;
        for (const qint64 length : lengths) {
            const auto& scores = m_scores[m_shown[row]];
            if (const auto score = scores.find(length); score != scores.end()) {
                auto* item = new QTableWidgetItem(tr("%1 %").arg(100 * score->second.accuracy(), 0, 'f', 1));
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
                item->setToolTip(tr("%1 of %2 answers in %3 sequences").arg(score->second.right).arg(score->second.asked).arg(score->second.sequences));
                m_table->setItem(row, column, item);
            }
            ++column;
        }
    }
}

}  // namespace ms
