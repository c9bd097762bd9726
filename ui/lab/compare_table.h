// The figures of a comparison: a row a model, what it made of the piece at the cursor, and of all.
#pragma once

#include <QTableWidget>

#include "ui/models/lab_values.h"
#include "ui/models/selection.h"

namespace ms {

class Comparison;

class CompareTable : public QTableWidget {
    Q_OBJECT
public:
    enum Column { Surprisal, State, Kept, Influential, BitsPerUnit, Tokens, FinalState, ColumnCount };
    explicit CompareTable(QWidget* parent = nullptr);

    /// `piece`: at the cursor; -1: none. Totals are over `range`, over all that was read if it is empty. `influence`: of any piece;
    /// shown where it is of this one.
    void show(const Comparison& shown, qint64 piece, TokenRange range, const LabInfluence& influence);
    /// What is shown, a line a model, separated by commas.
    [[nodiscard]] QString csv() const;

protected:
    void changeEvent(QEvent* event) override;
    [[nodiscard]] QSize sizeHint() const override;

private:
    void set(int row, Column column, const QString& text, const QString& toolTip = {});
    void drawSwatches();
};

/// All readings, a line a piece and model: piece, text, model, surprisal_bits, state_bytes, kept. What is not known is empty.
[[nodiscard]] QString readingsCsv(const Comparison& shown);

}  // namespace ms
