// What the architecture lab asks for and is told.
#pragma once

#include <QMetaType>
#include <QString>
#include <QStringList>
#include <variant>
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

/// What models read side by side: a text, or the ids of tokens.
using LabInput = std::variant<QString, std::vector<qint32>>;

/// A column of the comparison: the shortest stretch of input at whose ends a token of every model ends.
struct LabPiece {
    QString text;                    ///< an id in decimal where ids are read
    qint64 bytes = 0;                ///< of text; 0 where ids are read
    std::vector<qint64> tokens;      ///< how many of each model
};

/// What will be read, and by whom.
struct LabPieces {
    QStringList models;              ///< paths of those that take part, in the order of all that follows
    std::vector<LabPiece> pieces;
};

/// What a model made of a piece.
struct LabReading {
    double surprisalBits = 0;        ///< NaN: it had read nothing yet
    quint64 stateBytes = 0;          ///< held behind the piece
    double kept = 0;                 ///< share of its memory that the model kept, mean; NaN: no layer has one
};

/// Pieces from `first` on were read.
struct LabReadings {
    qint64 first = 0;
    std::vector<std::vector<LabReading>> readings;  // [pieces][models]
};

/// How much each piece up to `piece` has to do with what each model puts out at its end.
struct LabInfluence {
    qint64 piece = -1;
    std::vector<std::vector<float>> shares;         // [models][piece + 1], each model's sum to 1; empty: it has none
    QStringList why;                                // [models] one line; empty where there are shares
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::LabScore)
Q_DECLARE_METATYPE(ms::LabCost)
Q_DECLARE_METATYPE(ms::LabPieces)
Q_DECLARE_METATYPE(ms::LabReadings)
Q_DECLARE_METATYPE(ms::LabInfluence)
