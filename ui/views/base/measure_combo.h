// The box in a view's header that chooses what is measured.
#pragma once

#include <QComboBox>

#include "engine/probe/measure.h"
#include "ui/models/values.h"

namespace ms {

class MeasureCombo : public QComboBox {
    Q_OBJECT
public:
    enum class Of { Layers, Channels };
    explicit MeasureCombo(Of of, QWidget* parent = nullptr);

    [[nodiscard]] const MeasureInfo& measure() const;
    /// An unknown key, or one that has no channels where those are asked for, changes nothing.
    void setMeasure(const QString& key);
    /// Lists what a model has; without one everything that there is. What was chosen and is not listed gives way to the first.
    void setModel(const ModelSummaryPtr& model);

Q_SIGNALS:
    void measureChanged();
};

/// A box as narrow as a header wants it; its list is as wide as its texts.
void makeCompact(QComboBox* box, int characters);

}  // namespace ms
