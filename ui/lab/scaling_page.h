// What reading and writing cost at any length, measured on this machine, with fitted slopes.
#pragma once

#include <QWidget>
#include <functional>
#include <map>

#include "engine/export/provenance.h"
#include "ui/lab/experiment_turn.h"
#include "ui/models/lab_values.h"
#include "ui/plot/curve.h"

class QCheckBox;
class QComboBox;
class QTableWidget;

namespace ms {

class CurvePlot;
class ExperimentBar;
class LabService;
class ModelList;
class ResultButtons;

class ScalingPage : public QWidget {
    Q_OBJECT
public:
    /// `device`: asked at every run.
    ScalingPage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent = nullptr);

private:
    enum Quantity { Prefill, Decode, State };
    void run();
    void take(const LabCost& cost);
    void refresh();
    void draw();
    [[nodiscard]] QString nameOf(const QString& series) const;
    [[nodiscard]] std::vector<Curve> curves() const;
    void fill(CurvePlot& plot) const;
    [[nodiscard]] QString csv() const;
    [[nodiscard]] Provenance provenance() const;

    LabService& m_service;
    ModelList& m_models;
    std::function<QString()> m_device;
    ExperimentBar* m_bar;
    QComboBox* m_quantity;
    QCheckBox* m_kernels;
    CurvePlot* m_plot;
    QTableWidget* m_table;
    ResultButtons* m_take;
    ExperimentTurn m_turn;
    QStringList m_order;  // series as they came
    std::map<QString, std::vector<LabCost>> m_costs;
};

}  // namespace ms
