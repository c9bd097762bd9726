// Models of the list read one input in lock step: what each makes of every piece, on one axis with one cursor.
#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

#include "ui/lab/comparison.h"

class QPushButton;

namespace ms {

class CompareInput;
class ComparePlots;
class CompareTable;
class ElidedLabel;
class LabService;
class ModelList;

class ComparePage : public QWidget {
    Q_OBJECT
public:
    /// `device`: asked at every run.
    ComparePage(LabService& service, ModelList& models, std::function<QString()> device, QWidget* parent = nullptr);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void run();
    void begin(const LabPieces& pieces);
    void add(const LabReadings& readings);
    void take(const LabInfluence& influence);
    void refresh();
    void draw();
    void askInfluence();
    void showTitle();
    void escape();
    void copy();
    [[nodiscard]] QString outcome() const;
    [[nodiscard]] qint64 cursor() const;

    LabService& m_service;
    ModelList& m_models;
    std::function<QString()> m_device;
    Comparison m_shown;
    CompareInput* m_input;
    ComparePlots* m_plots;
    CompareTable* m_table;
    ElidedLabel* m_readout;
    QPushButton* m_copy;
    LabInfluence m_influence;  // the newest
    QTimer m_rest;             // until the cursor is taken to stay where it is
    bool m_mine = false;       // the experiment that runs is this page's
    QStringList m_lost;        // why some could not take part
};

}  // namespace ms
