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
    /// `models` take part at first; at the tasks the small models under `taskModels` do, if any come with the program. `device`: the
    /// engine's selector, asked at every run.
    LabWindow(const QStringList& models, const QString& taskModels, std::function<QString()> device, QWidget* parent = nullptr);
    ~LabWindow() override;

Q_SIGNALS:
    /// A model is to read these token ids in the main window.
    void exampleWanted(const QString& model, const QString& ids);

private:
    LabService* m_service;
    ModelList *m_models, *m_taskModels;  // what was trained on a task is of use at nothing else
    QTabWidget* m_pages;
};

}  // namespace ms
