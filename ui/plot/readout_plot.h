// The base of plots that tell the value under the mouse: what the mouse and the keyboard mean in every one of them.
#pragma once

#include <QPoint>
#include <QWidget>
#include <optional>

#include "ui/plot/figure_plot.h"

namespace ms {

class ReadoutPlot : public QWidget, public FigurePlot {
    Q_OBJECT
public:
    explicit ReadoutPlot(QWidget* parent = nullptr);

    /// One line about the value under the mouse, else under the cursor; empty: there is none. Also the plot's tooltip.
    [[nodiscard]] virtual QString readout() const = 0;
    /// Shown where there is nothing to draw.
    void setEmptyText(const QString& text);
    void setFigureStyle(const FigureStyle& style) override;

Q_SIGNALS:
    void readoutChanged(const QString& text);
    void escapePressed();
    void runPauseRequested();

protected:
    bool event(QEvent* event) override;
    void leaveEvent(QEvent*) override;
    /// Escape and Space; a derived class calls it with the keys it does not know.
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent*) override { update(); }
    void focusOutEvent(QFocusEvent*) override { update(); }

    [[nodiscard]] const QString& emptyText() const { return m_emptyText; }
    /// How it is drawn for a figure; nothing on screen.
    [[nodiscard]] const std::optional<FigureStyle>& figure() const { return m_figure; }
    [[nodiscard]] bool showsMarks() const { return !m_figure || m_figure->marks; }
    [[nodiscard]] bool showsFocus() const { return !m_figure && hasFocus(); }
    /// Where the mouse is; (-1, -1): elsewhere.
    [[nodiscard]] const QPoint& hovered() const { return m_hover; }
    void hover(const QPoint& position) { m_hover = position; }
    void tellReadout() { Q_EMIT readoutChanged(readout()); }

private:
    QString m_emptyText;
    std::optional<FigureStyle> m_figure;
    QPoint m_hover{-1, -1};
};

}  // namespace ms
