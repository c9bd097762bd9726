// The box in a view's header that says which layer is shown: the selected one, the middle one until there is one.
#pragma once

#include <QSpinBox>

#include "engine/base/typed_index.h"
#include "ui/models/selection.h"

namespace ms {

class LayerBox : public QSpinBox {
    Q_OBJECT
public:
    explicit LayerBox(Selection& selection, QWidget* parent = nullptr);

    /// Layers of the open model; 0: none is open.
    void setLayers(qint64 layers);
    [[nodiscard]] LayerIndex layer() const { return LayerIndex(value()); }

Q_SIGNALS:
    void layerChanged();

private:
    void follow();

    Selection& m_selection;
    qint64 m_layers = 0;
};

}  // namespace ms
