// What the architecture lab asks for and is told.
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringList>
#include <vector>

namespace ms {

struct LabTaskRequest {
    QString task;                    ///< "selective-copying", "induction-heads", "parity"
    std::vector<qint64> lengths;     ///< rising
    int sequences = 64;              ///< of each length
    quint64 seed = 1;
};

struct LabScalingRequest {
    std::vector<qint64> lengths;     ///< rising
    int repeats = 3;
    double mostSeconds = 5;          ///< lengths that would take longer are left out
    bool kernels = true;             ///< bare kernels as well as models
};

/// How many answers of one length were right so far.
struct LabScore {
    QString model;                   ///< path
    qint64 length = 0, sequences = 0, asked = 0, right = 0;
    [[nodiscard]] double accuracy() const { return asked > 0 ? static_cast<double>(right) / static_cast<double>(asked) : 0; }
};

/// What one length cost.
struct LabCost {
    QString series;                  ///< a model's path, or a kernel's name
    bool kernel = false;             ///< then only `prefillSeconds` counts: one run of it
    qint64 length = 0;
    double prefillSeconds = 0, decodeSeconds = 0;
    quint64 stateBytes = 0;
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::LabScore)
Q_DECLARE_METATYPE(ms::LabCost)
