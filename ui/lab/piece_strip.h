// The texts of the pieces that models read side by side, each over its column.
#pragma once

#include "ui/plot/token_strip.h"

namespace ms {

class Comparison;

class PieceStrip : public TokenStrip {
    Q_OBJECT
public:
    /// `shown` outlives it; `update()` when it changed.
    PieceStrip(const Comparison& shown, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    [[nodiscard]] QString readout() const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
    [[nodiscard]] bool hasData() const override;
    void paintData(QPainter& painter, const TokenColumns& columns) override;

private:
    const Comparison& m_shown;
};

}  // namespace ms
