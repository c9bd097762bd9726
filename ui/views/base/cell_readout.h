// What a view says of the cell of a matrix that is pointed at: the plot's own words, and what the view knows beside them.
#pragma once

#include <QObject>
#include <functional>
#include <utility>

namespace ms {

class MatrixPlot;

/// Belongs to the plot, in whose tooltip it says the same.
class CellReadout : public QObject {
    Q_OBJECT
public:
    using Details = std::function<QString(qint64 row, qint64 column)>;

    explicit CellReadout(MatrixPlot* plot);

    /// Null: the plot's words are all there is to say.
    void setDetails(Details details);
    /// "h − baseline = 0.25   channel 4, state 2   changed 1.5, baseline 1.25"; of the cell under the mouse, else under the cursor.
    [[nodiscard]] QString text() const;
    /// The cell under the mouse; -1, -1 when it is elsewhere.
    [[nodiscard]] std::pair<qint64, qint64> hoverCell() const { return m_hover; }

Q_SIGNALS:
    void changed(const QString& text);
    void hovered(qint64 row, qint64 column);  ///< -1, -1 when the mouse leaves

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void hover(std::pair<qint64, qint64> cell);

    MatrixPlot* m_plot;
    Details m_details;
    std::pair<qint64, qint64> m_hover{-1, -1};
};

}  // namespace ms
