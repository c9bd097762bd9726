#include "ui/views/base/missing_point.h"

#include <QCoreApplication>

#include "ui/models/without_model.h"
#include "ui/views/base/scope_view.h"
#include "ui/views/base/speech_texts.h"

namespace ms {

namespace {

QString kindOf(const ModelSummary& model, LayerIndex layer) { return utf8(name(model.dims.layer(layer).kind)); }

}  // namespace

QString missingPointText(const ModelSummaryPtr& model, ProbePoint point, std::optional<LayerIndex> layer) {
    if (!model) return {};
    const QString what = utf8(info(point).title).toLower();
    if (!model->dims.has(point))
        return QCoreApplication::translate("ms::MissingPoint", "No layer of this model has this: %1.").arg(what);
    if (!layer || layer->value >= model->dims.n_layer || model->dims.has(point, *layer)) return {};
    return QCoreApplication::translate("ms::MissingPoint", "Layer %1 is %2 and does not have this: %3.")
        .arg(layer->value)
        .arg(kindOf(*model, *layer), what);
}

QString missingDecayText(const ModelSummaryPtr& model, LayerIndex layer) {
    if (!model || layer.value >= model->dims.n_layer) return {};
    if (isWithoutWeights(model)) return withoutModelText();
    const LayerDims l = model->dims.layer(layer);
    const auto index = static_cast<std::size_t>(layer.value);
    const auto states = static_cast<std::size_t>(l.d_inner * l.d_state);
    if (index < model->scan.size() && !model->scan[index].A.empty() && model->scan[index].A.size() == states) return {};
    if (l.kind == LayerKind::Mamba1Complex)
        return QCoreApplication::translate("ms::MissingPoint", "Layer %1 is %2: its A is not a decay alone.")
            .arg(layer.value)
            .arg(kindOf(*model, layer));
    return QCoreApplication::translate("ms::MissingPoint", "Layer %1 is %2: it has no A for every state.")
        .arg(layer.value)
        .arg(kindOf(*model, layer));
}

QString nothingToShowText(const ModelSummaryPtr& model, ProbePoint point, std::optional<LayerIndex> layer) {
    const QString missing = missingPointText(model, point, layer);
    return missing.isEmpty() ? nothingReadText(model) : missing;
}

}  // namespace ms
