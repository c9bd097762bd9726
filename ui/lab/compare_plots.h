// What models made of one input, on one axis of pieces with one cursor: texts, curves, and influence.
#pragma once

#include <QWidget>
#include <array>
#include <memory>

#include "ui/models/lab_values.h"
#include "ui/models/selection.h"
#include "ui/models/time_axis.h"

class QLabel;

namespace ms {

class Comparison;
class ElidedLabel;
class InfluenceStrip;
class PieceStrip;
class TokenCurvePlot;

class ComparePlots : public QWidget {
    Q_OBJECT
public:
    /// `shown` outlives it.
    explicit ComparePlots(const Comparison& shown, QWidget* parent = nullptr);
    ~ComparePlots() override;

    [[nodiscard]] Selection& selection() { return m_selection; }
    /// Another comparison: no cursor, no influence, all pieces in view.
    void begin();
    /// More of it was read.
    void draw();
    void setInfluence(const LabInfluence& influence);
    /// What the influence is of, or why there is none: above it.
    void setInfluenceTitle(const QString& title);

Q_SIGNALS:
    void escapePressed();
    /// About what is under the mouse.
    void readoutChanged(const QString& text);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum Quantity { Surprisal, State, Kept };
    void fitAll();
    void drawLegend();
    [[nodiscard]] QString readoutAt(qint64 piece, Quantity quantity) const;

    const Comparison& m_shown;
    TimeAxis m_axis;
    Selection m_selection;
    std::unique_ptr<QWidget> m_plots;  // what refers to both is gone before them
    QLabel* m_legend;
    PieceStrip* m_pieces;
    std::array<TokenCurvePlot*, 3> m_curves;
    ElidedLabel* m_influenceTitle;
    InfluenceStrip* m_influence;
    int m_fittedStep = -1;             // of the axis when all pieces were brought into view
};

}  // namespace ms
