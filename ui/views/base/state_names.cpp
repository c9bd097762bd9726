#include "ui/views/base/state_names.h"

#include <QCoreApplication>

namespace ms {

qint64 complexStateCount(const ModelSummaryPtr& model, LayerIndex layer) {
    if (!model || layer.value < 0 || layer.value >= model->dims.n_layer) return 0;
    const LayerDims l = model->dims.layer(layer);
    return l.kind == LayerKind::Mamba1Complex || l.kind == LayerKind::S4d || l.kind == LayerKind::S4 ? l.d_state / 2 : 0;
}

QString stateName(qint64 complexStates, qint64 column) {
    if (complexStates == 0) return QCoreApplication::translate("ms::StateNames", "state %1").arg(column);
    return column < complexStates ? QCoreApplication::translate("ms::StateNames", "Re of state %1").arg(column)
                                  : QCoreApplication::translate("ms::StateNames", "Im of state %1").arg(column - complexStates);
}

QString complexStatesText(const ModelSummaryPtr& model, LayerIndex layer) {
    const qint64 states = complexStateCount(model, layer);
    if (states == 0) return {};
    const bool pairs = model->dims.layer(layer).kind == LayerKind::Mamba1Complex;  // S4's C holds the factor 2 of conjugate pairs
    return (pairs ? QCoreApplication::translate("ms::StateNames", " States are complex here: %1 real parts come first, then as many imaginary ones; the layer reads twice "
                                                                  "the real part of C·h.")
                  : QCoreApplication::translate("ms::StateNames", " States are complex here: %1 real parts come first, then as many imaginary ones; the layer reads the "
                                                                  "real part of C·h.")).arg(states);
}

}  // namespace ms
