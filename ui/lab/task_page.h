// The synthetic tasks of the field, run by the models of the list: accuracy against length.
#pragma once

#include <QWidget>
#include <functional>
#include <map>

#include "ui/models/lab_values.h"

class QComboBox;
class QLabel;
class QSpinBox;
class QTableWidget;

namespace ms {

class CurvePlot;
class ExperimentBar;
class LabService;
class ModelList;

class TaskPage : public QWidget {
    Q_OBJECT
public:
    /// `device`: asked at every run.
    TaskPage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent = nullptr);

private:
    void run();
    void take(const LabScore& score);
    void drop(const QString& model, const QString& why);
    void explain();
    void refresh();
    void draw();

    LabService& m_service;
    ModelList& m_models;
    std::function<QString()> m_device;
    ExperimentBar* m_bar;
    QComboBox* m_task;
    QSpinBox* m_sequences;
    QLabel* m_note;
    CurvePlot* m_plot;
    QTableWidget* m_table;
    bool m_mine = false;  // the experiment that runs is this page's
    QStringList m_shown;  // models, in the order of the table
    QStringList m_lost;   // why some could not take part
    std::map<QString, std::map<qint64, LabScore>> m_scores;
};

}  // namespace ms
