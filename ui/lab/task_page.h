// The synthetic tasks of the field, run by the models of the list: accuracy against length, beside what the Mamba paper prints.
#pragma once

#include <QWidget>
#include <functional>
#include <map>
#include <vector>

#include "engine/export/provenance.h"
#include "ui/lab/experiment_turn.h"
#include "ui/lab/task_table.h"
#include "ui/models/lab_values.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace ms {

class CurvePlot;
class ExperimentBar;
class LabService;
class ModelList;
class ResultButtons;
struct LabTask;

/// What the models of the list reached at one task.
struct TaskScores {
    LabTaskRequest request;
    QString device;
    QStringList models;  // in the order of the table
    std::map<QString, std::map<qint64, LabScore>> byModel;
};

class TaskPage : public QWidget {
    Q_OBJECT
public:
    /// `folder`: of the small models that come with the program, one folder a task; empty: none do. `device`: asked at every run.
    TaskPage(LabService& service, ModelList& models, const QString& folder, std::function<QString()> device, QWidget* parent = nullptr);

Q_SIGNALS:
    /// One sequence of the task is to be read by the model in the main window; `ids`: as its prompt takes them.
    void exampleWanted(const QString& model, const QString& ids);

private:
    [[nodiscard]] const LabTask& task() const;
    void choose();
    void showExample();
    void run();
    void take(const LabScore& score);
    void refresh();
    void draw();
    [[nodiscard]] std::vector<TaskRow> rows() const;
    void fill(CurvePlot& plot) const;
    [[nodiscard]] Provenance provenance() const;

    LabService& m_service;
    ModelList& m_models;
    QString m_folder;
    std::function<QString()> m_device;
    ExperimentBar* m_bar;
    QComboBox* m_task;
    QSpinBox* m_sequences;
    QCheckBox* m_published;
    QPushButton* m_example;
    QLabel *m_note, *m_difference;
    CurvePlot* m_plot;
    TaskTable* m_table;
    ResultButtons* m_take;
    ExperimentTurn m_turn;
    std::map<int, TaskScores> m_scores;  // by task
};

}  // namespace ms
