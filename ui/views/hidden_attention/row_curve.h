// What one token read of every token before it, as a curve that zooms by itself.
#pragma once

#include <optional>
#include <vector>

#include "ui/models/selection.h"
#include "ui/plot/curve_plot.h"

namespace ms {

class RowCurve : public CurvePlot {
    Q_OBJECT
public:
    explicit RowCurve(Selection& selection, QWidget* parent = nullptr);

    /// Values of tokens [first, first + size). A zoom stays while the tokens in it are there.
    void setRow(std::vector<float> values, qint64 first);
    void clearRow();
    void showAll();
    /// First and one past the last token drawn.
    [[nodiscard]] TokenRange visible() const;

Q_SIGNALS:
    void tokenHovered(qint64 token);  ///< -1 when the mouse leaves

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void draw();
    void zoom(double factor, double around);
    void pan(double tokens);
    [[nodiscard]] qint64 tokenAt(const QPoint& position) const;
    [[nodiscard]] qint64 end() const { return m_first + static_cast<qint64>(m_values.size()); }

    Selection& m_selection;
    std::vector<float> m_values;
    qint64 m_first = 0;
    std::optional<std::pair<double, double>> m_zoom;  // visible tokens, from the left edge to the right one; empty: all
    std::optional<QPoint> m_press;
    std::pair<double, double> m_pressVisible;
    bool m_dragged = false;
};

}  // namespace ms
