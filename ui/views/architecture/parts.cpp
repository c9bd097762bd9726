#include "ui/views/architecture/parts.h"

#include <QCoreApplication>
#include <initializer_list>

#include "ui/style/number_text.h"

namespace ms {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ms::ArchitectureView", text); }

/// Adds the tensors of a layer (-1: of none) whose names end in one of `endings`, in that order.
void addTensors(Part& part, const ModelSummary& model, qint64 layer, std::initializer_list<const char*> endings) {
    QStringList shapes, details;
    for (const char* ending : endings)
        for (const TensorSummary& tensor : model.tensors) {
            if (tensor.layer != layer || !tensor.name.endsWith(QLatin1String(ending))) continue;
            part.tensors << tensor.name;
            part.parameters += tensor.elements;
            details << tensor.shape;
            shapes << QStringLiteral("%1 %2 %3").arg(tensor.name.section(QLatin1Char('.'), -1), tensor.shape, tensor.type);
        }
    part.detail = details.join(QStringLiteral(" + "));
    part.shapes = shapes.join(QStringLiteral(", "));
}

}  // namespace

Part partOf(const ModelSummary& model, ModelPart which) {
    Part part;
    switch (which) {
        case ModelPart::Embedding:
            part.title = tr("Embedding");
            part.definition = tr("A row of numbers for each token id: where the residual stream begins.");
            // "embedding" in the Mamba repository, "embeddings" and others on the hub
            addTensors(part, model, -1, {"embedding.weight", "embeddings.weight", "embed_tokens.weight", "embed_in.weight"});
            break;
        case ModelPart::FinalNorm:
            part.title = tr("norm_f");
            part.definition = tr("Norm of the residual stream before the head, an RMSNorm for most: r / √(mean(r²) + ε) · w, ε = %1.")
                                  .arg(shortText(static_cast<double>(model.normEps)));
            addTensors(part, model, -1, {"norm_f.weight", "model.norm.weight", "final_layernorm.weight", "final_layer_norm.weight"});
            break;
        case ModelPart::Head:
            part.title = tr("Head");
            part.definition = tr("One logit for each token of the vocabulary.");
            addTensors(part, model, -1, {"head.weight", "embed_out.weight", "head.bias"});
            if (!model.tiedHead) break;
            if (!part.tensors.isEmpty()) {  // the original layout stores the matrix twice
                part.definition += QLatin1Char(' ') + tr("Tied: the same numbers as the embedding, stored once more.");
            } else {
                const Part embedding = partOf(model, ModelPart::Embedding);
                part.tensors = embedding.tensors;
                part.shapes = embedding.shapes;
                part.detail = tr("= embedding");
                part.definition += QLatin1Char(' ') + tr("Tied: it is the embedding's matrix, with no weights of its own.");
            }
            break;
    }
    return part;
}

Part partOf(const ModelSummary& model, qint64 layer, BlockPart which) {
    const ModelDims& d = model.dims;
    Part part;
    switch (which) {
        case BlockPart::Norm:
            part.title = tr("norm");
            part.definition = tr("RMSNorm: r / √(mean(r²) + ε) · w, ε = %1.").arg(shortText(static_cast<double>(model.normEps)));
            addTensors(part, model, layer, {".norm.weight"});
            break;
        case BlockPart::InProj:
            part.title = tr("in_proj");
            part.definition = tr("Widens d_model = %1 to two streams of d_inner = %2: x for the scan and z for the gate.")
                                  .arg(d.d_model).arg(d.d_inner);
            addTensors(part, model, layer, {"mixer.in_proj.weight", "mixer.in_proj.bias"});
            break;
        case BlockPart::Conv:
            part.title = tr("conv1d");
            part.definition = tr("Causal convolution of each channel with its own kernel over the last d_conv = %1 tokens.").arg(d.d_conv);
            addTensors(part, model, layer, {"mixer.conv1d.weight", "mixer.conv1d.bias"});
            break;
        case BlockPart::XProj:
            part.title = tr("x_proj");
            part.definition = tr("The selection: dt_low (dt_rank = %1), B and C (d_state = %2 each) become functions of the input.")
                                  .arg(d.dt_rank).arg(d.d_state);
            addTensors(part, model, layer, {"mixer.x_proj.weight", "mixer.x_proj.bias"});
            break;
        case BlockPart::DtProj:
            part.title = tr("dt_proj");
            part.definition = tr("From dt_rank = %1 numbers to a step size for each of d_inner = %2 channels.").arg(d.dt_rank).arg(d.d_inner);
            addTensors(part, model, layer, {"mixer.dt_proj.weight", "mixer.dt_proj.bias"});
            break;
        case BlockPart::A:
            part.title = tr("A = −exp(A_log)");
            part.definition = tr("How fast each of d_state = %1 states of each channel decays. Learned, the same for all tokens.").arg(d.d_state);
            addTensors(part, model, layer, {"mixer.A_log"});
            break;
        case BlockPart::D:
            part.title = tr("D skip");
            part.definition = tr("The share of u that passes the state by: D·u is added to y.");
            addTensors(part, model, layer, {"mixer.D"});
            break;
        case BlockPart::OutProj:
            part.title = tr("out_proj");
            part.definition = tr("Narrows d_inner = %1 back to d_model = %2; added to the residual stream.").arg(d.d_inner).arg(d.d_model);
            addTensors(part, model, layer, {"mixer.out_proj.weight", "mixer.out_proj.bias"});
            break;
    }
    return part;
}

Part layerPart(const ModelSummary& model, qint64 layer) {
    Part part;
    part.title = tr("layer %1").arg(layer);
    int tensors = 0;
    for (const TensorSummary& tensor : model.tensors)
        if (tensor.layer == layer) {
            ++tensors;
            part.parameters += tensor.elements;
        }
    part.detail = tensors == 1 ? tr("1 tensor") : tr("%1 tensors").arg(tensors);
    part.definition = tr("A residual block: norm and Mamba mixer. Click to open it.");
    if (model.dims.layers.empty()) return part;
    const QString kind = QString::fromStdString(model.dims.layer(LayerIndex(layer)).describe());
    part.detail = kind;
    part.definition = tr("%1. Click to open it.").arg(kind);
    return part;
}

}  // namespace ms
