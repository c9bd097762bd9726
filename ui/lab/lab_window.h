// The architecture lab: which models, and the experiments that compare them.
#pragma once

#include <QDialog>
#include <functional>

class QTabWidget;

namespace ms {

class LabService;
class ModelList;

/// Not modal; deletes itself when closed, which ends the experiment under way.
class LabWindow : public QDialog {
    Q_OBJECT
public:
    /// `ticked` take part at first, `others` are offered. `device`: the engine's selector, asked at every run.
    LabWindow(const QStringList& ticked, const QStringList& others, std::function<QString()> device, QWidget* parent = nullptr);
    ~LabWindow() override;

private:
    LabService* m_service;
    ModelList* m_models;
    QTabWidget* m_pages;
};

}  // namespace ms
