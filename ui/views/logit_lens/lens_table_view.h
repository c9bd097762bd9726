// The table of a logit lens: columns share the width, the selected layer is outlined, keys of the program pass through.
#pragma once

#include <QTableView>

#include "ui/plot/figure_plot.h"

namespace ms {

class LensTableModel;

class LensTableView : public QTableView, public FigurePlot {
    Q_OBJECT
public:
    explicit LensTableView(LensTableModel* model, QWidget* parent = nullptr);

    /// Of the cell under the mouse, else of the current one.
    [[nodiscard]] QString readout() const;
    /// Marks the layer's row, and makes it current unless a row of the layer is.
    void showLayer(qint64 layer);
    void layoutColumns();
    /// In a figure: all of the table, for nobody can scroll there.
    [[nodiscard]] QSize minimumSizeHint() const override;
    void setFigureStyle(const FigureStyle& style) override;

Q_SIGNALS:
    void layerChosen(qint64 layer);
    void readoutChanged();
    void runPauseRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    bool viewportEvent(QEvent* event) override;

private:
    void fitFont();
    [[nodiscard]] int leastGuess() const { return 9 * fontMetrics().averageCharWidth(); }

    LensTableModel* m_model;
    bool m_figure = false;
    QPersistentModelIndex m_hovered;
    bool m_following = false;   // the current cell moves because the layer did
};

}  // namespace ms
