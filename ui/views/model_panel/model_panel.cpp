#include "ui/views/model_panel/model_panel.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QSignalBlocker>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/probe/state_layout.h"
#include "ui/models/layer_tree_model.h"
#include "ui/style/number_text.h"
#include "ui/widgets/elided_label.h"

namespace ms {

namespace {

/// "24 × Mamba-1", a line a kind.
QString layerKinds(const ModelDims& dims) {
    std::vector<std::pair<QString, qint64>> counts;
    for (LayerIndex k(0); k.value < dims.n_layer; ++k) {
        const QString kind = QString::fromStdString(dims.layer(k).describe());
        const auto at = std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == kind; });
        if (at == counts.end()) counts.emplace_back(kind, 1);
        else ++at->second;
    }
    QStringList parts;
    for (const auto& [kind, count] : counts) parts << QStringLiteral("%1 × %2").arg(count).arg(kind);
    return parts.join(QStringLiteral("<br>"));
}

QString stateSize(const ModelDims& dims) {
    const std::uint64_t empty = stateBytes(dims, 0), perToken = stateBytes(dims, 1) - empty;
    if (perToken == 0) return formatBytes(empty);
    const QString growth = ModelPanel::tr("%1 a token").arg(formatBytes(perToken));
    return empty == 0 ? growth : formatBytes(empty) + QStringLiteral(" + ") + growth;
}

/// A histogram in one line of text, lower edge, bars, upper edge.
QString barsText(const std::vector<double>& edges, const std::vector<std::uint64_t>& counts) {
    const std::uint64_t most = *std::max_element(counts.begin(), counts.end());
    QString bars;
    for (const std::uint64_t count : counts)
        bars += count == 0 ? QChar(u' ') : QChar(static_cast<char16_t>(u'▁' + std::min<std::uint64_t>(7, count * 8 / std::max<std::uint64_t>(most, 1))));
    return QStringLiteral("%1 %2 %3").arg(shortText(edges.front()), bars, shortText(edges.back()));
}

QString dimsTable(const ModelSummary& m) {
    const auto cell = [](const QString& name, const QString& value) {
        return QStringLiteral(
                   "<td style='padding-right:6px; color:#7d8793'>%1</td><td style='padding-right:14px'>%2</td>")
            .arg(name, value);
    };
    const auto number = [&](const char* name, qint64 value) {
        return cell(QString::fromLatin1(name), groupedText(value));
    };
    const auto row = [](const QString& a, const QString& b) {
        return QStringLiteral("<tr>") + a + b + QStringLiteral("</tr>");
    };
    const auto wide = [](const QString& name, const QString& value) {
        return QStringLiteral("<tr><td style='padding-right:6px; color:#7d8793'>%1</td><td colspan='3'>%2</td></tr>").arg(name, value);
    };
    const ModelDims& d = m.dims;
    return QStringLiteral("<table cellspacing='0' cellpadding='1'>") +
           row(number("n_layer", d.n_layer), number("d_model", d.d_model)) +
           row(number("d_inner", d.d_inner), number("d_state", d.d_state)) +
           row(number("d_conv", d.d_conv), number("dt_rank", d.dt_rank)) +
           wide(ModelPanel::tr("layers"), layerKinds(d)) + wide(ModelPanel::tr("state"), stateSize(d)) +
           (m.halfLifeCounts.empty() ? QString()
                                     : wide(ModelPanel::tr("half-lives"), ModelPanel::tr("%1 tokens").arg(barsText(m.halfLifeEdges, m.halfLifeCounts)))) +
           row(number("vocab", d.vocab),
               cell(ModelPanel::tr("tied head"), m.tiedHead ? ModelPanel::tr("yes") : ModelPanel::tr("no"))) +
           row(cell(ModelPanel::tr("parameters"), formatCount(m.parameters)),
               cell(ModelPanel::tr("weights"), formatBytes(m.weightBytes))) +
           QStringLiteral("</table>");
}

}  // namespace

ModelPanel::ModelPanel(QWidget* parent)
    : QWidget(parent),
      m_tree(new LayerTreeModel(this)),
      m_name(new ElidedLabel),
      m_origin(new ElidedLabel),
      m_dims(new QLabel),
      m_problems(new QLabel),
      m_device(new QComboBox),
      m_view(new QTreeView) {
    setObjectName(QStringLiteral("modelPanel"));
    nameLabels();
    setUpDevice();
    setUpTree();
    auto* deviceLabel = new QLabel(tr("&Device"));
    deviceLabel->setBuddy(m_device);
    auto* deviceRow = new QHBoxLayout;
    deviceRow->addWidget(deviceLabel);
    deviceRow->addWidget(m_device, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 6, 6);
    layout->setSpacing(4);
    layout->addWidget(m_name);
    layout->addWidget(m_origin);
    layout->addWidget(m_dims);
    layout->addLayout(deviceRow);
    layout->addWidget(m_problems);
    layout->addWidget(m_view, 1);
    setModel(nullptr);
}

void ModelPanel::nameLabels() {
    m_name->setObjectName(QStringLiteral("modelName"));
    QFont bold = font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.15);
    m_name->setFont(bold);
    m_name->setElideMode(Qt::ElideMiddle);
    m_origin->setObjectName(QStringLiteral("modelOrigin"));
    m_origin->setFaint(true);
    m_dims->setObjectName(QStringLiteral("modelDimensions"));
    m_dims->setAccessibleName(tr("Dimensions of the model"));
    m_dims->setTextFormat(Qt::RichText);
    m_dims->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problems->setObjectName(QStringLiteral("modelProblems"));
    m_problems->setAccessibleName(tr("Problems found in the model's files"));
    m_problems->setWordWrap(true);
    m_problems->setTextFormat(Qt::PlainText);
}

void ModelPanel::setUpDevice() {
    m_device->setObjectName(QStringLiteral("deviceChooser"));
    m_device->setAccessibleName(tr("Device the model runs on"));
    m_device->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_device->setMinimumContentsLength(12);
    connect(m_device, &QComboBox::activated, this,
            [this](int index) { Q_EMIT deviceChosen(m_device->itemData(index).toString()); });
}

void ModelPanel::setUpTree() {
    m_view->setObjectName(QStringLiteral("layerTree"));
    m_view->setAccessibleName(tr("Layers and tensors"));
    m_view->setModel(m_tree);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(true);
    m_view->setIndentation(12);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionResizeMode(LayerTreeModel::Name, QHeaderView::Stretch);
    for (const int column : {LayerTreeModel::ShapeColumn, LayerTreeModel::Type, LayerTreeModel::Size})
        m_view->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                const qint64 layer = current.data(LayerTreeModel::kLayerRole).toLongLong();
                if (current.isValid() && layer >= 0) Q_EMIT layerChosen(layer);
                const QString tensor = current.data(LayerTreeModel::kTensorRole).toString();
                if (!tensor.isEmpty()) Q_EMIT tensorChosen(tensor);
            });
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& index) {
        const QString tensor = index.data(LayerTreeModel::kTensorRole).toString();
        if (!tensor.isEmpty()) Q_EMIT tensorActivated(tensor);
    });
}

void ModelPanel::setModel(const ModelSummaryPtr& model) {
    m_model = model;
    m_tree->setModel(model);
    m_dims->setVisible(model != nullptr);
    m_problems->setVisible(model && !model->problems.isEmpty());
    if (!model) {
        m_name->setText(tr("No model is open"));
        m_origin->setText(tr("Ctrl+O, or drop a folder or file here"));
        return;
    }
    m_name->setText(model->name);
    m_name->setToolTip(model->path);
    m_origin->setText(QStringList{model->family, model->layout, model->format}.join(QStringLiteral(" · ")));
    m_origin->setToolTip(model->recognition);
    m_dims->setText(dimsTable(*model));
    m_dims->setToolTip(model->halfLifeCounts.empty() ? QString() : tr("Half-lives at rest: ln 2 / (Δ·|A|) of every state, Δ = softplus of its bias, the input aside."));
    QStringList problems = model->problems;
    for (QString& problem : problems) problem.prepend(QStringLiteral("⚠ "));
    constexpr qsizetype kShownProblems = 4;
    const qsizetype more = problems.size() - kShownProblems;
    m_problems->setToolTip(problems.join(QLatin1Char('\n')));
    if (more > 0) problems = problems.first(kShownProblems) << tr("… and %1 more").arg(more);
    m_problems->setText(problems.join(QLatin1Char('\n')));
    showDevice();
}

void ModelPanel::setDevices(const std::vector<DeviceSummary>& devices) {
    const QSignalBlocker blocker(m_device);
    m_devices = devices;
    m_device->clear();
    for (const DeviceSummary& device : devices) {
        m_device->addItem(device.name, device.selector);
        m_device->setItemData(m_device->count() - 1, device.detail, Qt::ToolTipRole);
        if (device.isDefault) m_device->setCurrentIndex(m_device->count() - 1);
    }
    showDevice();
}

void ModelPanel::showDevice() {
    if (!m_model) return;
    const int index = m_device->findText(m_model->device);
    if (index >= 0) m_device->setCurrentIndex(index);
    m_device->setToolTip(m_device->currentData(Qt::ToolTipRole).toString());
}

void ModelPanel::showLayer(qint64 layer) {
    for (int row = 0; row < m_tree->rowCount(); ++row) {
        const QModelIndex index = m_tree->index(row, 0);
        if (index.data(LayerTreeModel::kLayerRole).toLongLong() != layer || layer < 0) continue;
        if (m_view->currentIndex().data(LayerTreeModel::kLayerRole).toLongLong() == layer &&
            m_view->currentIndex().isValid())
            return;
        const QSignalBlocker blocker(m_view->selectionModel());
        m_view->setCurrentIndex(index);
        m_view->scrollTo(index);
        m_view->viewport()->update();
    }
}

}  // namespace ms
