#include "ui/views/base/layer_box.h"

#include <QSignalBlocker>
#include <algorithm>

namespace ms {

LayerBox::LayerBox(Selection& selection, QWidget* parent) : QSpinBox(parent), m_selection(selection) {
    setPrefix(tr("layer "));
    setKeyboardTracking(false);
    setFrame(false);
    setLayers(0);
    connect(this, &QSpinBox::valueChanged, this, [this](int layer) {
        if (layer == m_selection.layer()) Q_EMIT layerChanged();
        else m_selection.setLayer(layer);  // comes back through the selection
    });
    connect(&selection, &Selection::layerChanged, this, [this] {
        follow();
        Q_EMIT layerChanged();
    });
}

void LayerBox::setLayers(qint64 layers) {
    m_layers = layers;
    follow();
}

void LayerBox::follow() {
    const QSignalBlocker quiet(this);
    setRange(0, static_cast<int>(std::max<qint64>(0, m_layers - 1)));
    setValue(static_cast<int>(layerShown(m_selection, m_layers)));
    setEnabled(m_layers > 0);
}

}  // namespace ms
