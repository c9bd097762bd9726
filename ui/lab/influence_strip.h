// What each earlier piece has to do with what models put out at the cursor: a row a model, a column a piece.
#pragma once

#include "ui/models/lab_values.h"
#include "ui/plot/token_strip.h"
#include "ui/style/value_scale.h"

namespace ms {

class Comparison;

class InfluenceStrip : public TokenStrip {
    Q_OBJECT
public:
    /// `shown` outlives it; `update()` when it changed.
    InfluenceStrip(const Comparison& shown, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    /// An influence without models: the empty text is shown.
    void setInfluence(LabInfluence influence);
    [[nodiscard]] const LabInfluence& influence() const { return m_influence; }
    /// Of the colours: up to the largest share of an earlier piece. That of the piece itself, mostly the largest of all, may lie beyond.
    [[nodiscard]] const ValueScale& scale() const { return m_scale; }
    /// Of a model's row, in the widget.
    [[nodiscard]] QRect rowRect(std::size_t model) const;

    [[nodiscard]] QString readout() const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    [[nodiscard]] bool hasData() const override { return !m_influence.shares.empty(); }
    void paintData(QPainter& painter, const TokenColumns& columns) override;
    void paintSides(QPainter& painter, const HeatmapLayout& layout) override;

private:
    [[nodiscard]] int heightFor(int rowHeight) const;
    void paintRow(QPainter& painter, const TokenColumns& columns, std::size_t model) const;

    const Comparison& m_shown;
    LabInfluence m_influence;
    ValueScale m_scale;
};

/// The earlier piece that has most to do with the output; the piece itself counts only where there is no other. -1: none.
[[nodiscard]] qint64 mostInfluential(const LabInfluence& influence, std::size_t model);

}  // namespace ms
