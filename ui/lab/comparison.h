// What models that read one input side by side made of it so far.
#pragma once

#include "ui/models/lab_values.h"
#include "ui/models/selection.h"

namespace ms {

class Comparison {
public:
    void begin(LabPieces pieces, QStringList names);
    void add(const LabReadings& readings);
    void clear() { *this = {}; }

    [[nodiscard]] const QStringList& names() const { return m_names; }
    [[nodiscard]] std::size_t models() const { return static_cast<std::size_t>(m_names.size()); }
    [[nodiscard]] qint64 pieces() const { return static_cast<qint64>(m_pieces.pieces.size()); }
    [[nodiscard]] qint64 piecesRead() const { return static_cast<qint64>(m_readings.size()); }
    /// Null for a piece that was not read yet, or that there is not.
    [[nodiscard]] const LabReading* at(std::size_t model, qint64 piece) const;
    /// Blanks and control characters made visible.
    [[nodiscard]] QString text(qint64 piece) const;
    [[nodiscard]] QString rawText(qint64 piece) const { return m_pieces.pieces[static_cast<std::size_t>(piece)].text; }
    /// "12 “the”".
    [[nodiscard]] QString name(qint64 piece) const;
    /// "tokens: 3"; "tokens: 2, 3, 3" where models cut it differently.
    [[nodiscard]] QString tokens(qint64 piece) const;
    /// Ids are read, which have no bytes to count bits by.
    [[nodiscard]] bool readsIds() const;

    struct Totals {
        double bits = 0;
        qint64 tokens = 0, bytes = 0;
        [[nodiscard]] double bitsPerByte() const { return bits / static_cast<double>(bytes); }  ///< NaN: no bytes
        [[nodiscard]] double bitsPerToken() const { return bits / static_cast<double>(tokens); }
    };
    /// Over the pieces of `range`, of all if it is empty, that every model could predict: so that models can be compared.
    [[nodiscard]] Totals totals(std::size_t model, TokenRange range) const;

private:
    LabPieces m_pieces;
    QStringList m_names;
    std::vector<std::vector<LabReading>> m_readings;  // [pieces read][models]
};

}  // namespace ms
