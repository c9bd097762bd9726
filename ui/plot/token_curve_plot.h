// Curves over the token axis: a token's x is the middle of its column in every heatmap above or below.
#pragma once

#include "ui/plot/curve_plot.h"
#include "ui/plot/token_axis_input.h"

namespace ms {

class TokenCurvePlot : public CurvePlot {
    Q_OBJECT
public:
    TokenCurvePlot(TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);
    ~TokenCurvePlot() override;

    /// The visible tokens and as many at either side as keep lines from ending inside the plot.
    [[nodiscard]] TokenRange tokensToDraw() const;
    /// The token under the mouse; -1 when it is elsewhere.
    [[nodiscard]] qint64 hoverToken() const { return m_hover; }

Q_SIGNALS:
    void hoverTokenChanged(qint64 token);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    [[nodiscard]] QRect columns() const;
    void followAxis();
    void reportWidth();
    void hover(qint64 token);

    TimeAxis& m_axis;
    Selection& m_selection;
    TokenAxisInput m_input;
    qint64 m_hover = -1;
};

}  // namespace ms
