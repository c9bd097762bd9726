// A thin strip over the token axis: how surprising each token was, exactly above the columns of the heatmap below it.
#pragma once

#include <QWidget>
#include <optional>

#include "ui/plot/figure_plot.h"
#include "ui/plot/token_axis_input.h"
#include "ui/views/overview/surprisal_columns.h"

namespace ms {

class SurprisalStrip : public QWidget, public FigurePlot {
    Q_OBJECT
public:
    SurprisalStrip(TokenLog& tokens, TimeAxis& axis, Selection& selection, QWidget* parent = nullptr);

    void setCompare(Compare compare);
    /// Tokens are frames of so much audio; 0: of text.
    void setFrameSeconds(double seconds) { m_frameSeconds = seconds; }
    void setFigureStyle(const FigureStyle& style) override;
    /// Token, its text and bits under the mouse, else, with the keyboard's focus, at the cursor.
    [[nodiscard]] QString readout() const;
    /// Where the columns are drawn: left and right as in a heatmap of the same width.
    [[nodiscard]] QRect plotRect() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

Q_SIGNALS:
    void readoutChanged();
    void runPauseRequested();

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void focusInEvent(QFocusEvent*) override;
    void focusOutEvent(QFocusEvent*) override;

private:
    void paintColumns(QPainter& painter, const QRect& plot);
    void paintCursors(QPainter& painter, const QRect& plot) const;
    [[nodiscard]] int xOf(qint64 token, const QRect& plot) const;
    void refreshReadout();

    TokenLog& m_tokens;
    TimeAxis& m_axis;
    Selection& m_selection;
    SurprisalColumns m_columns;
    TokenAxisInput m_input;
    qint64 m_hover = -1;
    double m_frameSeconds = 0;
    std::optional<FigureStyle> m_figure;
};

}  // namespace ms
