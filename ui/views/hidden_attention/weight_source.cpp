#include "ui/views/hidden_attention/weight_source.h"

#include <QCoreApplication>

#include "ui/models/without_model.h"
#include "ui/views/base/missing_point.h"
#include "ui/views/base/scope_view.h"

namespace ms {

WeightSource weightSourceOf(const ModelSummaryPtr& model, LayerIndex layer) {
    if (!model || layer.value < 0 || layer.value >= model->dims.n_layer) return WeightSource::None;
    const LayerDims l = model->dims.layer(layer);
    if (l.kind == LayerKind::Attention) return WeightSource::Attention;
    if (l.kind == LayerKind::Mamba1) return missingDecayText(model, layer).isEmpty() ? WeightSource::Channels : WeightSource::None;
    const auto index = static_cast<std::size_t>(layer.value);
    const bool perHead = l.kind == LayerKind::Mamba2 && index < model->scan.size() && std::ssize(model->scan[index].A) == l.n_heads;
    return perHead ? WeightSource::ScanHeads : WeightSource::None;
}

std::vector<ProbePoint> pointsOf(WeightSource source) {
    switch (source) {
        case WeightSource::Channels:
        case WeightSource::ScanHeads: return {ProbePoint::Dt, ProbePoint::B, ProbePoint::C};
        case WeightSource::Attention: return {ProbePoint::AttentionQuery, ProbePoint::AttentionKey};
        case WeightSource::None: break;
    }
    return {};
}

QString whyNoWeights(const ModelSummaryPtr& model, LayerIndex layer) {
    if (!model || layer.value >= model->dims.n_layer || weightSourceOf(model, layer) != WeightSource::None) return {};
    const LayerKind kind = model->dims.layer(layer).kind;
    const auto because = [&](const char* why) {
        return QCoreApplication::translate("ms::WeightSource", "Layer %1 is %2: %3.").arg(layer.value).arg(utf8(name(kind)), QCoreApplication::translate("ms::WeightSource", why));
    };
    switch (kind) {
        case LayerKind::S4d:
        case LayerKind::S4: return because(QT_TRANSLATE_NOOP("ms::WeightSource", "its weights are one kernel, the same whatever is read"));
        case LayerKind::Rnn: return because(QT_TRANSLATE_NOOP("ms::WeightSource", "it mixes every token into one state and weighs none apart"));
        case LayerKind::Lstm:
        case LayerKind::Gru: return because(QT_TRANSLATE_NOOP("ms::WeightSource", "its gates weigh the state, not earlier tokens"));
        case LayerKind::Mamba1:
        case LayerKind::Mamba2:
            if (isWithoutWeights(model)) return withoutModelText();
            [[fallthrough]];
        default: return because(QT_TRANSLATE_NOOP("ms::WeightSource", "its hidden attention is not worked out here, only that of a scan with a real A that stays the same"));
    }
}

}  // namespace ms
