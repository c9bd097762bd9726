// What is open: family, dimensions, counts, problems, the tensors by layer, and the device it runs on.
#pragma once

#include <QWidget>
#include <vector>

#include "ui/models/values.h"

class QComboBox;
class QLabel;
class QTreeView;

namespace ms {

class ElidedLabel;
class LayerTreeModel;

class ModelPanel : public QWidget {
    Q_OBJECT
public:
    explicit ModelPanel(QWidget* parent = nullptr);

    void setModel(const ModelSummaryPtr& model);
    void setDevices(const std::vector<DeviceSummary>& devices);
    /// The row of the tree that belongs to a layer becomes current.
    void showLayer(qint64 layer);
    /// The chooser shows the device that the model is on.
    void showDevice();

Q_SIGNALS:
    void deviceChosen(const QString& selector);
    void layerChosen(qint64 layer);
    void tensorChosen(const QString& name);     ///< selected
    void tensorActivated(const QString& name);  ///< double click or Return

private:
    void nameLabels();
    void setUpDevice();
    void setUpTree();

    ModelSummaryPtr m_model;
    std::vector<DeviceSummary> m_devices;
    LayerTreeModel* m_tree;
    ElidedLabel* m_name;
    ElidedLabel* m_origin;
    QLabel* m_dims;
    QLabel* m_problems;
    QComboBox* m_device;
    QTreeView* m_view;
};

}  // namespace ms
