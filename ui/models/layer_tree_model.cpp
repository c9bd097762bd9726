#include "ui/models/layer_tree_model.h"

#include <array>
#include <map>
#include <span>

namespace ms {

namespace {

/// An index's internal id: 0 for a group, group + 1 for a tensor of that group.
constexpr quintptr kGroupId = 0;

QString scaled(double value, std::span<const char* const> units) {
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    const QString suffix = QString::fromLatin1(units[unit]);
    return QString::number(value, 'f', decimals) + (suffix.isEmpty() ? QString() : QChar(0x00A0) + suffix);
}

/// "mixer.in_proj.weight" of "backbone.layers.3.mixer.in_proj.weight".
QString nameInLayer(const TensorSummary& tensor) {
    const QString marker = QStringLiteral("layers.%1.").arg(tensor.layer);
    const qsizetype at = tensor.name.indexOf(marker);
    return at < 0 ? tensor.name : tensor.name.mid(at + marker.size());
}

}  // namespace

QString formatBytes(quint64 bytes) {
    static constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB"};
    return scaled(static_cast<double>(bytes), kUnits);
}

QString formatCount(qint64 count) {
    static constexpr std::array kUnits{"", "k", "M", "B"};
    return scaled(static_cast<double>(count), kUnits);
}

void LayerTreeModel::setModel(ModelSummaryPtr model) {
    beginResetModel();
    m_model = std::move(model);
    m_groups.clear();
    if (m_model) {
        std::map<qint64, Group> byLayer;
        for (const TensorSummary& tensor : m_model->tensors) {
            Group& group = byLayer[tensor.layer];
            group.layer = tensor.layer;
            group.bytes += tensor.bytes;
            group.elements += tensor.elements;
            group.tensors.push_back(&tensor);
        }
        for (auto& [layer, group] : byLayer) {
            group.name = layer < 0 ? tr("Embedding, final norm, head") : tr("Layer %1").arg(layer);
            // Of a stack of Mamba-1 blocks the kind goes without saying.
            if (layer >= 0 && layer < static_cast<qint64>(m_model->dims.layers.size()))
                group.name += QStringLiteral(" · ") + QString::fromStdString(m_model->dims.layer(LayerIndex(layer)).describe());
            m_groups.push_back(std::move(group));
        }
    }
    endResetModel();
}

QModelIndex LayerTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : kGroupId);
}

QModelIndex LayerTreeModel::parent(const QModelIndex& child) const {
    if (!child.isValid() || child.internalId() == kGroupId) return {};
    return createIndex(static_cast<int>(child.internalId()) - 1, 0, kGroupId);
}

int LayerTreeModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid()) return static_cast<int>(m_groups.size());
    if (parent.internalId() != kGroupId || parent.column() != 0) return 0;
    return static_cast<int>(m_groups[static_cast<std::size_t>(parent.row())].tensors.size());
}

int LayerTreeModel::columnCount(const QModelIndex&) const { return ColumnCount; }

QVariant LayerTreeModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (role == Qt::TextAlignmentRole && index.column() == Size) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (index.internalId() == kGroupId)
        return groupData(m_groups[static_cast<std::size_t>(index.row())], index.column(), role);
    const Group& group = m_groups[index.internalId() - 1];
    return tensorData(*group.tensors[static_cast<std::size_t>(index.row())], index.column(), role);
}

QVariant LayerTreeModel::groupData(const Group& group, int column, int role) const {
    if (role == kLayerRole) return group.layer;
    const QString count = group.tensors.size() == 1 ? tr("1 tensor") : tr("%1 tensors").arg(group.tensors.size());
    if (role == Qt::ToolTipRole) return tr("%1 parameters in %2").arg(formatCount(group.elements), count);
    if (role != Qt::DisplayRole) return {};
    switch (column) {
        case Name: return group.name;
        case ShapeColumn: return count;
        case Size: return formatBytes(group.bytes);
        default: return {};
    }
}

QVariant LayerTreeModel::tensorData(const TensorSummary& tensor, int column, int role) const {
    if (role == kLayerRole) return static_cast<qint64>(tensor.layer);
    if (role == kTensorRole) return tensor.name;
    if (role == Qt::ToolTipRole)
        return QStringLiteral("%1\n%2 %3, %4").arg(tensor.name, tensor.type, tensor.shape, formatBytes(tensor.bytes));
    if (role != Qt::DisplayRole) return {};
    switch (column) {
        case Name: return nameInLayer(tensor);
        case ShapeColumn: return tensor.shape;
        case Type: return tensor.type;
        case Size: return formatBytes(tensor.bytes);
        default: return {};
    }
}

QVariant LayerTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Name: return tr("Tensor");
        case ShapeColumn: return tr("Shape");
        case Type: return tr("Type");
        case Size: return tr("Size");
        default: return {};
    }
}

}  // namespace ms
