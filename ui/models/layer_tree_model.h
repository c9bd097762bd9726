// The model's tensors as a tree: layers, then tensors with shape, type and size.
#pragma once

#include <QAbstractItemModel>
#include <vector>

#include "ui/models/values.h"

namespace ms {

class LayerTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, ShapeColumn, Type, Size, ColumnCount };
    static constexpr int kLayerRole = Qt::UserRole + 1;  ///< layer of a row, -1 outside the layers
    static constexpr int kTensorRole = Qt::UserRole + 2;  ///< full name of a tensor's row, else empty

    using QAbstractItemModel::QAbstractItemModel;

    void setModel(ModelSummaryPtr model);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Group {  // a top-level row
        QString name;
        qint64 layer = -1;
        quint64 bytes = 0;
        qint64 elements = 0;
        std::vector<const TensorSummary*> tensors;
    };
    [[nodiscard]] QVariant groupData(const Group& group, int column, int role) const;
    [[nodiscard]] QVariant tensorData(const TensorSummary& tensor, int column, int role) const;

    ModelSummaryPtr m_model;
    std::vector<Group> m_groups;
};

/// "1.5 MB": decimal units, three significant digits.
[[nodiscard]] QString formatBytes(quint64 bytes);
/// "130 M", "2.8 B"
[[nodiscard]] QString formatCount(qint64 count);

}  // namespace ms
