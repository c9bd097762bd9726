// How the next token is chosen: temperature, cuts, seed, and how many.
#pragma once

#include <QWidget>

#include "ui/models/values.h"

class QDoubleSpinBox;
class QSpinBox;

namespace ms {

class SamplingForm : public QWidget {
    Q_OBJECT
public:
    explicit SamplingForm(QWidget* parent = nullptr);

    [[nodiscard]] SamplingSettings sampling() const;
    void setSampling(const SamplingSettings& sampling);
    [[nodiscard]] std::int64_t maxNew() const;
    void setMaxNew(std::int64_t count);

Q_SIGNALS:
    void samplingChanged(const ms::SamplingSettings& sampling);

private:
    QSpinBox* m_maxNew;
    QDoubleSpinBox* m_temperature;
    QSpinBox* m_topK;
    QDoubleSpinBox* m_topP;
    QSpinBox* m_seed;
};

}  // namespace ms
