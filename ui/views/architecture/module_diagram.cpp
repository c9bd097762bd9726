// A layer that is no plain Mamba-1 block, as the list of its modules in the order in which its file has them.
#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>

#include "ui/views/architecture/diagram_builder.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::ArchitectureView", text); }

/// "self_attn.q_proj" of "model.layers.3.self_attn.q_proj.weight"; experts stand together.
QString moduleOf(const TensorSummary& tensor) {
    const QString marker = QStringLiteral("layers.%1.").arg(tensor.layer);
    QString name = tensor.name.mid(std::max<qsizetype>(0, tensor.name.indexOf(marker)) + marker.size());
    static const QRegularExpression s_expert(QStringLiteral("experts\\.\\d+\\."));
    name.replace(s_expert, QStringLiteral("experts."));
    return name.contains(QLatin1Char('.')) ? name.section(QLatin1Char('.'), 0, -2) : name;
}

std::vector<Part> modulesOf(const ModelSummary& model, qint64 layer) {
    std::vector<Part> parts;
    for (const TensorSummary& tensor : model.tensors) {
        if (tensor.layer != layer) continue;
        const QString module = moduleOf(tensor);
        auto part = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.definition == module; });
        if (part == parts.end()) {
            part = parts.insert(parts.end(), Part{});
            part->title = module.section(QLatin1Char('.'), -1);
            part->definition = module;
            part->detail = tensor.shape;
        }
        part->tensors << tensor.name;
        part->parameters += tensor.elements;
    }
    for (Part& part : parts)
        part.shapes = part.tensors.size() == 1 ? part.detail : tr("%1 tensors, first %2").arg(part.tensors.size()).arg(part.detail);
    return parts;
}

}  // namespace

QSizeF buildModules(DiagramBuilder& b, const QPointF& corner) {
    using namespace paper;
    const LayerDims layer = b.dims.layer(LayerIndex(b.layer));
    constexpr double kGap = 12;
    const std::vector<Part> parts = modulesOf(b.model, b.layer);
    const std::size_t columns = parts.size() > 8 ? 3 : parts.size() > 4 ? 2 : 1;
    const double width = static_cast<double>(columns) * (kBoxWidth + kGap) + kGap;
    double y = corner.y() + 30;
    const bool streams = b.dims.has(ProbePoint::ResidPre, LayerIndex(b.layer));
    const QPointF middle(corner.x() + width / 2, y + kPill / 2);
    if (streams) {
        b.probe("resid_pre", ProbePoint::ResidPre, middle, 60, "overview", QString::number(b.dims.d_model));
        y += kPill + kGap;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const double x = corner.x() + kGap + static_cast<double>(i % columns) * (kBoxWidth + kGap);
        b.box(qPrintable(QStringLiteral("module_%1").arg(parts[i].definition)), parts[i], QRectF(x, y, kBoxWidth, kBoxHeight));
        if (i % columns == columns - 1 || i + 1 == parts.size()) y += kBoxHeight + kGap;
    }
    if (streams) {
        b.probe("resid_post", ProbePoint::ResidPost, {middle.x(), y + kPill / 2}, 60, "overview", QString::number(b.dims.d_model));
        y += kPill + kGap;
    }
    b.diagram.panel = QRectF(corner, QPointF(corner.x() + width, y));
    b.diagram.panelTitle = tr("Layer %1 · %2").arg(b.layer).arg(QString::fromStdString(layer.describe()));
    return b.diagram.panel.size();
}

}  // namespace ms
